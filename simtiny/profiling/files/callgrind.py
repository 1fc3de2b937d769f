"""A file for KCachegrind and callgrind_annotate: cycles and pJ by instruction and line, and calls with all they took.

The format is in Valgrind's manual, "Callgrind Format Specification".
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from simtiny.errors import BadInput
from simtiny.profiling.files.costs import Costs, owners, source_lines, whole_costs
from simtiny.profiling.files.names import readable
from simtiny.profiling.files.stacks import depth_first
from simtiny.profiling.result import ProfileResult
from simtiny.version import __version__

UNKNOWN = "???"
"""As callgrind calls a file that it does not know."""

Function = tuple[str, str]
"""File and name: what the readers tell functions apart by."""
SourceLine = tuple[str, int, int]
"""File, address and line."""


class _Names:
    """A name is written once, and stands as its number from then on."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def __call__(self, name: str) -> str:
        if name in self._numbers:
            return f"({self._numbers[name]})"
        self._numbers[name] = len(self._numbers) + 1
        return f"({self._numbers[name]}) {name}"


def callgrind(results: Sequence[ProfileResult]) -> Iterator[bytes]:
    """The file of one result. Raises BadInput for several: callgrind_annotate reads one.

    What is inlined is part of the function that it is in, at its own file (`fi=`) and line. Calls that the window saw
    the begin of have their number, others 1. What a function took in a call that it was in already is in the outer
    call: so all calls of a function together say what it took, with recursion, too. A function of the title's name
    calls what nothing calls. Sleep and exceptions' entries are functions.
    """
    if len(results) != 1:
        raise BadInput("a callgrind file holds one profile: ask for one at a time")
    return _pieces(results[0])


def _pieces(result: ProfileResult) -> Iterator[bytes]:
    costs, owner = whole_costs(result), owners(result)
    count = costs.values.shape[1] - 1  # instructions are not among the events
    values = costs.values[:, :count]
    of_frames = [(_file(frame.file), readable(frame.name)) for frame in result.frames]
    functions = [of_frames[frame] for frame in result.paths.frame.tolist()]
    title = readable(result.run.title)
    root: Function = (UNKNOWN, title)
    own = _own_costs(result, costs, values, owner, functions)
    calls = _calls(result, values, costs.path, owner, functions, root)
    yield _header(title, result.run.board, costs.energy)
    files, names = _Names(), _Names()
    for function in sorted(own.keys() | calls.keys()):
        yield f"\nfl={files(function[0])}\nfn={names(function[1])}\n".encode()
        at = function[0]
        of_function = own.get(function, {})
        for place in _own_file_first(of_function, at):
            file, address, line = place
            if file != at:
                yield f"fi={files(file)}\n".encode()
                at = file
            yield f"0x{address:x} {line} {_numbers(of_function[place])}\n".encode()
        of_calls = calls.get(function, {})
        for call in sorted(of_calls):
            (callee, target, (file, address, line)), (times, value) = call, of_calls[call]
            if file != at:
                yield f"{'fe' if file == function[0] else 'fi'}={files(file)}\n".encode()
                at = file
            yield f"cfi={files(callee[0])}\ncfn={names(callee[1])}\n".encode()
            yield f"calls={times} 0x{target[0]:x} {target[1]}\n0x{address:x} {line} {_numbers(value)}\n".encode()
    totals = " ".join(map(str, values.sum(axis=0).tolist()))
    yield f"\ntotals: {totals}\n".encode()


def _header(title: str, board: str, energy: bool) -> bytes:
    lines = [
        "# callgrind format",
        "version: 1",
        f"creator: simtiny {__version__}",
        f"cmd: {title} on {readable(board)}",
        "positions: instr line",
        "event: Cy : Cycles",
        *(["event: pJ : Energy [pJ]"] if energy else []),
        f"events: Cy{' pJ' if energy else ''}",
        f"ob=(1) {title}",
    ]
    return "".join(f"{line}\n" for line in lines).encode()


def _own_file_first(found: Iterable[SourceLine], file: str) -> list[SourceLine]:
    return sorted(found, key=lambda place: (place[0] != file, place))


def _numbers(values: NDArray[np.int64]) -> str:
    return " ".join(map(str, values.tolist()))


def _file(name: str) -> str:
    return readable(name) if name else UNKNOWN


def _own_costs(
    result: ProfileResult,
    costs: Costs,
    values: NDArray[np.int64],
    owner: NDArray[np.int64],
    functions: list[Function],
) -> dict[Function, dict[SourceLine, NDArray[np.int64]]]:
    files = [_file(name) for name in result.instructions.files]
    found: dict[Function, dict[SourceLine, NDArray[np.int64]]] = {}
    rows = zip(costs.path.tolist(), costs.address.tolist(), costs.file.tolist(), costs.line.tolist(), strict=True)
    for row, (path, address, file, line) in enumerate(rows):
        place = (files[file] if file >= 0 else functions[path][0], address, line)
        of_function = found.setdefault(functions[owner[path]], {})
        of_function[place] = of_function[place] + values[row] if place in of_function else values[row]
    return found


Call = tuple[Function, tuple[int, int], SourceLine]
"""Of whom, with its address and line, and where."""


def _calls(
    result: ProfileResult,
    values: NDArray[np.int64],
    path_of_row: NDArray[np.int64],
    owner: NDArray[np.int64],
    functions: list[Function],
    root: Function,
) -> dict[Function, dict[Call, tuple[int, NDArray[np.int64]]]]:
    paths, files, known = result.paths, [_file(name) for name in result.instructions.files], source_lines(result)
    inclusive = np.zeros((len(paths.parent), values.shape[1]), np.int64)
    np.add.at(inclusive, path_of_row, values)
    for path in range(len(inclusive) - 1, -1, -1):
        if paths.parent[path] >= 0:
            inclusive[paths.parent[path]] += inclusive[path]
    found: dict[Function, dict[Call, tuple[int, NDArray[np.int64]]]] = {}
    running: list[Function | None] = []
    depth_of: dict[Function, int] = {}
    for path, depth in depth_first(paths.parent):
        while len(running) > depth:
            left = running.pop()
            if left is not None:
                depth_of[left] -= 1
        if owner[path] != path:
            running.append(None)
            continue
        callee, parent = functions[path], int(paths.parent[path])
        caller, place = root, (UNKNOWN, 0, 0)
        if parent >= 0:
            caller = functions[owner[parent]]
            place = _site(result, path, caller, files, known)
        frame = result.frames[paths.frame[path]]
        call = callee, (max(frame.address, 0), frame.line), place
        outermost = depth_of.get(callee, 0) == 0
        took = inclusive[path] if outermost else np.zeros_like(inclusive[path])
        times, before = found.setdefault(caller, {}).get(call, (0, np.zeros_like(took)))
        found[caller][call] = times + max(int(paths.calls[path]), 1), before + took
        depth_of[callee] = depth_of.get(callee, 0) + 1
        running.append(callee)
    return found


def _site(
    result: ProfileResult, path: int, caller: Function, files: list[str], known: dict[int, tuple[int, int]]
) -> SourceLine:
    """Where a path is called; where that is not known, the begin of the caller."""
    site = int(result.paths.site[path])
    above = result.frames[result.paths.frame[result.paths.parent[path]]]
    if site < 0:
        return caller[0], max(above.address, 0), above.line
    file, line = known.get(site, (-1, above.line))
    return (files[file] if file >= 0 else _file(above.file)), site, line
