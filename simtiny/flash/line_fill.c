/* A flash that fills lines by several reads: see line_fill.py. */
#include "caches.h"

static inline int64_t hidden_cycles(const State *state, int64_t elapsed, int64_t queued) {
    return smallest(state->flash.fetch_ahead, HIDDEN_BUCKETS - 1);
}

static inline void begin_fetch(State *state, const Edge *edge, int64_t begin) {}

static inline int64_t code_miss(
    State *state, const Edge *edge, int64_t unit, int64_t previous, int sequential, int64_t now
) {
    return 0;
}

/* Cycles that a miss waits until the flash has read the rest of the line that missed before. */
int64_t read_line(State *state, int64_t place, int64_t now) {
    LineFill *line = state->flash.policy;
    int64_t busy = largest(line->ready - now, 0);
    line->ready = now + busy + state->flash.miss_cycles + line->cycles;
    line->part = place >> line->part_shift;
    return busy;
}

/* Cycles that a hit waits because the flash still reads what it asks for of the line that missed last. */
int64_t rest_of_line(State *state, int64_t place, int64_t now) {
    const LineFill *line = state->flash.policy;
    int64_t part = place >> line->part_shift, to_unit = state->flash.unit_shift - line->part_shift;
    if (part == line->part || part >> to_unit != line->part >> to_unit)
        return 0;
    return largest(line->ready - now, 0);
}

static inline int64_t data_miss(State *state, int64_t unit, int64_t place, int64_t address) {
    const LineFill *line = state->flash.policy;
    return line->cycles != 0 ? read_line(state, place, clock_at(&state->run, address)) : 0;
}

static inline int64_t data_hit(State *state, int64_t place, int64_t address) {
    const LineFill *line = state->flash.policy;
    return line->cycles != 0 ? rest_of_line(state, place, clock_at(&state->run, address)) : 0;
}

#include "replay.h"
#include "unicorn.h"
