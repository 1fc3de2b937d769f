"""Results as JSON can hold them."""

from typing import Any

from simtiny.files import shown


def plain(value: Any) -> Any:
    """Lists for tuples, and names of files that are no UTF-8 spelled out, all the way down."""
    if isinstance(value, str):
        return shown(value)
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list | tuple) else value
