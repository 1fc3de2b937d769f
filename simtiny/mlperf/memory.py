"""Bytes of flash and RAM that a workload occupies."""

from dataclasses import dataclass

from simtiny.board import Board
from simtiny.mlperf.workload import Workload


@dataclass(frozen=True)
class Memory:
    """Bytes in use. `flash_bytes` and `ram_bytes` are the sums; a part that a foreign image hides is None."""

    flash_bytes: int
    ram_bytes: int
    firmware_bytes: int | None
    plan_bytes: int | None
    arena_bytes: int | None
    data_bytes: int | None
    stack_bytes: int | None


def memory_use(workload: Workload, ram_used: int) -> Memory:
    """What the built-in firmware and its network occupy; of a user's image its size and the RAM that it wrote to."""
    image, plan = workload.image, workload.plan
    if plan is None:
        return Memory(image.size, ram_used, image.size, None, None, None, None)
    address = {name: symbol.address for name, symbol in image.symbols.items()}
    data = address["bss_end"] - address["data_start"]
    stack = address["stack_top"] - _memory_base(workload.board, address["stack_top"] - 1)
    return Memory(
        flash_bytes=image.size + len(plan.data),
        ram_bytes=plan.arena_bytes + data + stack,
        firmware_bytes=image.size,
        plan_bytes=len(plan.data),
        arena_bytes=plan.arena_bytes,
        data_bytes=data,
        stack_bytes=stack,
    )


def _memory_base(board: Board, address: int) -> int:
    memory = board.memory_at(address)
    return memory.base if memory else address
