"""The suites whose programs can be run here: who builds them, how they are measured, what is asked of predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from simtiny.errors import BadInput, did_you_mean


@dataclass(frozen=True)
class Printed:
    """The program measures itself, and prints a line "keypair cycles:" and the number on the next. `until`: the end."""

    until: str


@dataclass(frozen=True)
class Triggered:
    """What is measured goes from the first call of one function to that of another.

    `per`: a function that is called `calls` times an iteration, where the figure is of one.
    """

    start: str
    end: str
    per: str | None = None
    calls: int = 1


@dataclass(frozen=True)
class Target:
    """What the project asks of rows that no rule follows from: mean and worst absolute error, relative."""

    mean: float
    worst: float | None


@dataclass(frozen=True)
class Suite:
    """One suite. `builds`: the public command that builds its programs, at `commit`; docs/validation/suites.md has all.

    `targets` are by kind of code. `place`: what lies elsewhere on the board that stands in, see `simtiny.settings`.
    """

    name: str
    commit: str
    builds: str
    measured: Printed | Triggered
    targets: Mapping[str, Target]
    place: tuple[str, ...] = ()


_C = Target(0.03, None)
SUITES: Mapping[str, Suite] = MappingProxyType(
    {
        suite.name: suite
        for suite in (
            Suite(
                "pqm4",
                "mupq/pqm4@cc2c1b9",
                "make PLATFORM=nucleo-l4r5zi",
                Printed(until="#"),
                {"assembly": Target(0.015, 0.05), "c": _C, "c+assembly": _C},
            ),
            Suite(
                "embench",
                "embench/embench-iot@09c2ed8",
                "scons gsf=16",
                Triggered("start_trigger", "stop_trigger"),
                {"c": Target(0.02, None)},
                # On STM32F407 the stack is in SRAM2, which the bus matrix turns to late; NUCLEO-L4R5ZI has SRAM1 there.
                place=("0x2001c000:0x20020000=sram3",),
            ),
            Suite(
                "coremark",
                "eembc/coremark@d5fad6b",
                "make PORT_DIR=PORT ITERATIONS=10",
                Triggered("start_time", "stop_time", per="core_bench_list", calls=2),
                {},
            ),
        )
    }
)
WHERE = "docs/validation/suites.md"


def suite_named(name: str) -> Suite:
    """Raises BadInput for a suite whose programs can't be run here."""
    if name not in SUITES:
        raise BadInput(f"there is no suite {name!r}{did_you_mean(name, SUITES)}: there are {', '.join(SUITES)}")
    return SUITES[name]


def how_to_build(suite: Suite) -> str:
    """In one line."""
    return f"`{suite.builds}` of {suite.commit} builds its programs, as {WHERE} says"
