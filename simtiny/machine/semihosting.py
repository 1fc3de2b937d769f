"""Semihosting: firmware asks its debugger for input, output and files by BKPT 0xAB.

Arm, "Semihosting for AArch32 and AArch64", release 2.0 (abi-aa, semihosting.rst). The core stands still meanwhile: a
call takes the cycles of its BKPT and no others.
"""

import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from simtiny.machine.host_files import EACCES, EBADF, EINVAL, ENOENT, HostError, HostFolder, OpenFile
from simtiny.notes import NoteKind

BREAKPOINT = 0xAB
"""The number of the BKPT that is a call."""
EPOCH_S = 1_577_836_800
"""SYS_TIME at power-on: 2020-01-01, 00:00 UTC. The host's own time would make each run another one."""
TICKS_PER_S = 1_000_000_000
"""SYS_TICKFREQ. Nanoseconds, since the core's clock may change."""
APPLICATION_EXIT = 0x20026
"""ADP_Stopped_ApplicationExit."""
SOURCE = "semihosting"
CONSOLE, FEATURES = ":tt", ":semihosting-features"
FEATURE_BYTES = b"SHFB\x03"
"""SH_EXT_EXIT_EXTENDED and SH_EXT_STDOUT_STDERR."""
MOST_OPEN = 64
NO_TIME = (
    "a semihosting call takes no longer than its BKPT here: on a board the core stands still until the debugger has "
    "answered"
)
_LAST_MODE, _FIRST_WRITING, _CREATING = 11, 4, 4
_FAILED = 0xFFFF_FFFF
_LONGEST_NAME = 1 << 12
_PIECE = 256
_REASONS = {
    0x20000: "branch through zero", 0x20001: "undefined instruction", 0x20002: "software interrupt",
    0x20003: "prefetch abort", 0x20004: "data abort", 0x20005: "address exception", 0x20006: "IRQ", 0x20007: "FIQ",
    0x20020: "breakpoint", 0x20021: "watchpoint", 0x20022: "step complete", 0x20023: "run-time error",
    0x20024: "internal error", 0x20025: "user interruption", 0x20027: "stack overflow", 0x20028: "division by zero",
    0x20029: "operating system specific",
}  # fmt: skip


class BadPointer(Exception):
    """The firmware has pointed to where no memory is, or told the host to write to flash."""


class Core(Protocol):
    """What a call needs of the machine. Addresses that are no memory raise BadPointer."""

    @property
    def elapsed_s(self) -> float: ...

    def note(self, kind: NoteKind, place: str, text: str) -> None: ...

    def read_data(self, address: int, size: int) -> bytes:
        """Bytes of a memory."""
        ...

    def write_data(self, address: int, data: bytes) -> None:
        """Put bytes into a RAM."""
        ...

    def heap_and_stack(self) -> tuple[int, int, int, int]:
        """Heap base and limit, stack base and limit; 0 where it is not known."""
        ...


@dataclass(frozen=True)
class Exit:
    """How the firmware has ended. `status`: what a program of the host would exit with."""

    status: int
    text: str


class Semihosting:
    """The host's end of one machine.

    `write(data)` is told of what goes to the console, standard error too. `read(most)` gives bytes that were typed,
    b"" at the end of the input, None where nothing is there yet. `folder`: the only place where files are opened, None
    for none. `command_line`: of SYS_GET_CMDLINE.
    """

    def __init__(self, core: Core, command_line: str) -> None:
        self._core = core
        self.write: Callable[[bytes], None] = lambda data: None
        self.read: Callable[[int], bytes | None] = lambda most: b""
        self.folder: HostFolder | None = None
        self.command_line = command_line
        self.exit: Exit | None = None
        self._errno = 0
        self._open: dict[int, OpenFile | str] = {}  # the console by what it is
        self._operations: Mapping[int, Callable[[int], int | None]] = {
            0x01: self._open_file, 0x02: self._close, 0x03: self._write_character, 0x04: self._write_string,
            0x05: self._write, 0x06: self._read, 0x07: self._read_character, 0x08: self._is_error,
            0x09: self._is_terminal, 0x0A: self._seek, 0x0C: self._length, 0x0D: self._temporary_name,
            0x0E: self._remove, 0x0F: self._rename, 0x10: self._clock, 0x11: self._time, 0x12: self._system,
            0x13: lambda _: self._errno, 0x15: self._command_line, 0x16: self._heap_info, 0x18: self._exit,
            0x20: self._exit_extended, 0x30: self._elapsed, 0x31: lambda _: TICKS_PER_S,
        }  # fmt: skip

    def call(self, operation: int, parameter: int) -> int | None:
        """What R0 is then. None: it waits for input, and is to be called again."""
        self._core.note(NoteKind.METHOD, SOURCE, NO_TIME)
        do = self._operations.get(operation)
        if do is None:
            self._note(f"operation 0x{operation:02x} is none that is known here: it fails")
            return _FAILED
        try:
            return do(parameter)
        except BadPointer as error:
            self._note(f"operation 0x{operation:02x}: {error}: it fails")
            self._errno = EINVAL
        except HostError as error:
            self._errno = error.number
        return _FAILED

    # --- the console ----------------------------------------------------------------------------------------------

    def _write_character(self, parameter: int) -> int:
        self.write(self._core.read_data(parameter, 1))
        return 0

    def _write_string(self, parameter: int) -> int:
        text = bytearray()
        while not (piece := self._before_zero(parameter + len(text)))[1]:
            text += piece[0]
        self.write(bytes(text + piece[0]))
        return 0

    def _before_zero(self, address: int) -> tuple[bytes, bool]:
        """A piece of a string, and whether it ends there."""
        for size in (_PIECE, 1):  # it may end right before the memory does
            try:
                piece = self._core.read_data(address, size)
            except BadPointer:
                continue
            return piece.partition(b"\0")[0], b"\0" in piece
        raise BadPointer(f"the string runs on to 0x{address:08x}, where no memory is")

    def _read_character(self, _parameter: int) -> int | None:
        found = self.read(1)
        return found[0] if found else None  # there is no end of the input here

    # --- files ----------------------------------------------------------------------------------------------------

    def _open_file(self, parameter: int) -> int:
        address, mode, length = self._words(parameter, 3)
        name = self._name(address, length)
        if mode > _LAST_MODE or len(self._open) >= MOST_OPEN:
            raise HostError(EINVAL)
        handle = next(number for number in range(1, MOST_OPEN + 1) if number not in self._open)
        if name == CONSOLE:
            self._open[handle] = "output" if mode >= _FIRST_WRITING else "input"
        elif name == FEATURES:
            if mode >= _CREATING:
                raise HostError(EACCES)
            self._open[handle] = OpenFile.of_bytes(FEATURE_BYTES)
        else:
            self._open[handle] = self._folder(f"open {name!r}").open(name, mode)
        return handle

    def _close(self, parameter: int) -> int:
        (handle,) = self._words(parameter, 1)
        found = self._at(handle)
        del self._open[handle]
        if isinstance(found, OpenFile):
            found.close()
        return 0

    def _write(self, parameter: int) -> int:
        handle, address, length = self._words(parameter, 3)
        try:
            data, found = self._core.read_data(address, length) if length else b"", self._at(handle)
            if isinstance(found, OpenFile):
                return length - found.write(data)
            if found == "input":
                raise HostError(EBADF)
        except HostError as error:
            self._errno = error.number
            return length
        self.write(data)
        return 0

    def _read(self, parameter: int) -> int | None:
        handle, address, length = self._words(parameter, 3)
        if length:
            self._core.read_data(address, length)  # it has to be all there
        try:
            found = self._at(handle)
            if found == "output":
                raise HostError(EBADF)
            data = found.read(length) if isinstance(found, OpenFile) else self.read(length) if length else b""
        except HostError as error:
            self._errno = error.number
            return length
        if data is None:
            return None
        if data:
            self._core.write_data(address, data)
        return length - len(data)

    def _is_error(self, parameter: int) -> int:
        (status,) = self._words(parameter, 1)
        return status >> 31

    def _is_terminal(self, parameter: int) -> int:
        return int(not isinstance(self._at(*self._words(parameter, 1)), OpenFile))

    def _seek(self, parameter: int) -> int:
        handle, position = self._words(parameter, 2)
        self._file(handle).seek(position)
        return 0

    def _length(self, parameter: int) -> int:
        return self._file(*self._words(parameter, 1)).length()

    def _temporary_name(self, parameter: int) -> int:
        address, number, size = self._words(parameter, 3)
        self._folder("make a temporary file")
        name = f"tmp{number & 0xFF:03d}\0".encode()
        if number > 0xFF or size < len(name):
            raise HostError(EINVAL)
        self._core.write_data(address, name)
        return 0

    def _remove(self, parameter: int) -> int:
        name = self._name(*self._words(parameter, 2))
        return self._error_code(lambda: self._folder(f"remove {name!r}").remove(name))

    def _rename(self, parameter: int) -> int:
        old_at, old_length, new_at, new_length = self._words(parameter, 4)
        old, new = self._name(old_at, old_length), self._name(new_at, new_length)
        return self._error_code(lambda: self._folder(f"rename {old!r}").rename(old, new))

    def _system(self, parameter: int) -> int:
        self._note("SYS_SYSTEM: no command of the host is ever run")
        raise HostError(EACCES)

    def _error_code(self, do: Callable[[], None]) -> int:
        """0, or an error code that is not 0."""
        try:
            do()
        except HostError as error:
            self._errno = error.number
            return error.number
        return 0

    def _folder(self, what: str) -> HostFolder:
        if self.folder is None:
            self._note(f"the firmware would {what}, and may open no files of the host")
            raise HostError(EACCES)
        return self.folder

    def _at(self, handle: int) -> OpenFile | str:
        if handle not in self._open:
            raise HostError(EBADF)
        return self._open[handle]

    def _file(self, handle: int) -> OpenFile:
        found = self._at(handle)
        if not isinstance(found, OpenFile):
            raise HostError(EINVAL)
        return found

    # --- time, command line, memory -------------------------------------------------------------------------------

    def _clock(self, _parameter: int) -> int:
        return int(self._core.elapsed_s * 100) & _FAILED

    def _time(self, _parameter: int) -> int:
        return EPOCH_S + int(self._core.elapsed_s) & _FAILED

    def _elapsed(self, parameter: int) -> int:
        self._core.write_data(parameter, struct.pack("<Q", int(self._core.elapsed_s * TICKS_PER_S)))
        return 0

    def _command_line(self, parameter: int) -> int:
        address, size = self._words(parameter, 2)
        line = self.command_line.encode()
        if size < len(line) + 1:
            raise HostError(EINVAL)
        self._core.write_data(address, line + b"\0")
        self._core.write_data(parameter + 4, struct.pack("<I", len(line)))
        return 0

    def _heap_info(self, parameter: int) -> int:
        (address,) = self._words(parameter, 1)
        self._core.write_data(address, struct.pack("<4I", *self._core.heap_and_stack()))
        return 0

    # --- the end --------------------------------------------------------------------------------------------------

    def _exit(self, parameter: int) -> int:
        return self._ends(parameter, 0)

    def _exit_extended(self, parameter: int) -> int:
        return self._ends(*self._words(parameter, 2))

    def _ends(self, reason: int, status: int) -> int:
        for found in self._open.values():
            if isinstance(found, OpenFile):
                found.close()
        self._open.clear()
        if reason == APPLICATION_EXIT:
            self.exit = Exit(status & 0xFF, f"it has exited by semihosting, with status {status & 0xFF}")
        else:
            name = _REASONS.get(reason, f"0x{reason:x}")
            self.exit = Exit(1, f"it has ended by semihosting for another reason than its exit: {name}")
        return 0

    # --- parameters -----------------------------------------------------------------------------------------------

    def _words(self, address: int, count: int) -> tuple[int, ...]:
        return struct.unpack(f"<{count}I", self._core.read_data(address, 4 * count))

    def _name(self, address: int, length: int) -> str:
        if not 0 < length <= _LONGEST_NAME:
            raise HostError(ENOENT)
        name = self._core.read_data(address, length).partition(b"\0")[0]
        try:
            return name.decode()
        except UnicodeDecodeError:
            raise HostError(ENOENT) from None

    def _note(self, text: str) -> None:
        self._core.note(NoteKind.FIRMWARE, SOURCE, f"semihosting: {text}")
