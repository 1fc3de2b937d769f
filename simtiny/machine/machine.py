"""A board in software: boots a firmware image on Unicorn and counts what it does."""

import struct
from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import Enum
from functools import partial
from typing import Any

from unicorn import (
    UC_ARCH_ARM,
    UC_HOOK_INSN_INVALID,
    UC_HOOK_INTR,
    UC_HOOK_MEM_INVALID,
    UC_MODE_MCLASS,
    UC_MODE_THUMB,
)
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PC,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc, UcError

from simtiny.errors import FirmwareFault, Unpriced
from simtiny.image import Image, vector_table_address
from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction, Kind
from simtiny.machine import double_precision, faults, native_state, scs, window
from simtiny.machine.bus import Bus
from simtiny.machine.core_memory import CoreMemory
from simtiny.machine.core_registers import Registers
from simtiny.machine.cores import CORES
from simtiny.machine.counters import Counters, Mark
from simtiny.machine.events import Events
from simtiny.machine.nvic import HARD_FAULT, Nvic
from simtiny.machine.peripherals import build
from simtiny.machine.peripherals.stm32_gpio import Gpio
from simtiny.machine.preemption import Preemption
from simtiny.machine.serial import Port, SerialPort
from simtiny.machine.system import Peripheral
from simtiny.memory.flash import Acceleration, shape, unit_bytes
from simtiny.memory.what_if import Caches
from simtiny.platform import Board
from simtiny.profile import OperatingPoint, Profile

__all__ = ["Machine", "Mark", "StopReason"]

_FOREVER = 1 << 62
_HOUSEKEEPING_CYCLES = 1 << 22  # how often the machine looks at the stack
_ACCESS_LIMIT = 2_000_000  # register reads in one `run`: more is firmware that waits for what never comes
_PC = Registers(UC_ARM_REG_PC)
_INTR_SVC, _INTR_BKPT, _INTR_EXCEPTION_EXIT = 2, 7, 8  # QEMU's EXCP_SWI, EXCP_BKPT, EXCP_EXCEPTION_EXIT


class StopReason(Enum):
    """Why `Machine.run` returned."""

    CONDITION = "the condition was met"
    LIMIT = "the cycle limit was reached"
    IDLE = "the firmware waits for input"
    POLLING = "the firmware polls registers without end"


class Machine:
    """One board with one image in its flash. Satisfies `simtiny.machine.system.System`.

    `segments` are further bytes for flash, as (address, data): a model's plan. `operands` off leaves out the flash's
    data cache and the operands of divides, which is faster, for runs whose cycles nobody asks for. `caches` are tried
    beside the board's: their misses are counted, and change nothing.
    """

    def __init__(
        self,
        board: Board,
        image: Image,
        segments: tuple[tuple[int, bytes], ...] = (),
        operands: bool = True,
        caches: tuple[Caches, ...] = (),
    ) -> None:
        self.board, self.image = board, image
        self.notes: list[str] = []
        self.serial = SerialPort(board.serial)
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_pin_change: Callable[[str, bool], None] = lambda pin, level: None  # of an output, such as "PF13"
        self.on_timer_read: Callable[[], None] = lambda: None
        self._core = CORES[board.core]
        self._acceleration = Acceleration()
        self._reset_vectors = vector_table_address(image, board)
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(self._core.unicorn_model)
        contents = (*((segment.address, segment.data) for segment in image.segments), *segments)
        self._bus = Bus(self._uc, board, contents, self.note, self._fail)
        self._counters = Counters(self._uc, board, self._core, self._bus.regions, self._new_edge, operands, caches)
        self._clock_hz: dict[str, float] = {"core": board.limits.max_core_hz}
        self._banked_s, self._banked_cycles = 0.0, 0
        self._error: BaseException | None = None
        self._interrupt = 0
        self._stop_requested = False
        self._invalid_access: tuple[int, int] | None = None
        self._watches: dict[int, Callable[[], None]] = {}
        self._next_housekeeping = 0
        self._uc.hook_add(UC_HOOK_INTR, self._on_interrupt)
        self._uc.hook_add(UC_HOOK_MEM_INVALID, self._on_invalid_access)
        self._uc.hook_add(UC_HOOK_INSN_INVALID, lambda uc, data: False)
        self.reset()

    # --- what the host sees ---------------------------------------------------------------------------------------

    def register(self, number: int) -> int:
        """A register by Unicorn's number."""
        return int(self._uc.reg_read(number))

    def read_memory(self, address: int, size: int) -> bytes:
        return bytes(self._uc.mem_read(address, size))

    def fault_registers(self) -> dict[str, int]:
        """CFSR, HFSR and BFAR."""
        return self._scs.fault_registers()

    def ram_used(self) -> int:
        """Bytes of RAM that the firmware has written to, in steps of 16."""
        return self._bus.ram_used()

    @property
    def elapsed_s(self) -> float:
        """Emulated time since power-on, through all changes of the clock."""
        return self._banked_s + (self.cycles - self._banked_cycles) / self._clock_hz["core"]

    @property
    def is_asleep(self) -> bool:
        """Whether the core waits in WFI or WFE."""
        return self._asleep

    @property
    def next_event(self) -> int | None:
        """The cycle of the next thing that a peripheral does by itself. It may turn out to be nothing."""
        return self._events.next

    def pass_time(self, to_cycle: int) -> None:
        """Let time pass as in sleep, at most to the next event. For firmware that only waits."""
        to_cycle = min(to_cycle, self._next_event())
        if to_cycle > self.cycles:
            self._counters.sleep_until(to_cycle)

    def ram(self) -> tuple[bytes, ...]:
        """A copy of what the RAMs hold."""
        return self._bus.ram()

    def take_accessed(self) -> set[Peripheral | None]:
        """Peripherals whose registers were accessed since the last call. None: the core's own registers, or nothing."""
        return self._bus.take_accessed()

    def stop(self) -> None:
        """Ask `run` to return before the next block. For peripheral and serial callbacks."""
        self._stop_requested = True
        self._interrupt_soon()

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        """Call back before the basic block with the instruction at `address` runs."""
        self._watches[address] = callback
        self._counters.table.watch(address)

    def mark(self) -> Mark:
        """A copy of every counter, to be given to `profile`."""
        return self._counters.mark(self.operating_point())

    def profile(self, start: Mark, end: Mark) -> Profile:
        """What was done between two marks.

        Raises Unpriced when the firmware changed its clock or the flash's wait states between them.
        """
        return window.profile(self._counters.table, start, end, self.board.id, self.image.name, tuple(self.notes))

    def operating_point(self) -> OperatingPoint:
        """What the firmware has programmed by now."""
        flash, programmed = self.board.flash, self._acceleration
        power_control = self.peripherals.get("PWR")
        voltage_range = str(getattr(power_control, "voltage_range", "1"))
        return OperatingPoint(
            self._clock_hz["core"],
            programmed.wait_states,
            programmed.prefetch,
            programmed.instruction_cache,
            programmed.data_cache,
            voltage_range,
            flash.miss_overhead_cycles,
            flash.ram_miss_cycles,
            str(getattr(power_control, "regulator", "")),
        )

    # --- the System that peripherals see --------------------------------------------------------------------------

    @property
    def cycles(self) -> int:
        return self._counters.cycles

    @property
    def clock_hz(self) -> Mapping[str, float]:
        return self._clock_hz

    def set_clocks(self, clock_hz: Mapping[str, float]) -> None:
        for callback in self._clock_listeners:
            callback()
        self._bank_time()
        self._counters.reconfigurations += clock_hz.get("core", self._clock_hz["core"]) != self._clock_hz["core"]
        self._clock_hz.update(clock_hz)

    def on_clock_change(self, callback: Callable[[], None]) -> None:
        self._clock_listeners.append(callback)

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        state = self._counters.state
        state.deadline = min(state.deadline, at_cycle)
        return self._events.add(at_cycle, callback)

    def cancel(self, handle: int) -> None:
        self._events.cancel(handle)

    def set_irq(self, irq: int, level: bool, source: str) -> None:
        self._nvic.set_line(irq, level, source)
        self._reevaluate()

    def set_flash_acceleration(
        self,
        *,
        wait_states: int | None = None,
        prefetch: bool | None = None,
        instruction_cache: bool | None = None,
        data_cache: bool | None = None,
        ways: int | None = None,
    ) -> None:
        given = {
            "wait_states": wait_states,
            "prefetch": prefetch,
            "instruction_cache": instruction_cache,
            "data_cache": data_cache,
            "ways": ways,
        }
        changes: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
        self._apply(replace(self._acceleration, **changes))

    def timer_read(self) -> None:
        self.on_timer_read()

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    # --- reset ----------------------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Power-on or system reset: registers and peripherals, not RAM and not the clock."""
        self._bank_time()
        self._clock_hz = {"core": self.board.limits.max_core_hz}
        self._clock_listeners: list[Callable[[], None]] = []
        self._events = Events()
        self._reset_requested = False
        self._asleep = False
        self._nvic = Nvic(self.board.priority_bits or self._core.priority_bits)
        memory = CoreMemory(self.board, self) if self.board.core == "cortex-m7" else None
        self._scs = scs.SystemControlSpace(self, self._nvic, self._core.cpuid, self._reevaluate, memory)
        self._scs.on_stimulus = lambda port, value: self.on_stimulus(port, value)
        self._scs.on_reset = self._request_reset
        if self.board.trace_enabled:
            self._scs.enable_trace()
        self._preemption = Preemption(
            self._uc, self.board, self._core, self._nvic, self._scs, self._counters, self._vectors, self._fault
        )
        # What a board without these controllers has; those that it has set their own reset values.
        self._apply(Acceleration())
        self.peripherals = build(self.board, self)
        self._bus.connect(self.peripherals, self._scs)
        for name, port in self.peripherals.items():
            if isinstance(port, Gpio):
                port.on_pin_change.append(partial(self._pin_changed, name))
        self.serial.connect({name: port for name, port in self.peripherals.items() if isinstance(port, Port)})
        self.initial_sp, pc = struct.unpack("<II", self.read_memory(self._vectors(), 8))
        self._uc.reg_write(UC_ARM_REG_IPSR, HARD_FAULT)  # unprivileged thread mode could not write what follows
        for register in (UC_ARM_REG_CONTROL, UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(UC_ARM_REG_XPSR, 1 << 24)
        self._uc.reg_write(UC_ARM_REG_SP, self.initial_sp)
        self._uc.reg_write(UC_ARM_REG_LR, 0xFFFF_FFFF)
        self._pc = pc & ~1
        self._counters.lose_context()

    def _apply(self, acceleration: Acceleration) -> None:
        """Let what is programmed take effect in the hooks."""
        flash, unit = self.board.flash, unit_bytes(self.board)
        self._acceleration = acceleration
        self._counters.set_flash(
            acceleration.wait_states,
            acceleration.prefetch,
            shape(flash.instruction_cache, acceleration.instruction_cache, unit, acceleration.ways),
            shape(flash.data_cache, acceleration.data_cache, unit),
        )
        self._counters.shadows.enable(acceleration.instruction_cache, acceleration.data_cache)

    def _pin_changed(self, port: str, pin: int, level: bool) -> None:
        self.on_pin_change(f"P{port.removeprefix('GPIO')}{pin}", level)

    def _bank_time(self) -> None:
        self._banked_s, self._banked_cycles = self.elapsed_s, self.cycles

    def _vectors(self) -> int:
        """Address of the vector table: VTOR, or where the image has its own when that was never written."""
        return self._scs.vector_table or self._reset_vectors

    def _request_reset(self) -> None:
        self._reset_requested = True
        self._interrupt_soon()

    # --- running --------------------------------------------------------------------------------------------------

    def run(self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None) -> StopReason:
        """Run until `stop` was called and `until()`, if given, then holds, or for `limit_cycles`.

        Raises FirmwareFault with a diagnosis and Unpriced.
        """
        end = self.cycles + limit_cycles if limit_cycles is not None else _FOREVER
        accesses = self._bus.accesses
        while True:
            self._events.fire(lambda: self.cycles)
            if self._reset_requested:
                self.reset()
            if self._stop_requested:
                self._stop_requested = False
                if until is None or until():
                    return StopReason.CONDITION
            if self.cycles >= end:
                return StopReason.LIMIT
            if self._bus.accesses - accesses > _ACCESS_LIMIT:
                return StopReason.POLLING
            if self._asleep and not self._preemption.wakes():
                if self._events.next is None:
                    return StopReason.IDLE
                self._counters.sleep_until(min(self._next_event(), end))
                continue
            self._asleep = False
            self._pc, held_back = self._preemption.take(self._pc)
            self._counters.state.held_back = held_back
            self._counters.state.deadline = min(self._next_event(), end, self.cycles + _HOUSEKEEPING_CYCLES)
            self._execute()
            if self._is_waiting():
                self._fall_asleep()

    def _next_event(self) -> int:
        return _FOREVER if self._events.next is None else self._events.next

    def _interrupt_soon(self) -> None:
        self._counters.state.deadline = 0

    def _reevaluate(self) -> None:
        """Something may have changed which exception runs: look before the next block."""
        if self._nvic.pending & self._nvic.enabled:
            self._interrupt_soon()

    def _execute(self) -> None:
        """Run to the next stop and see to what stopped it."""
        self._counters.state.stopped = native_state.NOT_STOPPED
        self._interrupt = 0
        try:
            self._uc.emu_start(self._pc | 1, _FOREVER)
        except UcError as error:
            self._pc = self._uc.reg_read(UC_ARM_REG_PC)
            if self._error is None and not self._is_hint(error) and not self._is_double_precision(error):
                what, cfsr, address = faults.explain(self, error, self._invalid_access)
                self._error = self._fault(what, cfsr, address=address)
        (self._pc,) = _PC.read(self._uc)
        if self._error is not None:
            raise self._error
        if self._interrupt == _INTR_SVC:
            self._preemption.call_supervisor(self._pc)
        elif self._interrupt:
            what = "breakpoint without a debugger" if self._interrupt == _INTR_BKPT else f"exception {self._interrupt}"
            raise self._fault(what)
        elif self._counters.state.stopped == native_state.AT_WATCH:
            self._call_watches()
        if self.cycles >= self._next_housekeeping:
            self._next_housekeeping = self.cycles + _HOUSEKEEPING_CYCLES
            overflow = faults.stack_overflow(self, self.register(UC_ARM_REG_SP))
            if overflow is not None:
                raise self._fault(overflow)

    def _call_watches(self) -> None:
        size = self._counters.state.watched >> 32
        for address in range(self._pc, self._pc + size, 2):
            if address in self._watches:
                self._watches[address]()
        self._counters.state.pass_watch = self._counters.state.watched

    # --- callbacks from the emulator ------------------------------------------------------------------------------

    def _new_edge(self, before: int, address: int, size: int) -> int:
        try:
            slot = self._counters.table.add_edge(before, address, size)
            code = self.read_memory(address, size)
            self._counters.learn(decode(code, address))
            fpu = None if self._scs.fpu_enabled else faults.floating_point_at(code, address)
            if fpu is None:
                return slot
            what = "UsageFault: no coprocessor (NOCP), the FPU is not enabled in CPACR"
            self._error = self._fault(what, faults.NOCP, pc=fpu)
        except Unpriced as error:
            undefined = faults.undefined_at(self.read_memory(address, size), address)
            what = "UsageFault: undefined instruction"
            self._error = error if undefined is None else self._fault(what, faults.UNDEFINSTR, pc=undefined)
        except BaseException as error:  # none may pass through the native hook: it is raised when the emulator stops
            self._error = error
        return -1

    def _fail(self, error: BaseException) -> None:
        """Raise this when the emulator stops, which it is asked to do now."""
        self._error = self._error or error
        self._uc.emu_stop()

    def _on_interrupt(self, uc: Uc, number: int, _data: object) -> None:
        if number != _INTR_EXCEPTION_EXIT:
            self._interrupt = number
            uc.emu_stop()
            return
        try:  # without a stop, which takes longer than the return
            (self._pc,) = _PC.read(uc)  # what a fault on the return names
            self._pc = self._preemption.leave()
            self._reevaluate()
        except BaseException as error:
            self._fail(error)

    def _on_invalid_access(self, _uc: Uc, access: int, address: int, _size: int, _value: int, _data: object) -> bool:
        self._invalid_access = (access, address)
        return False

    def _fault(
        self, what: str, cfsr: int = 0, hfsr: int = 0, address: int | None = None, pc: int | None = None
    ) -> FirmwareFault:
        """Set the fault registers as the processor would, and say what happened."""
        self._scs.set_fault(cfsr, hfsr, address)
        return faults.diagnose(self, what, self._pc if pc is None else pc)

    # --- waiting --------------------------------------------------------------------------------------------------

    def _last_block(self) -> tuple[Instruction, ...]:
        """The block that ran last, empty right after an exception or reset."""
        block = self._counters.state.block
        return self._counters.table.blocks[block].instructions if block >= 0 else ()

    def _is_hint(self, error: UcError) -> bool:
        """Unicorn reports WFE and YIELD as invalid instructions; the program counter is behind them."""
        if error.errno != faults.UC_ERR_INSN_INVALID or not self._last_block():
            return False
        last = self._last_block()[-1]
        return last.text.startswith(("wfe", "yield")) and self._pc == last.address + last.size

    def _is_double_precision(self, error: UcError) -> bool:
        """Whether it is an instruction of Cortex-M7 that Unicorn does not know, and was executed here."""
        if error.errno != faults.UC_ERR_INSN_INVALID or self._scs.core_memory is None:
            return False
        return double_precision.execute(self._uc, self._pc)

    def _is_waiting(self) -> bool:
        """Whether the emulator returned because of a WFI or WFE."""
        stopped = self._counters.state.stopped != native_state.NOT_STOPPED or self._interrupt != 0
        return not stopped and any(now.kind is Kind.WAIT for now in self._last_block()[-1:])

    def _fall_asleep(self) -> None:
        """WFI, or WFE without an event since the last one. Of SEV only that in the block of its own WFE counts."""
        *before, wait = self._last_block()
        is_event = wait.text.startswith("wfe")
        self._asleep = not (
            is_event and (self._preemption.event_register or any(now.text.startswith("sev") for now in before))
        )
        if is_event:
            self._preemption.event_register = False
