"""What a reader that is tried is: samples, how they are changed, what reads them."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from tests.fuzz import mutations

SAMPLES = Path(__file__).parent / "samples"
ROOT = Path(__file__).parents[2]
FLASH = 0x0800_0000

Mutate = Callable[[Sequence[bytes], Random], bytes]


@dataclass(frozen=True)
class Surface:
    """One reader. `run` raises nothing but SimtinyError.

    `share`: of all inputs, beside those of the others. `limit_s`: of processor time that one input may take.
    """

    samples: Callable[[], Sequence[bytes]]
    run: Callable[[bytes], None]
    share: float
    mutate: Mutate = mutations.mutated
    limit_s: float = 2.0


def make(surface: Surface, seed: str) -> bytes:
    """The input of a seed, the same wherever it is made."""
    return surface.mutate(surface.samples(), Random(seed))


@cache
def scratch() -> Path:
    """A folder of this process's own, in memory where there is such a thing."""
    memory = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="simtiny-fuzz-", dir=memory if memory.is_dir() else None))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def written(name: str, data: bytes) -> Path:
    path = scratch() / name
    path.write_bytes(data)
    return path


def sample_files(*suffixes: str) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in sorted(SAMPLES.iterdir()) if path.suffix in suffixes)
