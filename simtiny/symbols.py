"""Addresses in an image by the names that a user gives to functions and labels, or by numbers such as 0x08001234.

A name is a symbol, or what a C++ or Rust compiler has made one of: `dsp::scale(int)`, `dsp::scale`, `scale`. Where
several functions have it, the source file or the address says which: `fir.c:apply`, `apply@0x08001234`.
"""

from contextlib import suppress
from dataclasses import dataclass
from fnmatch import fnmatchcase

from simtiny.absent import why_absent
from simtiny.board import Board
from simtiny.demangled import full_forms, normalised, readable, shown_name
from simtiny.errors import BadInput
from simtiny.image import Image, Symbol
from simtiny.named import Asked, Candidates, asked, base_name, candidates, file_of, is_in_file, read_names

MOST_MATCHING = 64
"""Functions that a pattern may name."""
MOST_LISTED = 8


@dataclass(frozen=True)
class Found:
    """`symbol`: None of an address that was given as a number. `note`: what a reader should know of the choice."""

    address: int
    symbol: Symbol | None = None
    note: str = ""


def function_address(image: Image, board: Board, name: str) -> int:
    """`code_address` of the beginning of a function. Raises BadInput for a label or address within one."""
    address = code_address(image, board, name)
    inside = image.function_at(address)
    if inside is None or is_function_start(image, address):
        return address
    raise BadInput(
        f"{image.name}: {name} is a label inside {shown_name(inside.name)} (0x{inside.address:08x}), not a function: "
        f"measure from it to another by `start` and `end`"
    )


def code_address(image: Image, board: Board, name: str) -> int:
    """`resolve`, for what can be executed."""
    found = find(image, name)
    if found.symbol is not None and found.symbol.kind == "object":
        raise BadInput(f"{image.name}: {name} is data: measure a function, or from one label of code to another")
    if board.memory_at(found.address) is None:
        raise BadInput(f"{image.name}: {name} lies outside of all memories of {board.id}")
    return found.address & ~1


def resolve(image: Image, name: str) -> int:
    """The address of what a name stands for. Raises BadInput where that is nothing, or more than one thing."""
    return find(image, name).address


def is_function_start(image: Image, address: int) -> bool:
    """Whether a function begins there: by its symbol, or by a label that no function contains."""
    inside = image.function_at(address)
    if inside is None:
        return any(each.address & ~1 == address and each.kind == "label" for each in image.symbols.values())
    return image.begins_at(address)


def find(image: Image, name: str) -> Found:
    """`resolve`, with the symbol."""
    if name not in image.symbols and (number := _number(name)) is not None:
        return Found(number)
    if not image.symbols:
        raise BadInput(
            f"{image.name} has no symbols: give an ELF with its symbol table, or addresses such as 0x08001234"
        )
    parts = Asked(name) if name in image.symbols else asked(name)
    every = candidates(image, parts.text)
    kept = _narrowed(image, every, parts)
    if len(kept.whole) == 1:
        (symbol,) = kept.whole
        others = [each for each in kept.clones if not _is_elsewhere(image, each, symbol)]
        if len(others) == len(kept.clones):
            return Found(symbol.address, symbol, _beside(name, others))
    if not kept.whole and len(kept.clones) == 1:
        (symbol,) = kept.clones
        called = base_name(symbol.name)[1].lstrip(".")
        note = f"{name} is there as one clone of it only, which the compiler has specialised ({called})"
        return Found(symbol.address, symbol, "" if parts.text == symbol.name else note)
    several = (*kept.whole, *kept.clones)
    if several:
        raise BadInput(
            f"{image.name}: {name!r} can be any of {len(several)} functions: {_listed(image, several)}: "
            f"say which, as {' or '.join(_distinct(image, several, parts.text))}"
        )
    if every.whole or every.clones:
        in_file = f" in {parts.file}" if parts.file else ""
        at = "" if parts.address is None else f" at 0x{parts.address:08x}"
        there = _listed(image, (*every.whole, *every.clones))
        raise BadInput(f"{image.name} has no {parts.text}{in_file}{at}: there is {there}")
    raise BadInput(why_absent(image, parts.text, every.parts))


def functions_matching(image: Image, pattern: str) -> tuple[Symbol, ...]:
    """Functions whose name matches a pattern with `*`, `?` and `[...]`, plain or demangled, by address.

    What is the name of one function is none. Of several names of one address the first that matches.
    Raises BadInput for none, or more than MOST_MATCHING.
    """
    with suppress(BadInput):  # "sum(int const*)" is a name
        named = find(image, pattern).symbol
        if named is not None and named.kind == "function":
            return (named,)
    parts = asked(pattern)
    is_there = is_in_file(image, parts.file) if parts.file else lambda symbol: True
    functions = [each for each in image.functions if ".cold" not in each.name and is_there(each)]
    found = {each.address: each for each in reversed(functions) if fnmatchcase(each.name, parts.text)}
    for symbol, read in read_names(functions):
        forms = full_forms(read) | {read.name, read.whole}
        if any(fnmatchcase(form, text) for form in forms for text in (parts.text, normalised(parts.text))):
            found.setdefault(symbol.address, symbol)
    if not found:
        raise BadInput(f"{image.name}: no function matches {pattern!r}")
    if len(found) > MOST_MATCHING:
        raise BadInput(f"{image.name}: {len(found)} functions match {pattern!r}, more than {MOST_MATCHING}: narrow it")
    return tuple(found[address] for address in sorted(found))


def own_name(image: Image, symbol: Symbol) -> str:
    """A name that means this function and no other: as short as it can be, and demangled."""
    base = base_name(symbol.name)[0]
    found = readable(base)
    for name in (base if found is None else found.name, _whole(symbol)):
        with suppress(BadInput):
            if find(image, name).address == symbol.address & ~1:
                return name
    return f"{symbol.name}@0x{symbol.address:08x}"


def _number(name: str) -> int | None:
    if name[:2].lower() != "0x":
        return None
    try:
        return int(name, 16) & ~1
    except ValueError:
        return None


def _narrowed(image: Image, every: Candidates, parts: Asked) -> Candidates:
    """Those in the file, and at the address, that were given."""
    is_there = is_in_file(image, parts.file) if parts.file else lambda symbol: True

    def kept(symbols: tuple[Symbol, ...]) -> tuple[Symbol, ...]:
        return tuple(each for each in symbols if parts.address in (None, each.address & ~1) and is_there(each))

    return Candidates(kept(every.whole), kept(every.clones), kept(every.parts))


def _is_elsewhere(image: Image, clone: Symbol, symbol: Symbol) -> bool:
    """Whether the clone is of another source file: then it is of another function of that name."""
    one, other = file_of(image, clone), file_of(image, symbol)
    return bool(one and other) and one.rpartition("/")[2] != other.rpartition("/")[2]


def _beside(name: str, clones: list[Symbol]) -> str:
    if not clones:
        return ""
    shown = ", ".join(f"{each.name} at 0x{each.address:08x}" for each in clones[:MOST_LISTED])
    return f"calls of {name} also go to what the compiler has specialised, which does not count here: {shown}"


def _listed(image: Image, symbols: tuple[Symbol, ...]) -> str:
    """What each is called, its address and source file."""
    described = [_described(image, each) for each in sorted(symbols, key=lambda each: each.address)[:MOST_LISTED]]
    more = len(symbols) - len(described)
    return f"{', '.join(described)}{f' and {more} more' if more else ''}"


def _described(image: Image, symbol: Symbol) -> str:
    file = file_of(image, symbol).rpartition("/")[2]
    return f"{_whole(symbol)} at 0x{symbol.address:08x}{f' ({file})' if file else ''}"


def _distinct(image: Image, symbols: tuple[Symbol, ...], name: str) -> list[str]:
    """Names for the first of several symbols that no other one has."""
    first, *others = sorted(symbols, key=lambda each: each.address)
    found = [f"{name}@0x{first.address:08x}"]
    file = file_of(image, first).rpartition("/")[2]
    if file and not any(is_in_file(image, file)(each) for each in others):
        found.insert(0, f"{file}:{name}")
    if not base_name(first.name)[1] and _whole(first) not in {_whole(each) for each in others} | {name}:
        found.insert(0, repr(_whole(first)))
    return found


def _whole(symbol: Symbol) -> str:
    """With the parameters of C++, which tell overloads apart, and what says that it is a clone."""
    base, suffix = base_name(symbol.name)
    found = readable(base)
    return symbol.name if found is None else f"{found.name}{found.parameters}{found.qualifiers}{suffix}"
