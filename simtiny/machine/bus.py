"""The memory map on Unicorn: flash and RAM in the host's memory, register blocks behind callbacks."""

import ctypes
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ
from unicorn.unicorn_py3 import Uc, UcError
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.board import Board
from simtiny.counting.blocks import Region
from simtiny.machine import bit_band, register_ranges, scs
from simtiny.machine.plain_words import HasPlainWords, PlainWords
from simtiny.machine.register_map import RegisterMap, windows
from simtiny.machine.system import BusError, Peripheral
from simtiny.native import library

# What Unicorn calls for a write to a register: its binding's own wrapper takes longer than most of them.
_WRITE = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_uint64, ctypes.c_void_p)
_READ = ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_void_p, ctypes.c_uint64, ctypes.c_uint, ctypes.c_void_p)
_PERIPHERALS, _PERIPHERALS_SIZE = 0x4000_0000, 0x2000_0000  # Arm v7-M ARM B3.1: the Peripheral region


class Bus:
    """Memories and registers of one emulator. `registers` answers what is not answered natively.

    `written(address, size, value)` hears of every write to a register before it takes effect. `fail` takes an exception
    that a block has raised: it can't pass through the emulator.
    """

    def __init__(
        self,
        uc: Uc,
        board: Board,
        regions: tuple[Region, ...],
        registers: RegisterMap,
        written: Callable[[int, int, int], None],
        fail: Callable[[BaseException], None],
        polling: Any,
    ) -> None:
        self._uc, self._board, self._registers, self._written = uc, board, registers, written
        self._polling = polling  # the layout.POLLING of the hooks, which all reads are told to
        self._heard = ctypes.c_int64()
        self._reads = 0  # of registers, those that came to Python
        self._quick_reads = 0  # of blocks before the last reset
        self.writes = 0
        self.moved = 0  # accesses of other bus masters than the core
        self.behind_write: Callable[[], None] | None = None  # called when one has taken effect
        self._sample: Counter[int] | None = None  # how often each register is accessed by now
        self._plain: list[tuple[int, PlainWords]] = []  # and the base of their block
        self._plain_records = np.zeros(0, register_ranges.PLAIN.dtype)
        self._library = library.load("register_reads", register_ranges.SIGNATURE)
        self._ranges: list[NDArray[np.void]] = []
        for region in regions:
            protection = UC_PROT_READ | UC_PROT_EXEC if region.is_flash else UC_PROT_ALL
            uc.mem_map_ptr(region.base, region.size, protection, region.host)
        self._fail, self._closed = fail, windows(board)
        self._callbacks = [self._map_registers(base, size, fail) for base, size in self._register_ranges()]
        self._callbacks += [self._map_bits(base, size) for base, size in self._ranges_with_bits()]

    def open_window(self, name: str) -> None:
        """Let the core see the memory behind this peripheral, for good. Between two runs of the emulator."""
        seen = self._closed.pop(name, None)
        if seen is not None:
            self._callbacks.append(self._map_registers(seen.start, len(seen), self._fail))

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
            self._reads += 1
            if self._sample is not None:
                self._sample[base + offset] += 1
            try:
                return self._registers.read(base + offset, width)
            except BaseException as error:
                fail(error)
                return 0

        def write(_engine: int, offset: int, width: int, value: int, _data: int) -> None:
            self.writes += 1
            polling.reads = polling.phase = 0
            if self._sample is not None:
                self._sample[base + offset] += 1
            try:
                self._written(base + offset, width, value)
                self._registers.write(base + offset, width, value)
                if self.behind_write is not None:
                    self.behind_write()
            except BaseException as error:
                fail(error)

        polling = self._polling
        callbacks = library.CALLBACK(read), _WRITE(write)
        registers = np.zeros(1, register_ranges.REGISTER_RANGE.dtype)
        registers["base"], registers["read"] = base, library.address_of(callbacks[0])
        registers["polling"], registers["heard"] = ctypes.addressof(polling), ctypes.addressof(self._heard)
        self._ranges.append(registers)
        status = uclib.uc_mmio_map(
            self._uc._uch,
            ctypes.c_uint64(base),
            ctypes.c_size_t(size),
            ctypes.c_void_p(self._library.address("on_read")),
            ctypes.c_void_p(registers.ctypes.data),
            callbacks[1],
            None,
        )
        if status:
            raise UcError(status)
        return callbacks

    def _ranges_with_bits(self) -> list[tuple[int, int]]:
        """Base and size of the bit-band aliases of RAM, where no memory stands there."""
        if not bit_band.is_in(self._board):
            return []
        begin, end = bit_band.SRAM, bit_band.SRAM + bit_band.BYTES
        rams = [(base, each.size) for each in self._board.memories for base in (each.base, *each.aliases)]
        spans = [(max(base, begin), min(base + size, end)) for base, size in rams]
        aliases = [(bit_band.SRAM_ALIAS + (low - begin) * 32, (high - low) * 32) for low, high in spans if low < high]
        return [
            (base, size)
            for base, size in aliases
            if not any(other < base + size and base < other + length for other, length in rams)
        ]

    def _map_bits(self, base: int, size: int) -> tuple[object, object]:
        """Map an alias. What it returns must live as long as the emulator."""

        def read_memory(address: int, width: int) -> int:
            return int.from_bytes(self._uc.mem_read(address, width), "little")

        def write_memory(address: int, width: int, value: int) -> None:
            self._uc.mem_write(address, value.to_bytes(width, "little"))

        def read(_engine: int, offset: int, width: int, _data: int) -> int:
            try:
                return bit_band.read_bit(base + offset, width, read_memory)
            except BaseException as error:
                self._fail(error)
                return 0

        def write(_engine: int, offset: int, width: int, value: int, _data: int) -> None:
            try:
                bit_band.write_bit(base + offset, width, value, read_memory, write_memory)
            except BaseException as error:
                self._fail(error)

        callbacks = _READ(read), _WRITE(write)
        status = uclib.uc_mmio_map(
            self._uc._uch, ctypes.c_uint64(base), ctypes.c_size_t(size), callbacks[0], None, callbacks[1], None
        )
        if status:
            raise UcError(status)
        return callbacks

    def connect(self, peripherals: Mapping[str, Peripheral], system_control: scs.SystemControlSpace) -> None:
        """Route register accesses to these blocks."""
        self._note_native_reads()
        self._quick_reads += sum(plain.reads for _, plain in self._plain)
        self._registers.connect(peripherals, system_control)
        blocks = self._registers.blocks()
        self._plain = [(base, block.plain) for block, base in blocks if isinstance(block, HasPlainWords)]
        self._plain += system_control.plain()
        self._plain_records = np.array([plain.record(base) for base, plain in self._plain], register_ranges.PLAIN.dtype)
        self._answer_natively(True)

    def _answer_natively(self, natively: bool) -> None:
        for registers in self._ranges:
            registers["plain"] = self._plain_records.ctypes.data
            registers["plain_count"] = len(self._plain) if natively else 0

    def hear_timers(self, heard: bool) -> None:
        """Whether each read of a counter that counts time is to reach its block, which tells of it."""
        self._heard.value = heard

    def steady_until(self, address: int) -> int:
        """The cycle from which on a read of this register may give something else, or change something."""
        return self._registers.steady_until(address)

    def name(self, address: int) -> str:
        """A register as the user knows it."""
        return self._registers.name(address)

    def block_name(self, address: int) -> str:
        """The peripheral, or the core's unit, whose register this is."""
        return self._registers.block_name(address)

    def sample(self, run: Callable[[], object]) -> Counter[int]:
        """Which registers are accessed, and how often, while `run` does."""
        self._sample = Counter()
        self._answer_natively(False)
        try:
            run()
            return self._sample
        finally:
            self._sample = None
            self._answer_natively(True)

    def read(self, address: int, size: int) -> int:
        """What a bus master other than the core reads. Raises BusError where nothing is."""
        self.moved += 1
        if self._board.memory_at(address, size) is None:
            return self._registers.master_read(address, size)
        return int.from_bytes(self._uc.mem_read(address, size), "little")

    def write(self, address: int, size: int, value: int) -> None:
        """What it writes. Raises BusError where nothing is, and in flash."""
        self.moved += 1
        memory = self._board.memory_at(address, size)
        if memory is None:
            self._registers.master_write(address, size, value)
            return
        if memory.kind == "flash":
            raise BusError(f"write to 0x{address:08x} in {memory.name}")
        self._uc.mem_write(address, value.to_bytes(size, "little"))
        self._uc.ctl_remove_cache(address, address + size)

    def memory_bytes(self, address: int) -> int:
        """How many bytes of one memory there are from `address` on; 0 outside of memories."""
        ends = (
            base + memory.size
            for memory in self._board.memories
            for base in (memory.base, *memory.aliases)
            if base <= address < base + memory.size
        )
        return next(ends, address) - address

    def debug_read(self, address: int, size: int) -> int:
        """What a debugger reads: as `read`, and the core's own registers."""
        is_core = scs.BASE <= address < scs.BASE + scs.SIZE
        return self._registers.read(address, size) if is_core else self.read(address, size)

    def debug_write(self, address: int, size: int, value: int) -> None:
        """The same for what it writes."""
        if scs.BASE <= address < scs.BASE + scs.SIZE:
            self._registers.write(address, size, value)
        else:
            self.write(address, size, value)

    @property
    def reads(self) -> int:
        """How many reads of registers there were that only an event or a write can change."""
        return self._reads - self._registers.reads_of_time

    @property
    def quick_reads(self) -> int:
        """How many others: those that the native callback has answered, and those of what time changes."""
        return self._quick_reads + self._registers.reads_of_time + sum(plain.reads for _, plain in self._plain)

    @property
    def unmapped(self) -> int:
        """How many accesses there were where the board has nothing."""
        return self._registers.unmapped

    def take_accessed(self) -> set[Peripheral | None]:
        """Blocks whose registers were accessed since the last call; None stands for addresses without one."""
        self._note_native_reads()
        return self._registers.take_accessed()

    def _note_native_reads(self) -> None:
        """Blocks that the native callback has answered for since the last call."""
        for base, plain in self._plain:
            if plain.take_read():
                self._registers.note_access(base)
