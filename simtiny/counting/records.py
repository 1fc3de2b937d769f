"""Every record that the native code knows, and the number that says so on both sides."""

from simtiny.counting import layout
from simtiny.flash.policies import POLICIES
from simtiny.machine import register_ranges

RECORDS = (*layout.RECORDS, *(policy.record for policy in POLICIES), *register_ranges.RECORDS)
SIGNATURE = layout.signature(RECORDS)
