"""The line that says whether any record has the memories of a run set as they are."""

from dataclasses import replace

import numpy as np

from simtiny.board_file import load_board
from simtiny.profiles import CodeBlock, OperatingPoint
from simtiny.validated import Configuration, code_in, not_validated, recorded_configurations, runs_elsewhere
from tests.profiles import profile_of

L4R5 = load_board("nucleo-l4r5zi")
U575 = load_board("nucleo-u575zi-q")
RECORDED = OperatingPoint(120e6, 5, True, True, True, "1")


def lacking(board, point, *, code_in="flash", changed=False):
    return not_validated(board, point, code_in=code_in, changed=changed)


def test_what_recorded_images_program_is_validated():
    assert lacking(L4R5, RECORDED) is None
    assert lacking(U575, OperatingPoint(160e6, 4, True, True, False, "1")) is None


def test_figures_of_other_programs_validate_too():
    """pqm4 was measured at 20 MHz without wait states."""
    assert Configuration(0, True, True, True) in recorded_configurations(L4R5)
    assert lacking(L4R5, replace(RECORDED, clock_hz=20e6, wait_states=0)) is None


def test_other_wait_states_are_told_those_on_record():
    text = lacking(L4R5, replace(RECORDED, wait_states=4))
    assert text.startswith(
        "not validated: no latency of nucleo-l4r5zi's core and memories is on record with 4 wait states,"
    )
    assert text.endswith("; with 0, 5 wait states there is")


def test_a_cache_that_is_off_code_in_ram_and_other_places_are_not_validated():
    point = OperatingPoint(160e6, 4, True, False, False, "1")
    assert "with 4 wait states, prefetch on, cache off" in lacking(U575, point)
    assert "code in sram2" in lacking(L4R5, RECORDED, code_in="sram2")
    assert "places that are not the chip's" in lacking(L4R5, RECORDED, changed=True)


def test_a_core_of_a_stand_in_counts_for_itself_alone():
    """Figures of a Cortex-M0 stand beside a board with a Cortex-M0+."""
    assert Configuration(1, True, False, False) not in recorded_configurations(load_board("nucleo-g0b1re"))


def test_code_is_in_the_ram_that_it_ran_from():
    flash, ram = (CodeBlock(address, bytes(4), frozenset()) for address in (0x0800_0000, 0x2000_0000))
    for runs, expected in ((1, "flash"), (3, "sram1")):  # of 200 and of 202 runs: 0.5 % and 1.5 %
        profile = profile_of((flash, ram), RECORDED, edges=np.array([[-1, 0, 199], [0, 1, runs]]))
        assert code_in(L4R5, (profile,)) == expected


def test_a_ram_whose_waits_are_not_modelled_is_not_validated():
    """CoreMark from STM32H7B0's RAM behind AHB is on record, and what decides it is not modelled."""
    board = load_board("nucleo-h7a3zi-q")
    off = OperatingPoint(280e6, 6, False, False, False, "0")
    assert lacking(board, off, code_in="axi_sram") is None
    assert "code in ahb_sram" in lacking(board, off, code_in="ahb_sram")


def test_the_second_window_onto_the_flash_is_elsewhere_where_it_has_an_accelerator_of_its_own():
    f746, point = load_board("disco-f746ng"), OperatingPoint(216e6, 7, False, True, True, "1")
    profile = profile_of((CodeBlock(0x0020_0000, bytes(4), frozenset()),), point, edges=np.array([[-1, 0, 1]]))
    assert code_in(f746, (profile,)) == "the flash's second window"
    assert runs_elsewhere(f746, code_in(f746, (profile,)), point)
    alias = profile_of((CodeBlock(0x0000_0000, bytes(4), frozenset()),), RECORDED, edges=np.array([[-1, 0, 1]]))
    assert code_in(L4R5, (alias,)) == "flash"
    assert not runs_elsewhere(L4R5, code_in(L4R5, (alias,)), RECORDED)
