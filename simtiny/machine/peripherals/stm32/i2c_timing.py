"""How long a bit takes on an I2C, by TIMINGR."""

from fractions import Fraction

EDGES_S = Fraction(1, 2_000_000)
"""Of a clock, rise and fall and the analog filters together, as in the examples of RM0432, 49.4.9 [unchecked]."""
SYNCHRONIZATION = 4
"""Kernel clocks of a bit, in which the two edges of SCL are noticed: the least that the manual gives."""


def bit_ticks(timing: int, digital_filter: int, clock_hz: float) -> Fraction:
    """Kernel clocks of one bit: SCLL and SCLH by PRESC, the edges, and the digital filter (CR1.DNF) at each of them."""
    prescaler, low, high = (timing >> 28) + 1, (timing & 0xFF) + 1, (timing >> 8 & 0xFF) + 1
    return (low + high) * prescaler + SYNCHRONIZATION + 2 * digital_filter + EDGES_S * Fraction(clock_hz)
