"""What the table of cores says, against the ABI's names of architectures and what each core is known to run."""

import pytest

from simtiny.cores import CORE_FACTS
from simtiny.elf import ARCHITECTURES


def test_architectures_have_the_names_that_elf_files_are_read_with() -> None:
    named = {*ARCHITECTURES.values(), "v7-M"}  # the latter has a number that it shares with other profiles
    assert frozenset().union(*(facts.runs for facts in CORE_FACTS.values())) <= named


@pytest.mark.parametrize(
    ("core", "own", "not_its_own"),
    [
        ("cortex-m0", "v6S-M", "v7-M"),
        ("cortex-m0plus", "v6S-M", "v8-M.base"),
        ("cortex-m3", "v7-M", "v7E-M"),
        ("cortex-m4f", "v7E-M", "v8-M.base"),
        ("cortex-m7", "v7E-M", "v8-M.main"),
        ("cortex-m33", "v8-M.main", "v8.1-M.main"),
    ],
)
def test_a_core_runs_its_architecture_and_no_later_one(core: str, own: str, not_its_own: str) -> None:
    runs = CORE_FACTS[core].runs
    assert own in runs and "v6-M" in runs and not_its_own not in runs


def test_only_cortex_m7_has_caches_of_its_own() -> None:
    assert [name for name, facts in CORE_FACTS.items() if facts.has_caches] == ["cortex-m7"]
