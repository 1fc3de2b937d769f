"""What a name that a user gives to code can stand for in an image."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from simtiny.demangled import Readable, full_forms, is_mangled, normalised, readable, short_forms
from simtiny.image import Image, Symbol

MOST_READ = 1 << 20
"""Characters of mangled names that are read for one question: more takes too long."""
_CLONE = re.compile(r"((?:\.(?:constprop|isra|part|cold|lto_priv|localalias|llvm|clone|specialized|\d+))+)$")
_COPY = re.compile(r"\.(?:constprop|isra|clone|specialized|llvm)")
_SPLIT_OFF = (".part", ".cold")
_KINDS = ("function", "label", "object")
_PINNED = re.compile(r"(.+)@(0[xX][0-9a-fA-F]{1,8})")
_BRACKET = re.compile(r"[<(]")
_IDENTIFIER = re.compile(r"[^\W\d]\w*")
_NOT_SPELLED_OUT = re.compile(
    "operator|anonymous|namespace|lambda|const|volatile|unsigned|signed|char|short|int|long|float|double|bool|void|auto|as"
    "|impl|dyn|mut|new|delete"
)


@dataclass(frozen=True)
class Asked:
    """A name in its parts: "src/fir.c:apply@0x08001234" has all of them."""

    text: str
    file: str = ""
    address: int | None = None


def asked(name: str) -> Asked:
    """Split a name. A colon of "::" parts no file from it."""
    pinned = _PINNED.fullmatch(name)
    address = None if pinned is None else int(pinned[2], 16) & ~1
    rest = name if pinned is None else pinned[1]
    colons = [found.start() for found in re.finditer(r"(?<!:):(?!:)", rest)]
    if not colons or not rest[colons[-1] + 1 :] or not rest[: colons[-1]]:
        return Asked(rest, "", address)
    return Asked(rest[colons[-1] + 1 :].strip(), rest[: colons[-1]], address)


def base_name(name: str) -> tuple[str, str]:
    """A symbol's name without what a compiler put behind that of a clone, and that: "f", ".constprop.0"."""
    found = _CLONE.search(name)
    return (name[: found.start()], found[1]) if found and found.start() else (name, "")


@dataclass(frozen=True)
class Candidates:
    """`whole`: what has the very name. `clones`: copies that a compiler made for some calls. `parts`: split off it."""

    whole: tuple[Symbol, ...]
    clones: tuple[Symbol, ...]
    parts: tuple[Symbol, ...]


def candidates(image: Image, name: str) -> Candidates:
    """What `name`, without file and address, can stand for, by address."""
    exact = [symbol for symbol in (image.symbols.get(name), *image.same_named) if symbol and symbol.name == name]
    clones = [s for s in image.functions if s.name.startswith(name) and base_name(s.name)[0] == name != s.name]
    found = [*exact, *clones]
    if all(symbol.kind == "object" for symbol in found):
        found = list(_read_as(image, name)) or found
    whole, copies, parts = list[Symbol](), list[Symbol](), list[Symbol]()
    for symbol in found:
        suffix = "" if symbol in exact else base_name(symbol.name)[1]
        is_part, is_copy = any(word in suffix for word in _SPLIT_OFF), bool(_COPY.search(suffix))
        (parts if is_part else copies if is_copy else whole).append(symbol)
    return Candidates(_placed(whole), _placed(copies), _placed(parts))


def _placed(symbols: Iterable[Symbol]) -> tuple[Symbol, ...]:
    """One of each address, in their order. Where there are functions, labels and data of that name do not count."""
    ranked = sorted(symbols, key=lambda symbol: (_KINDS.index(symbol.kind), symbol.address))
    return tuple({each.address: each for each in ranked if each.kind == ranked[0].kind}.values())


def _read_as(image: Image, name: str) -> Iterator[Symbol]:
    """Functions whose demangled name is meant: those that have no other scopes, or else those that have."""
    wanted = normalised(name)
    words = [
        word for word in _IDENTIFIER.findall(_BRACKET.split(name)[0] or name) if not _NOT_SPELLED_OUT.fullmatch(word)
    ]
    last = words[-1] if words else ""
    read = list(read_names(symbol for symbol in image.functions if last in symbol.name))
    found = [symbol for symbol, each in read if wanted in full_forms(each)]
    return iter(found or [symbol for symbol, each in read if wanted in short_forms(each)])


def read_names(symbols: Iterable[Symbol]) -> Iterator[tuple[Symbol, Readable]]:
    """Those with mangled names, and these as people write them, without what is behind a clone's."""
    left = MOST_READ
    for symbol in symbols:
        if not is_mangled(symbol.name):
            continue
        left -= len(symbol.name)
        if left < 0:
            return
        found = readable(base_name(symbol.name)[0])
        if found is not None:
            yield symbol, found


def file_of(image: Image, symbol: Symbol) -> str:
    """The source file, with the folders that debug information has; without them by the symbol table; or empty."""
    found = image.source_at(symbol.address)
    path = found[0].replace("\\", "/") if found else ""
    return path if path and (not symbol.file or path.rpartition("/")[2] == symbol.file) else symbol.file


def is_in_file(image: Image, file: str) -> Callable[[Symbol], bool]:
    """Whether a symbol is of the source file whose path ends so."""
    wanted = file.replace("\\", "/").removeprefix("./")

    def is_in(symbol: Symbol) -> bool:
        return f"/{file_of(image, symbol)}".endswith(f"/{wanted}") or symbol.file == wanted

    return is_in
