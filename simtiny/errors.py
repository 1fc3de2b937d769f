"""The one exception tree. `cli.main` maps it to exit codes; nothing else does.

A message names parameters as Python does, in backquotes: `clock_hz`. The command line puts its options there
(`simtiny.options.OPTIONS`), so that each reads the words that it wrote.
"""

from collections.abc import Iterable


class SimtinyError(Exception):
    """Base of every error that ends in one clear line. `exit_code` is the process status.

    `notes`: what a run had met by then that may have led to it, a line each (`simtiny.notes.noted`).
    """

    exit_code = 1
    notes: tuple[str, ...] = ()


class GateFailed(SimtinyError):
    """A check that the user asked for did not pass (accuracy target, latency limit)."""

    exit_code = 1


class BadInput(SimtinyError):
    """A file, option or name given by the user can't be used. Says what, where and what to do."""

    exit_code = 2


class FirmwareFault(SimtinyError):
    """The firmware under emulation faulted, hung or never answered."""

    exit_code = 3


class Unpriced(SimtinyError):
    """The timing or energy model met an instruction or configuration that it has no price for."""

    exit_code = 4


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """What a message about an unknown name adds: " (did you mean X?)", or nothing where no name is near."""
    from difflib import get_close_matches

    names = tuple(known)
    near = get_close_matches(name, names, n=1) or get_close_matches(name.lower(), names, n=1, cutoff=0.5)
    return f" (did you mean {near[0]}?)" if near else ""


def unknown(what: str, name: str, known: Iterable[str]) -> BadInput:
    """The error for a name that is none of `known`: with the nearest of them, and all."""
    names = tuple(known)
    return BadInput(f"unknown {what} {name!r}{did_you_mean(name, names)}: choose from {', '.join(names)}")
