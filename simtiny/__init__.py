"""simtiny: a microcontroller board in software.

    import simtiny
    result = simtiny.run("kws01")
    print(result.latency_ms, result.energy.energy_uj)

The functions live in `simtiny.api` and are imported on first use, so that `import simtiny` stays cheap.
"""

from typing import TYPE_CHECKING, Any

from simtiny.version import __version__

if TYPE_CHECKING:
    from simtiny.api import accuracy, boards, boot, calibrate, crosscheck, fetch_images, fetch_models, run, run_all
    from simtiny.request import Request

__all__ = [
    "Request",
    "__version__",
    "accuracy",
    "boards",
    "boot",
    "calibrate",
    "crosscheck",
    "fetch_images",
    "fetch_models",
    "run",
    "run_all",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module 'simtiny' has no attribute {name!r}")
    from simtiny import api

    return getattr(api, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
