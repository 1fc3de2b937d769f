"""The events that cost energy, by name. Imports nothing heavy: a platform file that is read needs the names."""

from dataclasses import dataclass, fields


@dataclass(frozen=True)
class EventCounts:
    """How often each event with an energy of its own took place.

    Every cycle awake costs something, and an instruction costs more on top: a wait is a cycle without one.
    """

    cycles: int  # awake
    data_processing: int
    multiply: int
    multiply_accumulate: int
    divide: int  # cycles
    floating_point: int
    load_words: int  # from RAM, through a cache or not
    flash_load_words: int  # by instructions that load from flash, through a cache or not
    store_words: int
    branch_taken: int
    branch_not_taken: int
    code_lines: int  # lines of code that the core fetched from: another one than just before
    flash_reads: int  # units read from the flash array: what the caches and the fetch buffer missed
    ram_line_reads: int  # lines filled from RAM behind a data cache
    sleeping: int  # cycles in WFI or WFE


EVENTS = tuple(entry.name for entry in fields(EventCounts))
