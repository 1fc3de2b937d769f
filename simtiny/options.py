"""The words that the command line and the Python API share. Imports nothing heavy: `simtiny --help` needs them."""

import re
from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

DEFAULT_BOARD = "nucleo-l4r5zi"

OPTIONS: Mapping[str, str] = MappingProxyType(
    {
        **{
            name: f"--{name.replace('_', '-')}" for name in ("board", "image", "address", "model", "weights", "kernels")
        },
        **{
            name: f"--{name.replace('_', '-')}"
            for name in ("function", "call", "wait_states", "voltage_range", "regulator")
        },
        **{name: f"--{name}" for name in ("engine", "renode", "seed")},
        "prefetch": "--prefetch",
        "instruction_cache": "--icache",
        "data_cache": "--dcache",
        "read_width_bits": "--read-width",
        "place": "--place",
        **{
            name: f"--{name}"
            for name in (
                "config",
                "baseline",
                "update",
                "sleep",
                "fresh",
                "jobs",
                "scheduler",
                "limit",
                "data",
                "records",
                "measurements",
                "free",
                "console",
                "until",
                "stdin",
                "events",
                "files",
                "suite",
                "programs",
            )
        },
        "power_window_us": "--power-window",
        "duration": "--for",
        "pins": "--pin",
        "arguments": "--args",
        "output": "--output",
        "force": "--force",
        "base_image": "--base-image",
        "start": "--from",
        "end": "--to",
        "supply_v": "--supply",
        "period_s": "--period",
        "sequence": "--sequence",
        "clock_hz": "--clock",
        "caches": "--cache",
        "boards": "--board",
        "rounds": "--round",
        "source": "--from",
        "minimise": "--minimise",
        "subject_to": "--subject-to",
        "study": "STUDY",
        "csv": "--csv",
        "marks": "--marks",
        "port": "--port",
        "trace": "TRACE",
        "benchmark": "BENCHMARK",
        "benchmarks": "BENCHMARK",
        "requests": "REQUEST",
    }
)
"""What the command line calls the parameters of the Python API. JSON has the names of the API."""


def in_options(message: str) -> str:
    """A message with the options of the command line in place of the parameters of the Python API."""
    return re.sub(r"`(\w+)`", lambda found: OPTIONS.get(found[1], found[0]), message)


class EngineChoice(StrEnum):
    """Which engine executes the firmware."""

    UNICORN = "unicorn"
    RENODE = "renode"
    BOTH = "both"


class Weights(StrEnum):
    """Where the weights of a benchmark network come from."""

    STAND_IN = "stand-in"
    OFFICIAL = "official"


class Kernels(StrEnum):
    """Which kernel set of the built-in firmware runs."""

    PORTABLE = "portable"
    DSP = "dsp"
