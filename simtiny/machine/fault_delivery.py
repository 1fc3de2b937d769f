"""Faults go to the firmware's own handlers, as the processor would have it, and come to the user where none ends well.

Arm v7-M ARM, B1.5.14 and B1.5.15.
"""

from collections.abc import Callable
from dataclasses import dataclass

from simtiny.engine import Engine
from simtiny.errors import FirmwareFault
from simtiny.exception_names import exception_name
from simtiny.machine import faults
from simtiny.machine.fault_registers import FaultRegisters
from simtiny.machine.faults import Fault, Faulted
from simtiny.machine.nvic import DEBUG_MONITOR, HARD_FAULT
from simtiny.machine.preemption import Preemption
from simtiny.notes import NoteKind


@dataclass(frozen=True)
class OpenFault:
    """A fault whose handler runs. `exception`: the handler's."""

    exception: int
    text: str


class FaultDelivery:
    """Hands the faults of one machine to its firmware. `note` tells the user of each.

    `has_handlers`: the firmware has a vector table. Without one each fault comes to the user.
    """

    def __init__(self, machine: Engine, has_only_hard_fault: bool, note: Callable[[NoteKind, str, str], None]) -> None:
        self._machine, self._has_only_hard_fault, self._note = machine, has_only_hard_fault, note
        self.has_handlers = True
        self._open: list[OpenFault] = []
        self._dead: FirmwareFault | None = None

    def connect(self, preemption: Preemption, registers: FaultRegisters) -> str:
        """Use the parts of a board that has just been reset. Returns what was wrong before it was."""
        self._preemption, self._registers = preemption, registers
        story = self._story() if self._open else ""
        self._open.clear()
        return story

    def check(self) -> None:
        """Raises FirmwareFault where the core is in lockup."""
        if self._dead is not None:
            raise self._dead

    def take(self, fault: Fault, at: int) -> int:
        """Enter the firmware's handler for a fault of the code at `at`. Returns its address.

        Raises FirmwareFault in lockup and where there is no handler.
        """
        pc = at if fault.pc is None else fault.pc
        name = fault.text(self._has_only_hard_fault)
        number = self._preemption.fault_exception(fault.exception)
        if not self._has_only_hard_fault:
            is_escalated = number == HARD_FAULT and fault.exception not in (HARD_FAULT, DEBUG_MONITOR)
            self._registers.record(fault.cfsr, fault.hfsr | (faults.FORCED if is_escalated else 0), fault.address)
        text = faults.describe(self._machine, name, pc)
        if fault.cfsr & faults.PRECISERR and self._preemption.ignores_bus_faults():
            place = faults.where(self._machine.image, pc)
            self._note(NoteKind.FIRMWARE, f"0x{pc:08x}", f"{name}, at pc {place}: ignored by CCR.BFHFNMIGN")
            return self._preemption.step_over(pc)
        if not self.has_handlers:
            self._registers.clear()
            raise faults.with_output(self._machine, text)
        if number is None:
            during = f"; in the handler of: {self._story()}" if self._open else ""
            raise self._dies(f"lockup, by a fault in HardFault, NMI or under FAULTMASK: {text}{during}")
        self._open.append(OpenFault(number, text))
        try:
            handler = self._preemption.take_fault(number, fault, pc)
        except Faulted as error:
            raise self._dies(f"{self._story()}; {error.fault.what}") from None
        where = faults.where(self._machine.image, pc)
        self._note(NoteKind.FIRMWARE, f"0x{pc:08x}", f"{name}, at pc {where}: left to the firmware's handler")
        return handler

    def left(self, exceptions: int) -> None:
        """The handlers of this set of exceptions have returned."""
        self._open = [fault for fault in self._open if not exceptions >> fault.exception & 1]

    def ends(self, explanation: str) -> None:
        """The run gets nowhere. Raises FirmwareFault within a fault's handler: the fault is what went wrong."""
        if not self._open:
            return
        number = self._open[-1].exception
        handler = faults.where(self._machine.image, self._preemption.handler(number))
        text = f"{self._story()}; in its {exception_name(number)} handler {handler} {explanation}"
        raise faults.with_output(self._machine, text)

    def _story(self) -> str:
        """The first fault, and the last where its handler has made more."""
        first, *more = [fault.text for fault in self._open]
        return first if not more else f"{first}; in its handler {more[-1]}"

    def _dies(self, text: str) -> FirmwareFault:
        self._dead = faults.with_output(self._machine, text)
        return self._dead
