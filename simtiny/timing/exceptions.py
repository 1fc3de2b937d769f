"""What exception entry and return cost.

Arm knowledge base ka16366 (Cortex-M3/M4, no wait states): 10 cycles to return, 6 to tail-chain, and up to 17 more for
the FPU's registers, which lazy stacking defers until the handler uses the FPU. Taken over for the other cores, of which
no figures were found. To enter costs what `simtiny.machine.cores` says of the core.
"""

RETURN_CYCLES, TAIL_CHAIN_CYCLES, FP_STATE_CYCLES = 10, 6, 17


def entry_cycles(entry: int, tail_chained: bool, stacks_fp: bool) -> int:
    """From an exception to its handler. `entry`: the core's own cycles; `stacks_fp`: the FPU's registers go at once."""
    if tail_chained:
        return TAIL_CHAIN_CYCLES
    return entry + (FP_STATE_CYCLES if stacks_fp else 0)


def return_cycles(fp_states: int) -> int:
    """From a handler back to what it preempted, with the FPU's registers moved so often."""
    return RETURN_CYCLES + fp_states * FP_STATE_CYCLES
