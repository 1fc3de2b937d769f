"""Every version of capstone that is admitted decodes alike: digests made with 5.0.9.

After a change of `simtiny.isa.decode` that is meant: python -m tests.isa.test_capstone_versions
"""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from simtiny.isa.decode import decode
from simtiny.isa.instruction import Instruction

ADDRESS = 0x0800_0100
DIGESTS = {
    256: "34afb0a1bcd74757f6fe0ee9fc3a79be0eff03d2c1153b09c322183665cc7fd5",
    1: "bc2385f53c30c00b64d0af52903725aff1c9f53c5f86892694b2983dc87d9d68",
}
WIDE = 60_000
_MOST_UNLIKE = 0x9E37_79B1  # odd, so that its multiples go through all words


def encodings(step: int) -> Iterator[bytes]:
    """Those of 16 bits but for IT and hints, which depend on what follows, and a choice of those of 32 bits."""
    for first in range(0, 0xE800, step):
        if first >> 8 != 0xBF:
            yield first.to_bytes(2, "little")
    for number in range(0, WIDE, step):
        first, second = divmod(number * _MOST_UNLIKE & 0xFFFF_FFFF, 1 << 16)
        first = 0xE800 + first % 0x1800
        yield first.to_bytes(2, "little") + second.to_bytes(2, "little")


def facts(now: Instruction) -> str:
    """All but the text, and the kind by its name."""
    others = (getattr(now, name) for name in now.__struct_fields__ if name not in ("text", "kind"))
    return f"{now.kind.name} {' '.join(map(str, others))}\n"


def digest(step: int) -> str:
    found = hashlib.sha256()
    for code in encodings(step):
        for now in decode(code, ADDRESS):
            found.update(facts(now).encode())
    return found.hexdigest()


@pytest.mark.parametrize("step", [256, pytest.param(1, marks=pytest.mark.slow)])
def test_decoding_is_as_with_capstone_5_0_9(step: int) -> None:
    assert digest(step) == DIGESTS[step]


def test_another_major_version_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "capstone").mkdir()
    (tmp_path / "capstone/__init__.py").write_text("def cs_version():\n    return 6, 0, 1536\n")
    (tmp_path / "capstone/arm.py").touch()
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from simtiny.__main__ import command; command()"
    arguments = [sys.executable, "-c", code, str(tmp_path), "run", "ad01"]
    done = subprocess.run(arguments, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr == "error: simtiny decodes by capstone 5, not 6.0: pip install 'capstone<6'\n"


if __name__ == "__main__":
    place = Path(__file__)
    text = place.read_text()
    for step, known in DIGESTS.items():
        text = text.replace(f'{step}: "{known}"', f'{step}: "{digest(step)}"')
    place.write_text(text)
