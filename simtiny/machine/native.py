"""The hooks that Unicorn calls for every block and every instruction, compiled by numba.

They keep the one clock: core cycles since reset. All they know is in one `STATE` record and the arrays it points to,
so a hook is a plain C callback with a pointer for user data. It enters Python only for an edge between two blocks that
is met for the first time.
"""

import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numba import carray, cfunc, njit, types

from simtiny.machine.native_flash import fetch, flash_offset, reach_ram, read_flash, shadow_fetch
from simtiny.machine.native_state import (
    AT_DEADLINE,
    AT_WATCH,
    BLOCK_COUNTS,
    EDGE,
    IN_FLASH,
    IN_RAM,
    LOAD,
    MASKS,
    ON_ERROR,
    OPERATION,
    PLACE,
    PLAIN,
    PREDICTED,
    RATE_SHIFT,
    REGISTERS,
    SIGNED_DIVIDE,
    STALE,
    STATE,
    STORE,
    TAKEN,
    WATCHED,
    call1,
    call3,
    edge_hash,
    pointer,
)

# What numba has compiled for a file it compiles anew when that file has changed; of what the file imports it knows
# nothing. But it tells functions apart by the values they enclose, so the hooks enclose a checksum of the other parts.
_PARTS = ("native_flash.py", "native_state.py")
_CHECKSUM = zlib.crc32(b"".join(Path(__file__).with_name(name).read_bytes() for name in _PARTS))


@njit(error_model="numpy")
def _predict(state: Any, before: int, taken: bool) -> None:
    """Compare a branch with its prediction, a two-bit counter, and train that."""
    branch = carray(pointer(state.branches), (1,), np.int32)[before]
    counters = carray(pointer(state.predictors), (1,), np.int8)
    counter = counters[branch]
    if (counter >= 2) != taken:
        counts = carray(pointer(state.counts), (1,), BLOCK_COUNTS)
        counts[before].mispredicts += 1
        state.cycles += state.mispredict
    counters[branch] = min(counter + 1, 3) if taken else max(counter - 1, 0)


@njit(error_model="numpy")
def _code_changed(edge: Any) -> bool:
    """Whether the bytes of a block in RAM differ from those that were decoded."""
    size = edge.where >> 32
    now = carray(pointer(edge.first), (1,), np.uint8)
    then = carray(pointer(edge.last), (1,), np.uint8)
    same = True
    for byte in range(size):
        same = same and now[byte] == then[byte]
    return not same


@njit(inline="always", error_model="numpy")
def _bits(magnitude: int) -> Any:
    """Significant bits of a 32-bit magnitude."""
    bits = 0
    while magnitude != 0:
        magnitude >>= 1
        bits += 1
    return bits


@njit(error_model="numpy")
def divide_cycles(dividend: int, divisor: int, signed: int, shortest: int, bits: int, longest: int) -> Any:
    """Cycles of SDIV or UDIV for two 32-bit register values, on a core that finds `bits` of the quotient a cycle.

    Arm says of Cortex-M3 and M4 2 to 12, by the leading zeros of both (TRM table 3-1).
    """
    if signed != 0:
        dividend = (1 << 32) - dividend if dividend & 0x80000000 != 0 else dividend
        divisor = (1 << 32) - divisor if divisor & 0x80000000 != 0 else divisor
    if divisor == 0 or dividend < divisor:
        return shortest
    return min(longest, shortest + 1 + (_bits(dividend) - _bits(divisor)) // bits)


@njit(inline="always", error_model="numpy")
def _register(state: Any, emulator: int, number: int) -> Any:
    """Value of a register, unsigned."""
    state.value = 0
    call3(state.reg_read, emulator, number, state.value_address)
    return state.value


@njit(error_model="numpy")
def _access(state: Any, emulator: int, operation: Any, address: int) -> None:
    """Price what a load reads from flash or cached RAM, and let a store have its place in the cache."""
    target = operation.offset
    if operation.base >= 0:
        target += _register(state, emulator, operation.base)
    if operation.index >= 0:
        target += _register(state, emulator, operation.index) << operation.shift
    block = max(state.block, 0)
    size = min(operation.bytes, 4)
    unaligned = target & (size - 1) != 0 and (state.unaligned_within_word != 0 or (target & 3) + size > 4)
    if operation.kind == LOAD and unaligned:
        carray(pointer(state.counts), (1,), BLOCK_COUNTS)[block].unaligned_loads += 1
        state.cycles += state.unaligned_load
    place = flash_offset(state, target & 0xFFFFFFFF)
    if place < 0 or place + operation.bytes - 1 > state.flash_mask:
        if state.cached_count != 0:
            reach_ram(state, target & 0xFFFFFFFF, operation.bytes, block, operation.kind == LOAD)
        return
    if operation.kind == STORE:
        return
    if operation.known == 0:
        operation.known = 1
        call3(state.new_flash_load, address, 0, 0)
    for unit in range(place >> state.unit_shift, (place + operation.bytes - 1 >> state.unit_shift) + 1):
        read_flash(state, unit, max(place, unit << state.unit_shift), block, address)


@njit(error_model="numpy")
def _divide(state: Any, emulator: int, operation: Any) -> None:
    """Add what a divide takes beyond the shortest one, which its block was priced with."""
    dividend = _register(state, emulator, operation.base)
    divisor = _register(state, emulator, operation.index)
    signed = 1 if operation.kind == SIGNED_DIVIDE else 0
    shortest = state.divide_shortest
    cycles = divide_cycles(dividend, divisor, signed, shortest, state.divide_bits, state.divide_longest)
    times = carray(pointer(state.divides), (1,), np.int64)
    times[cycles] += 1
    state.cycles += cycles - shortest


@njit(error_model="numpy")
def _find_place(state: Any, address: int) -> None:
    """Note the range of memory that the code at `address` is in, one of size 0 outside of all."""
    places = carray(pointer(state.places), (1,), PLACE)
    state.place_size = 0
    for index in range(state.places_count):
        place = places[index]
        if address >= place.base and address < place.base + place.size:
            state.place_base = place.base
            state.place_size = place.size
            state.place_numbers = place.numbers


def _hooks(parts: int) -> tuple[Any, Any, Any]:
    """The hooks and the callback for reads of registers, with the checksum of the other parts in them."""

    @cfunc(types.void(types.int64, types.uint64, types.uint32, types.voidptr), cache=True, error_model="numpy")
    def on_block(emulator: int, address: int, size: int, user_data: Any) -> None:
        """Count and price one block before it runs, or stop before it."""
        state = carray(user_data, (1,), STATE)[0]
        if state.cycles >= state.deadline:
            state.stopped = AT_DEADLINE
            state.parts = parts
            call1(state.emu_stop, emulator)
            return
        before = state.block
        where = np.int64(address) | (np.int64(size) << 32)
        edges = carray(pointer(state.edges), (1,), EDGE)
        mask = state.edge_mask
        slot = edge_hash(where, before) & mask
        while edges[slot].where != where or edges[slot].before != before:
            if edges[slot].where == 0:
                slot = call3(state.new_edge, before, np.int64(address), np.int64(size))
                if slot < 0:
                    state.stopped = ON_ERROR
                    call1(state.emu_stop, emulator)
                    return
                break
            slot = (slot + 1) & mask
        edge = edges[slot]
        flags = edge.flags
        if flags & (IN_RAM | WATCHED | STALE | MASKS) != 0:
            if flags & WATCHED != 0:
                if state.pass_watch != where:
                    state.stopped = AT_WATCH
                    state.watched = where
                    call1(state.emu_stop, emulator)
                    return
                state.pass_watch = 0
            if flags & STALE != 0 or (flags & IN_RAM != 0 and _code_changed(edge)):
                slot = call3(state.new_edge, before, np.int64(address), np.int64(size))
                if slot < 0:
                    state.stopped = ON_ERROR
                    call1(state.emu_stop, emulator)
                    return
                edge = edges[slot]
                flags = edge.flags
            if flags & MASKS != 0 and state.held_back != 0:
                state.deadline = 0
        if flags & PREDICTED != 0 and state.mispredict != 0:
            _predict(state, before, flags & TAKEN != 0)
        edge.count += 1
        state.block = edge.block
        state.block_end = np.int64(address) + np.int64(size)
        state.block_rate = flags >> RATE_SHIFT
        if flags & IN_FLASH != 0:
            if state.shadows_count != 0:
                shadow_fetch(state, edge)
            state.cycles += edge.cycles + fetch(state, edge)
        else:
            state.cycles += edge.cycles

    @cfunc(types.void(types.int64, types.uint64, types.uint32, types.voidptr), cache=True, error_model="numpy")
    def on_instruction(emulator: int, address: int, size: int, user_data: Any) -> None:
        """Price what depends on an instruction's operands. Not called for one that its IT block skips."""
        state = carray(user_data, (1,), STATE)[0]
        offset = np.int64(address) - state.place_base
        if offset < 0 or offset >= state.place_size:
            _find_place(state, np.int64(address))
            state.parts = parts
            offset = np.int64(address) - state.place_base
            if state.place_size == 0:
                return
        number = carray(pointer(state.place_numbers), (1,), np.int32)[offset >> 1]
        if number != 0:
            operation = carray(pointer(state.operations), (1,), OPERATION)[number]
            if operation.kind == LOAD or operation.kind == STORE:
                _access(state, emulator, operation, np.int64(address))
            else:
                _divide(state, emulator, operation)

    @cfunc(types.uint64(types.int64, types.uint64, types.uint32, types.voidptr), cache=True, error_model="numpy")
    def on_read(_emulator: int, offset: int, width: int, user_data: Any) -> Any:
        """Answer the read of a register whose value is known to be plain; any other goes to Python."""
        registers = carray(user_data, (1,), REGISTERS)[0]
        if width == 4:
            blocks = carray(pointer(registers.plain), (1,), PLAIN)
            address = registers.base + np.int64(offset)
            for number in range(registers.plain_count):
                block = blocks[number]
                place = address - block.base
                if place >= 0 and place < block.size and place & 3 == 0:
                    word = carray(pointer(block.words), (1,), np.int64)[place >> 2]
                    if word >= 0:
                        carray(pointer(block.reads), (1,), np.int64)[0] += 1
                        return np.uint64(word)
        registers.parts = parts
        return np.uint64(call3(registers.read, np.int64(offset), np.int64(width), 0))

    return on_block, on_instruction, on_read


on_block, on_instruction, on_read = _hooks(_CHECKSUM)
