/* The hooks that Unicorn calls for every block and every instruction. They find the operands; `counting.h` prices. */
#ifndef UNICORN_H
#define UNICORN_H

#include "counting.h"
#include "polling.h"

/* Value of R0 to R15. */
static inline uint32_t core_register(const State *state, void *emulator, int64_t number) {
    uint64_t value = 0;
    state->emulator.reg_read(emulator, state->emulator.registers[number], &value);
    return (uint32_t)value;
}

/* Whether the default memory map has Device memory there. Arm v7-M ARM, B3.1. */
static inline int is_device(uint32_t address) { return address >> 29 == 2 || address >= 0xA0000000; }

/* Stop before the instruction at `address`. */
static inline void trap(void *emulator, State *state, int64_t address, int64_t why) {
    state->run.stopped = why;
    state->run.stopped_at = address;
    state->run.moved = -1;
    state->emulator.stop(emulator);
}

/* The same for an access to `target`. Unicorn does not stop within an IT block: there the access itself is made to fail,
 * by a base that leads to where nothing is on any board. It is put right again behind the stop. */
static inline void trap_access(
    void *emulator, State *state, int64_t address, const Operation *operation, uint32_t base, uint32_t target, int64_t why
) {
    trap(emulator, state, address, why);
    if (operation->base >= 0 && operation->base != operation->index) {
        uint64_t elsewhere = (uint32_t)(base + (NOWHERE - target));
        state->run.moved = operation->base;
        state->run.moved_from = base;
        state->emulator.reg_write(emulator, state->emulator.registers[operation->base], &elsewhere);
    }
}

/* With whose rights code runs now. The Arm manuals' CurrentModeIsPrivileged, and HFNMIENA of MPU_CTRL. */
static __attribute__((noinline)) int64_t level_now(State *state, void *emulator) {
    Guard *guard = &state->guard;
    if (guard->level == LEVEL_STALE) {
        guard->refresh(0, 0, 0);
        guard->level = LEVEL_UNKNOWN;
    }
    uint32_t exception = core_register(state, emulator, IPSR);
    if (guard->spares_faults != 0 &&
        (exception == NMI || exception == HARD_FAULT || (core_register(state, emulator, FAULTMASK) & 1) != 0))
        return LEVEL_UNGUARDED;
    return exception == 0 && (core_register(state, emulator, CONTROL) & 1) != 0 ? LEVEL_UNPRIVILEGED : LEVEL_PRIVILEGED;
}

/* Whether some of `bytes` from `address` on may not be accessed so. */
static __attribute__((noinline)) int is_refused(
    State *state, void *emulator, int64_t address, int64_t bytes, int64_t rights
) {
    Guard *guard = &state->guard;
    if (guard->level < 0)
        guard->level = level_now(state, emulator);
    if (guard->level == LEVEL_UNGUARDED)
        return 0;
    int64_t needed = rights & ~AS_UNPRIVILEGED;
    if (guard->level == LEVEL_UNPRIVILEGED || (rights & AS_UNPRIVILEGED) != 0)
        needed <<= UNPRIVILEGED_SHIFT;
    for (int64_t at = address; at < address + bytes; at = guard->now->end) {
        if (at < guard->now->begin || at >= guard->now->end)
            for (guard->now = guard->ranges; at >= guard->now->end;)
                guard->now++;
        if ((guard->now->rights & needed) != needed) {
            guard->refused_at = at;
            guard->refused = rights;
            return 1;
        }
    }
    return 0;
}

/* Count and price one block before it runs, or stop before it. The rest of a block that was counted when it began runs
 * while the deadline is past: it is neither counted nor stopped. */
void on_block(void *emulator, uint64_t address, uint32_t size, void *user_data) {
    State *state = user_data;
    int64_t stopped = AT_DEADLINE;
    if (state->run.stopped != NOT_STOPPED) { /* within an IT block, where the emulator goes on */
        state->emulator.stop(emulator);
        return;
    }
    if (state->guard.may_change != 0 && state->guard.level >= 0)
        state->guard.level = LEVEL_UNKNOWN;
    if (state->run.cycles < state->run.deadline) {
        if (state->guard.has_code != 0 && is_refused(state, emulator, (int64_t)address, size, MAY_EXECUTE))
            stopped = AT_GUARD;
        else
            stopped = state->polling.phase == 0 ? begin_block(state, (int64_t)address, size)
                                                : begin_in_loop(state, emulator, (int64_t)address, size);
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

/* Find the operands of an instruction and price them. On its own: most instructions have none, and should not have to
 * save the registers that this takes. */
static __attribute__((noinline)) void price_operands(
    void *emulator, int64_t address, Operation *operation, State *state
) {
    uint32_t base = operation->base >= 0 ? core_register(state, emulator, operation->base) : 0;
    uint32_t index = operation->index >= 0 ? core_register(state, emulator, operation->index) : 0;
    const Operands *operands = &state->operands;
    if (operation->kind == LOAD || operation->kind == STORE || operation->kind == CHECKED) {
        uint32_t target = base + (index << operation->shift) + (uint32_t)operation->offset;
        int64_t multiple = operands->trap_unaligned != 0 ? smallest(operation->bytes, 4) : operation->aligned;
        if (operands->trap_device != 0 && is_device(target))
            multiple = smallest(operation->bytes, 4);
        if ((target & (multiple - 1)) != 0)
            trap_access(emulator, state, address, operation, base, target, AT_TRAP);
        else if (state->guard.is_on != 0 && is_refused(state, emulator, target, operation->bytes, operation->rights))
            trap_access(emulator, state, address, operation, base, target, AT_GUARD);
        else if (operation->kind != CHECKED)
            price_access(state, operation, address, target);
    } else if (operation->kind == TO_SP) {
        if ((base & 3) != 0)
            trap(emulator, state, address, AT_STACK);
    } else if (index == 0 && operands->trap_zero != 0) {
        trap(emulator, state, address, AT_TRAP);
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
