"""Every record that the hooks know, and the number that says so on both sides."""

from simtiny.counting import layout
from simtiny.flash.policies import POLICIES, policy_of
from simtiny.native import library
from simtiny.native.record import signature

RECORDS = (*layout.RECORDS, *(policy.record for policy in POLICIES))
SIGNATURE = signature(RECORDS)


def load_ahead(kind: str) -> None:
    """Have the hooks for a kind of flash made while the caller goes on."""
    library.load_ahead(policy_of(kind).place, SIGNATURE)
