"""The policies by the `kind` of a platform file's `[flash]`."""

from simtiny.flash.line_fill import LINE_FILL
from simtiny.flash.policy import Policy
from simtiny.flash.prefetch import PREFETCH
from simtiny.flash.prefetch_first import PREFETCH_FIRST
from simtiny.flash.read_ahead import READ_AHEAD

KINDS = {
    "psoc6-flashc": READ_AHEAD,
    "stm32f7": LINE_FILL,
    "stm32g0": PREFETCH_FIRST,
    "stm32h7": LINE_FILL,
    "stm32l4-art": PREFETCH,
    "stm32u5": PREFETCH,
}
POLICIES = (PREFETCH, READ_AHEAD, LINE_FILL, PREFETCH_FIRST)


def policy_of(kind: str) -> Policy:
    """The policy of a kind of flash; of one that is not in KINDS, a prefetch that is never in the way."""
    return KINDS.get(kind, PREFETCH)
