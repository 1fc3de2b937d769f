"""Profiles in one file: docs/profile-format.md gives the layout byte by byte.

Profiles of one run share their blocks, and most counts of a layer are zero: blocks are written once, and of the counts
by block the rows that have any.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from math import prod
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_type_hints

import msgspec
import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.files import read_bounded, write_whole
from simtiny.profiles import CodeBlock, HandlerTime, OperatingPoint, Profile
from simtiny.sealed_file import MOST_PAYLOAD_BYTES, seal, unseal

MAGIC = b"STPROF\r\n"  # a transfer that changes the ends of lines damages it
FORMAT_VERSION = 2
MOST_FILE_BYTES = 16 << 20
MOST_PROFILES = 4096
MOST_BLOCKS = 1 << 18
MOST_ROWS = 1 << 21
"""Blocks of all profiles together, each with all of its own: what they take in memory is 80 bytes each."""
MOST = 1 << 53
"""Counts stay below it, so that languages whose numbers are doubles read them exactly."""
MOST_EXCEPTIONS = 512
"""Numbers of exceptions are below it."""
MOST_WAIT = 1 << 16
"""Cycles that one read of a memory waits stay below it."""
LEAST_CLOCK_HZ, MOST_CLOCK_HZ = 1.0, 1e10
MOST_CONSUMERS, MOST_CLOCK_RATIO = 1024, 1e6
BLOCK_COUNTS = {
    "fetch_misses": ("branch_misses", "sequential_misses"),
    "data_reads": ("data_reads", "data_misses"),
    "ram_misses": ("ram_misses",),
    "ram_waits": ("ram_waits",),
    "mispredicts": ("mispredicts",),
    "unaligned_loads": ("unaligned_loads",),
    "read_ahead": ("code_ahead", "data_ahead"),
}
"""The fields of a Profile that have a row a block, with the names of their columns in the file."""
_COUNT_COLUMNS = tuple(chain.from_iterable(BLOCK_COUNTS.values()))
_SIGNED = ("code_ahead", "data_ahead")
_HISTOGRAMS = ("hidden", "divides")
_NOTES: Any = get_type_hints(Profile)["notes"]

_Count = Annotated[int, msgspec.Meta(ge=0, lt=MOST)]
_Exception = Annotated[int, msgspec.Meta(ge=1, lt=MOST_EXCEPTIONS)]
_Size = Annotated[int, msgspec.Meta(ge=0, le=MOST_PAYLOAD_BYTES)]
_ARRAYS = {
    "code": ("|u1", ()),
    "flash_loads": ("|u1", ()),
    "blocks": ("<i8", ("address", "bytes")),
    "edges": ("<i8", ("before", "block", "count", "taken")),
    "counts": ("<i8", ("block", *_COUNT_COLUMNS)),
    "hidden": ("<i8", None),
    "divides": ("<i8", None),
}
"""The arrays of a file in order: type, and the names of the rows of those that have names. None: a row a profile."""


class _Array(msgspec.Struct, forbid_unknown_fields=True):
    name: str
    dtype: str
    shape: tuple[_Size, ...]
    rows: tuple[str, ...] = ()


class _Entry(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """One profile. `blocks`: runs of numbers in the file's table, as (first, how many)."""

    board: str
    image: str
    blocks: list[tuple[_Size, _Size]]
    edges: _Size
    counts: _Size
    exceptions: _Count
    exception_cycles: _Count
    sleep_cycles: _Count
    cycles: _Count
    operating_point: OperatingPoint
    programmed: OperatingPoint
    notes: list[Any]
    handlers: Annotated[list[tuple[_Exception, _Count, _Count]], msgspec.Meta(max_length=MOST_EXCEPTIONS)] = []


class _Header(msgspec.Struct, forbid_unknown_fields=True):
    metadata: dict[str, str]
    arrays: list[_Array]
    profiles: Annotated[list[_Entry], msgspec.Meta(min_length=1, max_length=MOST_PROFILES)]


@dataclass(frozen=True)
class ProfileSet:
    """Profiles that were counted in one run, such as those of a window and of each layer in it.

    `metadata`: what else is worth keeping, such as the versions of what counted, by name.
    """

    profiles: tuple[Profile, ...]
    metadata: Mapping[str, str] = field(default_factory=dict)


def write(path: Path, profiles: ProfileSet) -> None:
    """Write a file, whole or not at all. Raises BadInput for a path that can't be written, and as `dump` does."""
    data = dump(profiles)
    try:
        write_whole(path, data)
    except (OSError, ValueError) as error:
        raise BadInput(f"{path}: can't be written: {getattr(error, 'strerror', None) or error}") from None


def read(path: Path) -> ProfileSet:
    """The content of a file. Raises BadInput for one that can't be read or that `load` refuses."""
    return load(read_bounded(path, MOST_FILE_BYTES), str(path))


def dump(profiles: ProfileSet) -> bytes:
    """The bytes of a file. Raises BadInput for what no file can hold: `load` would refuse it."""
    if any(one.edges.shape != (len(one.taken), 3) for one in profiles.profiles):
        _refuse("profile", "its edges have the wrong shape")
    numbers: dict[CodeBlock, int] = {}
    runs = [_runs([numbers.setdefault(block, len(numbers)) for block in one.blocks]) for one in profiles.profiles]
    counts = [_counts(one) for one in profiles.profiles]
    arrays = _block_arrays(list(numbers))
    edges = [np.vstack([one.edges.T, one.taken.astype(np.int64)]) for one in profiles.profiles]
    arrays["edges"] = np.hstack([np.zeros((4, 0), np.int64), *edges])
    arrays["counts"] = np.hstack([np.zeros((1 + len(_COUNT_COLUMNS), 0), np.int64), *counts])
    for name in _HISTOGRAMS:
        arrays[name] = _stacked(name, [getattr(one, name) for one in profiles.profiles])
    entries = [
        _Entry(
            board=one.board,
            image=one.image,
            blocks=run,
            edges=len(one.edges),
            counts=rows.shape[1],
            exceptions=int(one.exceptions),
            exception_cycles=int(one.exception_cycles),
            sleep_cycles=int(one.sleep_cycles),
            cycles=int(one.cycles),
            operating_point=one.operating_point,
            programmed=one.programmed,
            notes=list(one.notes),
            handlers=[(number, taken, cycles) for number, taken, cycles in one.handlers],
        )
        for one, run, rows in zip(profiles.profiles, runs, counts, strict=True)
    ]
    listed = [_Array(name, dtype, arrays[name].shape, rows or ()) for name, (dtype, rows) in _ARRAYS.items()]
    try:
        header = msgspec.json.encode(_Header(dict(profiles.metadata), listed, entries))
    except (msgspec.MsgspecError, UnicodeEncodeError, OverflowError, TypeError) as error:
        _refuse("profile", f"it can't be written ({error})")
    content = b"".join(arrays[name].astype(dtype).tobytes() for name, (dtype, _) in _ARRAYS.items())
    data = seal(MAGIC, FORMAT_VERSION, header, content)
    if len(data) > MOST_FILE_BYTES:
        _refuse("profile", f"it takes more than {MOST_FILE_BYTES >> 20} MiB")
    load(data)  # nothing is written that can't be read
    return data


def load(data: bytes, name: str = "profile") -> ProfileSet:
    """The profiles in the bytes of a file. `name` is how messages call it.

    Raises BadInput for anything that is no such file, is damaged or contradicts itself.
    """
    header, arrays = _parts(data, name)
    blocks, entries = _blocks(arrays, name), header.profiles
    if any(first + many > len(blocks) for entry in entries for first, many in entry.blocks):
        _refuse(name, "a profile has blocks that are not in the table")
    sizes = np.array([sum(many for _, many in entry.blocks) for entry in entries], np.int64)
    if sizes.sum() > MOST_ROWS:
        _refuse(name, f"its profiles have more than {MOST_ROWS} blocks together")
    edges = _split(arrays["edges"], [entry.edges for entry in entries], name)
    counts = _split(arrays["counts"], [entry.counts for entry in entries], name)
    owner = np.repeat(np.arange(len(entries)), [entry.edges for entry in entries])
    _check_edges(arrays["edges"], owner, sizes, name)
    numbers = [np.arange(first, first + many) for entry in entries for first, many in entry.blocks]
    spans = arrays["blocks"][:, np.concatenate([np.zeros(0, np.int64), *numbers])]
    _check_order(arrays["edges"], (np.cumsum(sizes) - sizes)[owner], spans, name)
    owner = np.repeat(np.arange(len(entries)), [entry.counts for entry in entries])
    _check_counts(arrays["counts"], owner, sizes, name)
    for histogram in _HISTOGRAMS:
        if len(arrays[histogram]) != len(entries) or not _within(arrays[histogram], 0):
            _refuse(name, f"{histogram} is out of range")
    each = zip(entries, edges, counts, arrays["hidden"], arrays["divides"], strict=True)
    profiles = tuple(
        _profile(entry, blocks, own_edges, own_counts, hidden, divides, name)
        for entry, own_edges, own_counts, hidden, divides in each
    )
    return ProfileSet(profiles, header.metadata)


def consistent(profile: Profile, priced_cycles: int) -> bool:
    """Whether a profile agrees with its estimate at the operating point that it was counted at.

    The machine prices every edge and wait as it counts them: `estimate(profile, core).cycles` is `profile.cycles` in
    any profile that a run gave, and of the core and rules that it was run with. No hash tells what was forged with its
    hash, nor what another version of the rules counted.
    """
    return profile.cycles == priced_cycles


def possible(point: OperatingPoint) -> bool:
    """Whether an operating point is in the ranges that a file may have: what prices it can't overflow."""
    waits = point.wait_states, point.miss_overhead_cycles, point.ram_miss_cycles
    on = point.switched_on or ()
    return (
        LEAST_CLOCK_HZ <= point.clock_hz <= MOST_CLOCK_HZ
        and all(0 <= wait < MOST_WAIT for wait in waits)
        and len(on) <= MOST_CONSUMERS
        and all(0 <= ratio <= MOST_CLOCK_RATIO for _, ratio in on)
    )


def _refuse(name: str, why: str) -> NoReturn:
    raise BadInput(f"{name}: not a usable profile: {why}")


def _runs(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Numbers as runs of consecutive ones: first, and how many."""
    breaks = [0, *(np.flatnonzero(np.diff(numbers) != 1) + 1).tolist(), len(numbers)]
    return [(numbers[first], last - first) for first, last in pairwise(breaks) if last > first]


def _counts(profile: Profile) -> NDArray[np.int64]:
    """Counts by block, shape (1 + columns, rows): of blocks that have any, with the block's number first."""
    blocks = len(profile.blocks)
    columns = []
    for name, names in BLOCK_COUNTS.items():
        values = getattr(profile, name)
        if values.shape != ((blocks,) if len(names) == 1 else (blocks, len(names))):
            _refuse("profile", f"{name} has the shape {values.shape}, with {blocks} blocks")
        columns.append(values.reshape(blocks, len(names)).T)
    dense = np.vstack(columns)
    used = np.flatnonzero(dense.any(axis=0))
    return np.vstack([used, dense[:, used]])


def _dense(rows: NDArray[np.int64], blocks: int) -> dict[str, Any]:
    """The fields of a profile that `_counts` wrote."""
    fields, column = {}, 1
    for name, names in BLOCK_COUNTS.items():
        values = np.zeros((blocks, len(names)), np.int64)
        values[rows[0]] = rows[column : column + len(names)].T
        fields[name] = values if len(names) > 1 else values[:, 0]
        column += len(names)
    return fields


def _stacked(name: str, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    if len({row.shape for row in rows}) > 1 or any(row.ndim != 1 for row in rows):
        _refuse("profile", f"{name} has another shape in each profile")
    return np.vstack(rows) if rows else np.zeros((0, 0), np.int64)


def _block_arrays(blocks: Sequence[CodeBlock]) -> dict[str, NDArray[Any]]:
    loads = bytearray()
    for block in blocks:
        if not 0 <= block.address < 1 << 32:
            _refuse("profile", f"the block at 0x{block.address:x} is outside of 32 bits of addresses")
        flags = bytearray(len(block.code) // 2)
        for load_address in block.flash_loads:
            index, odd = divmod(load_address - block.address, 2)
            if odd or not 0 <= index < len(flags):
                _refuse("profile", f"the block at 0x{block.address:x} has loads outside of it")
            flags[index] = 1
        loads += flags
    table = np.array([(block.address, len(block.code)) for block in blocks], np.int64).reshape(-1, 2).T
    code = np.frombuffer(b"".join(block.code for block in blocks), np.uint8)
    return {"code": code, "flash_loads": np.frombuffer(bytes(loads), np.uint8), "blocks": table}


def _blocks(arrays: Mapping[str, NDArray[Any]], name: str) -> list[CodeBlock]:
    address, size = arrays["blocks"]
    if len(size) > MOST_BLOCKS:
        _refuse(name, f"it has more than {MOST_BLOCKS} blocks")
    ends = np.cumsum(size)
    if not (_within(size, 2, 1 << 32) and _within(address, 0, 1 << 32)) or (size % 2).any() or (address % 2).any():
        _refuse(name, "a block's address or size is out of range")
    total = int(ends[-1]) if len(ends) else 0
    code, loads = arrays["code"].tobytes(), arrays["flash_loads"]
    if len(code) != total or len(loads) * 2 != total or (loads > 1).any():
        _refuse(name, "its blocks have other sizes than their code")
    halfwords = np.flatnonzero(loads)
    owner = np.searchsorted(ends, halfwords * 2, side="right")
    of_block: list[list[int]] = [[] for _ in range(len(ends))]
    for number, load in zip(
        owner.tolist(), (halfwords * 2 - (ends - size)[owner] + address[owner]).tolist(), strict=True
    ):
        of_block[number].append(load)
    rows = zip(address.tolist(), (ends - size).tolist(), ends.tolist(), of_block, strict=True)
    return [CodeBlock(at, code[first:last], frozenset(found)) for at, first, last, found in rows]


def _profile(
    entry: _Entry,
    blocks: Sequence[CodeBlock],
    edges: NDArray[np.int64],
    counts: NDArray[np.int64],
    hidden: NDArray[np.int64],
    divides: NDArray[np.int64],
    name: str,
) -> Profile:
    """One profile of a file from its own columns and rows, which are in range. `blocks`: of the file."""
    if not possible(entry.operating_point) or not possible(entry.programmed):
        _refuse(name, "its operating point is out of range")
    try:
        notes = msgspec.convert(entry.notes, _NOTES)
    except msgspec.MsgspecError as error:
        _refuse(name, f"its notes can't be read ({error})")
    own = tuple(chain.from_iterable(blocks[first : first + many] for first, many in entry.blocks))
    return Profile(
        board=entry.board,
        image=entry.image,
        blocks=own,
        edges=np.ascontiguousarray(edges[:3].T),
        taken=edges[3] != 0,
        hidden=hidden.copy(),
        divides=divides.copy(),
        exceptions=entry.exceptions,
        exception_cycles=entry.exception_cycles,
        sleep_cycles=entry.sleep_cycles,
        cycles=entry.cycles,
        operating_point=entry.operating_point,
        programmed=entry.programmed,
        notes=notes,
        handlers=tuple(HandlerTime(*handler) for handler in entry.handlers),
        **_dense(counts, len(own)),
    )


def _split(columns: NDArray[np.int64], many: Sequence[int], name: str) -> list[NDArray[np.int64]]:
    """The columns of a table that are each profile's own."""
    if sum(many) != columns.shape[1]:
        _refuse(name, "its profiles have other numbers of edges or counts than its arrays")
    return np.split(columns, np.cumsum(many)[:-1], axis=1)


def _check_edges(edges: NDArray[np.int64], profile: NDArray[np.int64], blocks: NDArray[np.int64], name: str) -> None:
    """`profile`: of each edge, by which of the profiles' `blocks` it must be in range."""
    before, block, count, taken = edges
    most = blocks[profile]
    ends_in_table = (before < most).all() and (block < most).all()
    if not (ends_in_table and _within(before, -1) and _within(block, 0) and _within(count, 0) and _within(taken, 0, 2)):
        _refuse(name, "an edge is out of range")


def _check_order(edges: NDArray[np.int64], first: NDArray[np.int64], spans: NDArray[np.int64], name: str) -> None:
    """A block that ran without a branch to it lies behind the one before: pricing relies on it.

    `spans`: addresses and sizes of the blocks of all profiles. `first`: of each edge, where its profile's begin there.
    """
    straight = (edges[0] >= 0) & (edges[3] == 0)
    before, block = (first + edges[:2])[:, straight]
    if (spans[0, block] != spans[0, before] + spans[1, before]).any():
        _refuse(name, "a block follows another without a branch, but is not behind it")


def _check_counts(counts: NDArray[np.int64], profile: NDArray[np.int64], blocks: NDArray[np.int64], name: str) -> None:
    """`profile`: of each row, by which of the profiles' `blocks` it must be in range and in order."""
    block = counts[0]
    in_order = (np.diff(block) > 0) | (np.diff(profile) > 0)
    lowest = [0 if column not in _SIGNED else 1 - MOST for column in _COUNT_COLUMNS]
    valid = all(_within(column, least) for column, least in zip(counts[1:], lowest, strict=True))
    if not (valid and _within(block, 0) and (block < blocks[profile]).all() and in_order.all()):
        _refuse(name, "a count by block is out of range")


def _within(values: NDArray[np.int64], least: int, end: int = MOST) -> bool:
    return bool(((values >= least) & (values < end)).all())


def _parts(data: bytes, name: str) -> tuple[_Header, dict[str, NDArray[Any]]]:
    """The header and the arrays by name, whole and of the right types and shapes."""
    encoded, content = unseal(data, MAGIC, FORMAT_VERSION, name)
    try:
        header = msgspec.json.decode(encoded, type=_Header)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        _refuse(name, f"its header can't be read ({error})")
    listed = [(array.name, array.dtype, array.rows) for array in header.arrays]
    if listed != [(array, dtype, rows or ()) for array, (dtype, rows) in _ARRAYS.items()]:
        _refuse(name, "it has other arrays than its version should have")
    arrays, start = {}, 0
    for array in header.arrays:
        rows = _ARRAYS[array.name][1]
        fits = len(array.shape) == (1 if rows == () else 2) and (not rows or array.shape[0] == len(rows))
        end = start + prod(array.shape) * np.dtype(array.dtype).itemsize
        if not fits or end > len(content):
            _refuse(name, f"its array {array.name} has the wrong shape")
        flat = np.frombuffer(content[start:end], array.dtype)
        arrays[array.name] = flat.astype(flat.dtype.newbyteorder("=")).reshape(array.shape)
        start = end
    if start != len(content):
        _refuse(name, "its arrays do not fill it")
    return header, arrays
