"""What cycles and energy are spent on, in a reader's words, by their names in the JSON documents."""

from collections.abc import Mapping
from types import MappingProxyType

EFFECTS: Mapping[str, str] = MappingProxyType(
    {
        "issue": "instructions, a cycle each",
        "memory": "loads and stores",
        "address": "waits for an address just computed or loaded",
        "branch": "pipeline refills after branches",
        "fetch": "waits for the fetch buffer",
        "multiply": "multiplications",
        "divide": "divisions",
        "floating_point": "floating point",
        "system": "barriers and system registers",
        "flash_code": "waits for instructions from flash",
        "flash_data": "waits for constants from flash",
        "exception": "exception entry and return",
        "ram_data": "waits for RAM",
        "sleep": "asleep",
    }
)
"""Of `cycles_by_effect`."""
EVENTS: Mapping[str, str] = MappingProxyType(
    {
        "cycles": "cycles awake",
        "load_words": "words loaded from RAM",
        "flash_load_words": "words loaded from flash",
        "store_words": "words stored",
        "branch_taken": "branches taken",
        "branch_not_taken": "branches not taken",
        "code_lines": "lines of code fetched",
        "flash_reads": "reads of the flash array",
        "ram_line_reads": "cache lines filled from RAM",
        "sleeping": "cycles asleep",
        "static": "static power",
        "left_on": "what else is switched on",
    }
)
"""Of `by_event_uj`, where they do not speak for themselves."""
