"""The memory map: flash and RAM in the host's memory, register blocks behind callbacks."""

import ctypes
from collections.abc import Callable, Iterable, Mapping

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.machine import native, native_state, scs
from simtiny.machine.blocks import Region
from simtiny.machine.plain_words import HasPlainWords, PlainWords
from simtiny.machine.system import Peripheral
from simtiny.notes import NoteKind
from simtiny.platform import Board

# What Unicorn calls for an access to registers: its binding's own wrapper takes longer than most of them.
_READ = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)  # by `native.on_read`
_WRITE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p)
RAM_FILL = 0xA5  # what RAM holds at power-on, so that what the firmware wrote can be told apart
_GRANULE = 16
_PERIPHERALS, _PERIPHERALS_SIZE = 0x4000_0000, 0x2000_0000  # Arm v7-M ARM B3.1: the Peripheral region


class Bus:
    """Memories with the image in them, and the routing of register accesses to the blocks of `connect`.

    `fail` takes an exception that a block has raised: it can't pass through the emulator.
    """

    def __init__(
        self,
        uc: Uc,
        board: Board,
        contents: Iterable[tuple[int, bytes]],
        note: Callable[[NoteKind, str, str], None],
        fail: Callable[[BaseException], None],
    ) -> None:
        self._uc, self._board, self._note = uc, board, note
        self._buffers: list[NDArray[np.uint8]] = []
        self._pages: dict[int, tuple[Peripheral, int]] = {}
        self._scs: scs.SystemControlSpace | None = None
        self._reads = 0  # of registers, those that came to Python
        self._accessed: set[int] = set()
        self._plain: list[tuple[int, PlainWords]] = []  # and the base of their block
        self._plain_records = np.zeros(0, native_state.PLAIN)
        self._ranges: list[NDArray[np.void]] = []
        self.regions = self._map_memories(list(contents))
        self._callbacks = [self._map_registers(base, size, fail) for base, size in self._register_ranges()]

    def _map_memories(self, contents: list[tuple[int, bytes]]) -> tuple[Region, ...]:
        regions = []
        for memory in self._board.memories:
            is_flash = memory.kind == "flash"
            buffer = np.full(memory.size, 0xFF if is_flash else RAM_FILL, np.uint8)
            self._buffers.append(buffer)
            for base in (memory.base, *memory.aliases):
                for address, data in contents:
                    # A segment may run on into the next memory.
                    first, last = max(address, base), min(address + len(data), base + memory.size)
                    if first < last:
                        buffer[first - base : last - base] = np.frombuffer(data, np.uint8)[
                            first - address : last - address
                        ]
                protection = UC_PROT_READ | UC_PROT_EXEC if is_flash else UC_PROT_ALL
                self._uc.mem_map_ptr(base, memory.size, protection, buffer.ctypes.data)
                regions.append(Region(base, memory.base, memory.size, buffer.ctypes.data, is_flash))
        return tuple(regions)

    def _register_ranges(self) -> list[tuple[int, int]]:
        """Base and size: the two ranges of the architecture, and the pages of the blocks outside of them."""
        ranges = [(_PERIPHERALS, _PERIPHERALS_SIZE), (scs.BASE, scs.SIZE)]
        outside = {
            page
            for config in self._board.peripherals
            for page in range(config.base & ~0xFFF, config.base + config.size, 0x1000)
            if not any(base <= config.base < base + size for base, size in ranges)
        }
        return ranges + [(page, 0x1000) for page in sorted(outside)]

    def _map_registers(self, base: int, size: int, fail: Callable[[BaseException], None]) -> tuple[object, object]:
        """Route the accesses to a range. What it returns must live as long as the emulator."""

        def read(offset: int, width: int, _unused: int) -> int:
            try:
                return self._read(base, offset, width)
            except BaseException as error:
                fail(error)
                return 0

        def write(_engine: int, offset: int, width: int, value: int, _data: int) -> None:
            try:
                self._write(base, offset, width, value)
            except BaseException as error:
                fail(error)

        callbacks = _READ(read), _WRITE(write)
        registers = np.zeros(1, native_state.REGISTERS)
        registers["base"], registers["read"] = base, ctypes.cast(callbacks[0], ctypes.c_void_p).value
        self._ranges.append(registers)
        status = uclib.uc_mmio_map(
            self._uc._uch,
            ctypes.c_uint64(base),
            ctypes.c_size_t(size),
            ctypes.c_void_p(native.on_read.address),
            ctypes.c_void_p(registers.ctypes.data),
            callbacks[1],
            None,
        )
        if status:
            raise UcError(status)
        return callbacks

    def connect(self, peripherals: Mapping[str, Peripheral], system_control: scs.SystemControlSpace) -> None:
        """Route register accesses to these blocks."""
        self._accessed |= self._read_natively()
        self._reads = self.accesses
        self._scs = system_control
        self._pages = {
            page: (peripherals[config.name], config.base)
            for config in self._board.peripherals
            for page in range(config.base >> 10, (config.base + config.size - 1 >> 10) + 1)
        }
        blocks = dict.fromkeys(self._pages.values())
        self._plain = [(base, block.plain) for block, base in blocks if isinstance(block, HasPlainWords)]
        self._plain_records = np.array([plain.record(base) for base, plain in self._plain], native_state.PLAIN)
        for registers in self._ranges:
            registers["plain"], registers["plain_count"] = self._plain_records.ctypes.data, len(self._plain)

    @property
    def accesses(self) -> int:
        """How many reads of registers there were."""
        return self._reads + sum(plain.reads for _, plain in self._plain)

    def _read(self, base: int, offset: int, size: int) -> int:
        self._reads += 1
        address = base + offset
        self._accessed.add(address >> 10)
        found = self._pages.get(address >> 10)
        if found is not None:
            return found[0].read(address - found[1], size)
        if base == scs.BASE and self._scs is not None:
            return self._scs.read(offset, size)
        self._note_unmapped("read of", address, "0 returned")
        return 0

    def _write(self, base: int, offset: int, size: int, value: int) -> None:
        address = base + offset
        self._accessed.add(address >> 10)
        found = self._pages.get(address >> 10)
        if found is not None:
            found[0].write(address - found[1], size, value)
        elif base == scs.BASE and self._scs is not None:
            self._scs.write(offset, size, value)
        else:
            self._note_unmapped("write to", address, "ignored")

    def _note_unmapped(self, what: str, address: int, so: str) -> None:
        place = f"0x{address & ~3:08x}"
        self._note(NoteKind.UNMAPPED_ACCESS, place, f"{what} {place}: no peripheral there, {so}")

    def ram_used(self) -> int:
        """Bytes of RAM that the firmware has written to, in steps of 16."""
        used = 0
        for memory, buffer in zip(self._board.memories, self._buffers, strict=True):
            if memory.kind == "ram":
                used += _GRANULE * int((buffer.reshape(-1, _GRANULE) != RAM_FILL).any(axis=1).sum())
        return used

    def ram(self) -> tuple[bytes, ...]:
        """A copy of what the RAMs hold."""
        kept = zip(self._board.memories, self._buffers, strict=True)
        return tuple(buffer.tobytes() for memory, buffer in kept if memory.kind == "ram")

    def take_accessed(self) -> set[Peripheral | None]:
        """Blocks whose registers were accessed since the last call; None stands for addresses without one."""
        accessed, self._accessed = self._accessed | self._read_natively(), set()
        return {self._pages[page][0] if page in self._pages else None for page in accessed}

    def _read_natively(self) -> set[int]:
        """Pages of the blocks that the native callback has answered for since the last call."""
        return {base >> 10 for base, plain in self._plain if plain.take_read()}
