"""Addresses in an image by the names that a user gives: symbols, or numbers such as 0x08001234."""

from fnmatch import fnmatchcase

from simtiny.board import Board
from simtiny.errors import BadInput, did_you_mean
from simtiny.image import Image, Symbol


def code_address(image: Image, board: Board, name: str) -> int:
    """`resolve`, for what can be executed."""
    address = resolve(image, name)
    symbol = image.symbols.get(name)
    if symbol is not None and symbol.kind == "object":
        raise BadInput(f"{image.name}: {name} is data: measure a function, or from one label of code to another")
    if board.memory_at(address) is None:
        raise BadInput(f"{image.name}: {name} lies outside of all memories of {board.id}")
    return address


def resolve(image: Image, name: str) -> int:
    """The address of a symbol, or of a number such as 0x08001234."""
    symbol = image.symbols.get(name)
    if symbol is not None:
        return symbol.address
    if name[:2].lower() == "0x":
        try:
            return int(name, 16) & ~1
        except ValueError:
            pass
    if not image.symbols:
        raise BadInput(
            f"{image.name} has no symbols: give an ELF with its symbol table, or addresses such as 0x08001234"
        )
    raise BadInput(f"{image.name} has no symbol {name!r}{did_you_mean(name, image.symbols)}")


def function_address(image: Image, board: Board, name: str) -> int:
    """`code_address`, for a function."""
    return code_address(image, board, name)


def functions_matching(image: Image, pattern: str) -> tuple[Symbol, ...]:
    """The functions whose names match a pattern such as "dsp_*", by address."""
    found = tuple(symbol for symbol in image.functions if fnmatchcase(symbol.name, pattern))
    if not found:
        raise BadInput(f"{image.name} has no function that matches {pattern!r}")
    return found
