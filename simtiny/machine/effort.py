"""How much a firmware has the machine do beside executing instructions, and when that is too much.

An exception, a wake-up or an access to a register takes the host thousands of times as long as an instruction. Firmware
that computes has its millions of cycles between them; a storm has none. So what is allowed grows with the cycles that
the core was awake, and all is counted, never timed: a run ends at the same place on every host.
"""

from dataclasses import dataclass, fields
from operator import attrgetter, sub

FAULT, EXCEPTION, EVENT, TURN, ACCESS = 80, 20, 12, 8, 1
"""What weighs how much, by the host's time for it: a fault, an exception, something that a peripheral does by itself, a
stop of the emulator, an access to a register."""
QUICK_READS = 16
"""How many reads weigh as much as one access: those of plain registers, which take the host a tenth of a microsecond,
and those of what time changes. A firmware that merely waits has more cycles between them than they weigh."""
MOVED = 2
"""The same of an access by another bus master."""
UNMAPPED = 3
"""The same, besides, of an access where the board has nothing: it is noted."""
NEW_CODE, NEW_CODE_BYTE = 60, 3
"""The same of a way into code that was not met before or leads to other code by now, and of each byte of that code."""
HELPED = 4
"""The same of an instruction that Unicorn lacks or gets wrong. It takes more, but is the firmware's work."""
ALLOWED = 2_000_000
"""Effort that any run may take: 50,000 interrupts of a timer, or two million accesses."""
CYCLES_EACH, CYCLES_ASLEEP_EACH = 60, 600
"""Cycles awake and asleep that allow for one more: a timer may interrupt work every 2,400 cycles for ever."""
MOST_RESETS = 100


@dataclass(frozen=True)
class Effort:
    """What was counted since the run began."""

    faults: int
    exceptions: int
    events: int
    turns: int
    reads: int
    writes: int
    resets: int
    cycles_awake: int
    cycles_asleep: int
    ways_into_code: int = 0
    code_bytes: int = 0
    helped: int = 0
    unmapped: int = 0
    moved: int = 0
    """Accesses of other bus masters than the core, such as DMA: each to as much as is moved at a time."""
    quick_reads: int = 0
    """Reads of registers that were answered natively, or by what time changes: `reads` has all others."""

    def since(self, then: "Effort") -> "Effort":
        """What there was since `then`. Asked for each new piece of code: no copies are made."""
        return Effort(*map(sub, _counts(self), _counts(then)))

    @property
    def accesses(self) -> int:
        """Reads and writes of registers."""
        return self.reads + self.writes

    def is_too_much(self) -> bool:
        """Whether the run should end."""
        earned = self.cycles_awake // CYCLES_EACH + self.cycles_asleep // CYCLES_ASLEEP_EACH
        return self._spent() > ALLOWED + earned or self.resets > MOST_RESETS

    @property
    def new_code(self) -> int:
        """What code weighs that was not met before or has changed."""
        return NEW_CODE * self.ways_into_code + NEW_CODE_BYTE * self.code_bytes

    def is_helped(self) -> bool:
        """Whether most of it are instructions that Unicorn lacks or gets wrong."""
        return 2 * HELPED * self.helped > self._spent()

    def is_much_new_code(self) -> bool:
        """Whether there was so much of it that the run should be looked at: far more than firmware that works has."""
        return self.new_code > ALLOWED // 2

    def is_new_code(self) -> bool:
        """Whether most of it is such code."""
        return 2 * self.new_code > self._spent()

    def is_moving(self) -> bool:
        """Whether most of it are accesses of other bus masters."""
        return 2 * MOVED * self.moved > self._spent()

    def is_polling(self) -> bool:
        """Whether most of it are accesses to registers."""
        return self._accessing() > self._exceptional() + TURN * self.turns

    def is_by_peripherals(self) -> bool:
        """Whether peripherals do much by themselves that brings no exception, and is looked at: polled transfers."""
        return self.events > 10 * (self.faults + self.exceptions) and self.accesses > self.events

    def is_woken(self) -> bool:
        """Whether most of it are stops without an exception."""
        return TURN * self.turns > self._exceptional()

    def _spent(self) -> int:
        by_core = self._exceptional() + TURN * self.turns + self._accessing() + self.new_code + HELPED * self.helped
        return by_core + MOVED * self.moved

    def _accessing(self) -> int:
        return ACCESS * self.accesses + UNMAPPED * self.unmapped + self.quick_reads // QUICK_READS

    def _exceptional(self) -> int:
        return FAULT * self.faults + EXCEPTION * self.exceptions + EVENT * self.events


_counts = attrgetter(*(entry.name for entry in fields(Effort)))
