"""Whether any recorded figure was measured as a run is configured: with its core and memories, set as they are.

Recorded are the results of MLPerf Tiny (`simtiny.recorded_points`) and the figures of other programs
(`simtiny.suites`). A figure of another chip counts for the board that stands in for it.
"""

from dataclasses import dataclass, replace

from simtiny.board import Board
from simtiny.board_file import board_names, load_board
from simtiny.profiles import OperatingPoint, Profile
from simtiny.recorded_points import recorded_points, same_timing
from simtiny.suites import all_figures

LEAST_SHARE = 0.01
"""Of the bytes of code that ran, as often as they did, in RAM; of the time, in one setting. Less decides nothing."""
_FLASH = "flash"
"""Where code lies if a recorded figure does not say."""


@dataclass(frozen=True)
class Configuration:
    """How memories are set, as far as latency depends on it. `code_in`: the memory that code runs from."""

    wait_states: int
    prefetch: bool
    instruction_cache: bool
    data_cache: bool
    code_in: str = _FLASH


def recorded_configurations(board: Board) -> frozenset[Configuration]:
    """Those in which latencies, cycles or ratios of them were recorded on chips that are like the board's."""
    alike = {name for name in board_names() if same_timing(load_board(name), board)}
    points = (row for row in recorded_points() if row.board in alike and row.wait_states is not None)
    figures = (
        row for row in all_figures() if row.board in alike and row.core == board.core and row.use != "not-modelled"
    )
    return frozenset(
        [
            *(
                Configuration(row.wait_states or 0, row.prefetch, row.instruction_cache, row.data_cache)
                for row in points
            ),
            *(
                Configuration(
                    row.wait_states,
                    row.prefetch,
                    row.instruction_cache,
                    row.data_cache,
                    row.placement.split(",")[0].strip() or _FLASH,
                )
                for row in figures
            ),
        ]
    )


def not_validated(board: Board, point: OperatingPoint, *, code_in: str, changed: bool) -> str | None:
    """What of a run no recorded figure has, as a sentence; None where there is one.

    `changed`: something lies elsewhere than it was linked, or caches or flash are not the chip's.
    """
    asked = Configuration(point.wait_states, point.prefetch, point.instruction_cache, point.data_cache, code_in)
    recorded = recorded_configurations(board)
    if not recorded:
        return f"not validated: no latency is on record of a chip with the core and the memories of {board.id}"
    if asked in recorded and not changed:
        return None
    what = "caches, a flash or places that are not the chip's" if changed else _words(board, asked)
    near = sorted(one.wait_states for one in recorded if replace(one, wait_states=asked.wait_states) == asked)
    there = f"; with {', '.join(map(str, near))} wait states there is" if near and not changed else ""
    return f"not validated: no latency of {board.id}'s core and memories is on record with {what}{there}"


def code_in(board: Board, profiles: tuple[Profile, ...]) -> str:
    """The memory beside the flash that most code ran from; the flash, where less than LEAST_SHARE of all lay elsewhere.

    A second window onto the flash that has an accelerator of its own is elsewhere, too.
    """
    ran: dict[str, int] = {}
    for profile in profiles:
        lies = [_memory_of(board, block.address) for block in profile.blocks]
        for _, block, count in profile.edges.tolist():
            ran[lies[block]] = ran.get(lies[block], 0) + count * len(profile.blocks[block].code)
    elsewhere = {name: size for name, size in ran.items() if name != _FLASH}
    if sum(elsewhere.values()) <= LEAST_SHARE * sum(ran.values()):
        return _FLASH
    return max(elsewhere, key=elsewhere.__getitem__)


def runs_elsewhere(board: Board, where: str, point: OperatingPoint) -> bool:
    """Whether no recorded figure has code run from `where`, of `code_in`, with memories set as at `point`."""
    return where != _FLASH and not_validated(board, point, code_in=where, changed=False) is not None


def _memory_of(board: Board, address: int) -> str:
    memory = next((each for each in board.memories if each.contains(address)), None)
    if memory is None or memory.kind != "flash":
        return "no memory" if memory is None else memory.name
    base = memory.base <= address < memory.base + memory.size
    return _FLASH if base or board.flash.alias_cache is None else "the flash's second window"


def _words(board: Board, one: Configuration) -> str:
    flash = board.flash
    has_data_cache = flash.data_cache is not None and not flash.unified
    switches = [("prefetch", one.prefetch)]
    if flash.instruction_cache is not None:
        switches.append(("instruction cache" if has_data_cache else "cache", one.instruction_cache))
    if has_data_cache:
        switches.append(("data cache", one.data_cache))
    on = [name for name, is_on in switches if is_on]
    off = [name for name, is_on in switches if not is_on]
    states = [f"{' and '.join(names)} {state}" for names, state in ((on, "on"), (off, "off")) if names]
    where = [f"code in {one.code_in}"] if one.code_in != _FLASH else []
    waits = f"{one.wait_states} wait state{'' if one.wait_states == 1 else 's'}"
    return ", ".join([waits, *states, *where])
