"""The table of blocks and of the edges between them: decoded and priced once, counted by the native hooks."""

import ctypes
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import Unpriced
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import native
from simtiny.timing import Core, Cost, price
from simtiny.timing.effects import Effect

_SLOTS = 1 << 17
_MAX_EDGES = 3 * _SLOTS // 4
_MAX_BLOCKS = 1 << 16


@dataclass(frozen=True, slots=True)
class Region:
    """Guest memory in the host's: `host` is the address of guest address `base`."""

    base: int
    size: int
    host: int
    is_flash: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Code as it ran. `flash_loads`: addresses of its instructions that were seen to load from flash."""

    address: int
    code: bytes
    flash_loads: frozenset[int]
    instructions: tuple[Instruction, ...]


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge in order of discovery. `before` is -1 where the block was entered without context."""

    before: int
    block: int
    taken: bool
    cost: Cost


def is_taken(before: Block | None, address: int) -> bool:
    """Whether control came to `address` by a branch at the end of the block before.

    A conditional branch to the very next instruction passes for one that was not taken.
    """
    if before is None:
        return False
    last = before.instructions[-1]
    return address != before.address + len(before.code) or (last.writes_pc and not last.conditional)


class BlockTable:
    """Finds, decodes and prices blocks. `state` is the record that the native hooks work on."""

    def __init__(self, core: Core, regions: tuple[Region, ...], state: np.record) -> None:
        self.blocks: list[Block] = []
        self.rows: list[EdgeRow] = []
        self._watched: set[int] = set()
        self._core = core
        self._regions = regions
        self._state = state
        self._numbers: dict[tuple[int, bytes, frozenset[int]], int] = {}
        self._flash_loads: set[int] = set()
        self._slots: list[int] = []  # of each row, -1 when its code was overwritten
        self._rows_by_slot: dict[int, int] = {}
        self._banked: dict[int, int] = {}  # counts of rows whose code was overwritten
        self._copies: list[ctypes.Array[ctypes.c_char]] = []  # what the hooks compare code in RAM with
        self._edges = np.zeros(_SLOTS, native.EDGE)
        self._counts = np.zeros(_MAX_BLOCKS, native.BLOCK_COUNTS)
        state["edges"] = self._edges.ctypes.data
        state["edge_mask"] = _SLOTS - 1
        state["counts"] = self._counts.ctypes.data

    def region(self, address: int) -> Region | None:
        for region in self._regions:
            if region.base <= address < region.base + region.size:
                return region
        return None

    def _number(self, address: int, code: bytes) -> int:
        loads = frozenset(self._flash_loads.intersection(range(address, address + len(code), 2)))
        key = (address, code, loads)
        number = self._numbers.get(key)
        if number is None:
            number = len(self.blocks)
            if number == _MAX_BLOCKS:
                raise Unpriced(f"more than {_MAX_BLOCKS} different blocks of code")
            self._numbers[key] = number
            block = Block(address, code, loads, decode(code, address, loads))
            self.blocks.append(block)
        return number

    def add_edge(self, before: int, address: int, size: int) -> int:
        """Price the edge from block number `before` to the code at `address` now. Returns its slot.

        Raises Unpriced.
        """
        region = self.region(address)
        if region is None:
            raise Unpriced(f"code runs at 0x{address:08x}, outside of flash and RAM")
        code = ctypes.string_at(region.host + address - region.base, size)
        number = self._number(address, code)
        previous = self._now(before) if before >= 0 else None
        taken = is_taken(previous, address)
        context = previous.instructions if previous is not None else None
        cost = price(self._core, self.blocks[number].instructions, context, taken)
        slot = self._free_slot(before, address, size)
        self._rows_by_slot[slot] = len(self.rows)
        self._slots.append(slot)
        self.rows.append(EdgeRow(before, number, taken, cost))
        flags = (native.IN_FLASH if region.is_flash else native.IN_RAM) | (native.TAKEN if taken else 0)
        if any(now.kind is Kind.SYSTEM for now in self.blocks[number].instructions):
            flags |= native.MASKS
        if not self._watched.isdisjoint(range(address, address + size, 2)):
            flags |= native.WATCHED
        in_block = sum(cost) - cost[Effect.BRANCH]
        flags |= -(-(in_block << native.RATE_SHIFT) // size) << native.RATE_SHIFT
        first, last = self._place(region, address, code)
        self._edges[slot] = (address | size << 32, before, 0, sum(cost), number, flags, first, last)
        return slot

    def add_flash_load(self, address: int) -> None:
        """The instruction at `address` loads from flash: have the edges that it takes part in priced anew."""
        self._flash_loads.add(address)
        holders = self._holders(address)
        self._flag(native.STALE, (row.block in holders or row.before in holders for row in self.rows))

    def watch(self, address: int) -> None:
        """Have the hooks stop before every block with the instruction at `address`."""
        self._watched.add(address)
        holders = self._holders(address)
        self._flag(native.WATCHED, (row.block in holders for row in self.rows))

    def _holders(self, address: int) -> set[int]:
        """Numbers of the blocks with the instruction at `address`."""
        return {
            number
            for number, block in enumerate(self.blocks)
            if block.address <= address < block.address + len(block.code)
        }

    def _flag(self, flag: int, chosen: Iterable[bool]) -> None:
        for slot, is_chosen in zip(self._slots, chosen, strict=True):
            if slot >= 0 and is_chosen:
                self._edges[slot]["flags"] |= flag

    def _place(self, region: Region, address: int, code: bytes) -> tuple[int, int]:
        """The last two words of an edge: see native.EDGE."""
        offset = address - region.base
        if region.is_flash:
            shift = int(self._state["unit_shift"])
            return offset >> shift, (offset + len(code) - 1) >> shift
        copy = ctypes.create_string_buffer(code, len(code))
        self._copies.append(copy)
        return region.host + offset, ctypes.addressof(copy)

    def _now(self, number: int) -> Block:
        """The block as it is known by now: flash loads may have been found since it got its number."""
        block = self.blocks[number]
        return self.blocks[self._number(block.address, block.code)]

    def _free_slot(self, before: int, address: int, size: int) -> int:
        """A free slot for the edge, or its own one, whose count is banked, when its code has changed."""
        if len(self.rows) == _MAX_EDGES:
            raise Unpriced(f"more than {_MAX_EDGES} different edges between blocks of code")
        where = address | size << 32
        slot = int(native.edge_hash(where, before)) & (_SLOTS - 1)
        while self._edges[slot]["where"] != 0:
            if self._edges[slot]["where"] == where and self._edges[slot]["before"] == before:
                row = self._rows_by_slot[slot]
                self._banked[row] = int(self._edges[slot]["count"])
                self._slots[row] = -1
                break
            slot = (slot + 1) & (_SLOTS - 1)
        return slot

    def edge_counts(self) -> NDArray[np.int64]:
        """How often each row of `rows` was run: shape (rows,)."""
        slots = np.array(self._slots, np.int64)
        counts = np.where(slots >= 0, self._edges["count"][slots], 0) if len(slots) else np.zeros(0, np.int64)
        for row, count in self._banked.items():
            counts[row] = count
        return counts

    def block_counts(self) -> NDArray[np.void]:
        """A copy of the native counters, one native.BLOCK_COUNTS a block."""
        return self._counts[: len(self.blocks)].copy()
