"""Says why a name stands for no code in an image: inlined, left out, split up, or mistyped; and what to measure."""

from collections.abc import Iterable, Iterator
from difflib import SequenceMatcher

from simtiny.demangled import Readable, components, normalised, short_forms, shown_name
from simtiny.dwarf.absent import Absent, InlinedAt
from simtiny.image import Image, Symbol
from simtiny.named import file_of, read_names

MOST_LISTED = 3
MOST_COMPARED = 20_000
"""Names that are compared with a mistyped one."""
_ALIKE = 0.75
"""From which ratio of `difflib` on a name is near another. "mat_mul" and "matmul" have 0.92, "fir" and "iir" 0.67."""
_AS_NEAR = 0.08
"""Names so much less alike than the nearest are offered beside it."""
_LEAST_PART = 4
MOST_READ_BYTES = 4 << 20
"""Of a file whose debug information is looked through for what only a note says."""


def why_absent(image: Image, name: str, parts: tuple[Symbol, ...]) -> str:
    """A line for a name that no function or label has. `parts`: what was split off a function of that name."""
    reasons = _in_source(image, name)
    if parts:
        shown = ", ".join(f"{each.name} at 0x{each.address:08x}" for each in parts[:MOST_LISTED])
        reasons = [f"{name} is there in parts only, what the compiler has split off it: {shown}", *reasons]
    if reasons:
        return f"{image.name}: {'; '.join(reasons[:MOST_LISTED])}"
    return f"{image.name} has no symbol {name!r}{_suggestion(name, _known(image))}"


def also_inlined(image: Image, symbols: Iterable[Symbol]) -> tuple[str, ...]:
    """A line for each function that the compiler has inlined in other places too, where its calls do not count.

    Of an image with debug information that takes no time to read.
    """
    if image.elf is None or len(image.elf) > MOST_READ_BYTES or image.debug is None:
        return ()
    by_name = {normalised(shown_name(symbol.name)): symbol for symbol in symbols}
    found = image.debug.absent(lambda name: normalised(name) in by_name)
    return tuple(
        f"{each.name} is also inlined, where it does not count: in {_inlined_in(each)}"
        for each in found
        if each.inlined and _is_of(image, by_name[normalised(each.name)], each)
    )


def _is_of(image: Image, symbol: Symbol, found: Absent) -> bool:
    """Whether both are of one source file, as far as that is known."""
    files = [path.replace("\\", "/").rpartition("/")[2] for path in (file_of(image, symbol), found.file)]
    return "" in files or files[0] == files[1]


def _in_source(image: Image, name: str) -> list[str]:
    if image.debug is None:
        return []
    wanted = normalised(name)
    bare = _without_parameters(wanted)

    def is_wanted(full: str) -> bool:
        if bare.rpartition("::")[2].partition("<")[0] not in full:
            return False
        forms = short_forms(Readable(full, components(full), "", ""))
        return wanted in forms or bare in forms

    return [_of_source(each) for each in image.debug.absent(is_wanted)]


def _of_source(found: Absent) -> str:
    where = f" ({_at(found.file, found.line)})" if found.file else ""
    if not found.inlined:
        return (
            f"{found.name}{where} has no code in the image: nothing calls it, or the compiler has worked it out "
            f"beforehand"
        )
    into = list(dict.fromkeys(each.into for each in found.inlined))[:MOST_LISTED]
    return (
        f"{found.name}{where} is inlined and has no code of its own: in {_inlined_in(found)}; "
        f"measure {' or '.join(into)}, or compile it with __attribute__((noinline))"
    )


def _inlined_in(found: Absent) -> str:
    """Where it is inlined."""
    shown = [_inlined_at(each) for each in found.inlined[:MOST_LISTED]]
    more = len(found.inlined) - len(shown)
    return f"{', '.join(shown)}{f' and {more} more places' if more else ''}"


def _inlined_at(each: InlinedAt) -> str:
    return f"{each.into} ({_at(each.file, each.line)})" if each.file else each.into


def _at(file: str, line: int) -> str:
    return f"{file.replace(chr(92), '/').rpartition('/')[2]}:{line}"


def _without_parameters(text: str) -> str:
    """Of a `normalised` name."""
    text = text.removesuffix("const")
    if not text.endswith(")") or text.endswith("operator()"):
        return text
    depth = 0
    for at in range(len(text) - 1, 0, -1):
        depth += (text[at] == ")") - (text[at] == "(")
        if depth == 0:
            return text[:at]
    return text


def _known(image: Image) -> Iterator[str]:
    """Names of code, as a user would write them."""
    read = dict(read_names(image.functions))
    for symbol in image.functions:
        yield read[symbol].name if symbol in read else shown_name(symbol.name)
    yield from (symbol.name for symbol in image.symbols.values() if symbol.kind == "label")


def _suggestion(name: str, known: Iterable[str]) -> str:
    """The nearest names: alike as a whole or from the last `::` on, else those that hold it."""
    wanted, best = name.lower(), dict[str, float]()
    matcher = SequenceMatcher(b=wanted, autojunk=False)
    for number, other in enumerate(known):
        if number == MOST_COMPARED:
            break
        likeness = 0.0
        for form in {other, other.rpartition("::")[2]}:
            low = form.lower()
            if len(low) > 3 * len(wanted) + 8:
                continue
            matcher.set_seq1(low)
            if matcher.real_quick_ratio() >= _ALIKE and matcher.quick_ratio() >= _ALIKE:
                likeness = max(likeness, matcher.ratio())
            if len(wanted) >= _LEAST_PART and wanted in low:
                likeness = max(likeness, _ALIKE)
        if likeness >= _ALIKE:
            best[other] = likeness
    closest = max(best.values(), default=0.0)
    best = {other: likeness for other, likeness in best.items() if likeness >= closest - _AS_NEAR}
    near = sorted(best, key=lambda other: (-best[other], len(other), other))[:MOST_LISTED]
    return f" (did you mean {' or '.join(filter(None, (', '.join(near[:-1]), near[-1])))}?)" if near else ""
