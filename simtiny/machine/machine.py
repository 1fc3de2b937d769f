"""A board in software: boots a firmware image on Unicorn and counts what it does."""

import ctypes
import heapq
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import count as counter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from unicorn import UC_ARCH_ARM, UC_HOOK_BLOCK, UC_HOOK_CODE, UC_HOOK_INSN_INVALID, UC_HOOK_INTR, UC_HOOK_MEM_READ
from unicorn import UC_HOOK_MEM_INVALID, UC_MODE_MCLASS, UC_MODE_THUMB, UC_PROT_ALL, UC_PROT_EXEC, UC_PROT_READ
from unicorn import Uc, UcError
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_R0,
    UC_ARM_REG_SP,
)
from unicorn.unicorn_py3.unicorn import uclib

from simtiny.errors import SimtinyError
from simtiny.image import Image, vector_table_address
from simtiny.isa.instruction import FLOATING_POINT, Kind
from simtiny.machine import exceptions, native, scs
from simtiny.machine.blocks import BlockTable, Region
from simtiny.machine.cores import CORES, find_divides
from simtiny.machine.faults import diagnose, explain, stack_overflow
from simtiny.machine.nvic import SV_CALL, Nvic, masked_priority
from simtiny.machine.peripherals import build
from simtiny.machine.peripherals.stm32_usart import Usart
from simtiny.machine.serial import SerialPort
from simtiny.machine.system import Peripheral
from simtiny.memory.flash import cache_units, unit_bytes
from simtiny.platform import Board
from simtiny.profile import CodeBlock, OperatingPoint, Profile

_FOREVER = 1 << 62
_HOUSEKEEPING_CYCLES = 1 << 24  # how often the machine looks at the stack and lets a progress bar move
_PERIPHERALS, _PERIPHERALS_SIZE = 0x4000_0000, 0x2000_0000
RAM_FILL = 0xA5
_INTR_SVC, _INTR_BKPT, _INTR_EXCEPTION_EXIT = 2, 7, 8


class StopReason(Enum):
    CONDITION = "the condition was met"
    LIMIT = "the cycle limit was reached"
    IDLE = "the firmware waits for input"


@dataclass(frozen=True)
class Mark:
    """Every counter at one moment."""

    cycles: int
    edges: NDArray[np.int64]
    blocks: NDArray[np.void]
    hidden: NDArray[np.int64]
    divides: NDArray[np.int64]
    exceptions: int
    exception_cycles: int
    sleep_cycles: int


class Machine:
    """One board with one image in its flash. Satisfies `simtiny.machine.system.System`.

    `segments` are further bytes for flash, as (address, data): a model's plan. `data_reads` off leaves out the flash's
    data cache, which is faster and counts no data stalls.
    """

    def __init__(
        self,
        board: Board,
        image: Image,
        segments: tuple[tuple[int, bytes], ...] = (),
        data_reads: bool = True,
    ) -> None:
        self.board, self.image = board, image
        self.notes: list[str] = []
        self.serial = SerialPort(board.serial)
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_housekeeping: Callable[[], None] = lambda: None
        self._core = CORES[board.core]
        self._segments = (*((segment.address, segment.data) for segment in image.segments), *segments)
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(self._core.unicorn_model)
        self._buffers: list[NDArray[np.uint8]] = []
        self._states = np.zeros(1, native.STATE)
        self._state = self._states[0]
        self._regions = self._map_memories()
        self._unit = unit_bytes(board)
        self._state["unit_shift"] = self._unit.bit_length() - 1
        self._table = BlockTable(self._core.timing, self._regions, self._state)
        self._divides: list[NDArray[np.void]] = []
        self._error: SimtinyError | None = None
        self._prepare_native(data_reads)
        self._uc.mmio_map(_PERIPHERALS, _PERIPHERALS_SIZE, self._read_peripheral, None, self._write_peripheral, None)
        self._uc.mmio_map(scs.BASE, scs.SIZE, self._read_system, None, self._write_system, None)
        self._interrupt = 0
        self._stop_requested = False
        self._invalid_access: tuple[int, int] | None = None
        self._uc.hook_add(UC_HOOK_INTR, self._on_interrupt)
        self._uc.hook_add(UC_HOOK_MEM_INVALID, self._on_invalid_access)
        self._uc.hook_add(UC_HOOK_INSN_INVALID, self._on_invalid_instruction)
        self._exceptions = self._exception_cycles = self._sleep_cycles = 0
        self._watches: dict[int, Callable[[], None]] = {}
        self._next_housekeeping = 0
        self.reset()

    # --- memory ---------------------------------------------------------------------------------------------------

    def _map_memories(self) -> tuple[Region, ...]:
        regions = []
        for memory in self.board.memories:
            buffer = np.full(memory.size, 0xFF if memory.kind == "flash" else RAM_FILL, np.uint8)
            self._buffers.append(buffer)
            for address, data in self._segments:
                if memory.base <= address < memory.base + memory.size:
                    offset = address - memory.base
                    buffer[offset : offset + len(data)] = np.frombuffer(data, np.uint8)
            protection = UC_PROT_READ | UC_PROT_EXEC if memory.kind == "flash" else UC_PROT_ALL
            for base in (memory.base, *memory.aliases):
                self._uc.mem_map_ptr(base, memory.size, protection, buffer.ctypes.data)
                regions.append(Region(base, memory.size, buffer.ctypes.data, memory.kind == "flash"))
        return tuple(regions)

    def read_memory(self, address: int, size: int) -> bytes:
        return bytes(self._uc.mem_read(address, size))

    def register(self, number: int) -> int:
        """A register by Unicorn's number."""
        return int(self._uc.reg_read(number))

    def fault_registers(self) -> dict[str, int]:
        return self._scs.fault_registers()

    def ram_used(self) -> int:
        """Bytes of RAM that the firmware has written to, in steps of 16."""
        used = 0
        for memory, buffer in zip(self.board.memories, self._buffers, strict=True):
            if memory.kind == "ram":
                granules = buffer.reshape(-1, 16)
                used += 16 * int((granules != RAM_FILL).any(axis=1).sum())
        return used

    # --- native hooks ---------------------------------------------------------------------------------------------

    def _prepare_native(self, data_reads: bool) -> None:
        state, flash = self._state, self.board.main_flash
        units = flash.size // self._unit
        arrays: dict[str, NDArray[Any]] = {
            "code_stamps": np.zeros(units, np.int64),
            "code_ways": np.zeros(units, np.int64),
            "data_stamps": np.zeros(units, np.int64),
            "data_ways": np.zeros(units, np.int64),
            "hidden": np.zeros(native.HIDDEN_BUCKETS, np.int64),
            "flash_loads": np.zeros(flash.size // 2, np.uint8),
        }
        for name, array in arrays.items():
            state[name] = array.ctypes.data
        self._arrays = arrays
        state["flash_base"], state["flash_mask"] = flash.base, flash.size - 1
        state["fetch_ahead"] = self._core.timing.fetch_ahead
        state["emu_stop"] = ctypes.cast(uclib.uc_emu_stop, ctypes.c_void_p).value or 0
        state["reg_read"] = ctypes.cast(uclib.uc_reg_read, ctypes.c_void_p).value or 0
        state["reg_write"] = ctypes.cast(uclib.uc_reg_write, ctypes.c_void_p).value or 0
        state["value_address"] = self._states.ctypes.data + native.STATE.fields["value"][1]
        callback = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_int64, ctypes.c_int64, ctypes.c_int64)
        self._callbacks_from_native = (callback(self._new_edge), callback(self._new_flash_load))
        for name, function in zip(("new_edge", "new_flash_load"), self._callbacks_from_native, strict=True):
            state[name] = ctypes.cast(function, ctypes.c_void_p).value or 0
        user_data = self._states.ctypes.data
        self._add_hook(UC_HOOK_BLOCK, native.on_block.address, user_data, 1, 0)
        if data_reads:
            for base in (flash.base, *flash.aliases):
                self._add_hook(UC_HOOK_MEM_READ, native.on_flash_read.address, user_data, base, base + flash.size - 1)
        for address, data in self._segments:
            for offset in find_divides(data):
                self._hook_divide(address + offset, data[offset : offset + 4])

    def _add_hook(self, kind: int, callback: int, user_data: int, begin: int, end: int) -> None:
        handle = ctypes.c_size_t()
        status = uclib.uc_hook_add(
            self._uc._uch,
            ctypes.byref(handle),
            kind,
            ctypes.c_void_p(callback),
            ctypes.c_void_p(user_data),
            ctypes.c_uint64(begin),
            ctypes.c_uint64(end),
        )
        if status:
            raise UcError(status)

    def _hook_divide(self, address: int, code: bytes) -> None:
        first, second = struct.unpack("<HH", code)
        divide = np.zeros(1, native.DIVIDE)
        divide["state"] = self._states.ctypes.data
        divide["dividend"] = _register(first & 15)
        divide["divisor"] = _register(second & 15)
        divide["signed"] = first >> 4 == 0xFB9
        divide["value_address"] = divide.ctypes.data + native.DIVIDE.fields["value"][1]
        self._divides.append(divide)
        self._add_hook(UC_HOOK_CODE, native.on_divide.address, divide.ctypes.data, address, address)

    def _new_edge(self, before: int, address: int, size: int) -> int:
        try:
            slot = self._table.add_edge(before, address, size)
            block = self._table.blocks[self._table.rows[-1].block]
            if not self._scs.fpu_enabled and any(now.kind in FLOATING_POINT for now in block.instructions):
                self._error = diagnose(self, "UsageFault: no coprocessor (NOCP): the FPU is not enabled in CPACR", address)
                return -1
            return slot
        except SimtinyError as error:
            self._error = error
        return -1

    def _new_flash_load(self, _block: int, address: int, _unused: int) -> int:
        self._table.add_flash_load(address)
        return 0

    # --- the System that peripherals see --------------------------------------------------------------------------

    @property
    def cycles(self) -> int:
        return int(self._state["cycles"])

    @property
    def clock_hz(self) -> Mapping[str, float]:
        return self._clock_hz

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        for callback in self._clock_listeners:
            callback()
        self._clock_hz.update(clock_hz)

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        self._clock_listeners.append(callback)

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        handle = next(self._handles)
        self._callbacks[handle] = callback
        heapq.heappush(self._events, (at_cycle, handle))
        if at_cycle < self._state["deadline"]:
            self._state["deadline"] = at_cycle
        return handle

    def cancel(self, handle: int) -> None:
        self._callbacks.pop(handle, None)

    def set_irq(self, irq: int, level: bool) -> None:
        self._nvic.set_line(irq, level)
        if level:
            self._reevaluate()

    def set_flash_acceleration(
        self, *, wait_states: int, prefetch: bool, instruction_cache: bool, data_cache: bool
    ) -> None:
        flash, state = self.board.flash, self._state
        self._acceleration = (wait_states, prefetch, instruction_cache, data_cache)
        state["wait_states"], state["prefetch"] = wait_states, prefetch
        self._resize("code", cache_units(flash.instruction_cache, instruction_cache, self._unit))
        self._resize("data", cache_units(flash.data_cache, data_cache, self._unit))

    def _resize(self, cache: str, capacity: int) -> None:
        if capacity != self._state[f"{cache}_capacity"]:
            self._state[f"{cache}_capacity"], self._state[f"{cache}_fill"] = capacity, 0
            self._arrays[f"{cache}_stamps"][:] = 0

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # --- bus ------------------------------------------------------------------------------------------------------

    def _read_peripheral(self, _uc: Uc, offset: int, size: int, _data: object) -> int:
        found = self._pages.get(offset >> 10)
        if found is None:
            self.note(f"read of 0x{_PERIPHERALS + offset:08x}: no peripheral there, 0 returned")
            return 0
        peripheral, base = found
        return peripheral.read(offset - base, size)

    def _write_peripheral(self, _uc: Uc, offset: int, size: int, value: int, _data: object) -> None:
        found = self._pages.get(offset >> 10)
        if found is None:
            self.note(f"write to 0x{_PERIPHERALS + offset:08x}: no peripheral there, ignored")
            return
        peripheral, base = found
        peripheral.write(offset - base, size, value)

    def _read_system(self, _uc: Uc, offset: int, size: int, _data: object) -> int:
        return self._scs.read(offset, size)

    def _write_system(self, _uc: Uc, offset: int, size: int, value: int, _data: object) -> None:
        self._scs.write(offset, size, value)

    def _stimulus(self, port: int, value: int) -> None:
        self.on_stimulus(port, value)

    # --- running --------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Power-on or system reset: registers and peripherals, not RAM and not the clock."""
        self._clock_hz: dict[str, float] = {"core": self.board.limits.max_core_hz}
        self._clock_listeners: list[Callable[[], None]] = []
        self._events: list[tuple[int, int]] = []
        self._callbacks: dict[int, Callable[[], None]] = {}
        self._handles = counter()
        self._nvic = Nvic(self._core.priority_bits)
        self._scs = scs.SystemControlSpace(self, self._nvic, self._core.cpuid, self._reevaluate)
        self._scs.on_stimulus = self._stimulus
        self._scs.on_reset = self._request_reset
        self._reset_requested = False
        # What a board without these controllers has; those that it has set their own reset values.
        self.set_flash_acceleration(wait_states=0, prefetch=False, instruction_cache=False, data_cache=False)
        self.peripherals = build(self.board, self)
        self._pages: dict[int, tuple[Peripheral, int]] = {}
        for config in self.board.peripherals:
            base = config.base - _PERIPHERALS
            for page in range(base >> 10, (base + config.size - 1 >> 10) + 1):
                if 0 <= base < _PERIPHERALS_SIZE:
                    self._pages[page] = (self.peripherals[config.name], base)
        self.serial.connect({name: port for name, port in self.peripherals.items() if isinstance(port, Usart)})
        vectors = self.vector_base()
        sp, pc = struct.unpack("<II", self.read_memory(vectors, 8))
        self.initial_sp = sp
        self._uc.reg_write(UC_ARM_REG_IPSR, 0)
        self._uc.reg_write(UC_ARM_REG_CONTROL, 0)
        for register in (UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(UC_ARM_REG_SP, sp)
        self._uc.reg_write(UC_ARM_REG_LR, 0xFFFF_FFFF)
        self._uc.reg_write(UC_ARM_REG_PC, pc | 1)
        self._pc = pc & ~1
        self._state["block"] = -1
        self._state["fetch_unit"] = -2

    def vector_base(self) -> int:
        """Address of the vector table: VTOR, which at reset is the board's boot memory."""
        return self._scs.vector_table or vector_table_address(self.image, self.board)

    def _request_reset(self) -> None:
        self._reset_requested = True
        self._state["deadline"] = 0

    def stop(self) -> None:
        """Ask `run` to return before the next block. For peripheral and serial callbacks."""
        self._stop_requested = True
        self._state["deadline"] = 0

    def _reevaluate(self) -> None:
        """Something may have changed which exception runs: look before the next block."""
        if self._nvic.pending & self._nvic.enabled:
            self._state["deadline"] = 0

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        """Run until `until()` holds (looked at whenever `stop` was called), or for `limit_cycles`.

        Raises FirmwareFault with a diagnosis and Unpriced.
        """
        end = self.cycles + limit_cycles if limit_cycles is not None else _FOREVER
        while True:
            self._fire_events()
            if self._reset_requested:
                self.reset()
            if self._stop_requested:
                self._stop_requested = False
                if until is None or until():
                    return StopReason.CONDITION
            if self.cycles >= end:
                return StopReason.LIMIT
            masked = self._take_exception()
            next_event = self._events[0][0] if self._events else _FOREVER
            housekeeping = self.cycles + _HOUSEKEEPING_CYCLES
            self._state["deadline"] = self.cycles + 1 if masked else min(next_event, end, housekeeping)
            self._execute()
            if self._state["stopped"] == 0 and self._interrupt == 0 and self._waits_for_interrupt():
                if not self._sleep(end):
                    return StopReason.IDLE

    def _execute(self) -> None:
        self._state["stopped"] = 0
        self._interrupt = 0
        try:
            self._uc.emu_start(self._pc | 1, _FOREVER)
        except UcError as error:
            self._pc = self._uc.reg_read(UC_ARM_REG_PC)
            if self._error is None and not self._is_hint(error):
                what, cfsr, address = explain(error, self._invalid_access)
                self._scs.set_fault(cfsr, 0, address)
                self._error = diagnose(self, what, self._pc)
        self._pc = self._uc.reg_read(UC_ARM_REG_PC)
        if self._error is not None:
            raise self._error
        if self._interrupt == _INTR_SVC:
            self._nvic.pending |= 1 << SV_CALL
        elif self._interrupt == _INTR_EXCEPTION_EXIT:
            self._return_from_exception(self._pc | 1)
        elif self._interrupt:
            what = "breakpoint without a debugger" if self._interrupt == _INTR_BKPT else f"exception {self._interrupt}"
            raise diagnose(self, what, self._pc)
        elif self._state["stopped"] and self._pc in self._watches:
            self._watches[self._pc]()
            self._state["pass_watch"] = 1
        if self.cycles >= self._next_housekeeping:
            self._next_housekeeping = self.cycles + _HOUSEKEEPING_CYCLES
            if (overflow := stack_overflow(self, self.register(UC_ARM_REG_SP))) is not None:
                raise diagnose(self, overflow, self._pc)
            self.on_housekeeping()

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        """Call back before the instruction at `address` runs. Set before the first run."""
        self._watches[address] = callback
        self._table.watched.add(address)

    def _fire_events(self) -> None:
        while self._events and self._events[0][0] <= self.cycles:
            _at, handle = heapq.heappop(self._events)
            callback = self._callbacks.pop(handle, None)
            if callback is not None:
                callback()

    # --- exceptions -----------------------------------------------------------------------------------------------

    def _take_exception(self) -> bool:
        """Enter the pending exception that preempts what runs. Returns whether one is held back by a mask alone."""
        number = self._nvic.next()
        if number is None:
            return False
        priority = self._nvic.group(self._nvic.priority(number))
        if priority >= self._nvic.running_priority():
            return False
        if priority >= self._masked_priority():
            return True
        self._enter(number, exceptions.push_frame(self._uc, self._pc, self._scs), exceptions.ENTRY_CYCLES)
        return False

    def _masked_priority(self) -> int:
        read = self._uc.reg_read
        return masked_priority(
            self._nvic,
            read(UC_ARM_REG_PRIMASK),
            read(UC_ARM_REG_FAULTMASK),
            read(UC_ARM_REG_BASEPRI),
        )

    def _enter(self, number: int, exc_return: int, cycles: int) -> None:
        self._nvic.activate(number)
        handler = struct.unpack("<I", self.read_memory(self.vector_base() + 4 * number, 4))[0]
        exceptions.enter(self._uc, number, handler, exc_return)
        self._pc = handler & ~1
        self._charge_exception(cycles)
        self._exceptions += 1

    def _return_from_exception(self, exc_return: int) -> None:
        self._nvic.deactivate(self._uc.reg_read(UC_ARM_REG_IPSR))
        self._uc.reg_write(UC_ARM_REG_FAULTMASK, 0)
        number = self._nvic.next()
        if number is not None:
            priority = self._nvic.group(self._nvic.priority(number))
            if priority < min(self._nvic.running_priority(), self._masked_priority()):
                self._enter(number, exc_return, exceptions.TAIL_CHAIN_CYCLES)
                return
        self._pc = exceptions.pop_frame(self._uc, exc_return) & ~1
        self._charge_exception(exceptions.RETURN_CYCLES)

    def _charge_exception(self, cycles: int) -> None:
        self._state["cycles"] += cycles
        self._exception_cycles += cycles
        self._state["block"] = -1

    def _on_interrupt(self, uc: Uc, number: int, _data: object) -> None:
        self._interrupt = number
        uc.emu_stop()

    def _on_invalid_access(self, _uc: Uc, access: int, address: int, _size: int, _value: int, _data: object) -> bool:
        self._invalid_access = (access, address)
        return False

    def _on_invalid_instruction(self, _uc: Uc, _data: object) -> bool:
        return False

    def _last_instruction(self) -> Kind | None:
        block = int(self._state["block"])
        return self._table.blocks[block].instructions[-1].kind if block >= 0 else None

    def _is_hint(self, error: UcError) -> bool:
        """Unicorn reports WFE and YIELD as invalid instructions; the program counter is behind them."""
        hint = struct.unpack("<H", self.read_memory(self._pc - 2, 2))[0] if self._last_instruction() else 0
        return error.errno == 10 and hint in (0xBF10, 0xBF20)

    def _waits_for_interrupt(self) -> bool:
        return self._last_instruction() is Kind.WAIT

    def _sleep(self, end: int) -> bool:
        """Let time pass to the next event. Returns whether there is one."""
        if self._nvic.pending & self._nvic.enabled:
            return True
        if not self._events:
            return self._stop_requested
        at = max(min(self._events[0][0], end), self.cycles)
        self._sleep_cycles += at - self.cycles
        self._state["cycles"] = at
        return True

    # --- what was counted -----------------------------------------------------------------------------------------

    def mark(self) -> Mark:
        divides = sum((divide["times"][0] for divide in self._divides), np.zeros(16, np.int64))
        return Mark(
            self.cycles,
            self._table.edge_counts(),
            self._table.block_counts(),
            self._arrays["hidden"].copy(),
            divides,
            self._exceptions,
            self._exception_cycles,
            self._sleep_cycles,
        )

    def operating_point(self) -> OperatingPoint:
        wait_states, prefetch, instruction_cache, data_cache = self._acceleration
        return OperatingPoint(
            self._clock_hz["core"], wait_states, prefetch, instruction_cache, data_cache, self._voltage_range()
        )

    def _voltage_range(self) -> str:
        return str(getattr(self.peripherals.get("PWR"), "voltage_range", "1"))

    def profile(self, start: Mark, end: Mark) -> Profile:
        """What was done between two marks."""
        edges = end.edges.copy()
        edges[: len(start.edges)] -= start.edges
        blocks = end.blocks.copy()
        for name in ("branch_misses", "sequential_misses", "data_reads", "data_misses"):
            blocks[name][: len(start.blocks)] -= start.blocks[name]
        rows = self._table.rows
        ran = np.flatnonzero(edges)
        return Profile(
            board=self.board.id,
            image=self.image.name,
            blocks=tuple(CodeBlock(block.address, block.code, block.flash_loads) for block in self._table.blocks[: len(blocks)]),
            edges=np.array([(rows[n].before, rows[n].block, edges[n]) for n in ran], np.int64).reshape(-1, 3),
            taken=np.array([rows[n].taken for n in ran], np.bool_),
            fetch_misses=np.stack([blocks["branch_misses"], blocks["sequential_misses"]], axis=1),
            hidden=end.hidden - start.hidden,
            data_reads=np.stack([blocks["data_reads"], blocks["data_misses"]], axis=1),
            divides=end.divides - start.divides,
            exceptions=end.exceptions - start.exceptions,
            exception_cycles=end.exception_cycles - start.exception_cycles,
            sleep_cycles=end.sleep_cycles - start.sleep_cycles,
            cycles=end.cycles - start.cycles,
            operating_point=self.operating_point(),
            notes=tuple(self.notes),
        )


def _register(number: int) -> int:
    """Unicorn's number of R0 to R15."""
    if number < 13:
        return UC_ARM_REG_R0 + number
    return (UC_ARM_REG_SP, UC_ARM_REG_LR, UC_ARM_REG_PC)[number - 13]
