"""Power over time as a table that spreadsheets and power profilers' tools read: CSV, a row a window."""

from collections.abc import Iterator, Sequence

from simtiny.errors import BadInput
from simtiny.profiling.result import PowerTrace, ProfileResult

_AT_ONCE = 4096


def power_csv(results: Sequence[ProfileResult]) -> Iterator[bytes]:
    """Of each window when it begins, and mean current and power at the supply pins, in pieces.

    Raises BadInput for several results, and where no energy is known.
    """
    if len(results) != 1:
        raise BadInput("a table of power over time holds one profile: name one at a time")
    trace = results[0].power
    if trace is None:
        raise BadInput(f"{results[0].run.board} has no power model: no power over time is known")
    return _pieces(trace)


def _pieces(trace: PowerTrace) -> Iterator[bytes]:
    yield b"time_us,current_ua,power_uw\n"
    rows = list(zip(trace.begin_s.tolist(), trace.current_ma.tolist(), trace.power_mw.tolist(), strict=True))
    for first in range(0, len(rows), _AT_ONCE):
        yield "".join(
            f"{begin_s * 1e6:.12g},{milliamperes * 1e3:.12g},{milliwatts * 1e3:.12g}\n"
            for begin_s, milliamperes, milliwatts in rows[first : first + _AT_ONCE]
        ).encode()
