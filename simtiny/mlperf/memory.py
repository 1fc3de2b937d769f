"""Bytes of flash and RAM that a workload occupies."""

from dataclasses import dataclass

from simtiny.mlperf.workload import Workload


@dataclass(frozen=True)
class Memory:
    """Bytes in use. `flash_bytes` and `ram_bytes` are the sums; a part that a foreign image hides is None.

    `copied_bytes`: of what was placed in RAM, and is in flash as well.
    """

    flash_bytes: int
    ram_bytes: int
    firmware_bytes: int | None
    plan_bytes: int | None
    arena_bytes: int | None
    data_bytes: int | None
    stack_bytes: int | None
    copied_bytes: int = 0


def memory_use(workload: Workload, ram_used: int) -> Memory:
    """What the built-in firmware and its network occupy; of a user's image its size and the RAM that it wrote to."""
    image, plan = workload.image, workload.plan
    if plan is None:
        return Memory(
            flash_bytes=image.size,
            ram_bytes=ram_used + workload.copied_bytes,
            firmware_bytes=image.size,
            plan_bytes=None,
            arena_bytes=None,
            data_bytes=None,
            stack_bytes=None,
            copied_bytes=workload.copied_bytes,
        )
    address = {name: symbol.address for name, symbol in image.symbols.items()}
    data = address["bss_end"] - address["data_start"]
    stack = address["stack_top"] - address["stack_base"]
    return Memory(
        flash_bytes=image.size + len(plan.data),
        ram_bytes=plan.arena_bytes + data + stack + workload.copied_bytes,
        firmware_bytes=image.size,
        plan_bytes=len(plan.data),
        arena_bytes=plan.arena_bytes,
        data_bytes=data,
        stack_bytes=stack,
        copied_bytes=workload.copied_bytes,
    )
