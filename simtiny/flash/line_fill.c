/* A flash behind the core's own caches: see line_fill.py. */
#include "caches.h"

static inline int64_t hidden_cycles(const State *state, int64_t elapsed, int64_t queued) {
    return state->flash.uncached_code ? 0 : smallest(state->flash.fetch_ahead, HIDDEN_BUCKETS - 1);
}

/* A mispredicted branch leaves the line of the wrong way in the buffer, but for a loop that lies in the line of its end. */
static inline void begin_fetch(State *state, const Edge *edge, int64_t begin) {
    Flash *flash = &state->flash;
    LineFill *line = flash->policy;
    Cache *buffer = flash->code_cache;
    line->begin = begin;
    line->wrong = state->run.mispredicted != 0 && (edge->flags & LOOPS_IN_LINE) == 0;
    line->late = state->run.mispredicted != 0 || (edge->flags & INDIRECT) != 0;
    if (flash->uncached_code == 0 || line->wrong == 0 || edge->flags & THROUGH_ALIAS || buffer->fills[0] == 0)
        return;
    buffer->stamps[buffer->units[0]] = 0;
    buffer->fills[0] = 0;
}

/* Cycles that the core waits at `now` for the double word `entry` of a line, which takes `wait` cycles from when it is
 * asked for. The next one that the core foresees is asked for when this one comes, or on a bus that brings one line at a
 * time, when it is whole. `reads_on`: cycles of the bus for which a flash reads on that is narrower than a line. */
int64_t wait_for_line(State *state, int64_t entry, int64_t now, int64_t wait, int64_t reads_on) {
    LineFill *line = state->flash.policy;
    int64_t last = ((int64_t)1 << (state->flash.unit_shift - 3)) - 1, beat = state->flash.bus_ratio;
    int64_t rest = largest(last - entry, entry <= last / 2 ? reads_on : 0) * beat;
    int64_t asked = line->late ? largest(now, line->free) : line->free;
    if (line->wrong)
        asked = line->one_by_one ? largest(now, line->free + wait + largest(last, reads_on) * beat) : now;
    line->free = largest(asked + wait + (line->one_by_one ? rest : 0), now);
    line->wrong = line->late = 0;
    return largest(asked + wait - now, 0);
}

static inline int64_t code_miss(
    State *state, const Edge *edge, int64_t unit, int64_t previous, int sequential, int64_t now
) {
    const Flash *flash = &state->flash;
    LineFill *line = flash->policy;
    if (flash->uncached_code == 0)
        return 0;
    int64_t last = ((int64_t)1 << (flash->unit_shift - 3)) - 1;
    int64_t entry = largest(line->begin, unit << flash->unit_shift) >> 3 & last;
    int64_t wait = edge->flags & IN_FLASH ? flash->miss_cycles : flash->ram_miss_cycles;
    line->late |= previous < 0;
    return wait_for_line(state, entry, now, wait, edge->flags & IN_FLASH ? line->cycles : 0) - wait;
}

/* Cycles that a miss waits until the flash has read the rest of the line that missed before. */
int64_t read_line(State *state, int64_t place, int64_t now) {
    LineFill *line = state->flash.policy;
    int64_t busy = largest(line->ready - now, 0);
    line->ready = now + busy + state->flash.miss_cycles + line->cycles * state->flash.bus_ratio;
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
