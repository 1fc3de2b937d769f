"""What Renode's monitor says, as it comes: its last lines, and the errors among them.

Renode exits with status 0 whatever a command came to, and words its errors in many ways; but all of them, and nothing
else, are of one colour. So it is started with colours, and these are what is looked at.
"""

import re

MOST_TAIL = 1 << 14
MOST_ERROR = 1 << 12
_CONTROL = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])")
_MOST_CONTROL = 16
_COLOUR = "m"
_RED = (";031", "91")
"""Bright red, as Renode's terminal wrote it to 1.16, and writes it since."""
_PROMPT = "(monitor) "
"""It was dark red, and is bright red since."""


class Transcript:
    """Fed with text in pieces of any length; bounded, however much comes.

    `tail`: the end of all that was said, without control sequences. `errors`: each as it stands, the first ones.
    `goes_on`: something else was said behind the last error, so that it is complete.
    """

    def __init__(self) -> None:
        self.tail = ""
        self.errors: list[str] = []
        self.goes_on = False
        self._red = False
        self._rest = ""

    def feed(self, text: str) -> None:
        """Take the next piece. A control sequence may be cut anywhere."""
        text, at = self._rest + text, 0
        for control in _CONTROL.finditer(text):
            self._say(text[at : control.start()])
            if control[2] == _COLOUR:
                if self._red and self.errors[-1] == _PROMPT:
                    self.errors.pop()
                    self._red, self.goes_on = False, bool(self.errors)
                self._red, was_red = control[1] in _RED, self._red
                if self._red and not was_red:
                    self.errors.append("")
            at = control.end()
        cut = text.rfind("\x1b", max(at, len(text) - _MOST_CONTROL))
        end = len(text) if cut < 0 else cut
        self._say(text[at:end])
        self._rest = text[end:]

    def _say(self, text: str) -> None:
        self.tail = (self.tail + text)[-MOST_TAIL:]
        if self._red:
            self.goes_on = False
            room = MOST_ERROR - sum(map(len, self.errors))
            self.errors[-1] += text[: max(room, 0)]
        elif text.strip():
            self.goes_on = bool(self.errors)

    def lines(self) -> list[str]:
        """The last lines that were said, without empty ones; the last one may not be whole."""
        return [line.strip() for line in re.split(r"[\r\n]+", self.tail) if line.strip()]

    def error(self) -> str | None:
        """All errors in one line, None where there is none."""
        found = [" ".join(error.split()) for error in self.errors if not _PROMPT.startswith(error)]
        return ": ".join(error for error in found if error) or None
