"""All passages through a window of the user's, and what interrupted it, as plain data."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Interrupt:
    """An exception whose handler ran within a window.

    name: as the manuals call it, or "IRQ 28 (tim2)" by the board's peripherals. number: the architecture's, 15 is
    SysTick and 16 the first interrupt. count: how often its handler began. cycles: those of the handler, with entry and
    return. share: of the window's cycles, 0 to 1.
    """

    name: str
    number: int
    count: int
    cycles: int
    share: float


@dataclass(frozen=True)
class Wait:
    """What the core waited for in a window, reading registers of one peripheral again and again.

    name: the peripheral's on the board, or of the core's own, such as SysTick. cycles: of these reads and what is
    between them. share: of the window's cycles, 0 to 1.
    """

    name: str
    cycles: int
    share: float


@dataclass(frozen=True)
class Figures:
    """Of one passage or of several. energy_uj: None where it is not known."""

    cycles: float
    latency_ms: float
    energy_uj: float | None


@dataclass(frozen=True)
class WindowResult:
    """Every passage through one window in a run.

    name: as it was asked for. address: of the function, or of the start. calls: passages that ended. left: calls that
    ended by other ways than their return, and are not counted. without_price: passages in which the firmware changed
    its clock or wait states: they are in no figure.
    first, minimum, mean, maximum, total: of all passages, what is called in between and interrupts included. The least
    and the most of each figure, which may be of different passages; minimum_call and maximum_call: those, or the first
    of those, with the fewest and most cycles.
    interrupts, waits: in all passages.
    """

    name: str
    address: int
    calls: int
    left: int
    without_price: int
    first: Figures
    minimum: Figures
    minimum_call: int
    mean: Figures
    maximum: Figures
    maximum_call: int
    total: Figures
    interrupts: tuple[Interrupt, ...]
    waits: tuple[Wait, ...]
