"""Messages are in the words of whoever called: in Python's, which the command line turns into its options."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import simtiny
from simtiny.options import OPTIONS

PACKAGE = Path(simtiny.__file__).parent
OF_THE_COMMAND_LINE = ("cli", "options.py", "pseudo_terminal.py", "tcp_line.py")
"""What only the command line uses."""
OPTION = re.compile(rf"(?<![\w-])(?:{'|'.join(option for option in OPTIONS.values() if option[:2] == '--')})\b")
COMMAND = re.compile(r"`simtiny [^`]*`|simtiny [a-z]+ --\w+")


def texts(path: Path) -> Iterator[tuple[int, str]]:
    """The strings of a module that are no docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    described = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in described:
            yield node.lineno, node.value


def test_no_message_names_an_option() -> None:
    found = [
        f"{path.relative_to(PACKAGE)}:{line}: {text}"
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).parts[0] not in OF_THE_COMMAND_LINE
        for line, text in texts(path)
        if OPTION.search(COMMAND.sub("", text))
    ]
    assert found == []
