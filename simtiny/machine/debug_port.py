"""What a debugger sees of a machine beside `Engine`: all registers, memory as the core sees it, and watchpoints."""

from collections.abc import Callable, Iterator
from enum import Enum

from unicorn import UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE, arm_const
from unicorn.unicorn_py3 import Uc

from simtiny.board import Board
from simtiny.machine.bus import Bus
from simtiny.machine.core_registers import CORE_REGISTERS
from simtiny.machine.flash_stores import FlashStores
from simtiny.machine.polling import Polling
from simtiny.machine.system import BusError

_WIDEST_ACCESS = 16
"""Bytes that no access to memory exceeds, as the emulator makes them."""


class Access(Enum):
    """What a watchpoint stops for."""

    WRITE = UC_HOOK_MEM_WRITE
    READ = UC_HOOK_MEM_READ
    BOTH = UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE


def _named(name: str) -> int:
    return int(getattr(arm_const, f"UC_ARM_REG_{name.upper()}"))


_SYSTEM = ("msp", "psp", "primask", "basepri", "faultmask", "control")
REGISTERS = {
    **{f"r{number}": register for number, register in enumerate(CORE_REGISTERS[:13])},
    "sp": CORE_REGISTERS[13],
    "lr": CORE_REGISTERS[14],
    "xpsr": _named("xpsr"),
    **{name: _named(name) for name in _SYSTEM},
    **{f"d{number}": _named(f"d{number}") for number in range(16)},
    "fpscr": _named("fpscr"),
}
"""Unicorn's numbers by the names of GDB, but for the program counter, which is the machine's."""


class DebugPort:
    """Access to one machine while it stands still."""

    def __init__(self, uc: Uc, board: Board, flash: FlashStores, bus: Bus, polling: Polling) -> None:
        self._uc, self._board, self._flash, self._bus, self._polling = uc, board, flash, bus, polling
        self._watchpoints: dict[object, int] = {}

    def read_register(self, name: str) -> int:
        """One of `REGISTERS`."""
        return int(self._uc.reg_read(REGISTERS[name]))

    def write_register(self, name: str, value: int) -> None:
        """The same."""
        self._uc.reg_write(REGISTERS[name], value)

    def read_memory(self, address: int, size: int) -> bytes:
        """What the core would read. A register of a peripheral does what it does when the core reads it.

        Raises BusError where nothing is.
        """
        if self._board.memory_at(address, size) is not None:
            return bytes(self._uc.mem_read(address, size))
        found = bytearray()
        for place, width in _accesses(address, size):
            found += self._bus.debug_read(place, width).to_bytes(width, "little")
        return bytes(found)

    def write_memory(self, address: int, data: bytes) -> None:
        """What the core would write, and flash, too. Raises BusError where nothing is."""
        memory = self._board.memory_at(address, len(data))
        if memory is not None and memory.kind == "flash":
            self._flash.put(address, data)
            return
        if memory is not None:
            self._uc.mem_write(address, data)
            self._uc.ctl_remove_cache(address, address + len(data))
            return
        for place, width in _accesses(address, len(data)):
            self._bus.debug_write(place, width, int.from_bytes(data[place - address :][:width], "little"))

    def watch(self, key: object, access: Access, start: int, size: int, callback: Callable[[], None]) -> None:
        """Call back when an instruction accesses one of `size` bytes, until `unwatch`."""

        def accessed(_uc: Uc, _access: int, address: int, width: int, _value: int, _data: object) -> None:
            if address < start + size and address + width > start:
                callback()

        first = max(start - _WIDEST_ACCESS, 0)
        hook = self._uc.hook_add(access.value, accessed, None, first, start + size - 1)
        self._watchpoints[key] = hook
        if len(self._watchpoints) == 1:
            self._uc.ctl_flush_tb()  # the emulator does not tell of accesses by what it has translated before
            self._polling.skip(False)  # each access is to be made

    def unwatch(self, key: object) -> None:
        """Take `watch` back."""
        self._uc.hook_del(self._watchpoints.pop(key))
        if not self._watchpoints:
            self._uc.ctl_flush_tb()
            self._polling.skip(True)


def _accesses(address: int, size: int) -> Iterator[tuple[int, int]]:
    """The largest accesses to aligned words, halfwords and bytes that make up a range: address and bytes of each."""
    while size:
        width = next(width for width in (4, 2, 1) if address % width == 0 and width <= size)
        yield address, width
        address, size = address + width, size - width


__all__ = ["REGISTERS", "Access", "BusError", "DebugPort"]
