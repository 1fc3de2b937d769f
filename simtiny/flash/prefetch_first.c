/* A flash that ends the prefetch under way before it reads anything else: see prefetch_first.py. */
#include "caches.h"

static inline int64_t hidden_cycles(const State *state, int64_t elapsed, int64_t queued) {
    const PrefetchFirst *prefetch = state->flash.policy;
    return smallest(largest(state->flash.fetch_ahead, prefetch->on ? elapsed : 0), HIDDEN_BUCKETS - 1);
}

static inline void begin_fetch(State *state, const Edge *edge, int64_t begin) {
    PrefetchFirst *prefetch = state->flash.policy;
    prefetch->missed = 0;
    prefetch->code_begin = begin;
    prefetch->first_unit = edge->first;
    prefetch->last_unit = edge->last;
}

/* Cycles that a read waits for the end of a prefetch, `elapsed` after the core began with its unit's code.
 * The core asks for the next unit, and so has the one behind it prefetched, when only the last halfword is left: it
 * has `ran_on`. `next_missed`, `second_missed`: whether these units had to be read from the flash. */
int64_t prefetch_left(
    int64_t miss_cycles, int64_t ran_on, int64_t elapsed, int64_t next_missed, int64_t second_missed
) {
    if (ran_on)
        return second_missed ? miss_cycles : 0;
    return next_missed ? largest(miss_cycles - elapsed, 0) : 0;
}

static inline int64_t code_miss(
    State *state, const Edge *edge, int64_t unit, int64_t previous, int sequential, int64_t now
) {
    PrefetchFirst *prefetch = state->flash.policy;
    int64_t more = 0;
    if (prefetch->on && !sequential && previous >= 0) {
        const int64_t *stamps = state->flash.code_cache->stamps;
        int ran_on = (edge->flags & RAN_ON) != 0;
        more = prefetch_left(
            state->flash.miss_cycles, ran_on, now - state->flash.fetch_since, stamps[previous + 1] == 0,
            stamps[previous + 2] == 0
        );
        if (unit == previous + (ran_on ? 2 : 1))
            more -= state->flash.miss_cycles; /* it is the prefetch itself that the branch waits for */
    }
    prefetch->missed |= (int64_t)((uint64_t)1 << smallest(unit - edge->first, 63));
    return more;
}

/* Cycles that the load at `address` waits for the end of a prefetch of code. */
static inline int64_t data_miss(State *state, int64_t loaded, int64_t place, int64_t address) {
    const PrefetchFirst *prefetch = state->flash.policy;
    int64_t offset = flash_offset(&state->flash, address), shift = state->flash.unit_shift;
    if (!prefetch->on || offset < 0)
        return 0;
    const int64_t *stamps = state->flash.code_cache->stamps;
    int64_t unit = offset >> shift, begin = largest(prefetch->code_begin, unit << shift);
    int64_t elapsed = 1 + (state->run.block_rate * (offset - begin) >> RATE_SHIFT);
    int64_t missed = prefetch->missed >> smallest(unit + 1 - prefetch->first_unit, 62);
    int next_missed = unit + 1 <= prefetch->last_unit ? (missed & 1) != 0 : stamps[unit + 1] == 0;
    int second_missed = unit + 2 <= prefetch->last_unit ? (missed & 2) != 0 : stamps[unit + 2] == 0;
    int ran_on = ((offset + 2) & (((int64_t)1 << shift) - 1)) == 0;
    return prefetch_left(state->flash.miss_cycles, ran_on, elapsed, next_missed, second_missed);
}

static inline int64_t data_hit(State *state, int64_t place, int64_t address) { return 0; }

#include "replay.h"
#include "unicorn.h"
