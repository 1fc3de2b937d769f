"""Lays activations out in one arena so that buffers which never live at the same time share memory."""

from collections.abc import Sequence


def plan_arena(
    sizes: Sequence[int], first_use: Sequence[int], last_use: Sequence[int], alignment: int = 16
) -> tuple[list[int], int]:
    """Offsets of the buffers and the arena's total size, in bytes.

    Buffer `i` has `sizes[i]` bytes and lives from operator `first_use[i]` to operator `last_use[i]`, both included:
    an operator's inputs and outputs are alive together. Greedy by size: the largest buffer takes the lowest aligned gap
    between the buffers already placed that live at the same time, then the next largest. Ties go to the earlier first
    use, then to the lower index, so the plan depends on nothing but the arguments.
    """
    if not len(sizes) == len(first_use) == len(last_use):
        raise ValueError("sizes, first_use and last_use must have the same length")
    if alignment < 1:
        raise ValueError("alignment must be at least 1")
    if any(size < 0 for size in sizes) or any(a > b for a, b in zip(first_use, last_use, strict=True)):
        raise ValueError("sizes must not be negative and first_use must not be after last_use")

    offsets = [0] * len(sizes)
    placed: list[int] = []
    for index in sorted(range(len(sizes)), key=lambda i: (-sizes[i], first_use[i], i)):
        rivals = [i for i in placed if first_use[i] <= last_use[index] and first_use[index] <= last_use[i]]
        offsets[index] = _lowest_gap(sizes[index], [(offsets[i], offsets[i] + sizes[i]) for i in rivals], alignment)
        placed.append(index)
    total = max((offset + size for offset, size in zip(offsets, sizes, strict=True)), default=0)
    return offsets, total


def _lowest_gap(size: int, taken: list[tuple[int, int]], alignment: int) -> int:
    """The lowest aligned offset at which `size` bytes overlap none of the (start, end) ranges in `taken`."""
    offset = 0
    for start, end in sorted(taken):
        if offset + size <= start:
            break
        offset = max(offset, -(-end // alignment) * alignment)
    return offset
