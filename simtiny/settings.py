"""What-if: what stands between core and memories, in place of what the firmware programs and of what the chip has."""

from dataclasses import dataclass

ART = "art"
"""Of `place`, where a memory stands: the second window onto the flash, with its accelerator and prefetch on."""


@dataclass(frozen=True)
class MemorySettings:
    """Settings under which a firmware is counted. None, or nothing: as programmed, and as the chip has it.

    `wait_states` of the flash; `prefetch`, `instruction_cache` and `data_cache` on or off; `caches`: others in place of
    the chip's, such as "16K/2" (size/ways), "8K/2/32" (with bytes of a line) or "8K/2,4K/4" (instructions, data);
    `read_width_bits`: of the flash; `place`: what lies elsewhere than the image says, such as "weights=dtcm".
    "code=art" is read through the second window onto the flash.
    """

    wait_states: int | None = None
    prefetch: bool | None = None
    instruction_cache: bool | None = None
    data_cache: bool | None = None
    caches: str | None = None
    read_width_bits: int | None = None
    place: tuple[str, ...] = ()

    @property
    def through_art(self) -> bool:
        """Whether anything is placed behind the flash's second window."""
        return any(text.rpartition("=")[2].strip().lower() == ART for text in self.place)


AS_IT_IS = MemorySettings()
