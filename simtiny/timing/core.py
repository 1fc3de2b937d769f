"""What the timing model of a core gives: the price of a block of code, and how sure that price is.

The price comes from the instructions alone. What depends on operands (how long a divide takes, whether a branch went as
predicted, where a load reads) is counted as the firmware runs, by the numbers of `OperandTiming`.
"""

from dataclasses import Field, dataclass
from typing import Any, ClassVar, Protocol

from simtiny.errors import Unpriced
from simtiny.isa.instruction import Instruction
from simtiny.timing.effects import Cost

Code = tuple[Instruction, ...]


@dataclass(frozen=True)
class OperandTiming:
    """Cycles that depend on operands. By default none do: no divider, no branch prediction, nothing fetched ahead.

    divide: the shortest divide, beyond one cycle; 0 on a core without a divider. divide_bits: of the quotient that a
    divide finds in a cycle. divide_longest: cycles in all.
    mispredict: a branch that did not go as predicted; 0 where each taken branch refills the pipeline.
    unaligned_load: a load from an address that is no multiple of its size. unaligned_within_word: also within a word.
    fetch_ahead: cycles of a wait for sequential code that the code fetched before hides. queue_words: instead of these,
    by how many words the core fetches ahead; how many cycles they hide depends on the code.
    """

    divide: int = 0
    divide_bits: int = 1
    divide_longest: int = 1
    mispredict: int = 0
    unaligned_load: int = 0
    unaligned_within_word: bool = True
    fetch_ahead: int = 0
    queue_words: int = 0

    @property
    def divide_shortest(self) -> int:
        """Cycles of the shortest divide: what its instruction's price holds."""
        return 1 + self.divide


@dataclass(frozen=True)
class Evidence:
    """What a core's model was held against.

    calibrated_on: keys of the records that constants were fitted to (see `simtiny.records`), or what other
    measurements. baseline_cpi: cycles an instruction of the baseline model, which knows nothing else.
    relative_uncertainty: half width of the latency's 90 % interval, a judgment, for a core without a recorded result;
    those of others follow from the records (`simtiny.intervals`).
    """

    calibrated_on: tuple[str, ...]
    baseline_cpi: float
    relative_uncertainty: float | None = None


class Core(Protocol):
    """A core's timing: a frozen dataclass, whose further fields are the cycles of each rule.

    It is compared and hashed by identity, so that a price is quickly found again (`simtiny.timing.prices`): declare it
    with `eq=False`.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    def __hash__(self) -> int: ...

    @property
    def name(self) -> str:
        """As Arm writes it."""

    @property
    def operands(self) -> OperandTiming:
        """What the machine needs to know to count what depends on operands."""

    @property
    def evidence(self) -> Evidence:
        """How sure the model is, and from what."""

    def price(self, block: Code, before: Code | None, taken: bool) -> Cost:
        """Cycles by effect of one run through `block`.

        `before` is the block that ran just before, None after an exception or reset. `taken` says that it branched
        here; what the branch takes beyond its own cycle is then part of this price.

        Raises Unpriced for an instruction that the core does not have or the model does not know.
        """


def unpriced(core: Core, now: Instruction) -> Unpriced:
    """The error for an instruction without a price."""
    return Unpriced(f"no timing for the instruction at 0x{now.address:08x} ({now.text}) on {core.name}")
