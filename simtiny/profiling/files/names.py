"""Names that other tools can read: of functions and files, which may hold anything."""

import re

UNNAMED = "?"
MOST_LETTERS = 1024
"""Of a name. What is between its ends is left out of a longer one: some formats repeat it for each event."""
# Control characters, and what some readers take for the end of a line.
_BREAKS = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def readable(name: str) -> str:
    """Valid Unicode in one line, of at most `MOST_LETTERS`, never empty."""
    if len(name) > MOST_LETTERS:
        half = MOST_LETTERS // 2 - 2
        name = f"{name[:half]}...{name[-half:]}"
    name = name.encode("utf-8", "replace").decode("utf-8")
    return _BREAKS.sub(" ", name).strip() or UNNAMED
