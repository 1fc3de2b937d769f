"""The table of blocks and of the edges between them: decoded and priced once, counted by the native hooks."""

import ctypes
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simtiny.counting import layout
from simtiny.counting.layout import EdgeFlag
from simtiny.errors import Unpriced
from simtiny.image import Move, moved_to
from simtiny.isa.decode import decode
from simtiny.isa.instruction import STORES, Instruction, Kind
from simtiny.timing.core import Core
from simtiny.timing.effects import Effect
from simtiny.timing.prices import PlacedCode, edge_price

_SLOTS = 1 << 17
_MAX_EDGES = 3 * _SLOTS // 4
MOST_BLOCKS = 1 << 16
_MAY_STORE = STORES | {Kind.EXCLUSIVE, Kind.UNKNOWN}
# Arm v7-M ARM B3.1: below is the Code region, whose loads take the D-Code bus, and from here on the System bus. With
# all RAM in the Code region, as on PSoC 6, loads from RAM and from flash are on one bus.
_SRAM_BASE = 0x2000_0000


@dataclass(frozen=True, slots=True)
class Region:
    """Guest memory in the host's: `host` is the address of guest address `base`, which may alias `memory_base`."""

    base: int
    memory_base: int
    size: int
    host: int
    is_flash: bool


@dataclass(frozen=True, slots=True)
class Block:
    """Code as it ran. `flash_loads`: addresses of its instructions that were seen to load from flash, or by its bus."""

    address: int
    code: bytes
    flash_loads: frozenset[int]
    instructions: tuple[Instruction, ...]

    @property
    def placed(self) -> PlacedCode:
        """What it is priced by."""
        return self.address, self.code, self.flash_loads


@dataclass(frozen=True, slots=True)
class EdgeRow:
    """An edge in order of discovery. `before` is -1 where the block was entered without context."""

    before: int
    block: int
    taken: bool


def is_taken(before: Block | None, address: int) -> bool:
    """Whether control came to `address` by a branch at the end of the block before.

    A conditional branch to the very next instruction passes for one that was not taken.
    """
    if before is None:
        return False
    last = before.instructions[-1]
    return address != before.address + len(before.code) or (last.writes_pc and not last.conditional)


def is_predicted(last: Instruction) -> bool:
    """Whether an instruction branches or not by a condition."""
    return last.writes_pc and last.conditional


def edge_hash(where: int, before: int) -> int:
    """Where to begin in the edge table, before masking: what the native function of this name says."""
    mixed = where * 0x9E37_79B1 + before * 0x85EB_CA77 & 0xFFFF_FFFF_FFFF_FFFF
    return mixed ^ mixed >> 15


def _runs_on(last: Instruction, unit_shift: int) -> bool:
    """Whether the core has asked for the next unit of flash before this branch, one cycle long, takes it elsewhere."""
    ends_unit = (last.address + last.size) % (1 << unit_shift) == 0
    return ends_unit and last.size == 2 and last.kind in (Kind.BRANCH, Kind.INDIRECT_BRANCH)


def _loops_in_unit(last: Instruction, unit_shift: int) -> bool:
    """Whether a branch, when it is taken, goes to code that lies in one unit of memory with its own end."""
    end = last.address + last.size - 1
    return last.kind is Kind.BRANCH and last.branch_to >> unit_shift == end >> unit_shift


class BlockTable:
    """Finds, decodes and prices blocks. `state` is the record that the native hooks work on.

    `moves`: code that is fetched as if it lay elsewhere. What is fetched from flash then is taken not to change.
    """

    def __init__(self, core: Core, regions: tuple[Region, ...], state: Any, moves: tuple[Move, ...] = ()) -> None:
        self.blocks: list[Block] = []
        self.rows: list[EdgeRow] = []
        self._watched: set[int] = set()
        self._core = core
        self._regions = regions
        self._state = state
        self._moves = moves
        self._numbers: dict[tuple[int, bytes, frozenset[int]], int] = {}
        self._flash_loads: set[int] = set()
        self._one_bus = all(region.base < _SRAM_BASE for region in regions)
        self._slots: list[int] = []  # of each row, -1 while other code or another price holds its place
        self._rows_by_slot: dict[int, int] = {}
        self._rows_by_key: dict[tuple[int, int, bool], int] = {}  # by before, block and taken
        self._rows_of: defaultdict[int, list[int]] = defaultdict(list)  # by block at either end
        self._blocks_at: defaultdict[int, list[int]] = defaultdict(list)  # by address of an instruction, folded
        self._banked: dict[int, int] = {}  # counts of rows without a slot
        self._copies: dict[int, ctypes.Array[ctypes.c_char]] = {}  # by block: what the hooks compare code in RAM with
        self._edges = np.zeros(_SLOTS, layout.EDGE.dtype)
        self._counts = np.zeros(MOST_BLOCKS, layout.BLOCK_COUNTS.dtype)
        self._branches = np.zeros(MOST_BLOCKS, np.int32)
        self._predictors = np.zeros(MOST_BLOCKS + 1, np.int8)  # by number of a branch, from 1 on
        self._branch_numbers: dict[int, int] = {}  # by address
        state.branches.numbers, state.branches.predictors = self._branches.ctypes.data, self._predictors.ctypes.data
        state.table.edges, state.table.edge_mask = self._edges.ctypes.data, _SLOTS - 1
        state.table.counts = self._counts.ctypes.data

    def code_at(self, addresses: Sequence[int]) -> list[Instruction]:
        """The instructions of the blocks that begin at these addresses, one block behind the other."""
        blocks = {block.address: block for block in self.blocks}
        return [now for address in addresses if address in blocks for now in blocks[address].instructions]

    def region(self, address: int) -> Region | None:
        for region in self._regions:
            if region.base <= address < region.base + region.size:
                return region
        return None

    def fold(self, address: int) -> int:
        """The address in its memory's own range: code seen through an alias is the same code."""
        region = self.region(address)
        return address if region is None else address - region.base + region.memory_base

    def _number(self, address: int, code: bytes) -> int:
        """Number of the block with this code, as it is known by now."""
        folded = self.fold(address)
        offsets = range(0, len(code), 2)
        loads = frozenset(
            address + offset for offset in offsets if self._one_bus or folded + offset in self._flash_loads
        )
        key = (address, code, loads)
        number = self._numbers.get(key)
        if number is None:
            number = len(self.blocks)
            if number == MOST_BLOCKS:
                raise Unpriced(f"more than {MOST_BLOCKS} different blocks of code")
            self._numbers[key] = number
            self.blocks.append(Block(address, code, loads, decode(code, address, loads)))
            self._branches[number] = self._branch(self.blocks[-1].instructions[-1])
            for offset in offsets:
                self._blocks_at[folded + offset].append(number)
        return number

    def _branch(self, last: Instruction) -> int:
        """Number of the branch that ends a block, 0 for any other end. At first, backward branches pass for taken."""
        if not is_predicted(last):
            return 0
        folded = self.fold(last.address)
        number = self._branch_numbers.get(folded)
        if number is None:
            number = self._branch_numbers[folded] = len(self._branch_numbers) + 1
            self._predictors[number] = 2 if last.kind is Kind.BRANCH and last.branch_to < last.address else 1
        return number

    def add_edge(self, before: int, address: int, size: int) -> int:
        """Price the edge from block number `before` to the code at `address` now. Returns its slot.

        Raises Unpriced.
        """
        region = self.region(address)
        if region is None:
            raise Unpriced(f"code runs at 0x{address:08x}, outside of flash and RAM")
        if address + size > region.base + region.size:
            raise Unpriced(f"code at 0x{address:08x} runs on into another memory")
        code = ctypes.string_at(region.host + address - region.base, size)
        number = self._number(address, code)
        if before >= 0:
            known = self.blocks[before]
            before_now = self._number(known.address, known.code)
        else:
            before_now = before
        previous = self.blocks[before_now] if before_now >= 0 else None
        taken = is_taken(previous, address)
        context = previous.placed if previous is not None else None
        cost = edge_price(self._core, self.blocks[number].placed, context, taken)
        slot = self._free_slot(before, address, size)
        count = self._take_row(EdgeRow(before_now, number, taken), slot)
        fetched = moved_to(self._moves, address)
        source = self.region(fetched) or region
        flags = (EdgeFlag.IN_FLASH if source.is_flash else EdgeFlag.IN_RAM) | (EdgeFlag.TAKEN if taken else 0)
        if previous is not None and is_predicted(previous.instructions[-1]):
            flags |= EdgeFlag.PREDICTED
        if previous is not None and _runs_on(previous.instructions[-1], self._state.flash.unit_shift):
            flags |= EdgeFlag.RAN_ON
        if (
            previous is not None
            and not taken
            and _loops_in_unit(previous.instructions[-1], self._state.flash.unit_shift)
        ):
            flags |= EdgeFlag.LOOPS_IN_LINE
        if taken and previous is not None and previous.instructions[-1].branch_to < 0:
            flags |= EdgeFlag.INDIRECT
        if source.is_flash and source.base != source.memory_base and self._state.flash.alias_cache:
            flags |= EdgeFlag.THROUGH_ALIAS
        if any(now.kind is Kind.SYSTEM for now in self.blocks[number].instructions):
            flags |= EdgeFlag.MASKS
        if any(now.kind in _MAY_STORE for now in self.blocks[number].instructions):
            flags |= EdgeFlag.STORES
        if not self._watched.isdisjoint(range(address, address + size, 2)):
            flags |= EdgeFlag.WATCHED
        in_block = sum(cost) - cost[Effect.BRANCH]
        flags |= -(-(in_block << layout.RATE_SHIFT) // size) << layout.RATE_SHIFT
        first, last = self._units(source, fetched, code) if source.is_flash else self._bytes(region, address, number)
        self._edges[slot] = (address | size << 32, before, count, sum(cost), number, flags, first, last)
        return slot

    def _take_row(self, edge: EdgeRow, slot: int) -> int:
        """Let the row of an edge count in `slot`. Returns its count so far."""
        key = (edge.before, edge.block, edge.taken)
        row = self._rows_by_key.get(key)
        if row is None or self._slots[row] >= 0:
            row = len(self.rows)
            if row == _MAX_EDGES:
                raise Unpriced(f"more than {_MAX_EDGES} different edges between blocks of code")
            self.rows.append(edge)
            self._slots.append(slot)
            self._rows_by_key[key] = row
            for number in {edge.before, edge.block}:
                self._rows_of[number].append(row)
        self._slots[row] = slot
        self._rows_by_slot[slot] = row
        return self._banked.pop(row, 0)

    def add_flash_load(self, address: int) -> None:
        """The instruction at `address` loads from flash: have the edges that it takes part in priced anew."""
        folded = self.fold(address)
        self._flash_loads.add(folded)
        self.price_anew(folded)

    def code_changed(self, folded: int, size: int) -> None:
        """Flash has changed, from a folded address on: have what may stand there now decoded and priced anew."""
        for address in range(folded & ~1, folded + size, 2):
            if address in self._blocks_at:
                self.price_anew(address)

    def price_anew(self, folded: int) -> None:
        """Have the edges priced anew that the instruction at a folded address takes part in."""
        for number in self._blocks_at[folded]:
            self._flag(EdgeFlag.STALE, self._rows_of[number])

    def watch(self, address: int) -> None:
        """Have the hooks stop before every block with the instruction at `address`."""
        self._watched.add(address)
        for number in self._blocks_at[self.fold(address)]:
            block = self.blocks[number]
            if block.address <= address < block.address + len(block.code):
                self._flag(EdgeFlag.WATCHED, (row for row in self._rows_of[number] if self.rows[row].block == number))

    def unwatch(self, address: int) -> None:
        """Have them stop there no longer."""
        self._watched.discard(address)
        for number in self._blocks_at[self.fold(address)]:
            block = self.blocks[number]
            if self._watched.isdisjoint(range(block.address, block.address + len(block.code), 2)):
                for row in self._rows_of[number]:
                    if self.rows[row].block == number and self._slots[row] >= 0:
                        self._edges[self._slots[row]]["flags"] &= ~int(EdgeFlag.WATCHED)

    def _flag(self, flag: int, rows: Iterable[int]) -> None:
        for row in rows:
            if self._slots[row] >= 0:
                self._edges[self._slots[row]]["flags"] |= flag

    def _units(self, region: Region, address: int, code: bytes) -> tuple[int, int]:
        """The last two words of an edge in flash: see layout.EDGE."""
        offset, shift = address - region.base, self._state.flash.unit_shift
        return offset >> shift, (offset + len(code) - 1) >> shift

    def _bytes(self, region: Region, address: int, number: int) -> tuple[int, int]:
        """The same in RAM."""
        code = self.blocks[number].code
        copy = self._copies.setdefault(number, ctypes.create_string_buffer(code, len(code)))
        return region.host + address - region.base, ctypes.addressof(copy)

    def _free_slot(self, before: int, address: int, size: int) -> int:
        """A free slot for the edge, or its own one, whose count is banked, when its code or its price has changed."""
        where = address | size << 32
        slot = edge_hash(where, before) & (_SLOTS - 1)
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
        """A copy of the native counters, one layout.BLOCK_COUNTS a block."""
        return self._counts[: len(self.blocks)].copy()
