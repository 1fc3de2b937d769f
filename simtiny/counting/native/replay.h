/* The same counting and pricing for events that were written down, by this or by another engine. */
#ifndef REPLAY_H
#define REPLAY_H

#include "counting.h"

/* Whether an operand may come now: of an instruction in the block that runs. */
static inline int is_in_block(const Run *run, int64_t address) {
    return run->block >= 0 && address >= run->block_begin && address < run->block_end;
}

/* Count `count` events, or those before the first one that is not for this loop, can't be, or could not be priced.
 * Returns how many were counted. */
int64_t replay(State *state, const Event *events, int64_t count) {
    for (int64_t number = 0; number < count; number++) {
        int64_t what = events[number].what, operands = events[number].operands;
        int64_t address = (int64_t)((uint64_t)what >> 32);
        Operation *operation;
        switch (what & 0xFF) {
        case EVENT_BLOCK:
            if (operands <= 0 || operands > LONGEST_BLOCK || ((address | operands) & 1) != 0)
                return number;
            if (begin_block(state, address, operands) != NOT_STOPPED)
                return number;
            break;
        case EVENT_ACCESS:
            if (!is_in_block(&state->run, address))
                return number;
            operation = operation_at(state, address);
            if (operation != 0 && (operation->kind == LOAD || operation->kind == STORE))
                price_access(state, operation, address, (uint32_t)operands);
            break;
        case EVENT_DIVIDE:
            if (!is_in_block(&state->run, address))
                return number;
            operation = operation_at(state, address);
            if (operation != 0 && (operation->kind == SIGNED_DIVIDE || operation->kind == UNSIGNED_DIVIDE))
                price_divide(state, operation, address, (uint32_t)operands, (uint32_t)((uint64_t)operands >> 32));
            break;
        default:
            return number;
        }
    }
    return count;
}

#endif
