"""Watches an engine for windows bounded by symbols, and counts every passage through each."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256

from simtiny.bounds import Bounds
from simtiny.counting import difference
from simtiny.counting.counters import Mark
from simtiny.engine import LR, SP, Engine
from simtiny.mlperf.measurement import Passage, WindowCounts
from simtiny.notes import Note
from simtiny.profiles import Profile
from simtiny.symbols import code_address, function_address

EXC_RETURN = 0xFFFF_FF00
"""Return addresses from here on are EXC_RETURN: an exception's handler began. Arm v7-M ARM, B1.5.8."""
ENOUGH_PASSAGES, MOST_PASSAGES = 1_000, 2_000
"""A run ends when each window was passed so often, or one of them as often as the second number says: each passage
takes the host a millisecond at most."""
MOST_ENTRIES = 50_000
"""The same of entries, of which a region may have many for each passage."""
MOST_OPEN = 4_096
"""Calls of one function that have not returned: deeper recursion, or functions that others leave by longjmp."""


@dataclass
class _Open:
    """A passage that has begun. `returns_to`: with the stack pointer `sp`, -1 for a handler; `depth`: of handlers."""

    start: Mark
    waits: Mapping[str, int]
    sp: int = 0
    returns_to: int = -1
    depth: int = 0


@dataclass
class Windows:
    """Several of them, whose run goes on behind the first one's passage if `every_call` is set.

    `first` is that of the figures: of those whose passage `Bounds.call` has ended the first in order. `notes` and
    `ram_used` are as they were when one of them was the first to end.
    """

    engine: Engine
    bounds: tuple[Bounds, ...]
    every_call: bool
    notes: tuple[Note, ...] = ()
    ram_used: int = 0
    _until: Callable[[], bool] = lambda: False

    def listen(self) -> None:
        """Set the watches. Before the first run."""
        self.windows = [Window(self.engine, bounds, self.every_call, self._changed) for bounds in self.bounds]
        for window in self.windows:
            window.listen()

    @property
    def first(self) -> "Window":
        """That of the figures, as far as it is known."""
        return next((window for window in self.windows if window.is_closed), self.windows[0])

    @property
    def is_entered(self) -> bool:
        """Whether any was."""
        return any(window.entered for window in self.windows)

    def until(self, condition: Callable[[], bool]) -> Callable[[], bool]:
        """Have the engine stop where this holds."""
        self._until = condition
        return condition

    def enough(self) -> bool:
        """Whether the run may end: more passages would say no more."""
        counts = [window.count for window in self.windows]
        most_entries = max(window.entered for window in self.windows)
        is_much = max(counts) >= MOST_PASSAGES or most_entries >= MOST_ENTRIES
        return self.first.is_closed and (min(counts) >= ENOUGH_PASSAGES or is_much)

    def counts(self) -> tuple[WindowCounts, ...]:
        """What was counted by now in all that were passed, the one of the figures first."""
        passed = sorted(self.windows, key=lambda window: window is not self.first)
        return tuple(window.counts() for window in passed if window.is_counted)

    def missed(self) -> tuple[str, ...]:
        """What the firmware did not do of those that were not passed, and of which calls that is not sure."""
        missed = (window.missed() for window in self.windows if not window.is_closed)
        doubtful = (window.doubtful() for window in self.windows if window.is_closed)
        return *missed, *(text for text in doubtful if text)

    def _changed(self) -> None:
        if self.first.is_closed and not self.ram_used:
            self.notes, self.ram_used = self.engine.notes, self.engine.ram_used()
        if self._until():
            self.engine.stop()


@dataclass
class Window:
    """One window on one engine. `changed` is called when it is entered for the first time or `MOST_ENTRIES` times more,
    and after each passage. `every_call`: keep the counts of all passages, not those of one.

    A call within a call of the same function is part of that, and so is a jump to its first instruction from within. A
    function that was left by other ways than its return, by longjmp, is found out when it is called anew with the same
    stack pointer: that passage is `abandoned`.
    """

    engine: Engine
    bounds: Bounds
    every_call: bool
    changed: Callable[[], None]
    count: int = 0
    abandoned: int = 0
    reconfigured: int = 0
    """Passages in which the firmware changed the clock or the flash's wait states: they have no price."""
    entered: int = 0
    _opened: list[_Open] = field(default_factory=list)
    _returns: set[int] = field(default_factory=set)
    _passages: dict[bytes, Passage] = field(default_factory=dict)
    _inner: int = 0  # calls within the one that was opened first
    _chosen: tuple[Mark, Mark] | None = None
    waits: Mapping[str, int] = field(default_factory=dict)
    """Of that passage: cycles in which the core polled registers, by peripheral."""
    all_waits: Counter[str] = field(default_factory=Counter)

    def listen(self) -> None:
        """Set the watches. Before the first run."""
        if self.bounds.end is None:
            self.address = function_address(self.engine.image, self.engine.board, self.bounds.start)
            self.engine.watch(self.address, self._call)
            self.engine.handlers.on_end.append(self._handler_ends)
            return
        self.address = code_address(self.engine.image, self.engine.board, self.bounds.start)
        end_address = code_address(self.engine.image, self.engine.board, self.bounds.end)
        if end_address == self.address:
            self.engine.watch(self.address, self._turn)
            return
        self.engine.watch(self.address, self._enter)
        self.engine.watch(end_address, self._leave)

    @property
    def is_closed(self) -> bool:
        """Whether the passage that the figures are of has ended."""
        return self._chosen is not None

    @property
    def is_counted(self) -> bool:
        """Whether there is a passage with a price."""
        return bool(self._passages)

    @property
    def passage(self) -> tuple[Mark, Mark]:
        """Where that began and ended. ValueError before."""
        if self._chosen is None:
            raise ValueError(f"no passage {self.bounds.call} through {self.bounds.title}")
        return self._chosen

    def missed(self) -> str:
        """What did not happen, of a window that is not closed."""
        if self.count:
            passed = "called" if self.bounds.end is None else "passed"
            return f"{passed} {self.bounds.title} {self.count} times, not {self.bounds.call}"
        if not self.entered:
            return f"did not reach {self.bounds.start}"
        if self.abandoned:
            return f"left {self.bounds.start} by other ways than its return"
        if doubtful := self.doubtful():
            return doubtful
        end = self.bounds.end
        return f"did not return from {self.bounds.start}" if end is None else f"did not reach {end}"

    def doubtful(self) -> str:
        """What is said of calls that count as parts of one that has not ended. Empty where there are none."""
        if not (self._inner and self._opened):
            return ""
        return (
            f"came back {self._inner:,} times from {self.bounds.start} while an earlier call, higher in the stack,"
            " had not ended: they are taken for parts of that, and not counted; it may have been left by longjmp, or be"
            " another thread's"
        )

    def counts(self) -> WindowCounts:
        """What was counted in all passages by now."""
        passages = tuple(self._passages.values())
        counts = self.count, self.abandoned, self.reconfigured
        return WindowCounts(self.bounds, self.address, *counts, passages, dict(self.all_waits))

    def _call(self) -> None:
        engine, sp, returns_to = self.engine, self.engine.register(SP), self.engine.register(LR)
        depth = engine.handlers.depth
        same = next((one for one in self._opened if one.sp == sp and one.depth == depth), None)
        if same is not None:
            if not engine.may_be_behind_last_block(returns_to & ~1):
                return
            self._opened.remove(same)
            self.abandoned += 1
        self._begins()
        if len(self._opened) == MOST_OPEN:
            return
        if returns_to >= EXC_RETURN:
            self._opened.append(_Open(engine.mark(), engine.waits(), sp, depth=depth))
            return
        returns_to &= ~1
        if returns_to not in self._returns:
            self._returns.add(returns_to)
            engine.watch(returns_to, lambda: self._return(returns_to))
        outer = next((before for before in self._opened if before.sp > sp), None)
        if outer is not None:  # part of that: a mark of its own is not needed
            self._opened.append(replace(outer, sp=sp, returns_to=returns_to, depth=depth))
        else:
            self._opened.append(_Open(engine.mark(), engine.waits(), sp, returns_to, depth))

    def _return(self, address: int) -> None:
        if not self._opened:
            return
        sp = self.engine.register(SP)
        index = next((at for at, one in enumerate(self._opened) if (one.returns_to, one.sp) == (address, sp)), None)
        if index is None:
            return
        returned = self._opened.pop(index)
        if any(before.sp > sp for before in self._opened[:index]):
            self._inner += 1  # it is part of a call of the same function
        else:
            self._inner = 0
            self._close(returned)

    def _handler_ends(self) -> None:
        """An exception's handler is about to return."""
        if self._opened and self._opened[-1].returns_to < 0 and self._opened[-1].depth == self.engine.handlers.depth:
            self._close(self._opened.pop())

    def _enter(self) -> None:
        self._begins()
        if not self._opened:
            self._opened.append(_Open(self.engine.mark(), self.engine.waits()))

    def _leave(self) -> None:
        if self._opened:
            self._close(self._opened.pop())

    def _turn(self) -> None:
        self._leave()
        self._enter()

    def _begins(self) -> None:
        self.entered += 1
        if self.entered == 1 or self.entered % MOST_ENTRIES == 0:
            self.changed()

    def _close(self, opened: _Open) -> None:
        start, end = opened.start, self.engine.mark()
        waits = {name: cycles - opened.waits.get(name, 0) for name, cycles in self.engine.waits().items()}
        waits = {name: cycles for name, cycles in waits.items() if cycles}
        self.count += 1
        if self.count == self.bounds.call:
            self._chosen, self.waits = (start, end), waits
        if start.reconfigurations != end.reconfigurations:
            self.reconfigured += 1
        elif self.every_call:
            self.all_waits.update(waits)
            self._add(difference.compact(self.engine.profile(start, end)))
        self.changed()

    def _add(self, profile: Profile) -> None:
        """One passage: those with the same counts are kept once."""
        key = _contents(profile)
        same = self._passages.get(key)
        kept = Passage(self.count, 1, profile) if same is None else replace(same, times=same.times + 1)
        self._passages[key] = kept


def _contents(profile: Profile) -> bytes:
    """All that the price of a passage depends on, and its interrupts."""
    points = profile.operating_point, profile.programmed
    said = (profile.cycles, profile.exception_cycles, profile.sleep_cycles, profile.handlers, points, profile.blocks)
    arrays = (profile.edges, profile.taken, profile.hidden, profile.divides)
    counts = (getattr(profile, name) for name in difference.BY_BLOCK)
    return b"".join([sha256(repr(said).encode()).digest(), *(array.tobytes() for array in (*arrays, *counts))])
