"""A board in software: boots a firmware image on Unicorn and counts what it does."""

import struct
from collections.abc import Callable
from dataclasses import replace
from typing import BinaryIO

from unicorn import UC_ARCH_ARM, UC_MODE_MCLASS, UC_MODE_THUMB, arm_const
from unicorn.arm_const import (
    UC_ARM_REG_BASEPRI,
    UC_ARM_REG_CONTROL,
    UC_ARM_REG_FAULTMASK,
    UC_ARM_REG_IPSR,
    UC_ARM_REG_LR,
    UC_ARM_REG_PRIMASK,
    UC_ARM_REG_SP,
    UC_ARM_REG_XPSR,
)
from unicorn.unicorn_py3 import Uc, UcError

from simtiny.board import Board
from simtiny.call_tree import CallTree
from simtiny.counting import difference
from simtiny.counting.counters import Counters, Mark
from simtiny.counting.event_marks import AskedEvents
from simtiny.counting.handlers import Handlers
from simtiny.counting.memories import RAM_FILL, Memories
from simtiny.counting.recorder import Recorder
from simtiny.counting.stream import Header
from simtiny.devices import Devices, I2cDevice, MemoryDevice, SpiDevice, Waveform
from simtiny.engine import SP, StopReason
from simtiny.errors import BadInput
from simtiny.exception_names import interrupt_name
from simtiny.flash.policies import KINDS
from simtiny.image import Image, Move
from simtiny.image_load import vectors_at_reset
from simtiny.isa.decode import decode
from simtiny.machine import attach, faults, hooks, scs
from simtiny.machine.agenda import Agenda
from simtiny.machine.bus import Bus
from simtiny.machine.call_stack import follow_calls
from simtiny.machine.core_registers import CONTEXT_REGISTERS, CORE_REGISTERS, Context, Registers
from simtiny.machine.cores import CORES
from simtiny.machine.debug_port import DebugPort
from simtiny.machine.execution import Ending, Execution
from simtiny.machine.fault_delivery import FaultDelivery
from simtiny.machine.faults import Fault, Faulted
from simtiny.machine.flash_stores import FlashStores
from simtiny.machine.guard import Guard
from simtiny.machine.host_calls import HostCalls
from simtiny.machine.nvic import HARD_FAULT, Nvic
from simtiny.machine.peripherals import asks_for_dma, build, peripheral_at
from simtiny.machine.polling import Polling
from simtiny.machine.preemption import Preemption
from simtiny.machine.programmed import Programmed, ProgrammedBoard
from simtiny.machine.register_map import RegisterMap
from simtiny.machine.semihosting import BREAKPOINT, SOURCE
from simtiny.machine.serial import Port, SerialPort
from simtiny.machine.standstill import Standstill
from simtiny.machine.switched import Switches
from simtiny.machine.system import (
    DmaController,
    FlashInterface,
    Hears,
    HoldsRequests,
    InputPins,
    Multiplexes,
    OutlivesReset,
    Peripheral,
    Pins,
    ResetCause,
    power_control,
)
from simtiny.machine.system_register import DEVICES_ALIGNED, WITH_FPU
from simtiny.notes import Note, NoteKind, Notes
from simtiny.profiles import OperatingPoint, Profile
from simtiny.settings import AS_IT_IS, MemorySettings

__all__ = ["Machine", "Mark", "StopReason"]

_FOREVER = 1 << 62
_MASKS = UC_ARM_REG_PRIMASK, UC_ARM_REG_BASEPRI, UC_ARM_REG_FAULTMASK
_HOUSEKEEPING_CYCLES = 1 << 19  # how often the machine looks at the stack, and at what the firmware has it do
_NEVER_WRITTEN_BYTES = 32  # of what RAM holds at power-on: code as long as this is none


class Machine(ProgrammedBoard):
    """One board with one image in its flash: an `Engine`, and the `System` that its peripherals see.

    `segments` are further bytes for flash, as (address, data): a model's plan. `operands` off leaves out what
    depends on operands, reads of flash and long divides, which is faster, for runs whose cycles nobody asks for.
    `settings` are in force in place of what the firmware programs and the chip has. `lanes`: others that are counted
    beside them and change nothing, see `simtiny.counting.memory_system.Lanes`. `moves`: what is priced as if it lay
    elsewhere, by all addresses at which it is seen; it is executed where it is. `calls`: follow who calls whom, for
    `call_tree`. `seed`: of what is random on the board. `serial_takes_time`: characters take as long on the serial
    lines as at the baud rate.
    `patience_s`: emulated time after which a run ends for NO_PROGRESS that has come to no code it had not run before,
    and passed no watch, where it would go on to take the host long; None: it does not.

    Nothing in it is shared with another machine: each may run in a thread of its own.
    """

    def __init__(
        self,
        board: Board,
        image: Image,
        segments: tuple[tuple[int, bytes], ...] = (),
        operands: bool = True,
        settings: MemorySettings = AS_IT_IS,
        lanes: tuple[MemorySettings, ...] = (),
        moves: tuple[Move, ...] = (),
        calls: bool = False,
        seed: int = 0,
        serial_takes_time: bool = True,
        patience_s: float | None = None,
    ) -> None:
        self.board, self.image, self._seed, self.serial_takes_time = board, image, seed, serial_takes_time
        self._notes = Notes()
        self.serial = SerialPort(board.serial)
        self.devices = Devices()
        self.on_stimulus: Callable[[int, int], None] = lambda port, value: None
        self.on_pin_change: Callable[[str, bool], None] = lambda pin, level: None  # of an output, such as "PF13"
        self._on_timer_read: Callable[[], None] | None = None
        self.on_output: Callable[[str, bytes], None] = lambda console, data: None  # of others than serial ports
        self.on_look: Callable[[], object] = lambda: None  # every `look_cycles`, and before sleep
        self.look_cycles = _HOUSEKEEPING_CYCLES
        self._traces = False  # whether a debug probe listens to the ITM
        self._core = CORES[board.core]
        self._vectors_at_reset = vectors_at_reset(image, board)
        self._uc = Uc(UC_ARCH_ARM, UC_MODE_THUMB | UC_MODE_MCLASS)
        self._uc.ctl_set_cpu_model(getattr(arm_const, f"UC_CPU_ARM_{self._core.unicorn_model}"))
        contents = (*((segment.address, segment.data) for segment in image.segments), *segments)
        self._memories = Memories(board, contents)
        self._context = Registers(self._uc, *CONTEXT_REGISTERS)
        self._registers = tuple(Registers(self._uc, number) for number in CORE_REGISTERS)
        timing, regions = self._core.timing, self._memories.regions
        entry_cycles, callbacks = self._core.entry_cycles, (self._new_edge, self._fail)
        self._counters = Counters(board, timing, entry_cycles, regions, *callbacks, settings, lanes, moves)
        hooks.attach(self._uc, self._counters, operands)
        if calls:
            self._counters.calls = follow_calls(self, self._counters, self._fail)
        if board.core in DEVICES_ALIGNED:
            self._counters.align_registers()
        self._programmed = Programmed(board, self._counters)
        self._flash = FlashStores(self._uc, board, regions, self._counters.table, self._before_the_next_block)
        self._guard = Guard(board, self._counters, self._fail)
        self._execution = Execution(
            self._uc,
            self._counters,
            self._explain,
            lambda number, pc: faults.explain_interrupt(self, number, pc),
            self._guard.last_refused,
            self._leave_exception,
            self._call_supervisor,
            self._core.facts.has_caches,
            self._flash.take,
        )
        self._execution.corrections.on_unprivileged = self._guard.begin_unprivileged
        registers = RegisterMap(board, self.note)
        polling = self._counters.state.polling
        self._bus = Bus(self._uc, board, regions, registers, self._written, self._execution.fail, polling)
        self._polling = Polling(self._counters.state, self._bus, self.ram, self._fail)
        self._polling.skip(True)
        self.host_calls = HostCalls(self, self._uc, self._registers[0], self.note)
        self.semihosting = self.host_calls.semihosting
        self.semihosting.write = lambda data: self.print(SOURCE, data)
        self._told: tuple[OperatingPoint, OperatingPoint, int] | None = None
        self._told_settings: tuple[object, ...] = ()
        self._on_operating_point: Callable[[OperatingPoint, OperatingPoint], None] | None = None
        self._stop_requested = False
        self._faults = FaultDelivery(self, self._core.has_only_hard_fault, self.note)
        self._standstill = Standstill(
            self._uc, self, self._counters, self._bus, self._execution, self._polling, self._step
        )
        self._standstill.patience_s = patience_s
        self._explanation: str | None = ""  # None: what is polled
        self._watches: dict[int, list[Callable[[], None]]] = {}
        self.on_turn: Callable[[], None] = lambda: None  # between two stops of the emulator
        self.on_fault: Callable[[Fault], None] | None = None  # a debugger's: the run ends before the firmware gets it
        self._kept_fault: Fault | None = None
        self._next_housekeeping = self._next_look = 0
        self._driven: dict[str, bool] = {}  # input pins
        self._reset_cause: ResetCause | None = None  # of the reset that is due
        self.peripherals: dict[str, Peripheral] = {}
        if board.flash.kind not in KINDS:
            what = f"flash of kind {board.flash.kind!r}: its prefetch is taken to be never in the way"
            self.note(NoteKind.ASSUMPTION, "flash", what)
        self.reset(ResetCause.POWER_ON)

    # --- the Engine that the host sees ----------------------------------------------------------------------------

    @property
    def handlers(self) -> Handlers:
        return self._counters.handlers

    def may_be_behind_last_block(self, address: int) -> bool:
        return self._counters.may_be_behind_last_block(address)

    def register(self, number: int) -> int:
        """R0 to R15."""
        return self._registers[number].read()[0]

    def status(self) -> int:
        """XPSR."""
        return int(self._uc.reg_read(UC_ARM_REG_XPSR))

    def uses_process_stack(self) -> bool:
        """CONTROL.SPSEL."""
        return bool(self._uc.reg_read(UC_ARM_REG_CONTROL) & 2)

    def read_memory(self, address: int, size: int) -> bytes:
        return bytes(self._uc.mem_read(address, size))

    def write_memory(self, address: int, data: bytes) -> None:
        """Put bytes into a memory, as a debugger does."""
        self._uc.mem_write(address, data)

    def context(self) -> Context:
        """Where the core stands, between two runs."""
        *core, status = (registers := self._context.read())[:16]
        return Context((*core, self._execution.pc), status, tuple(registers[16:48]), registers[48], self._asleep)

    def resume(self, context: Context) -> None:
        """Have the next run begin there. What runs next does not follow from what ran last."""
        self._context.write((*context.core[:15], context.status, *context.floats, context.fpscr))
        self._execution.stand_at(context.core[15] & ~1)
        self._asleep = context.asleep
        self._counters.run.pass_watch = 0
        self._counters.lose_context()

    def without_vector_table(self, initial_sp: int) -> None:
        """The image is a library: faults come to the user, and the FPU is on. `initial_sp`: where its stack begins."""
        self.initial_sp, self._faults.has_handlers = initial_sp, False
        if self.board.core in WITH_FPU:
            self._scs.scb.enable_fpu()

    def empty_caches(self) -> None:
        """Let caches and buffers of flash and RAM hold nothing, as after power-on."""
        self._programmed.empty_caches()

    def fault_registers(self) -> dict[str, int]:
        """CFSR, HFSR and BFAR."""
        return self._scs.faults.by_name()

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the emulation has met by now and did not know."""
        return self._notes.collected()

    def ram_used(self) -> int:
        return self._memories.ram_used()

    def ram(self) -> tuple[bytes, ...]:
        return self._memories.ram()

    @property
    def elapsed_s(self) -> float:
        return self._programmed.elapsed_s

    @property
    def is_asleep(self) -> bool:
        return self._asleep

    @property
    def next_deadline(self) -> int | None:
        return self._agenda.next

    def pass_time(self, to_cycle: int) -> None:
        to_cycle = min(to_cycle, self._next_deadline())
        if to_cycle > self.cycles:
            self._counters.sleep_until(to_cycle)

    def take_accessed(self) -> set[Peripheral | None]:
        return self._bus.take_accessed()

    def stop(self) -> None:
        self._stop_requested = True
        self._interrupt_soon()

    def watch(self, address: int, callback: Callable[[], None]) -> None:
        self._watches.setdefault(address, []).append(callback)
        self._counters.table.watch(address)

    def unwatch(self, address: int, callback: Callable[[], None]) -> None:
        """Take back what `watch` was told."""
        self._watches[address].remove(callback)
        if not self._watches[address]:
            self._counters.table.unwatch(address)

    def listen(self, address: int, callback: Callable[[], None]) -> None:
        """The same for a callback that changes nothing: where calls are followed, the core need not stop for it."""
        if self._counters.calls is None:
            self.watch(address, callback)
        else:
            self._counters.calls.listen(address, callback)

    def mark(self) -> Mark:
        on = self._switches.on(self.clock_hz)
        programmed = self._programmed.programmed(self._power_control)
        return self._counters.mark(*(replace(each, switched_on=on) for each in (self.operating_point(), programmed)))

    def profile(self, start: Mark, end: Mark) -> Profile:
        return difference.profile(self._counters.table, start, end, self.board.id, self.image.name, self.notes)

    def profiles(self, start: Mark, end: Mark) -> tuple[Profile, ...]:
        window = self.profile(start, end)
        return window, *difference.lanes(window, start, end)

    def call_tree(self, start: Mark, end: Mark) -> CallTree:
        """Who called whom between two marks. ValueError for a machine without `calls`."""
        if self._counters.calls is None or start.calls is None or end.calls is None:
            raise ValueError("the machine does not follow calls")
        return self._counters.calls.tree(start.calls, end.calls)

    def mark_events(self, clock_hz: Callable[[], float], asked: AskedEvents) -> None:
        """Note what has happened by when, for power over time: `simtiny.counting.event_marks.EventMarks`.

        Before it runs. ValueError for a machine without `calls`.
        """
        if self._counters.calls is None:
            raise ValueError("the machine does not follow calls")
        self._counters.calls.mark_events(clock_hz, asked)

    def waits(self) -> dict[str, int]:
        """Cycles since power-on in which the core polled registers, by peripheral: "USART3", "SysTick"…"""
        return self._polling.waits()

    def path_now(self) -> int:
        """The node of the call tree where the core is, 0 for a machine without `calls`."""
        return 0 if self._counters.calls is None else self._counters.calls.path_now()

    def operating_point(self) -> OperatingPoint:
        """What is in force by now."""
        return self._programmed.operating_point(self._power_control)

    def attach_trace(self) -> None:
        """Enable the ITM and its port 0, as a debug probe does that listens there, and keep them so through resets."""
        self._traces = True
        self._scs.attach_trace()

    def tell_operating_points(self, told: Callable[[OperatingPoint, OperatingPoint], None]) -> None:
        """Have this called when anything of the operating point has become another.

        With what was in force and what was programmed before.
        """
        self._on_operating_point, self._told = told, self._points()
        self._bus.behind_write = self._tell_operating_point

    def _points(self) -> tuple[OperatingPoint, OperatingPoint, int]:
        programmed = self._programmed.programmed(self._power_control)
        return self.operating_point(), programmed, self._counters.reconfigurations

    def _tell_operating_point(self) -> None:
        """Each write to a register asks."""
        settings = self._counters.reconfigurations, self._programmed.settings(self._power_control)
        if settings == self._told_settings:
            return
        self._told_settings = settings
        before, self._told = self._told, self._points()
        if self._on_operating_point is not None and before is not None and before != self._told:
            self._on_operating_point(before[0], before[1])

    def record(self, file: BinaryIO) -> Recorder:
        """Write down from now on what the machine does. Close what comes back.

        Raises ValueError for a machine that has run already: a stream begins at reset.
        """
        if self._counters.table.blocks:
            raise ValueError("the machine has run already: a stream begins at reset")
        header = Header(self.board.id, self.image.name, {"sha256": self.image.sha256, "engine": "unicorn"})
        self._counters.recorder = Recorder(file, header, self._counters.state.tape, self._fail)
        self._polling.skip(False)  # a stream has every block
        return self._counters.recorder

    # --- the System that peripherals see --------------------------------------------------------------------------

    def schedule(self, at_cycle: int, callback: Callable[[], None]) -> int:
        self._counters.run.deadline = min(self._counters.run.deadline, at_cycle)
        return self._agenda.add(at_cycle, callback)

    def cancel(self, handle: int) -> None:
        self._agenda.cancel(handle)

    def set_irq(self, irq: int, level: bool, source: str) -> None:
        self._nvic.set_line(irq, level, source)
        self._reevaluate()

    def request_dma(self, line: str, level: bool) -> None:
        for controller in self._dma:
            controller.dma_request(line, level)

    def dma_served(self, line: str) -> None:
        name, _, what = line.partition(".")
        if name in self._holders:
            self._holders[name].request_served(what)

    def open_window(self, name: str) -> None:
        self.schedule(self.cycles, lambda: self._bus.open_window(name))

    def bus_read(self, address: int, size: int) -> int:
        return self._bus.read(address, size)

    def bus_write(self, address: int, size: int, value: int) -> None:
        self._bus.write(address, size, value)
        if self._core.facts.has_caches and self._programmed.data_cache and self._is_cached(address):
            text = (
                "DMA has written RAM that the data cache may hold: here the core sees it at once,"
                " a board must invalidate the cache first"
            )
            self.note(NoteKind.ASSUMPTION, "caches", text)

    def _is_cached(self, address: int) -> bool:
        memory = self.board.memory_at(address)
        return memory is not None and memory.cached

    def memory_bytes(self, address: int) -> int:
        return self._bus.memory_bytes(address)

    @property
    def moves_data(self) -> bool:
        return True

    def asks_for_dma(self, peripheral: str) -> bool:
        return asks_for_dma(self.board, peripheral)

    def request_behind(self, line: str) -> tuple[str, int] | None:
        name, _, what = line.partition(".")
        block = self.peripherals.get(name)
        return block.request_behind(what) if isinstance(block, Multiplexes) else None

    def peripheral_at(self, address: int) -> str:
        return peripheral_at(self.board, address)

    def drive(self, pin: str, level: bool | None) -> None:
        """Put a level on an input pin such as "PA0", through all resets; None: let go of it.

        Raises BadInput for a pin that the board's platform file does not have.
        """
        ports = [port for port in self.peripherals.values() if isinstance(port, InputPins)]
        if not [port for port in ports if port.drive(pin, level)]:
            raise BadInput(f"{self.board.id} has no pin {pin!r} that can be driven")
        if level is None:
            self._driven.pop(pin, None)
        else:
            self._driven[pin] = level

    def tell(self, wire: str, level: bool) -> None:
        for block in self._hearing:
            block.hear(wire, level)

    def request_reset(self, cause: ResetCause) -> None:
        self._reset_cause = cause
        self._interrupt_soon()

    @property
    def seed(self) -> int:
        return self._seed

    @property
    def flash_range(self) -> range:
        return self._flash.range

    def read_flash(self, address: int, size: int) -> bytes:
        return self._flash.read(address, size)

    def change_flash(self, address: int, data: bytes) -> None:
        self._flash.change(address, data)

    @property
    def on_timer_read(self) -> Callable[[], None] | None:
        return self._on_timer_read

    @on_timer_read.setter
    def on_timer_read(self, callback: Callable[[], None] | None) -> None:
        self._on_timer_read = callback
        self._bus.hear_timers(callback is not None)

    def attach(
        self,
        to: str,
        device: "SpiDevice | I2cDevice | MemoryDevice | Waveform | Callable[..., bytes]",
        *,
        address: int | None = None,
        select: str | None = None,
        channel: int | None = None,
    ) -> None:
        """Attach a device to a bus, or put a voltage on an analog input, through all resets: see `simtiny.devices`.

        `to`: a bus such as "I2C1", "SPI1" or "QUADSPI", a converter such as "ADC1" with a `channel`, or a converter's
        pin such as "PA0". `address`: of an I2C device, without the read bit. `select`: the output pin that selects an
        SPI device when low; without one it always is. A voltage takes the place of an earlier one at the same input.

        Raises BadInput for a bus or an input that the board does not have, and for what can't be attached to it.
        """
        attach.attach(self.devices, self.peripherals, to, device, address=address, select=select, channel=channel)

    def volts(self, of: str, channel: int = 1) -> float | None:
        """What a DAC such as "DAC1" gives at its output `channel`, 1 or 2; None while that is off.

        Raises BadInput for what is none of the board's.
        """
        return attach.volts(self.peripherals, of, channel)

    def timer_read(self) -> None:
        if self._on_timer_read is not None:
            self._on_timer_read()

    def print(self, console: str, data: bytes) -> None:
        """The firmware has printed elsewhere than on a serial port."""
        self.serial.overhear(data)
        self.on_output(console, data)

    def note(self, kind: NoteKind, place: str, text: str) -> None:
        self._notes.add(kind, place, text)

    # --- reset ----------------------------------------------------------------------------------------------------

    def reset(self, cause: ResetCause = ResetCause.PIN) -> None:
        """Power-on or system reset: registers and peripherals, not memories and not the clock."""
        if self._counters.recorder is not None:
            self._counters.recorder.reset()
        self._flash.settle()  # what was to be done before the next block, by an agenda that ends here
        self._programmed.announce_change()  # of what outlives the reset, time is banked at the old rates
        self._agenda = Agenda()
        self._reset_cause = None
        self._asleep = self._waits_for_event = False
        self._kept_fault = None
        self._nvic = Nvic(self.board.priority_bits or self._core.priority_bits)
        self._scs = scs.of_board(self.board, self._core, self, self._nvic, self._reevaluate, self._vectors_at_reset)
        self._scs.itm.on_stimulus = lambda port, value: self.on_stimulus(port, value)
        self._scs.itm.on_text = lambda data: self.print("itm", data)
        if self._traces:
            self._scs.attach_trace()
        self.host_calls.reset()
        self._scs.scb.on_reset = lambda: self.request_reset(ResetCause.SOFTWARE)
        # Armv6-M takes no unaligned address at all (ARM A3.2).
        self._counters.trap(unaligned=self._core.has_only_hard_fault, zero=False)
        if not self._core.has_only_hard_fault:
            self._scs.scb.on_traps = self._counters.trap
        if self.board.trace_enabled:
            self._scs.dwt.enable_trace()
        self._preemption = Preemption(
            self._uc, self.board, self._core, self._nvic, self._scs.scb, self._counters, self._vectors, self._guard
        )
        self._guard.connect(self._scs.mpu)
        self._standstill.connect(self._nvic, self._preemption, self._agenda)
        self._standstill.last_fault = self._faults.connect(self._preemption, self._scs.faults)
        self._programmed.reset()
        self._dma: list[DmaController] = []
        self.devices.reset()
        self._hearing: list[Hears] = []
        before, self.peripherals = self.peripherals, build(self.board, self)
        self._power_control = power_control(self.peripherals)
        self._switches = Switches(self.board, self.peripherals)
        self._dma = [block for block in self.peripherals.values() if isinstance(block, DmaController)]
        self._holders = {name: block for name, block in self.peripherals.items() if isinstance(block, HoldsRequests)}
        self._hearing = [block for block in self.peripherals.values() if isinstance(block, Hears)]
        writers = [block for block in self.peripherals.values() if isinstance(block, FlashInterface)]
        self._flash.interface = writers[0] if writers else None
        self._bus.connect(self.peripherals, self._scs)
        for port in self.peripherals.values():
            if isinstance(port, Pins):
                port.on_pin_change.append(self._pin_changes)
        self.serial.connect({name: port for name, port in self.peripherals.items() if isinstance(port, Port)})
        for name, block in self.peripherals.items():
            if isinstance(block, OutlivesReset) and name in before:
                block.take_over(before[name], cause)
        for pin, level in self._driven.items():
            self.drive(pin, level)
        self._reset_core()
        self._counters.lose_context()
        self._counters.handlers.reset(self.cycles)
        if self._counters.calls is not None:
            self._counters.calls.reset(self.initial_sp)

    def _pin_changes(self, pin: str, level: bool) -> None:
        self.devices.pin_changes(pin, level)
        self.on_pin_change(pin, level)

    def _reset_core(self) -> None:
        stack, pc = struct.unpack("<II", self.read_memory(self._vectors(), 8))
        self.initial_sp = stack & ~3  # Arm v7-M ARM, B1.4.1: the two low bits are zero
        self._uc.reg_write(UC_ARM_REG_IPSR, HARD_FAULT)  # unprivileged thread mode could not write what follows
        for register in (UC_ARM_REG_CONTROL, *_MASKS):
            self._uc.reg_write(register, 0)
        self._uc.reg_write(UC_ARM_REG_XPSR, 1 << 24)
        self._uc.reg_write(UC_ARM_REG_SP, self.initial_sp)
        self._uc.reg_write(UC_ARM_REG_LR, 0xFFFF_FFFF)
        self._execution.stand_at(pc & ~1)

    def _vectors(self) -> int:
        """Address of the vector table."""
        return self._scs.scb.vector_table

    def _before_the_next_block(self, callback: Callable[[], None]) -> None:
        self.schedule(self.cycles, callback)

    # --- running --------------------------------------------------------------------------------------------------

    def run(
        self, until: Callable[[], bool] | None = None, limit_cycles: int | None = None, *, goes_on: bool = False
    ) -> StopReason:
        """Run as an `Engine` does. `goes_on`: with the last run; its effort counts."""
        self._faults.check()
        self._explanation = ""
        end = self.cycles + limit_cycles if limit_cycles is not None else _FOREVER
        if not goes_on:
            self._standstill.begin()
        if self._is_amid:
            self._take_turn(end)
        while True:
            self.on_turn()
            if not self._is_amid:
                self._begin_turn()
            if self._stop_requested:
                self._stop_requested = False
                if until is None or until():
                    return StopReason.CONDITION
            if self.cycles >= end:
                self._explanation = None
                return StopReason.LIMIT
            found = self._standstill.check(every_time=self._keep_house())
            if found is not None:
                return self._ends(*found)
            found = self._take_turn(end)
            if found is not None:
                return self._ends(*found)

    def _begin_turn(self) -> None:
        """Do what is due."""
        self._agenda.fire(lambda: self.cycles)
        if self._reset_cause is not None:
            self._standstill.resets += 1
            self._standstill.last_reset = self._reset_cause.value
            self.reset(self._reset_cause)
        if self._on_operating_point is not None:
            self._tell_operating_point()
        if self.cycles >= self._next_look:
            self.on_look()
            self._next_look = self.cycles + self.look_cycles

    def _take_turn(self, end: int) -> tuple[StopReason, str] | None:
        """Sleep or run on to the next stop, at `end` at the latest. Why the run should end, and what to say of it."""
        if self.host_calls.is_waiting():
            return StopReason.IDLE, "it waits for input by semihosting"
        if self.semihosting.exit is not None:
            return StopReason.EXIT, self.semihosting.exit.text
        if self._asleep and not self._preemption.wakes(self._waits_for_event):
            if self._agenda.next is None:
                return StopReason.IDLE, "it sleeps, and no interrupt that is enabled can wake it"
            self._counters.sleep_until(min(self._next_deadline(), end))
            return None
        self._asleep = False
        self._execute(lambda: self._run_on(end))
        return None

    def _run_on(self, end: int) -> Ending:
        """Let in what preempts the code that ran, unless that is amid a block, and run to the next stop."""
        if not self._execution.is_within_block:
            run = self._counters.run
            self._execution.pc, run.held_back = self._preemption.take(self._execution.pc)
            look = min(self._next_housekeeping, self._next_look)
            run.deadline = min(self._next_deadline(), end, max(look, self.cycles + 1))
        return self._execution.run()

    def _execute(self, code: Callable[[], Ending]) -> None:
        """Execute something, and do what the emulator has stopped for."""
        fault, self._kept_fault = self._kept_fault, None
        try:
            if fault is not None:
                raise Faulted(fault)
            ending = code()
            if ending is Ending.SUPERVISOR_CALL:
                self._preemption.call_supervisor()
            elif ending is Ending.BREAKPOINT:
                self._meet_breakpoint()
        except Faulted as error:
            self._standstill.faults += 1
            if error.fault is not fault and self.on_fault is not None:
                self._kept_fault = error.fault
                self.on_fault(error.fault)
                self.stop()
            else:
                self._execution.pc = self._faults.take(error.fault, self._execution.pc)
            return
        if ending is Ending.WATCH:
            self._call_watches()
        elif ending is Ending.WAIT:
            self._fall_asleep()

    def _meet_breakpoint(self) -> None:
        """Have the host called, a debugger, or the firmware's own monitor. Raises FirmwareFault where there is none."""
        pc = self._execution.pc
        if self.read_memory(pc, 1)[0] != BREAKPOINT:
            if self._scs.dwt.monitor_enabled or self.on_fault is not None:
                raise Faulted(faults.BREAKPOINT)
            self._faults.ends("it comes to a breakpoint without a debugger")
        self._execution.pc = self.host_calls.meet(pc)
        self._standstill.host_calls += 1

    def _step(self) -> bool:
        """Run one block more. Returns whether the run may go on behind it."""
        self._begin_turn()
        self._take_turn(self.cycles + 1)
        return not self._asleep and not self._stop_requested

    # --- for a debugger -------------------------------------------------------------------------------------------

    @property
    def pc(self) -> int:
        """Where the core stands: the instruction that is executed next."""
        return self._execution.pc

    @property
    def rest_of_block(self) -> range:
        """What is not executed yet of the block in the midst of which the core stands; the clock has it already.

        Empty where it stands between two blocks.
        """
        return self._execution.rest_of_block

    @property
    def _is_amid(self) -> bool:
        """Whether nothing may come before what is next: the rest of a block, or a fault."""
        return self._execution.is_within_block or self._kept_fault is not None

    def step(self) -> StopReason | None:
        """Execute one instruction, or enter the handler of the exception that comes first. Sleep passes before.

        Returns why there is none to be executed. Raises as `run` does.
        """
        self._faults.check()
        self._explanation = ""
        self._standstill.begin()
        reason = self._step_from_where_it_stands()
        self._stop_requested = False
        return reason

    def _step_from_where_it_stands(self) -> StopReason | None:
        if self._is_amid:
            self._execute(self._execution.step)
            return None
        exceptions, slept = self._counters.exceptions, True
        while slept and not self._stop_requested:
            self._begin_turn()
            self._keep_house()
            slept = self._asleep and not self._preemption.wakes(self._waits_for_event)
            ended = self._take_turn(_FOREVER if slept else self.cycles)  # to the block that comes next
            if ended is not None:
                return self._ends(*ended)
            self.on_turn()
        stands = self._counters.run.stopped_before & 0xFFFF_FFFF == self._execution.pc
        if not (slept or self._stop_requested) and stands and self._counters.exceptions == exceptions:
            self._execute(self._execution.step)
        return None

    def run_to(self, address: int) -> None:
        """Execute what comes before the instruction at `address` in the block that the core stands before or within.

        Where it stands before it, a watch must have stopped it there. Raises as `run` does.
        """
        self._execute(lambda: self._execution.run_to(address))
        self._stop_requested = False

    def jump(self, address: int) -> None:
        """Have the core go on at `address`, whatever it was about to do."""
        self._kept_fault = None
        self._execution.stand_at(address)
        self._counters.run.pass_watch = 0
        self._counters.lose_context()

    @property
    def block_begin(self) -> int:
        """Where the block begins that was counted last."""
        return int(self._counters.run.block_begin)

    def debug_port(self) -> DebugPort:
        """All registers, memory and watchpoints."""
        return DebugPort(self._uc, self.board, self._flash, self._bus, self._polling)

    def halt(self) -> None:
        """Have `run` return behind the instruction that is being executed: for a callback of its access to memory."""
        self._stop_requested = True
        self._execution.halt()

    def _keep_house(self) -> bool:
        """Look after the stack if it is time to. Returns whether it was."""
        if self.cycles < self._next_housekeeping:
            return False
        self._next_housekeeping = self.cycles + _HOUSEKEEPING_CYCLES
        overflow = faults.stack_overflow(self, self.register(SP))
        if overflow is not None:
            self._faults.ends(overflow)
            raise faults.diagnose(self, overflow, self._execution.pc)
        return True

    def _ends(self, reason: StopReason, explanation: str) -> StopReason:
        """Let `explanation` be known. Raises FirmwareFault within a fault's handler."""
        self._faults.ends(explanation)
        number = self.status() & 0x1FF
        if number and reason is not StopReason.STORM:
            explanation = f"in the handler of {interrupt_name(self.board, number)} {explanation}"
        self._explanation = explanation
        return reason

    @property
    def explanation(self) -> str:
        return self._standstill.polled() if self._explanation is None else self._explanation

    def _call_watches(self) -> None:
        run = self._counters.run
        self._standstill.progress()
        for address in range(self._execution.pc, self._execution.pc + (run.watched >> 32), 2):
            for callback in tuple(self._watches.get(address, ())):
                callback()
        run.pass_watch = run.watched

    def _fall_asleep(self) -> None:
        """WFI, or WFE without an event since the last one. Of SEV only that in the block of its own WFE counts."""
        self.on_look()
        *before, wait = self._execution.last_block()
        self._waits_for_event = wait.name == "wfe"
        event = self._waits_for_event and self._preemption.take_event()
        self._asleep = not (event or (self._waits_for_event and any(now.name == "sev" for now in before)))

    def _next_deadline(self) -> int:
        return _FOREVER if self._agenda.next is None else self._agenda.next

    def _interrupt_soon(self) -> None:
        self._counters.run.deadline = 0

    def _reevaluate(self) -> None:
        """Something may have changed which exception runs: look before the next block."""
        if self._nvic.pending & self._nvic.enabled:
            self._interrupt_soon()

    # --- callbacks ------------------------------------------------------------------------------------------------

    def _new_edge(self, before: int, address: int, size: int) -> int:
        try:
            if self._standstill.meets_code(size):
                self._interrupt_soon()
            code = self.read_memory(address, size)
            if size >= _NEVER_WRITTEN_BYTES and code.count(RAM_FILL) == size:
                what = f"the firmware executes RAM that nothing has written, from 0x{address:08x} on"
                raise faults.diagnose(self, what, address)
            refused = faults.refused(code, address, self._scs.scb.fpu_enabled, self._core.has_only_hard_fault)
            if refused is None:
                block = decode(code, address)
                if self._execution.correct(block):
                    return -1
                slot = self._counters.table.add_edge(before, address, size)
                if self._counters.calls is not None:
                    self._counters.calls.learn()
                self._counters.write_code_down(address, code)
                self._counters.learn(block)
                return slot
            self._execution.stop_before(refused.pc or 0, lambda: self._refusal(refused))
        except BaseException as error:  # none may pass through the native hook: it is raised when the emulator stops
            self._execution.fail(error)
        return -1

    def _explain(self, error: UcError, access: tuple[int, int] | None) -> Fault:
        """What the emulator has stopped for. The memory protection comes before what is mapped."""
        return self._preemption.unmapped(faults.explain(self, error, access))

    def _refusal(self, fault: Fault) -> Fault:
        """The fault of an instruction, by what CPACR says now that those before it were executed."""
        if fault.cfsr == faults.NO_FPU.cfsr and fault.what == faults.NO_FPU.what and self._scs.scb.fpu_enabled:
            return replace(fault, what="no coprocessor (NOCP): CPACR enables the FPU, but no ISB came in between")
        return fault

    def _written(self, address: int, size: int, value: int) -> None:
        if self._counters.recorder is not None:
            self._counters.recorder.write(address, size, value)

    def _leave_exception(self) -> int:
        active = self._nvic.active
        try:
            pc = self._preemption.leave()
        finally:
            self._faults.left(active & ~self._nvic.active)
            self._reevaluate()
        if self._scs.scb.sleep_on_exit and not self._nvic.active:
            self._asleep, self._waits_for_event = True, False
            self._interrupt_soon()
        if self._counters.calls is not None:
            self._counters.calls.resume(pc, self.register(SP), is_thread=not self.status() & 0x1FF)
        return pc

    def _call_supervisor(self) -> int | None:
        """Enter SVCall from where an SVC stands, if that is all there is to do before the next block."""
        run = self._counters.run
        if run.cycles >= run.deadline:
            return None
        run.held_back = False
        return self._preemption.enter_supervisor()

    def _fail(self, error: BaseException) -> None:
        """An exception that can't pass through native code: it is raised when the emulator stops."""
        self._execution.fail(error)
