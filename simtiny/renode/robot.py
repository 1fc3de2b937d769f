"""Keywords of Robot Framework that price what Renode has executed, beside those of Renode's own `renode-test`.

    *** Settings ***
    Library     simtiny.renode.robot    board=nucleo-l4r5zi    image=${CURDIR}/my.elf
    Resource    ${RENODEKEYWORDS}

Renode's own keyword `Execute Command` does what is done in Renode; `simtiny price` does the rest.
"""

import importlib
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from simtiny.options import OPTIONS
from simtiny.renode.script import absolute

_ENERGY = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(uJ|mJ|J)", re.IGNORECASE)
_MICROJOULES = {"uj": 1.0, "mj": 1e3, "j": 1e6}


class robot:
    """A library for one board; Robot Framework takes the class that has the module's name.

    `image`: the firmware, which gives symbols their addresses.
    """

    ROBOT_LIBRARY_SCOPE = "SUITE"

    def __init__(self, board: str, image: str | None = None) -> None:
        self._board, self._image = board, image
        self._folder = tempfile.TemporaryDirectory(prefix="simtiny-", ignore_cleanup_errors=True)
        self._stream: Path | None = None
        self._ended = False

    def include_script(self, path: str) -> None:
        """Load a script of Renode's, whatever blanks its path has."""
        _renode(f"include {absolute(Path(path))}")

    def record(self, path: str | None = None) -> None:
        """Write down what the core does from here on, into a file of its own. Before the emulation starts."""
        self._stream = Path(self._folder.name, "run.stream") if path is None else Path(path)
        self._ended = False
        _renode(f'cpu SimtinyRecord {absolute(self._stream)} "{self._board}"')

    def stop_recording(self) -> None:
        """End what `Record` began. `Cycles Between Symbols` and its neighbour do it, too."""
        if self._stream is None:
            raise AssertionError("nothing was recorded: use the keyword Record before the emulation starts")
        if not self._ended:
            _renode("cpu SimtinyStop")
        self._ended = True

    def cycles_between_symbols(self, start: str = "", end: str = "") -> int:
        """Cycles on the board from the first time that the core comes to `start` to the next time at `end`.

        Symbols of the firmware or addresses. Without both, all that was recorded.
        """
        return int(self._priced(start, end)["cycles"])

    def energy_should_be_below(self, limit: str, start: str = "", end: str = "") -> float:
        """Fail unless the board takes less between two symbols. `limit`: such as "250 uJ". Gives the energy in uJ."""
        limit_uj = energy_uj(limit)
        energy = self._priced(start, end)["energy"]
        if energy is None:
            raise AssertionError(f"board {self._board} has no power model: its energy can't be told")
        if not energy["energy_uj"] < limit_uj:
            raise AssertionError(f"{energy['energy_uj']:.4g} uJ, and {limit_uj:.4g} uJ are allowed")
        return float(energy["energy_uj"])

    def _priced(self, start: str, end: str) -> Mapping[str, Any]:
        self.stop_recording()
        return price(str(self._stream), self._board, self._image, start, end)


def price(stream: str, board: str, image: str | None, start: str = "", end: str = "") -> Mapping[str, Any]:
    """What `simtiny price` says of a stream (schema simtiny.price/1). Raises AssertionError with its message."""
    words = {"board": board, "image": image, "start": start, "end": end}
    given = [word for name, value in words.items() if value for word in (OPTIONS[name], value)]
    command = [sys.executable, "-m", "simtiny", "price", stream, *given, "--json", "-"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
    if done.returncode:
        raise AssertionError(done.stderr.strip() or f"simtiny price ended with {done.returncode}")
    found: Mapping[str, Any] = json.loads(done.stdout)["result"]
    return found


def energy_uj(text: str) -> float:
    """Such as "250 uJ" in microjoules. Raises AssertionError for what has no such form."""
    found = _ENERGY.fullmatch(text.strip())
    if found is None:
        raise AssertionError(f"{text!r} is no energy: write it as 250 uJ, 1.5 mJ or 0.1 J")
    return float(found[1]) * _MICROJOULES[found[2].lower()]


def _renode(command: str) -> None:
    """Have Renode's monitor do it, by the keyword of renode-test. Robot Framework unescapes what keywords are given."""
    run: Callable[..., object] = importlib.import_module("robot.libraries.BuiltIn").BuiltIn().run_keyword
    run("Execute Command", importlib.import_module("robot.utils").escape(command))
