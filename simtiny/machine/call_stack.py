"""What the machine adds to the shadow of its firmware's call stack: names of exceptions, and ends of stacks."""

from collections.abc import Callable

from simtiny.counting.call_nodes import call_hooks
from simtiny.counting.calls import Calls, StackMemory
from simtiny.counting.counters import Counters
from simtiny.engine import Engine
from simtiny.exception_names import interrupt_name
from simtiny.machine import faults
from simtiny.stack_limits import stack_limit


def follow_calls(machine: Engine, counters: Counters, fail: Callable[[BaseException], None]) -> Calls:
    """Have the hooks follow who calls whom. Before the first block."""

    def name(number: int) -> str:
        return interrupt_name(machine.board, number)

    def overflows(memory: StackMemory, address: int, sp: int) -> None:
        what = f"stack overflow: the stack of {memory.name} goes below 0x{memory.limit:08x}, {memory.limit_by}"
        fail(faults.diagnose(machine, what, address))

    def limit(sp: int, is_main: bool) -> tuple[int | None, str]:
        return stack_limit(machine.image, machine.board, sp, is_main)

    hooks = call_hooks(counters.library, counters.state)
    return Calls(counters.state, counters.table, machine.image, hooks, limit, overflows, name, fail)
