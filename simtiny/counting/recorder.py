"""Writes down what an engine does, as a stream that `replay` counts again."""

import ctypes
from collections.abc import Callable
from typing import Any, BinaryIO

from simtiny.counting import stream
from simtiny.counting.layout import EVENT
from simtiny.counting.stream import RECORD_BYTES, STACKS_FP, TAIL_CHAINED, Event
from simtiny.native import library

_ROOM = 1 << 16


class Recorder:
    """The tape of one engine. The native hooks write blocks and operands into the same buffer, in the same order.

    `tape`: the layout.TAPE of the engine's state; it holds as long as this object lives. `header` is written at once.
    `fail` takes an exception that can't pass through native code. What can't be written `close` tells.
    """

    def __init__(self, file: BinaryIO, header: stream.Header, tape: Any, fail: Callable[[BaseException], None]) -> None:
        self._file, self._tape, self._fail = file, tape, fail
        self._failure: OSError | None = None
        self._closed = False
        self._code: dict[int, int] = {}  # by address of a halfword what stands there, as far as the stream has said
        self._marks = 0
        stream.write_header(file, header)
        self._buffer = (EVENT.structure * _ROOM)()
        self._full = library.CALLBACK(self._flush_native)
        tape.records, tape.room = ctypes.addressof(self._buffer), _ROOM
        tape.full = library.address_of(self._full)

    def code(self, address: int, code: bytes) -> list[int]:
        """Code is about to run at `address`. Returns the addresses of halfwords that were others when they last ran."""
        if self._closed:
            return []
        halfwords = {address + offset: int.from_bytes(code[offset : offset + 2]) for offset in range(0, len(code), 2)}
        new = [at for at, halfword in halfwords.items() if self._code.get(at) != halfword]
        if new:
            self._flush()
            self._write(stream.code_records(address, code))
        changed = [at for at in new if at in self._code]
        self._code |= halfwords
        return changed

    def write(self, address: int, size: int, value: int) -> None:
        """The firmware writes to a register."""
        self._add(Event.WRITE, size, address, value)

    def enter_exception(self, number: int, tail_chained: bool, stacks_fp: bool) -> None:
        self._add(Event.ENTER, number, operands=tail_chained * TAIL_CHAINED | stacks_fp * STACKS_FP)

    def leave_exception(self, fp_states: int) -> None:
        self._add(Event.LEAVE, operands=fp_states)

    def sleep(self, cycles: int) -> None:
        self._add(Event.SLEEP, operands=cycles)

    def mark(self) -> None:
        """A window may begin or end here. Marks are numbered in order."""
        self._add(Event.MARK, operands=self._marks)
        self._marks += 1

    def reset(self) -> None:
        self._add(Event.RESET)

    def close(self) -> None:
        """End the stream: nothing is written down from now on. Raises OSError if something could not be written."""
        self._flush()
        self._tape.records, self._closed = 0, True
        if self._failure is not None:
            raise self._failure
        stream.write_end(self._file, {"marks": self._marks})

    def _add(self, event: Event, number: int = 0, address: int = 0, operands: int = 0) -> None:
        if self._closed:
            return
        if self._tape.used >= self._tape.room:
            self._flush()
        self._buffer[self._tape.used] = stream.record(event, number, address, operands)
        self._tape.used += 1

    def _flush(self) -> None:
        if self._tape.used:
            self._write(ctypes.string_at(self._tape.records, RECORD_BYTES * self._tape.used))
        self._tape.used = 0

    def _write(self, records: bytes) -> None:
        try:
            if self._failure is None:
                stream.write_records(self._file, records)
        except OSError as error:  # it can't pass through the hook: `close` raises it
            self._failure = error

    def _flush_native(self, *_unused: int) -> int:
        try:
            self._flush()
        except BaseException as error:  # a Ctrl-C, above all
            self._tape.used = 0
            self._fail(error)
        return 0
