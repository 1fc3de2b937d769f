"""Recorded figures of other programs: known rows of the public tables, and rows that can't be."""

from pathlib import Path
from typing import get_args

import pytest

from simtiny.board_file import board_names
from simtiny.cores import CORE_FACTS
from simtiny.data import data_path
from simtiny.errors import BadInput
from simtiny.suites import SUITES_FOLDER, Use, all_figures, of_suite, read_figures


def test_a_known_row_of_pqm4() -> None:
    # mupq/pqm4 benchmarks.csv (cc2c1b9), line 15: 392423 (mean), 392211 (least), 392614 (most).
    figure = next(each for each in of_suite("pqm4") if each.name == "ml-kem-512 m4fspeed" and each.part == "keypair")
    assert (figure.value, figure.minimum, figure.maximum, figure.runs) == (392423, 392211, 392614, 10)
    assert (figure.kind, figure.core, figure.wait_states, figure.data_cache) == ("assembly", "cortex-m4f", 0, True)


def test_pqm4_has_138_implementations_of_three_functions() -> None:
    figures = of_suite("pqm4")
    assert len({figure.program for figure in figures}) == 138
    assert len({(figure.program, figure.part) for figure in figures}) == len(figures) == 414


def test_every_figure_says_where_it_comes_from_and_what_it_was_to_the_rules() -> None:
    for figure in all_figures():
        assert figure.source and figure.commit and figure.use in get_args(Use)
        assert figure.board in board_names() and figure.core in CORE_FACTS
        assert figure.value > 0
        assert figure.minimum is None or figure.maximum is None or figure.minimum <= figure.value <= figure.maximum


def test_a_cell_that_cannot_be_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("suite,name\nx,y\n")
    with pytest.raises(BadInput, match=r"a\.csv, line 2"):
        read_figures(path)


@pytest.mark.parametrize("cell", ["0", "-392423", "nan", "inf"])
def test_a_figure_that_is_no_positive_number_is_refused(tmp_path: Path, cell: str) -> None:
    packaged = data_path(*SUITES_FOLDER, "pqm4.csv").read_text().splitlines()[:2]
    path = tmp_path / "a.csv"
    path.write_text("\n".join([packaged[0], packaged[1].replace(",27382389,", f",{cell},")]))
    with pytest.raises(BadInput, match=rf"a\.csv, line 2: '{cell}' is no positive number"):
        read_figures(path)


def test_a_file_that_is_not_text_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"suite,name\n\xff")
    with pytest.raises(BadInput, match=r"a\.csv: not UTF-8 text"):
        read_figures(path)


def test_an_unknown_suite_is_one_line() -> None:
    with pytest.raises(BadInput, match=r"there are no figures of suite 'nist': there are .*pqm4"):
        of_suite("nist")
