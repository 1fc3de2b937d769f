"""Breakpoints in the firmware: calls of the host by semihosting, and others."""

from collections.abc import Callable

from unicorn.unicorn_py3 import Uc, UcError

from simtiny.engine import Engine
from simtiny.machine.core_registers import Registers
from simtiny.machine.faults import diagnose
from simtiny.machine.semihosting import BREAKPOINT, BadPointer, Semihosting
from simtiny.notes import NoteKind
from simtiny.stack_limits import stack_limit

_MOST_BYTES = 16 << 20  # of one access: more than any memory here has
_HEAP_BASES = ("end", "_end", "__end__", "__HeapBase", "__heap_start", "__heap_start__")
_HINT_BYTES = 2  # BKPT is a 16-bit instruction


class HostMemory:
    """The machine's memories as a debugger sees them: the `Core` of its `Semihosting`. `note` tells the user."""

    def __init__(self, machine: Engine, uc: Uc, note: Callable[[NoteKind, str, str], None]) -> None:
        self._machine, self._uc, self.note = machine, uc, note

    @property
    def elapsed_s(self) -> float:
        return self._machine.elapsed_s

    def read_data(self, address: int, size: int) -> bytes:
        """Bytes of a memory. Raises BadPointer."""
        self._check(address, size, ("flash", "ram"))
        try:
            return self._machine.read_memory(address, size)
        except UcError:
            raise BadPointer(f"{size} bytes at 0x{address:08x} are not all memory") from None

    def write_data(self, address: int, data: bytes) -> None:
        """Put bytes into a RAM. Raises BadPointer."""
        self._check(address, len(data), ("ram",))
        try:
            self._uc.mem_write(address, data)
            self._uc.ctl_remove_cache(address, address + len(data))  # it may be code
        except UcError:
            raise BadPointer(f"{len(data)} bytes at 0x{address:08x} are not all RAM") from None

    def heap_and_stack(self) -> tuple[int, int, int, int]:
        """Heap base and limit, stack base and limit. 0 where the image does not tell."""
        image = self._machine.image
        stack_base = self._machine.initial_sp & ~3
        limit, _ = stack_limit(image, self._machine.board, stack_base, True)
        base = next((image.symbols[name].address for name in _HEAP_BASES if name in image.symbols), 0)
        heap_limit = limit if base and limit is not None and base < limit else 0
        return base, heap_limit, stack_base, limit or 0

    def _check(self, address: int, size: int, kinds: tuple[str, ...]) -> None:
        ends = [self._machine.board.memory_at(each) for each in (address, address + max(size, 1) - 1)]
        if size > _MOST_BYTES or any(memory is None or memory.kind not in kinds for memory in ends):
            raise BadPointer(f"{size} bytes at 0x{address:08x} are not in {' or '.join(kinds)}")


class HostCalls:
    """What one machine does at a BKPT. `result`: the register that a call's result goes to.

    `waits`: whether there is a call that has not been done yet, for lack of input.
    """

    def __init__(self, machine: Engine, uc: Uc, result: Registers, note: Callable[[NoteKind, str, str], None]) -> None:
        self._machine, self._result = machine, result
        self.memory = HostMemory(machine, uc, note)
        self.semihosting = Semihosting(self.memory, machine.image.name)
        self.waits = False

    def meet(self, pc: int) -> int:
        """The firmware has come to a BKPT. Returns where it goes on. Raises FirmwareFault for one that is no call."""
        (number,) = self._machine.read_memory(pc, 1)
        if number != BREAKPOINT:
            raise diagnose(self._machine, "breakpoint without a debugger", pc)
        self.waits = True
        return pc + _HINT_BYTES

    def reset(self) -> None:
        """The core begins anew."""
        self.waits = False

    def is_waiting(self) -> bool:
        """Do the call that was met last, if it has not been done. Whether it waits for input."""
        if self.waits:
            result = self.semihosting.call(self._machine.register(0), self._machine.register(1))
            self.waits = result is None
            if result is not None:
                self._result.write((result,))
        return self.waits
