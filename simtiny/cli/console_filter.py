"""Output of a firmware on its way to the user: as it comes, and without what would take over a terminal."""

from typing import BinaryIO

_ESCAPE, _BRACKET, _DELETE = 0x1B, ord("["), 0x7F
_FIRST_OF_TWO, _C1, _QUESTION_MARK_OF_TWO = 0xC2, range(0x80, 0xA0), 0xBF  # U+0080 to U+009F in UTF-8, and U+00BF
_HARMLESS = frozenset(b"\a\b\t\n\r")
_REPLACED = ord("?")
_FORMATS = frozenset(b"mABCDEFGHJKf")  # colours, moving the cursor, erasing: none has the terminal answer
_MOST_PARAMETERS = 32  # characters between ESC [ and the one that says what it does


class ConsoleFilter:
    """Writes to `file` and flushes it.

    To a terminal control characters go as `?`, but for those that format text: line ends, tabs, backspace, and of what
    begins with ESC [ colours, moves of the cursor and erasing. Other sequences could set the terminal's title, or have
    it answer, and so could control characters beyond ASCII.
    """

    def __init__(self, file: BinaryIO, *, is_terminal: bool) -> None:
        self._file, self._is_terminal = file, is_terminal
        self._escape = False
        self._sequence: bytearray | None = None  # that has begun
        self._before = 0
        self._last = ord("\n")

    def write(self, data: bytes) -> None:
        """Show it now."""
        if not data:
            return
        self._last = data[-1]
        self._file.write(self._filtered(data) if self._is_terminal else data)
        self._file.flush()

    def end(self) -> None:
        """At a terminal, begin a new line behind one that has not ended."""
        if self._is_terminal and self._last != ord("\n"):
            self.write(b"\n")

    def _filtered(self, data: bytes) -> bytes:
        shown = bytearray()
        for byte in data:
            if self._sequence is not None:
                self._sequence.append(byte)
                if 0x20 <= byte < 0x40 and len(self._sequence) < _MOST_PARAMETERS:
                    continue
                shown += self._sequence if byte in _FORMATS else b"?"
                self._sequence = None
                continue
            if self._escape:
                self._escape = False
                if byte == _BRACKET:
                    self._sequence = bytearray(b"\x1b[")
                    continue
                shown.append(_REPLACED)
            if byte == _ESCAPE:
                self._escape = True
            elif (byte < 0x20 and byte not in _HARMLESS) or byte == _DELETE:
                shown.append(_REPLACED)
            elif self._before == _FIRST_OF_TWO and byte in _C1:
                shown.append(_QUESTION_MARK_OF_TWO)
            else:
                shown.append(byte)
            self._before = byte
        return bytes(shown)
