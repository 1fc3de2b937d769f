"""The words of the Python API beside those of `Request`, as types."""

from collections.abc import Sequence
from os import PathLike
from typing import TypedDict

from simtiny.options import Weights

Names = str | Sequence[str]
"""One name, or several."""
AnyPath = str | PathLike[str]
Numbers = str | float | Sequence[str | float]
"""One, several, or a range such as "16:120:8MHz"."""
Switches = str | bool | Sequence[str | bool]


class SweepWords(TypedDict, total=False):
    """All of a sweep but the benchmarks, in the words of the Python API: see `simtiny.sweeps.study.Study`."""

    board: AnyPath | Sequence[AnyPath] | None
    image: AnyPath | Sequence[AnyPath] | None
    address: int | None
    model: AnyPath | Sequence[AnyPath] | None
    weights: Weights | str | None
    kernels: Names | None
    start: str | None
    end: str | None
    function: str | None
    clock_hz: Numbers | None
    voltage_range: Numbers | None
    regulator: Names | None
    supply_v: Numbers | None
    wait_states: Numbers | None
    prefetch: Switches | None
    instruction_cache: Switches | None
    data_cache: Switches | None
    caches: Names | None
    read_width_bits: Numbers | None
    place: Names | None
    period_s: float | None
    sleep: str | None
    minimise: str | None
    subject_to: Names | None
    sequence: AnyPath | None


class CallWords(TypedDict, total=False):
    """What `firmware` is told of the board, in the words of the Python API: see `Request`."""

    board: AnyPath | None
    address: int | None
    supply_v: float | None
    clock_hz: float | None
    wait_states: int | None
    voltage_range: str | int | None
    regulator: str | None
    prefetch: bool | str | None
    instruction_cache: bool | str | None
    data_cache: bool | str | None
    read_width_bits: int | None


class PriceWords(TypedDict, total=False):
    """What `price` is told beside the stream, in the words of the Python API: see `Request`."""

    board: AnyPath | None
    image: AnyPath | None
    address: int | None
    start: str | None
    end: str | None
    function: str | None
    supply_v: float | None
    clock_hz: float | None
    wait_states: int | None
    voltage_range: str | int | None
    regulator: str | None
    prefetch: bool | str | None
    instruction_cache: bool | str | None
    data_cache: bool | str | None


PRICE_WORDS = tuple(PriceWords.__annotations__)
CALL_WORDS = ("image", *CallWords.__annotations__)
