/* Skips the turns of a loop that waits: one that reads registers and comes back to the state in which it began.
 *
 * Nothing is looked for before registers were read FIRST_LOOK_READS times in a row without a write in between: on_read
 * of simtiny/machine/register_reads.c counts them. Then three turns are run as ever. Where each comes back to the core's
 * registers, over the same edges, and the last two have changed each counter by the same, so will all others, until
 * something is due or a register that was read has something else to tell: what they count is added, as often as there is
 * time for them. That is to the bit what running them would have counted:
 *
 * - what the flash's policy and the fetch remember stands still, or moves on with the clock;
 * - predictions stand still, and no routine is called;
 * - what the caches hold is where it was: the same units were used last, in the same order, after the first turn already;
 *   and nothing is replaced at random. Where there is but one unit to replace, as in a cache that is off, the random
 *   numbers that were drawn for it are drawn for the turns that are skipped, too;
 * - memory is what it was where the loop writes to it, after two turns, and an even number of turns is skipped.
 */
#ifndef POLLING_H
#define POLLING_H

#include "counting.h"

enum { TURNS = 3 };

static inline void give_up(Polling *polling) {
    polling->phase = 0;
    polling->look_at = 2 * polling->reads;
}

/* --- What a turn changes ------------------------------------------------------------------------------------------ */

static inline void add_place(Polling *polling, int64_t *place) { polling->places[polling->places_count++] = place; }

/* Whether this is the first time that the turn comes to this block. */
static inline int is_new(const Polling *polling, int64_t at) {
    for (int64_t earlier = 0; earlier < at; earlier++)
        if (polling->path[earlier]->block == polling->path[at]->block)
            return 0;
    return 1;
}

/* How many of a system's first places are times, or stand still: its lead, the fetch, the policy. */
static inline int64_t times_of(const State *system) { return 5 + system->flash.policy_words; }

/* A system's caches, each once. Returns how many. */
static int64_t caches_of(const State *system, Cache *caches[3]) {
    const Flash *flash = &system->flash;
    int64_t count = 0;
    caches[count++] = flash->code_cache;
    if (flash->data_cache != flash->code_cache)
        caches[count++] = flash->data_cache;
    if (flash->alias_cache != 0)
        caches[count++] = flash->alias_cache;
    return count;
}

/* The numbers that one system of memories changes. */
static void add_system(Polling *polling, State *system) {
    int64_t *policy = system->flash.policy;
    add_place(polling, &system->ahead);
    add_place(polling, &system->flash.fetch_since);
    add_place(polling, &system->flash.queue);
    add_place(polling, &system->flash.queue_since);
    add_place(polling, &system->flash.queue_at);
    for (int64_t word = 0; word < system->flash.policy_words; word++)
        add_place(polling, policy + word);
    Cache *caches[3];
    for (int64_t number = 0, count = caches_of(system, caches); number < count; number++)
        add_place(polling, &caches[number]->draws);
    for (int64_t bucket = 0; bucket < HIDDEN_BUCKETS; bucket++)
        add_place(polling, system->flash.hidden + bucket);
    for (int64_t at = 0; at < polling->length; at++) {
        int64_t *counts = (int64_t *)(system->table.counts + polling->path[at]->block);
        for (uint64_t word = 0; is_new(polling, at) && word < sizeof(BlockCounts) / sizeof(int64_t); word++)
            add_place(polling, counts + word);
    }
}

/* What a turn that calls nothing changes of the call tree: its blocks' cells, and what the one that runs began with. */
static void add_cells(Polling *polling, State *state) {
    Calls *calls = &state->calls;
    for (int64_t at = 0; at < polling->length; at++) {
        CallCell *cell = calls->cells + calls->cell_of[polling->path[at]->block];
        if (!is_new(polling, at))
            continue;
        add_place(polling, &cell->runs);
        add_place(polling, &cell->cycles);
        add_place(polling, &cell->taken);
        add_place(polling, &cell->flash_reads);
        add_place(polling, &cell->ram_line_reads);
    }
    for (int64_t *sum = &calls->events.flash_reads; sum < &calls->events.kind_0 + KINDS; sum++)
        add_place(polling, sum);
    add_place(polling, &calls->since);
    add_place(polling, &calls->flash_reads);
    add_place(polling, &calls->ram_line_reads);
}

/* Find all numbers that a turn changes. The edges come last: they are counted once for each time they stand in the path. */
static void find_places(State *state) {
    Polling *polling = &state->polling;
    polling->places_count = 0;
    add_place(polling, &state->run.cycles);
    add_system(polling, state);
    polling->each = polling->places_count - 1;
    for (int64_t index = 0; index < state->lanes_count; index++)
        add_system(polling, state->lanes + index);
    add_place(polling, &polling->last);
    add_place(polling, &polling->waits[polling->wait].cycles);
    for (int64_t bucket = 0; bucket < DIVIDE_BUCKETS; bucket++)
        add_place(polling, state->operands.divides + bucket);
    if (state->calls.is_on != 0)
        add_cells(polling, state);
}

/* Write down what all numbers are behind a turn. */
static void take_values(State *state) {
    Polling *polling = &state->polling;
    int64_t *values = polling->values + polling->turns * polling->places_room;
    int64_t *fixed = polling->fixed + polling->turns * polling->places_room, count = 0;
    for (int64_t at = 0; at < polling->places_count; at++)
        values[at] = *polling->places[at];
    fixed[count++] = state->flash.fetch_unit;
    for (int64_t index = 0; index < state->lanes_count; index++)
        fixed[count++] = state->lanes[index].flash.fetch_unit;
    for (int64_t at = 0; at < polling->length; at++)
        fixed[count++] = state->branches.predictors[state->branches.numbers[polling->path[at]->block]];
    fixed[count++] = state->calls.visits_count;
    fixed[count++] = state->calls.cells_count;
    fixed[count++] = state->calls.node;
    fixed[count++] = state->calls.low;
    polling->fixed_count = count;
}

/* --- Whether all turns to come are the same ------------------------------------------------------------------------ */

/* What the last turn has added to a number. */
static inline int64_t step_of(const Polling *polling, int64_t at) {
    return polling->values[2 * polling->places_room + at] - polling->values[polling->places_room + at];
}

static int is_even(const Polling *polling) {
    const int64_t *values = polling->values, *fixed = polling->fixed, room = polling->places_room;
    for (int64_t at = 0; at < polling->places_count; at++)
        if (values[room + at] - values[at] != step_of(polling, at))
            return 0;
    for (int64_t at = 0; at < polling->fixed_count; at++)
        if (fixed[at] != fixed[room + at] || fixed[at] != fixed[2 * room + at])
            return 0;
    return 1;
}

/* The generator's number after so many more draws: by repeated squaring. */
static int64_t drawn(int64_t random, int64_t draws) {
    int64_t factor = DRAW_FACTOR, term = DRAW_TERM;
    for (; draws != 0; draws >>= 1) {
        if (draws & 1)
            random = draw(random, factor, term);
        term = draw(term, factor, term);
        factor = draw(factor, factor, 0);
    }
    return random;
}

/* Let so many turns be drawn for. `first`: of the system's places. */
static void draw_for(const Polling *polling, const State *system, int64_t first, int64_t turns) {
    Cache *caches[3];
    for (int64_t number = 0, count = caches_of(system, caches); number < count; number++) {
        Cache *cache = caches[number];
        cache->random = drawn(cache->random, turns * step_of(polling, first + times_of(system) + number));
    }
}

/* Whether what a system replaces is not chosen at random, and what it remembers of times stands still or moves on with its
 * clock. `first`: of its places. */
static int is_in_step(const Polling *polling, const State *system, int64_t first) {
    int64_t clock = step_of(polling, 0) + step_of(polling, first);
    for (int64_t at = first + 1; at < first + times_of(system); at++)
        if (step_of(polling, at) != 0 && step_of(polling, at) != clock)
            return 0;
    Cache *caches[3];
    for (int64_t number = 0, count = caches_of(system, caches); number < count; number++)
        if (caches[number]->ways > 1 && step_of(polling, first + times_of(system) + number) != 0)
            return 0;
    return 1;
}

static int are_in_step(const State *state) {
    const Polling *polling = &state->polling;
    if (!is_in_step(polling, state, 1))
        return 0;
    for (int64_t index = 0; index < state->lanes_count; index++)
        if (!is_in_step(polling, state->lanes + index, 1 + (1 + index) * polling->each))
            return 0;
    return 1;
}

/* Add the turns that there is time for. Those who ask for a block's clock get its end: the last turn ends before `until`. */
static void skip(State *state) {
    Polling *polling = &state->polling;
    Run *run = &state->run;
    int64_t clock = step_of(polling, 0), until, turns;
    polling->phase = 0;
    polling->look_at = 2 * polling->reads;
    if (clock <= 0 || !is_even(polling) || !are_in_step(state))
        return;
    if (polling->registers_count > MOST_POLLED || (polling->stores != 0 && polling->same_memory(1, 0, 0) == 0))
        return;
    until = polling->steady_until(0, 0, 0);
    turns = smallest(run->deadline - run->cycles, until - 1 - run->cycles) / clock;
    if (polling->stores != 0)
        turns &= ~INT64_C(1);
    polling->look_at = polling->reads + FIRST_LOOK_READS;
    if (turns <= 0)
        return;
    draw_for(polling, state, 1, turns);
    for (int64_t index = 0; index < state->lanes_count; index++)
        draw_for(polling, state->lanes + index, 1 + (1 + index) * polling->each, turns);
    for (int64_t at = 0; at < polling->places_count; at++)
        *polling->places[at] += turns * step_of(polling, at);
    for (int64_t at = 0; at < polling->length; at++)
        polling->path[at]->count += turns;
    polling->skipped += turns * clock;
}

/* --- Finding it --------------------------------------------------------------------------------------------------- */

static inline int64_t core_number(const State *state, void *emulator, int64_t index) {
    uint64_t value = 0;
    state->emulator.reg_read(emulator, state->polling.core_numbers[index], &value);
    return (int64_t)value;
}

/* Whether the core's registers hold what they held when the first turn began. */
static int is_same_core(const State *state, void *emulator) {
    for (int64_t index = 0; index < state->polling.core_count; index++)
        if (core_number(state, emulator, index) != state->polling.core[index])
            return 0;
    return 1;
}

static void begin_loop(State *state, void *emulator, int64_t address) {
    Polling *polling = &state->polling;
    for (int64_t index = 0; index < polling->core_count; index++)
        polling->core[index] = core_number(state, emulator, index);
    polling->begin = address;
    polling->blocks = polling->turns = polling->registers_count = polling->stores = 0;
    polling->phase = LOOP_RUNS;
}

static void end_turn(State *state) {
    Polling *polling = &state->polling;
    if (polling->turns == 0) {
        polling->length = polling->blocks;
        find_places(state);
        if (polling->stores != 0)
            polling->same_memory(0, 0, 0);
    } else if (polling->blocks != polling->length) {
        give_up(polling);
        return;
    }
    take_values(state);
    polling->blocks = 0;
    if (++polling->turns == TURNS)
        skip(state);
}

/* The edge over which the block that runs was come to. */
static Edge *edge_to(State *state, int64_t before, int64_t where) {
    int64_t mask = state->table.edge_mask, slot = edge_hash(where, before) & mask;
    Edge *edge;
    while ((edge = state->table.edges + slot)->where != where || edge->before != before) {
        if (edge->where == 0)
            return 0;
        slot = (slot + 1) & mask;
    }
    return edge;
}

static void add_to_turn(State *state, int64_t before, int64_t where) {
    Polling *polling = &state->polling;
    Edge *edge = edge_to(state, before, where);
    if (edge == 0 || (polling->turns != 0 && polling->path[polling->blocks] != edge)) {
        give_up(polling);
        return;
    }
    polling->path[polling->blocks++] = edge;
    polling->stores |= (edge->flags & STORES) != 0;
}

/* `begin_block` while a loop is looked for. */
static __attribute__((noinline)) int64_t begin_in_loop(State *state, void *emulator, int64_t address, int64_t size) {
    Polling *polling = &state->polling;
    if (polling->phase == LOOP_BEGINS) {
        begin_loop(state, emulator, address);
    } else if (address == polling->begin && is_same_core(state, emulator)) {
        end_turn(state);
        if (state->run.cycles >= state->run.deadline)
            return AT_DEADLINE;
    } else if (polling->blocks == LOOP_BLOCKS || (polling->turns != 0 && polling->blocks == polling->length)) {
        give_up(polling);
    }
    int64_t before = state->run.block, stopped = begin_block(state, address, size);
    if (stopped != NOT_STOPPED)
        polling->phase = 0;
    else if (polling->phase == LOOP_RUNS)
        add_to_turn(state, before, address | size << 32);
    return stopped;
}

#endif
