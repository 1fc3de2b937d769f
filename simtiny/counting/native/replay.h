/* The same counting and pricing for events that were written down, by this or by another engine. */
#ifndef REPLAY_H
#define REPLAY_H

#include "counting.h"

/* Count `count` events, or those before the first one that is not for this loop. Returns how many were counted; where
 * a block could not be priced, state->run.stopped says so. */
int64_t replay(State *state, const Event *events, int64_t count) {
    for (int64_t number = 0; number < count; number++) {
        int64_t what = events[number].what, operands = events[number].operands;
        int64_t address = (int64_t)((uint64_t)what >> 32);
        Operation *operation;
        switch (what & 0xFF) {
        case EVENT_BLOCK:
            state->run.stopped = begin_block(state, address, operands);
            if (state->run.stopped != NOT_STOPPED)
                return number;
            break;
        case EVENT_ACCESS:
            operation = operation_at(state, address);
            if (operation != 0 && (operation->kind == LOAD || operation->kind == STORE))
                price_access(state, operation, address, (uint32_t)operands);
            break;
        case EVENT_DIVIDE:
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
