/* A flash whose prefetch is never in the way: see prefetch.py. */
#include "caches.h"

static inline int64_t hidden_cycles(const State *state, int64_t elapsed, int64_t queued) {
    const Prefetch *prefetch = state->flash.policy;
    int64_t own = largest(state->flash.fetch_ahead, queued);
    return smallest(largest(own, prefetch->on ? elapsed : 0), HIDDEN_BUCKETS - 1);
}

static inline void begin_fetch(State *state, const Edge *edge, int64_t begin) {}

static inline int64_t code_miss(
    State *state, const Edge *edge, int64_t unit, int64_t previous, int sequential, int64_t now
) {
    return 0;
}

/* Cycles of a data miss's wait states that prefetch hides: the flash reads on while the core goes on. */
int64_t prefetched(State *state, int64_t unit, int64_t now) {
    Prefetch *prefetch = state->flash.policy;
    int64_t hidden = 0;
    if (unit == prefetch->unit)
        hidden = largest(smallest(now - prefetch->ready, prefetch->data_cycles), 0);
    prefetch->unit = unit + 1;
    prefetch->ready = now + state->flash.miss_cycles - hidden;
    return hidden;
}

static inline int64_t data_miss(State *state, int64_t unit, int64_t place, int64_t address) {
    const Prefetch *prefetch = state->flash.policy;
    return prefetch->data_cycles != 0 ? -prefetched(state, unit, clock_at(&state->run, address)) : 0;
}

static inline int64_t data_hit(State *state, int64_t place, int64_t address) { return 0; }

#include "replay.h"
#include "unicorn.h"
