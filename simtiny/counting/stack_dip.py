"""How far a block of code goes below the stack pointer."""

from dataclasses import dataclass

from simtiny.isa.instruction import SP, Instruction


@dataclass(frozen=True)
class StackDip:
    bytes: int
    address: int
    moves_sp: bool


def stack_dip(instructions: tuple[Instruction, ...]) -> StackDip:
    sp, lowest, address, moves = 0, 0, -1, False
    for now in instructions:
        if not now.writes & SP and not (now.target and now.target.base == 13):
            continue
        if now.name in ("push", "vpush", "pop", "vpop"):
            sp += -4 * now.transfers if "push" in now.name else 4 * now.transfers
        elif now.name in ("sub", "subw", "add", "addw") and "#" in now.text and now.writes & SP:
            value = int(now.text.rpartition("#")[2], 0)
            sp += -value if now.name.startswith("sub") else value
        elif now.writes & SP and not (now.source or now.target):
            moves = True
        if sp < lowest:
            lowest, address = sp, now.address
    return StackDip(-lowest, address, moves)
