"""How messages name operators and tensors of a network: by number and name, several at once."""

from collections.abc import Sequence

MAX_QUOTED_NAME = 60
"""Characters of a tensor's name in a message: converters join the names of all that was fused into it."""
_MAX_LISTED = 2


def tensor_label(index: int, names: Sequence[str]) -> str:
    """A tensor by number and, if it has one, name: what stands before the first `;`, cut."""
    name = names[index].split(";")[0][:MAX_QUOTED_NAME] if 0 <= index < len(names) else ""
    return f'{index} "{name}"' if name else str(index)


def listed(what: str, indices: Sequence[int], names: Sequence[str]) -> str:
    """`tensor 3 "a"`, or `tensors 3 "a", 5 "b" and 2 more`. `names` are those of all, by index."""
    labels = [tensor_label(index, names) for index in indices[:_MAX_LISTED]]
    more = len(indices) - len(labels)
    plural = "s" if len(indices) > 1 else ""
    return f"{what}{plural} {', '.join(labels)}" + (f" and {more} more" if more else "")
