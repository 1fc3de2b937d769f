"""A few thousand random sequences of instructions end as in QEMU. More: scripts/differential.py."""

import shutil

import pytest

from tests.differential.compare import differences
from tests.differential.cores import TARGETS

TOOLS = ("qemu-system-arm", *(f"arm-none-eabi-{tool}" for tool in ("as", "ld", "nm", "objcopy")))
needs_tools = pytest.mark.skipif(
    not all(map(shutil.which, TOOLS)), reason=f"needs {', '.join(TOOLS)}: apt-get install qemu-system-arm"
)


@needs_tools
@pytest.mark.slow
@pytest.mark.parametrize("core", TARGETS)
def test_sequences_end_as_in_qemu(core: str) -> None:
    target = TARGETS[core]
    found = list(differences(target, seed=20_261_127, sequences=2 * target.batch))
    assert not found, "\n".join(map(str, found))
