"""How work that takes long says how far it is."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the steps done and the steps there are: of files bytes, else pieces of work."""


def silent(done: int, total: int) -> None:
    """Tell nobody."""
