"""STM32 extended interrupts (EXTI): edges of pins and of wires within the chip, software triggers, pending registers.

The platform file lists the registers, whose names end in the number of their bank of 32 lines: bank 1 has the pins.
Where RPR1 is among them edges pend by direction (G0, U5, U3), else in PR1 (L4, F7, H7). Reference manuals, chapters
EXTI, from memory [unchecked]; offsets: CMSIS, EXTI_TypeDef.
"""

import msgspec

from simtiny.machine.peripherals.block import RegisterBlock
from simtiny.machine.peripherals.registers import Register, Table
from simtiny.machine.peripherals.words import write_lane
from simtiny.notes import NoteKind

PORTS = "ABCDEFGHIJK"
EDGES = {True: ("RTSR1", "RPR1"), False: ("FTSR1", "FPR1")}


class Parameters(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`registers`: name to table row, as of kind "registers". `groups`: first and last line that each of `irq` serves.

    `ports`: where the port of each line is selected, the address of SYSCFG_EXTICR1; 0: by the EXTI's own EXTICR1 to 4.
    `wires`: lines that are no pins, each by its wire: its number, and its interrupt.
    """

    registers: dict[str, Register]
    ports: int = 0
    groups: tuple[tuple[int, int], ...] = ((0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (5, 9), (10, 15))
    wires: dict[str, tuple[int, int]] = {}


class Exti(RegisterBlock[Parameters]):
    """Kind "stm32-exti". A `simtiny.machine.system.Hears`."""

    takes = Parameters

    @classmethod
    def table_of(cls, given: Parameters) -> Table:
        return Table(given.registers)

    def hear(self, wire: str, level: bool) -> None:
        trigger, pending = EDGES[level]
        line = self._line(wire) if self._word(trigger) else None  # most pins toggle unheard
        if line is None:
            return
        if self._word(trigger) >> line & 1:
            if self._word("EMR1") >> line & 1:
                self._note(NoteKind.UNMODELLED, "an event (EMR1), which wakes no core from WFE here")
            self._pend(pending if pending in self._given.registers else "PR1", 1 << line)

    def _line(self, wire: str) -> int | None:
        """Number of the line that a wire is on, None where it is on none now."""
        if wire in self._given.wires:
            return self._given.wires[wire][0]
        port, number = wire[1:2], wire[2:]
        if wire[:1] != "P" or port not in PORTS or not number.isdecimal():
            return None
        line = int(number)
        if self._given.ports:
            selected = self._system.bus_read(self._given.ports + line // 4 * 4, 4) >> line % 4 * 4 & 0xF
        else:
            selected = self._word(f"EXTICR{line // 4 + 1}") >> line % 4 * 8 & 0xFF
        return line if selected == PORTS.index(port) else None

    def write(self, offset: int, size: int, value: int) -> None:
        name = self._file.name(offset)
        before = self._file[name] if name else 0
        ones = write_lane(0, offset, size, value)
        super().write(offset, size, value)
        bank = name[-1:]
        if name.startswith("SWIER"):
            pending = f"RPR{bank}" if f"RPR{bank}" in self._given.registers else f"PR{bank}"
            self._pend(pending, ones if pending.startswith("R") else ones & ~before)
        elif name.startswith("PR") and f"SWIER{bank}" in self._given.registers:  # the software's trigger ends, too
            self._file[f"SWIER{bank}"] &= ~ones
        self._drive()

    def _word(self, name: str) -> int:
        """A register, 0 for one that is not listed."""
        return self._file[name] if name in self._given.registers else 0

    def _pend(self, register: str, lines: int) -> None:
        if register in self._given.registers:
            self._file[register] |= lines
        self._drive()

    def _drive(self) -> None:
        pending = (self._word("PR1") | self._word("RPR1") | self._word("FPR1")) & self._word("IMR1")
        for irq, (first, last) in zip(self._irq, self._given.groups, strict=False):
            self._system.set_irq(irq, bool(pending >> first & (1 << last - first + 1) - 1), self._name)
        for line, irq in self._given.wires.values():
            self._system.set_irq(irq, bool(pending >> line & 1), f"{self._name} {line}")
