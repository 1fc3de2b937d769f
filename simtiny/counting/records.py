"""Every record that the hooks know, and the number that says so on both sides."""

from simtiny.counting import layout
from simtiny.flash.policies import POLICIES
from simtiny.native.record import signature

RECORDS = (*layout.RECORDS, *(policy.record for policy in POLICIES))
SIGNATURE = signature(RECORDS)
