"""What PSoC 6 DMA moves, as its two controllers describe it in memory.

Layouts: Infineon mtb-pdl-cat1, drivers/include/cy_dma.h (CY_DMA_CTL_*) and devices/COMPONENT_CAT1A/include/ip/
cyip_dmac_v2.h (DMAC_CH_V2_DESCR_*); where the next descriptor's address stands, by type, from memory [unchecked].
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum

SINGLE, ONE_D, TWO_D = range(3)  # types of descriptors that both have
_CRC, _MEMORY_COPY = 3, 3


class Extent(IntEnum):
    """How much a trigger moves, or what an interrupt or an output trigger tells of."""

    ELEMENT, X_LOOP, DESCRIPTOR, CHAIN = range(4)


@dataclass(frozen=True)
class Control:
    """`width`: bytes of an element, which the source and the destination may hold in words."""

    width: int
    source_width: int
    destination_width: int
    trigger: Extent
    tells: Extent
    out: Extent
    disables: bool


@dataclass(frozen=True)
class Loop:
    """So many turns; the steps in bytes from one to the next."""

    count: int = 1
    source_step: int = 0
    destination_step: int = 0


@dataclass(frozen=True)
class Descriptor:
    """One transfer, of `y.count` times `x.count` elements. `next`: address of the next one, 0 at the end of a chain."""

    source: int
    destination: int
    next: int
    control: Control
    x: Loop
    y: Loop
    is_crc: bool = False


def data_wire_descriptor(word: Callable[[int], int]) -> Descriptor:
    """A descriptor of DataWire. `word(offset)` is what stands at a byte offset in it."""
    kind = word(0) >> 30
    control = _control(word(0), word(0) >> 28 & 3)

    def loop(value: int) -> Loop:
        source, destination = _signed(value, 12), _signed(value >> 12, 12)
        return Loop((value >> 24) + 1, source * control.source_width, destination * control.destination_width)

    x = Loop() if kind == SINGLE else loop(word(0x0C))
    y = loop(word(0x10)) if kind == TWO_D else Loop()
    next_at = {SINGLE: 0x0C, TWO_D: 0x14}.get(kind, 0x10)
    return Descriptor(word(4), word(8), word(next_at) & ~3, control, x, y, kind == _CRC)


def dmac_descriptor(word: Callable[[int], int]) -> Descriptor | None:
    """A descriptor of DMAC, likewise; None for a type that is not modelled."""
    kind = word(0) >> 28 & 7
    control = _control(word(0), word(0) >> 16 & 3)

    def loop(offset: int) -> Loop:
        source, destination = _signed(word(offset + 4), 16), _signed(word(offset + 4) >> 16, 16)
        count = (word(offset) & 0xFFFF) + 1
        return Loop(count, source * control.source_width, destination * control.destination_width)

    if kind == _MEMORY_COPY:  # bytes, one after the other
        control = Control(1, 1, 1, control.trigger, control.tells, control.out, control.disables)
        return Descriptor(word(4), word(8), word(0x10) & ~3, control, Loop((word(0x0C) & 0xFFFF) + 1, 1, 1), Loop())
    if kind > TWO_D:
        return None
    x = Loop() if kind == SINGLE else loop(0x0C)
    y = loop(0x14) if kind == TWO_D else Loop()
    return Descriptor(word(4), word(8), word((0x0C, 0x14, 0x1C)[kind]) & ~3, control, x, y)


def _signed(value: int, bits: int) -> int:
    value &= (1 << bits) - 1
    return value - (value >> bits - 1 << bits)


def _control(word: int, data_size: int) -> Control:
    width = 1 << min(data_size, 2)
    return Control(
        width,
        4 if word & 1 << 26 else width,
        4 if word & 1 << 27 else width,
        Extent(word >> 6 & 3),
        Extent(word >> 2 & 3),
        Extent(word >> 4 & 3),
        bool(word & 1 << 24),
    )
