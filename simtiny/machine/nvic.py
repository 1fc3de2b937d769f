"""Exceptions by number and priority: which one runs next. Arm v7-M ARM, B1.5.

Number 15 is SysTick, 16 the first external interrupt. Sets of exceptions are bit masks, bit n for number n.
"""

NMI, HARD_FAULT, MEM_MANAGE, BUS_FAULT, USAGE_FAULT = 2, 3, 4, 5, 6
SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK, FIRST_IRQ = 11, 12, 14, 15, 16
EXCEPTIONS = 16 + 496  # with the most interrupts that the architecture allows
IMPLEMENTED = (1 << EXCEPTIONS) - 1
THREAD_PRIORITY = 256  # lower than any exception's
_FIXED = {1: -3, NMI: -2, HARD_FAULT: -1}
_ALWAYS_ENABLED = sum(1 << number for number in (NMI, HARD_FAULT, SV_CALL, DEBUG_MONITOR, PEND_SV, SYS_TICK))


class Nvic:
    """Pending, enabled and active exceptions, and the level of each interrupt line."""

    def __init__(self, priority_bits: int) -> None:
        self.priority_bits = priority_bits
        self.priority_group = 0  # AIRCR.PRIGROUP
        self.enabled = _ALWAYS_ENABLED
        self.pending = 0
        self.active = 0
        self.lines = 0
        self._sources: dict[int, set[str]] = {}
        self._priorities = bytearray(EXCEPTIONS)
        self._levels: list[tuple[int, int]] | None = None  # priorities, highest first, each with its set of exceptions

    def priority(self, number: int) -> int:
        """Raw priority: 0 to 255, negative for the fixed ones."""
        fixed = _FIXED.get(number)
        return self._priorities[number] if fixed is None else fixed

    def set_priority(self, number: int, value: int) -> None:
        """Unimplemented low bits read as zero."""
        value &= 0xFF00 >> self.priority_bits & 0xFF
        if self._priorities[number] != value:
            self._priorities[number] = value
            self._levels = None

    def priorities(self, first: int) -> int:
        """Those of four exceptions from `first` on, which all have one of their own, as a word."""
        return sum(self.priority(first + byte) << (8 * byte) for byte in range(4))

    def set_priorities(self, first: int, value: int, mask: int) -> None:
        """Set those of the four whose byte lies in `mask`."""
        for byte in range(4):
            if mask >> (8 * byte) & 0xFF:
                self.set_priority(first + byte, value >> (8 * byte) & 0xFF)

    def group(self, priority: int) -> int:
        """The part of a priority that decides preemption."""
        return priority if priority < 0 else priority >> (self.priority_group + 1) << (self.priority_group + 1)

    def set_line(self, irq: int, level: bool, source: str) -> None:
        """Lines are level-sensitive: one pends while any source holds it high and its handler does not run."""
        bit = 1 << (FIRST_IRQ + irq)
        sources = self._sources.setdefault(irq, set())
        if level:
            sources.add(source)
        else:
            sources.discard(source)
        if sources:
            self.lines |= bit
            if not self.active & bit:
                self.pending |= bit
        else:
            self.lines &= ~bit

    def activate(self, number: int) -> None:
        self.pending &= ~(1 << number)
        self.active |= 1 << number

    def deactivate(self, number: int) -> None:
        """The handler returns; a line that is still high pends again."""
        self.active &= ~(1 << number)
        self.pending |= self.lines & (1 << number)

    def running_priority(self) -> int:
        """Group priority of what is active, THREAD_PRIORITY in thread mode."""
        if not self.active:
            return THREAD_PRIORITY
        return self.group(next(priority for priority, numbers in self._by_priority() if self.active & numbers))

    def next(self) -> int | None:
        """The pending and enabled exception of highest priority; the lower number wins a tie."""
        ready = self.pending & self.enabled
        if ready & (ready - 1):  # more than one, as is rare
            ready &= next(numbers for _, numbers in self._by_priority() if ready & numbers)
            ready &= -ready
        return ready.bit_length() - 1 if ready else None

    def _by_priority(self) -> list[tuple[int, int]]:
        if self._levels is None:
            levels: dict[int, int] = {}
            for number in range(1, EXCEPTIONS):
                priority = self.priority(number)
                levels[priority] = levels.get(priority, 0) | 1 << number
            self._levels = sorted(levels.items())
        return self._levels


def masked_priority(nvic: Nvic, primask: int, faultmask: int, basepri: int) -> int:
    """Priority that PRIMASK, FAULTMASK and BASEPRI raise execution to."""
    priority = THREAD_PRIORITY
    if basepri:
        priority = nvic.group(basepri)
    if primask:
        priority = min(priority, 0)
    if faultmask:
        priority = -1
    return priority
