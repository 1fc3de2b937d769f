"""What to say of firmware that gets nowhere: it loops where nothing can end it, or keeps the machine busy for ever."""

from collections.abc import Mapping, Sequence

from simtiny.board import Board
from simtiny.exception_names import interrupt_name
from simtiny.image import Image
from simtiny.machine.effort import Effort
from simtiny.machine.faults import where


def storm(board: Board, image: Image, effort: Effort, taken: Mapping[int, int], handlers: Mapping[int, int]) -> str:
    """Interrupts without end. `taken`: how often, by number; `handlers`: where those begin."""
    number, count = max(taken.items(), key=lambda item: item[1])
    others = effort.exceptions - count
    text = f"{interrupt_name(board, number)} was taken {count:,} times by its handler {where(image, handlers[number])}"
    if others > 0:
        text += f", other exceptions {others:,} times"
    return f"{text}, in {effort.cycles_awake:,} cycles"


def reset_storm(effort: Effort, cause: str, fault: str) -> str:
    """Resets without end. `cause`: of the last one. `fault`: what there was before it."""
    text = f"it has reset itself {effort.resets:,} times by {cause}"
    return f"{text}, the last time after {fault}" if fault else text


def wakes(board: Board, effort: Effort, waking: int | None) -> str:
    """Sleep that ends at once, again and again. `waking`: the pending exception that ends it."""
    text = f"the core was woken from WFI or WFE, or stopped, {effort.turns:,} times"
    if waking is not None:
        text += f": {interrupt_name(board, waking)} is pending and never taken"
    return text


def host_calls(count: int) -> str:
    """Calls of the debugger without end."""
    return f"it has called the host by semihosting {count:,} times"


def new_code(image: Image, effort: Effort, pc: int) -> str:
    """Code without end: jumps to ever other places, or code that changes itself."""
    text = f"{effort.ways_into_code:,} times it has come to code by a way that was new, or to code that had changed"
    return f"{text}, in {effort.cycles_awake:,} cycles, now at {where(image, pc)}"


def helped(effort: Effort) -> str:
    """Instructions that take the emulator long."""
    what = "double precision, MRS and MSR of CONTROL, or VCVT from fixed point, which take the emulator long"
    return f"{effort.helped:,} instructions of {what}, in {effort.cycles_awake:,} cycles"


def moving(effort: Effort) -> str:
    """DMA without end."""
    return f"DMA has made {effort.moved:,} accesses to memory and registers, in {effort.cycles_awake:,} cycles"


def polling(effort: Effort, names: Sequence[str]) -> str:
    """Accesses without end. `names`: the registers that are accessed most."""
    counts = [f"{effort.reads:,} reads"] if effort.reads else []
    counts += [f"{effort.writes:,} writes"] if effort.writes else []
    return f"{' and '.join(counts)} of registers" + (f", of {' and '.join(names)} now" if names else "")


def transfers(effort: Effort, names: Sequence[str]) -> str:
    """Work of peripherals without end, which the firmware polls."""
    return f"{effort.events:,} times a peripheral was done with something, with {polling(effort, names)}"


def loop(image: Image, addresses: list[int], names: Sequence[str]) -> str:
    """A loop that nothing ends. `addresses`: of its blocks; `names`: the registers that it accesses most."""
    first = min(addresses)
    blocks = len(set(addresses))
    text = f"it loops at {where(image, first)}"
    if blocks > 1:
        text += f" to 0x{max(addresses):08x}"
    if names:
        return f"{text}, polling {' and '.join(names)}, which nothing changes"
    return f"{text}, which changes nothing, and no interrupt that is enabled can end it"


def stretch(cycles: int) -> str:
    """Work that nobody sees."""
    return f"for {cycles:,} cycles nothing has changed in RAM, no register was accessed and no interrupt taken"


def stall(seconds: float, shares: Mapping[str, int], cycles: int) -> str:
    """Time in which the firmware came to no code that it had not run before. `shares`: what it did, by cycles."""
    text = f"for {seconds:.1f} s of its time it has come to no code that it had not run before"
    large = [f"{what} for {count / cycles:.0%} of it" for what, count in shares.items() if 20 * count > cycles]
    return f"{text}, {', '.join(large)}" if large else text
