"""What the comparison of two engines comes to, as plain data. Text and JSON are made from it. Differences: B less A."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class EngineRow:
    """One figure by each engine. `causes`: what explains the difference; empty where there is none, or nothing does."""

    name: str
    a: float
    b: float
    difference: float
    causes: tuple[str, ...]


@dataclass(frozen=True)
class EngineCode:
    """Instructions that a function or a layer issued in each engine."""

    name: str
    a_instructions: int
    b_instructions: int
    difference_instructions: int


@dataclass(frozen=True)
class Explanation:
    """A cause of differences. instructions, cycles: what it has in those of the window. functions: where, at most 8."""

    cause: str
    text: str
    instructions: int
    cycles: int
    functions: tuple[str, ...]


@dataclass(frozen=True)
class Unexplained:
    """A difference that nothing explains. `what`: "edge", "output" or the name of a counter. `place`: in words."""

    what: str
    place: str
    a: float | str
    b: float | str


@dataclass(frozen=True, repr=False)
class EngineComparison:
    """One firmware on one board, in the same window, executed by two engines.

    `same_output`: whether it printed the same, but for the numbers of its timestamps. by_function: the largest first;
    by_layer: in order. The cycles of `explanations`, with `unexplained_cycles`, sum up to the difference in cycles.
    `unexplained`: of edges the first ten by address; `unexplained_count`: of all.
    """

    a: str
    b: str
    title: str
    board: str
    image: str
    window: str
    same_output: bool
    rows: tuple[EngineRow, ...]
    by_function: tuple[EngineCode, ...]
    by_layer: tuple[EngineCode, ...]
    explanations: tuple[Explanation, ...]
    unexplained: tuple[Unexplained, ...]
    unexplained_count: int
    unexplained_cycles: int

    @property
    def agrees(self) -> bool:
        """Whether all that differs has an explanation."""
        return not self.unexplained_count

    @property
    def is_equal(self) -> bool:
        """Whether nothing differs."""
        return self.agrees and not self.explanations

    def to_dict(self) -> dict[str, Any]:
        """As plain values: an object of `comparisons` in the JSON document (docs/json-schema.md)."""
        import msgspec

        fields: dict[str, Any] = msgspec.to_builtins(self)
        return {**fields, "agrees": self.agrees, "is_equal": self.is_equal}

    def __repr__(self) -> str:
        return f"<EngineComparison of {self.title} by {self.a} and {self.b}: {self.unexplained_count} unexplained>"


@dataclass(frozen=True)
class NotComparable:
    """What only one of the engines could run, or none: `engine`, and why not."""

    title: str
    board: str
    engine: str
    reason: str


@dataclass(frozen=True, repr=False)
class EnginesResult:
    """Several comparisons. `chosen`: of images, how; empty where each was asked for."""

    comparisons: tuple[EngineComparison, ...]
    not_comparable: tuple[NotComparable, ...] = ()
    chosen: str = ""

    @property
    def unexplained(self) -> tuple[EngineComparison, ...]:
        """Those with a difference that nothing explains."""
        return tuple(each for each in self.comparisons if not each.agrees)

    def __repr__(self) -> str:
        return f"<EnginesResult of {len(self.comparisons)} comparisons, {len(self.unexplained)} not explained>"
