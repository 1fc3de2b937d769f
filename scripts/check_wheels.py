"""Which platforms and Pythons simtiny can be installed on without a compiler: a table, from the package index.

    python scripts/check_wheels.py

For each platform and Python, pip is asked to resolve simtiny's dependencies from wheels alone; nothing is installed.
Where it can't, the table names those that have no wheel, and the exit code is 1. What depends on the system by a marker
(colorama, on Windows) pip judges by the system it runs on.
"""

import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def manylinux(processor: str) -> list[str]:
    """All tags of glibc up to 2.28, which every distribution of these years has."""
    return [f"manylinux_2_{minor}_{processor}" for minor in range(5, 29)] + [f"manylinux2014_{processor}"]


PLATFORMS = {
    "Linux x86-64": manylinux("x86_64"),
    "Linux aarch64": manylinux("aarch64"),
    "macOS arm64": ["macosx_11_0_arm64"],
    "macOS x86-64": ["macosx_11_0_x86_64"],
    "Windows x86-64": ["win_amd64"],
}


def requirements() -> list[str]:
    """What an installation needs, pages included."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project["dependencies"] + project["optional-dependencies"].get("report", [])


def resolved(wanted: Sequence[str], tags: Sequence[str], python: str) -> list[str] | None:
    """The wheels that pip would install; None where it finds no set of them."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
        command += ["--target", folder, "--only-binary=:all:", "--implementation=cp", f"--python-version={python}"]
        command += [f"--platform={tag}" for tag in tags]
        done = subprocess.run([*command, "--report", str(report), *wanted], capture_output=True, check=False)
        if done.returncode != 0:
            return None
        found = json.loads(report.read_text(encoding="utf-8"))["install"]
    return [each["download_info"]["url"].rpartition("/")[2] for each in found]


def main() -> int:
    """Print a row for each platform, then the packages whose wheels are not the same for all."""
    wanted = requirements()
    compiled: set[str] = set()
    complete = True
    print(f"| platform | {' | '.join(PYTHONS)} |\n|---|{'---|' * len(PYTHONS)}")
    for platform, tags in PLATFORMS.items():
        cells = []
        for python in PYTHONS:
            wheels = resolved(wanted, tags, python)
            if wheels is None:
                complete = False
                missing = [name for name in wanted if resolved([name], tags, python) is None]
                cells.append(f"no wheel: {', '.join(missing) or 'versions contradict'}")
                continue
            cells.append("all")
            compiled |= {"-".join(wheel.split("-")[:2]) for wheel in wheels if not wheel.endswith("-none-any.whl")}
        print(f"| {platform} | {' | '.join(cells)} |", flush=True)
    print(f"\nA wheel for each platform have: {', '.join(sorted(compiled, key=str.lower))}.")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
