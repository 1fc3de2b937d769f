/* The hooks that Unicorn calls for every block and every instruction. They find the operands; `counting.h` prices. */
#ifndef UNICORN_H
#define UNICORN_H

#include "counting.h"

/* Value of R0 to R15. */
static inline uint32_t core_register(const State *state, void *emulator, int64_t number) {
    uint64_t value = 0;
    state->emulator.reg_read(emulator, state->emulator.registers[number], &value);
    return (uint32_t)value;
}

/* Count and price one block before it runs, or stop before it. The rest of a block that was counted when it began runs
 * while the deadline is past: it is neither counted nor stopped. */
void on_block(void *emulator, uint64_t address, uint32_t size, void *user_data) {
    State *state = user_data;
    int64_t stopped = AT_DEADLINE;
    if (state->run.cycles < state->run.deadline) {
        stopped = begin_block(state, (int64_t)address, size);
    } else if (state->run.go_on == (int64_t)address) {
        state->run.go_on = 0;
        return;
    }
    if (stopped != NOT_STOPPED) {
        state->run.stopped = stopped;
        state->run.stopped_before = (int64_t)address | (int64_t)size << 32;
        state->emulator.stop(emulator);
    }
}

/* Stop before an instruction that faults. */
static inline void trap(void *emulator, State *state) {
    state->run.stopped = AT_TRAP;
    state->emulator.stop(emulator);
}

/* Find the operands of an instruction and price them. On its own: most instructions have none, and should not have to
 * save the registers that this takes. */
static __attribute__((noinline)) void price_operands(
    void *emulator, int64_t address, Operation *operation, State *state
) {
    uint32_t base = operation->base >= 0 ? core_register(state, emulator, operation->base) : 0;
    uint32_t index = operation->index >= 0 ? core_register(state, emulator, operation->index) : 0;
    const Operands *operands = &state->operands;
    if (operation->kind == LOAD || operation->kind == STORE) {
        uint32_t target = base + (index << operation->shift) + (uint32_t)operation->offset;
        int64_t multiple = operands->trap_unaligned != 0 ? smallest(operation->bytes, 4) : operation->aligned;
        if ((target & (multiple - 1)) != 0)
            trap(emulator, state);
        else
            price_access(state, operation, address, target);
    } else if (index == 0 && operands->trap_zero != 0) {
        trap(emulator, state);
    } else {
        price_divide(state, operation, address, base, index);
    }
}

/* Price what depends on an instruction's operands. Not called for one that its IT block skips. */
void on_instruction(void *emulator, uint64_t address, uint32_t size, void *user_data) {
    State *state = user_data;
    Operation *operation = operation_at(state, (int64_t)address);
    if (operation != 0)
        price_operands(emulator, (int64_t)address, operation, state);
}

#endif
