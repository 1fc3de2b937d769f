"""What differs between the converters of STM32 families, as data.

Sampling times: HAL LL_ADC_SAMPLINGTIME_* of each family. Resolutions: LL_ADC_RESOLUTION_*. Conversion and calibration
times are from memory of the reference manuals [unchecked], but that the ones of full resolution give the data sheets'
highest rates. Internal channels: LL_ADC_CHANNEL_*; the sensor's voltage and slope from memory of the data sheets
[unchecked], the same as in the factory's values that the platform files put into the chip.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from simtiny.machine.peripherals.stm32.adc_conversions import Internal

PRESCALER = (1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256)  # by CCR.PRESC


def _halves(*ticks: float) -> tuple[Fraction, ...]:
    return tuple(Fraction(value) for value in ticks)


@dataclass(frozen=True)
class Family:
    """`resolutions`: bits by CFGR.RES, a field of `resolution_mask`. `sampling`: ticks by SMP. `conversion`: by bits.

    `sequencer`: SQR1 to SQR4, or CHSELR. `synchronous`: where CKMODE stands that divides the bus clock, CCR, CFGR2 or
    nowhere. `has_regulator`: it begins in deep power-down. `has_alignment`: CFGR.ALIGN. `internal_at`: the one
    converter of a block that has the internal channels, 0 for the first; None: each has.
    """

    resolution_mask: int
    resolutions: Mapping[int, int]
    sampling: tuple[Fraction, ...]
    conversion: Mapping[int, Fraction]
    internal: Internal
    sequencer: Literal["sqr", "chselr"] = "sqr"
    synchronous: Literal["ccr", "cfgr2", ""] = ""
    clock_divider: int = 1
    calibration_ticks: int = 116
    has_regulator: bool = True
    has_alignment: bool = False
    has_dma_bit: bool = False
    wide_oversampling: bool = True
    internal_at: int | None = None


_12_BITS = {0: 12, 1: 10, 2: 8, 3: 6}
_SUCCESSIVE = {bits: bits + Fraction(1, 2) for bits in (12, 10, 8, 6)}
_L4_SAMPLING = _halves(2.5, 6.5, 12.5, 24.5, 47.5, 92.5, 247.5, 640.5)
_G0_SAMPLING = _halves(1.5, 3.5, 7.5, 12.5, 19.5, 39.5, 79.5, 160.5)

FAMILIES = {
    "l4": Family(
        0x18, _12_BITS, _L4_SAMPLING, _SUCCESSIVE, Internal(17, 0, 18),
        synchronous="ccr", has_alignment=True, has_dma_bit=True, wide_oversampling=False,
    ),
    "g0": Family(
        0x18, _12_BITS, _G0_SAMPLING, _SUCCESSIVE, Internal(12, 13, 14), sequencer="chselr",
        synchronous="cfgr2", calibration_ticks=82, has_regulator=False, has_alignment=True, has_dma_bit=True,
        wide_oversampling=False,
    ),
    "h7": Family(
        0x1C, {0: 16, 1: 14, 2: 12, 3: 10, 5: 14, 6: 12, 7: 8},
        _halves(1.5, 2.5, 8.5, 16.5, 32.5, 64.5, 387.5, 810.5),
        {bits: Fraction(bits + 1, 2) for bits in (16, 14, 12, 10, 8)},
        Internal(18, 19, 14, sensor_v=0.62, reference_v=1.216, divider=4),
        synchronous="ccr", clock_divider=2, calibration_ticks=1280, internal_at=1,
    ),
    "u5": Family(
        0x0C, {0: 14, 1: 12, 2: 10, 3: 8}, _halves(5, 6, 12, 20, 36, 68, 391, 814),
        {bits: Fraction(bits + 3) for bits in (14, 12, 10, 8)},
        Internal(19, 0, 18, sensor_v=0.752, reference_v=1.215, divider=4), calibration_ticks=31_849,
    ),
    "u5-adc4": Family(
        0x0C, _12_BITS, (*_G0_SAMPLING[:7], Fraction(1629, 2)), _SUCCESSIVE,
        Internal(13, 0, 14, sensor_v=0.752, reference_v=1.215, divider=4), sequencer="chselr",
        calibration_ticks=82, has_alignment=True, has_dma_bit=True, wide_oversampling=False,
    ),
    "u3": Family(
        0x0C, _12_BITS, _halves(1.5, 2.5, 6.5, 11.5, 23.5, 46.5, 246.5, 1499.5), _SUCCESSIVE,
        Internal(17, 0, 16, divider=4), synchronous="",
    ),
}  # fmt: skip
"""By the name that a platform file gives."""
