"""Notes of a run: each once, with how often it came up, and no more than a bound."""

from dataclasses import replace

import msgspec
import pytest

from simtiny.errors import FirmwareFault
from simtiny.machine.machine import StopReason
from simtiny.notes import LIMIT, Note, NoteKind, Notes, noted, texts
from tests.machine.test_nvic import load, machine_for, store


def test_each_is_kept_once_in_order_and_counted() -> None:
    notes = Notes()
    for text in ("second", "first", "second", "second"):
        notes.add(NoteKind.UNMODELLED, "RCC", text)
    notes.add(NoteKind.FIRMWARE, "RCC", "first")
    assert notes.collected() == (
        Note(NoteKind.UNMODELLED, "RCC", 3, "second"),
        Note(NoteKind.UNMODELLED, "RCC", 1, "first"),
        Note(NoteKind.FIRMWARE, "RCC", 1, "first"),
    )


def test_a_bound_on_different_ones_and_a_last_one_that_says_so() -> None:
    notes = Notes()
    for number in [*range(LIMIT + 5), 0, LIMIT + 1]:
        notes.add(NoteKind.UNMAPPED_ACCESS, f"{number}", f"at {number}")
    *kept, last = notes.collected()
    assert (len(kept), kept[0].count, kept[-1].place) == (1000, 2, "999")
    assert (last.kind, last.count) == (NoteKind.METHOD, 6)
    assert last.text == "6 more occurrences: only the first 1,000 different notes are kept"


def test_reports_leave_out_registers_that_only_store() -> None:
    stored = Note(NoteKind.STORED, "MPU_CTRL", 1, "MPU_CTRL reads back what was written")
    assert texts([stored, replace(stored, kind=NoteKind.UNMODELLED, text="told")]) == ["told"]


def test_survives_being_stored() -> None:
    note = Note(NoteKind.FIRMWARE, "USART1", 1, "USART1: the firmware programmed 923077 baud, not 115200")
    assert msgspec.json.decode(msgspec.json.encode(note), type=Note) == note


def test_accesses_to_nothing_are_counted_by_word() -> None:
    """0x4FFF0000 is in no block of the board."""
    machine = machine_for(
        load(0x4FFF_0000), load(0x4FFF_0003, 1), store(0x4FFF_0000, 7), load(0x4FFF_0004), store(0x4FFF_0002, 1, 2)
    )
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert machine.notes == (
        Note(NoteKind.UNMAPPED_ACCESS, "0x4fff0000", 2, "read of 0x4fff0000: no peripheral there, 0 returned"),
        Note(NoteKind.UNMAPPED_ACCESS, "0x4fff0000", 2, "write to 0x4fff0000: no peripheral there, ignored"),
        Note(NoteKind.UNMAPPED_ACCESS, "0x4fff0004", 1, "read of 0x4fff0004: no peripheral there, 0 returned"),
    )


def test_a_block_names_its_register() -> None:
    """0x24 is no register of the L4's RCC."""
    machine = machine_for(store(0x4002_1024, 1), store(0x4002_1025, 1, 1))
    assert machine.run(limit_cycles=1_000_000) is StopReason.IDLE
    assert machine.notes == (Note(NoteKind.UNKNOWN_REGISTER, "RCC+0x24", 2, "RCC: unknown register 0x24 written"),)


class _Ran:
    notes = (
        Note(NoteKind.STORED, "MPU", 1, "MPU: stored"),
        *(Note(NoteKind.UNMODELLED, f"T{number}", 1, f"T{number}: odd") for number in range(6)),
        Note(NoteKind.FIRMWARE, "SPI1+0x04", 2, "SPI1: off"),
    )


def test_an_error_shows_the_notes_that_may_have_led_to_it() -> None:
    with pytest.raises(FirmwareFault) as caught, noted(_Ran()):
        raise FirmwareFault("polling SPI1 SR")
    assert caught.value.notes == ("SPI1: off", "T0: odd", "T1: odd", "T2: odd", "T3: odd", "and 2 other notes")
