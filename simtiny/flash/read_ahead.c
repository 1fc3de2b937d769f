/* A flash that reads the next unit as well on a miss: see read_ahead.py. */
#include "caches.h"

static inline int64_t hidden_cycles(const State *state, int64_t elapsed, int64_t queued) {
    const ReadAhead *ahead = state->flash.policy;
    return ahead->cycles != 0 ? 0 : smallest(largest(state->flash.fetch_ahead, queued), HIDDEN_BUCKETS - 1);
}

static inline void begin_fetch(State *state, const Edge *edge, int64_t begin) {}

/* Cycles by which a miss waits longer than for its own read, because the flash is busy reading ahead.
 * What was read ahead stands in one buffer. A miss that it holds waits for the rest of that read only; any other
 * takes its place with the unit that follows. */
int64_t read_ahead(State *state, int64_t unit, int64_t now) {
    ReadAhead *ahead = state->flash.policy;
    int64_t busy = largest(ahead->ready - now, 0);
    if (unit == ahead->unit) {
        ahead->unit = -1;
        return busy - state->flash.miss_cycles;
    }
    ahead->unit = unit + 1;
    ahead->ready = now + busy + state->flash.miss_cycles + ahead->cycles;
    return busy;
}

static inline int64_t code_miss(
    State *state, const Edge *edge, int64_t unit, int64_t previous, int sequential, int64_t now
) {
    const ReadAhead *ahead = state->flash.policy;
    return ahead->cycles != 0 ? read_ahead(state, unit, now) : 0;
}

static inline int64_t data_miss(State *state, int64_t unit, int64_t place, int64_t address) {
    const ReadAhead *ahead = state->flash.policy;
    return ahead->cycles != 0 ? read_ahead(state, unit, clock_at(&state->run, address)) : 0;
}

static inline int64_t data_hit(State *state, int64_t place, int64_t address) { return 0; }

#include "replay.h"
#include "unicorn.h"
