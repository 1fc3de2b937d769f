/* What a block, an access and a divide count and cost.
 *
 * Each flash policy includes this behind its own part, which says what is peculiar to that flash:
 *   hidden_cycles   how many cycles of a sequential miss are hidden, `elapsed` after the core began with the unit before,
 *                   by a core that fetches so many cycles `ahead`
 *   begin_fetch     a block's units are about to be fetched
 *   code_miss       cycles by which the wait for a unit of code differs from that of a plain miss
 *   data_miss       the same for the load at `address` from offset `place` in flash, `unit` of it
 *   data_hit        cycles that a load waits although the cache holds its unit
 */
#ifndef COUNTING_H
#define COUNTING_H

#include "caches.h"
#include "calls.h"

/* Write an event down if anybody wants to know. */
static inline void write_down(Tape *tape, int64_t what, int64_t operands) {
    if (tape->records == 0)
        return;
    if (tape->used >= tape->room)
        tape->full(0, 0, 0);
    if (tape->used >= tape->room)
        return; /* it could not be emptied: closing the recorder says why */
    tape->records[tape->used++] = (Event){what, operands};
}

/* --- Code ------------------------------------------------------------------------------------------------------- */

/* Cycles by which the wait for a unit of code through the alias differs from `wait`. What is read ahead is ready so long
 * after the core began with the unit before as a miss takes. */
static inline int64_t alias_miss(const Flash *flash, int sequential, int64_t elapsed, int64_t wait) {
    int64_t own = flash->alias_miss_cycles;
    if (sequential)
        own = largest(own - largest(flash->fetch_ahead, flash->alias_prefetch != 0 ? elapsed : 0), 0);
    return own - wait;
}

/* Cycles by which the core is ahead with fetching when it comes to `offset`, straight on from where the queue was followed to.
 * It fetches a word a cycle, and no more of them than there are places, which the code before takes so long to use up. */
static inline int64_t ahead_in_queue(const Flash *flash, int64_t offset, int64_t now, int64_t rate) {
    int64_t ahead = flash->queue + now - flash->queue_since - ((offset - flash->queue_at + 3) >> 2);
    return smallest(largest(ahead, 0), rate * 4 * flash->queue_words >> RATE_SHIFT);
}

/* Follow the queue from here on: the core comes to `offset` and is so far ahead. */
static inline void follow_queue(Flash *flash, int64_t offset, int64_t now, int64_t ahead) {
    flash->queue = ahead;
    flash->queue_since = now;
    flash->queue_at = offset;
}

/* Where an address is taken to lie: elsewhere, if what lies there was placed elsewhere. */
static inline int64_t placed(const Operands *operands, int64_t target) {
    for (int64_t index = 0; index < operands->moves_count; index++) {
        const Move *move = operands->moves + index;
        if (target >= move->start && target < move->end)
            return target + move->by;
    }
    return target;
}

/* The first and last unit of a block that lies in RAM behind the caches. Returns 0 for one in other RAM. */
static inline int units_in_ram(const State *state, const Edge *edge, int64_t *first, int64_t *last) {
    const Flash *flash = &state->flash;
    int64_t address = placed(&state->operands, edge->where & 0xFFFFFFFF), size = edge->where >> 32;
    for (int64_t index = 0; index < flash->cached_count; index++) {
        int64_t offset = address - flash->cached[index].base;
        if (offset < 0 || offset + size > flash->cached[index].size)
            continue;
        *first = flash->cached[index].first_unit + (offset >> flash->unit_shift);
        *last = flash->cached[index].first_unit + ((offset + size - 1) >> flash->unit_shift);
        return 1;
    }
    return 0;
}

/* Bring the block's units through the instruction cache, or through that of the alias. Returns the cycles that the core waits.
 * For prefetch, the block's own cycles are taken to spread evenly over its bytes. */
static inline int64_t fetch(State *state, const Edge *edge) {
    Flash *flash = &state->flash;
    int64_t through_alias = edge->flags & THROUGH_ALIAS, in_flash = edge->flags & IN_FLASH;
    Cache *cache = through_alias != 0 ? flash->alias_cache : flash->code_cache;
    int64_t *stamps = cache->stamps;
    int64_t rate = edge->flags >> RATE_SHIFT, taken = edge->flags & TAKEN;
    int64_t previous = flash->fetch_unit, stall = 0, first = edge->first, last = edge->last, followed = 0;
    if (in_flash == 0 && !units_in_ram(state, edge, &first, &last))
        return 0;
    int64_t begin = (first << flash->unit_shift) + (edge->where & ((1 << flash->unit_shift) - 1));
    begin_fetch(state, edge, begin);
    int64_t tick = cache->tick;
    for (int64_t unit = first; unit <= last; unit++) {
        int64_t now = state->run.cycles + stall;
        int64_t offset = unit == first ? begin : unit << flash->unit_shift, ahead = 0;
        int jumped = taken != 0 && unit == first, sequential = unit == previous + 1 && !jumped;
        if (unit != first)
            now += rate * (offset - begin) >> RATE_SHIFT;
        if (sequential)
            ahead = ahead_in_queue(flash, offset, now, rate);
        tick++;
        if (stamps[unit] != 0) {
            stamps[unit] = tick;
        } else {
            BlockCounts *counts = state->table.counts + edge->block;
            int64_t wait = in_flash != 0 ? flash->miss_cycles : flash->ram_miss_cycles;
            if (sequential) {
                int64_t hidden = hidden_cycles(state, now - flash->fetch_since, ahead);
                ahead = smallest(ahead, largest(hidden - wait, 0));
                wait = largest(wait - hidden, 0);
                if (in_flash != 0) {
                    counts->sequential_misses++;
                    flash->hidden[hidden]++;
                }
            } else if (in_flash != 0) {
                counts->branch_misses++;
            }
            int64_t more = through_alias != 0 ? alias_miss(flash, sequential, now - flash->fetch_since, wait)
                                              : code_miss(state, edge, unit, previous, sequential, now);
            wait += more;
            if (in_flash != 0) {
                counts->code_ahead += more;
                flash->held = ((unit + 1) << (flash->unit_shift - flash->held_shift)) - 1;
            } else {
                counts->ram_waits += wait;
            }
            stall += wait;
            now += wait;
            cache->tick = tick;
            insert(cache, unit);
        }
        if (unit != previous || jumped) {
            follow_queue(flash, offset, now, ahead);
            followed = 1;
        }
        if (unit != previous) {
            previous = unit;
            flash->fetch_since = now;
        }
    }
    if (followed) /* refilling the pipeline takes as long with code that is there: it gives the queue no time */
        flash->queue_since += edge->cycles - (rate * (edge->where >> 32) >> RATE_SHIFT);
    cache->tick = tick;
    flash->fetch_unit = previous;
    return stall;
}

/* The same in each lane: at the clock that it would have there. `clock`: of the board before the block, `stall`: what its
 * own units took. A lane's clock runs ahead of the board's by what its memories took beyond these. */
static __attribute__((noinline)) void fetch_in_lanes(State *state, const Edge *edge, int64_t clock, int64_t stall) {
    for (int64_t index = 0; index < state->lanes_count; index++) {
        State *lane = state->lanes + index;
        lane->run = state->run;
        lane->run.cycles = clock + lane->ahead;
        lane->operands.moves = state->operands.moves;
        lane->operands.moves_count = state->operands.moves_count;
        lane->ahead += fetch(lane, edge) - stall;
    }
}

/* Compare a branch with its prediction, a two-bit counter, and train that. */
static inline void predict(State *state, int64_t before, int taken) {
    int8_t *counter = state->branches.predictors + state->branches.numbers[before];
    if ((*counter >= 2) != taken) {
        state->table.counts[before].mispredicts++;
        state->run.mispredicted = 1;
        state->run.cycles += state->branches.mispredict;
    }
    *counter = taken ? smallest(*counter + 1, 3) : largest(*counter - 1, 0);
}

/* Whether the bytes of a block in RAM differ from those that were decoded. */
static inline int code_changed(const Edge *edge) {
    const uint8_t *now = (const uint8_t *)edge->first, *then = (const uint8_t *)edge->last;
    for (int64_t byte = 0; byte < edge->where >> 32; byte++)
        if (now[byte] != then[byte])
            return 1;
    return 0;
}

/* Where to begin in the edge table, before masking. */
int64_t edge_hash(int64_t where, int64_t before) {
    int64_t mixed = (int64_t)((uint64_t)where * 0x9E3779B1u + (uint64_t)before * 0x85EBCA77u);
    return mixed ^ (mixed >> 15);
}

/* Count and price the block that begins now. Returns why it may not run yet: NOT_STOPPED if it may. */
static inline int64_t begin_block(State *state, int64_t address, int64_t size) {
    Run *run = &state->run;
    int64_t may_change = 0;
    Edge *edges = state->table.edges, *edge;
    int64_t before = run->block, where = address | size << 32, mask = state->table.edge_mask;
    int64_t slot = edge_hash(where, before) & mask;
    while ((edge = edges + slot)->where != where || edge->before != before) {
        if (edge->where == 0) {
            slot = state->table.new_edge(before, address, size);
            if (slot < 0)
                return ON_ERROR;
            edge = edges + slot;
            break;
        }
        slot = (slot + 1) & mask;
    }
    if (edge->flags & (IN_RAM | WATCHED | STALE | MASKS)) {
        if (edge->flags & WATCHED) {
            if (run->pass_watch != where) {
                run->watched = where;
                return AT_WATCH;
            }
            run->pass_watch = 0;
        }
        if (edge->flags & STALE || (edge->flags & IN_RAM && code_changed(edge))) {
            slot = state->table.new_edge(before, address, size);
            if (slot < 0)
                return ON_ERROR;
            edge = edges + slot;
        }
        if (edge->flags & MASKS && run->held_back != 0)
            run->deadline = 0;
        may_change = edge->flags & MASKS;
    }
    state->guard.may_change = may_change;
    write_down(&state->tape, EVENT_BLOCK | address << 32, size);
    run->mispredicted = 0;
    if (edge->flags & PREDICTED && state->branches.mispredict != 0)
        predict(state, before, (edge->flags & TAKEN) != 0);
    if (state->calls.is_on != 0)
        follow(state, edge->block, (edge->flags & TAKEN) != 0, address, size);
    edge->count++;
    run->block = edge->block;
    run->block_begin = address;
    run->block_end = address + size;
    run->block_rate = edge->flags >> RATE_SHIFT;
    if (edge->flags & IN_FLASH || state->flash.cached_count != 0) {
        int64_t stall = fetch(state, edge);
        if (state->lanes_count != 0)
            fetch_in_lanes(state, edge, run->cycles, stall);
        run->cycles += stall;
    }
    run->cycles += edge->cycles;
    return NOT_STOPPED;
}

/* --- Operands --------------------------------------------------------------------------------------------------- */

/* Note the range of memory that the code at `address` is in, one of size 0 outside of all. */
static __attribute__((noinline)) void find_range(Operands *operands, int64_t address) {
    operands->size = 0;
    for (int64_t index = 0; index < operands->ranges_count; index++) {
        const CodeRange *range = operands->ranges + index;
        if (address >= range->base && address < range->base + range->size) {
            operands->base = range->base;
            operands->size = range->size;
            operands->numbers = range->numbers;
        }
    }
}

/* The same as below while the core is about to stop: there without a look at operands. */
static __attribute__((noinline)) Operation *operation_before_halt(State *state, int64_t address) {
    Operands *operands = &state->operands;
    if (address == operands->halt) {
        state->emulator.stop(state->emulator.handle);
        return 0;
    }
    find_range(operands, address);
    int32_t number = operands->size == 0 ? 0 : operands->numbers[(uint64_t)(address - operands->base) >> 1];
    operands->size = 0; /* the next one comes here, too */
    return number == 0 ? 0 : operands->operations + number;
}

/* The operation of the instruction at `address`, 0 for none: the price of most instructions stands in their block's. */
static inline Operation *operation_at(State *state, int64_t address) {
    Operands *operands = &state->operands;
    if ((uint64_t)(address - operands->base) >= (uint64_t)operands->size) {
        if (operands->halt != 0)
            return operation_before_halt(state, address);
        find_range(operands, address);
        if (operands->size == 0)
            return 0;
    }
    int32_t number = operands->numbers[(uint64_t)(address - operands->base) >> 1];
    return number == 0 ? 0 : operands->operations + number;
}

/* Read flash at offset `place` past the data cache: always by the way there, and from the array if the flash holds other data. */
static inline void read_past_cache(State *state, int64_t place, BlockCounts *counts) {
    Flash *flash = &state->flash;
    if (place >> flash->held_shift == flash->held) {
        counts->data_ahead += flash->way_cycles;
        state->run.cycles += flash->way_cycles;
        return;
    }
    flash->held = place >> flash->held_shift;
    counts->data_misses++;
    state->run.cycles += flash->miss_cycles;
}

/* Bring a unit of flash through the data cache, for the load at `address` from offset `place`. */
static inline void read_flash(State *state, int64_t unit, int64_t place, BlockCounts *counts, int64_t address) {
    int64_t more;
    counts->data_reads++;
    if (state->flash.uncached_data != 0) {
        read_past_cache(state, place, counts);
        return;
    }
    if (touch(state->flash.data_cache, unit)) {
        more = data_hit(state, place, address);
    } else {
        counts->data_misses++;
        more = data_miss(state, unit, place, address);
        state->run.cycles += state->flash.miss_cycles;
    }
    counts->data_ahead += more;
    state->run.cycles += more;
}

/* The same through the alias, past the core's caches. */
static inline void read_alias(State *state, int64_t unit, BlockCounts *counts) {
    const Flash *flash = &state->flash;
    counts->data_reads++;
    if (touch(flash->alias_cache, unit))
        return;
    counts->data_misses++;
    counts->data_ahead += flash->alias_miss_cycles - flash->miss_cycles;
    state->run.cycles += flash->alias_miss_cycles;
}

/* Bring what lies in cached RAM through the data cache, or past it. A store waits for nothing. */
static inline void reach_ram(State *state, int64_t address, int64_t size, BlockCounts *counts, int is_load) {
    Flash *flash = &state->flash;
    for (int64_t index = 0; index < flash->cached_count; index++) {
        const Cached *range = flash->cached + index;
        int64_t offset = address - range->base;
        if (offset < 0 || offset + size > range->size)
            continue;
        int64_t last = (offset + size - 1) >> flash->unit_shift;
        for (int64_t unit = offset >> flash->unit_shift; unit <= last; unit++) {
            if (flash->uncached_data != 0) {
                counts->ram_waits += is_load ? flash->ram_miss_cycles : 0;
                state->run.cycles += is_load ? flash->ram_miss_cycles : 0;
            } else if (!touch(flash->data_cache, range->first_unit + unit) && is_load) {
                counts->ram_misses++;
                state->run.cycles += flash->ram_miss_cycles;
            }
        }
    }
}

/* Bring what the load or store at `address` accesses through the data cache. `place`: in flash, -1 outside of it. */
static inline void reach(
    State *state, const Operation *operation, int64_t address, int64_t target, int64_t place, int is_load
) {
    BlockCounts *counts = state->table.counts + state->run.block;
    int64_t shift = state->flash.unit_shift, end = place + operation->bytes - 1;
    if (place < 0) {
        if (state->flash.cached_count != 0 && (operation->base != STACK_BASE || state->flash.uncached_data))
            reach_ram(state, target, operation->bytes, counts, is_load);
    } else if (is_load && state->flash.alias_cache != 0 && ((target - state->flash.alias) & ~state->flash.mask) == 0) {
        for (int64_t unit = place >> shift; unit <= end >> shift; unit++)
            read_alias(state, unit, counts);
    } else if (is_load) {
        for (int64_t unit = place >> shift; unit <= end >> shift; unit++)
            read_flash(state, unit, largest(place, unit << shift), counts, address);
    }
}

/* The same in each lane: see `fetch_in_lanes`. `clock`: of the board before the access. */
static __attribute__((noinline)) void reach_in_lanes(
    State *state, const Operation *operation, int64_t address, int64_t target, int64_t place, int64_t clock
) {
    int64_t waited = state->run.cycles - clock;
    for (int64_t index = 0; index < state->lanes_count; index++) {
        State *lane = state->lanes + index;
        lane->run = state->run;
        lane->run.cycles = clock + lane->ahead;
        reach(lane, operation, address, target, place, operation->kind == LOAD);
        lane->ahead = lane->run.cycles - clock - waited;
    }
}

/* Let a load wait for RAM with wait states, word by word, and any access for the bus matrix. */
static __attribute__((noinline)) void wait_for_ram(State *state, const Operation *operation, int64_t target) {
    int64_t words = operation->kind == LOAD ? (operation->bytes + 3) / 4 : 0;
    for (int64_t index = 0; index < state->operands.slow_count; index++) {
        const Slow *slow = state->operands.slow + index;
        if (target >= slow->base && target < slow->base + slow->size) {
            int64_t waits = words * slow->wait_states + operation->arbitrations * slow->arbitration_cycles;
            state->table.counts[state->run.block].ram_waits += waits;
            for (int64_t lane = 0; lane < state->lanes_count; lane++)
                state->lanes[lane].table.counts[state->run.block].ram_waits += waits;
            state->run.cycles += waits;
        }
    }
}

/* Price what the load at `address` reads from flash or cached RAM, and let a store have its place in the cache. */
static inline void price_access(State *state, Operation *operation, int64_t address, uint32_t target) {
    int64_t size = smallest(operation->bytes, 4), clock;
    int is_load = operation->kind == LOAD;
    write_down(&state->tape, EVENT_ACCESS | address << 32, target);
    if (is_load && (target & (size - 1)) != 0 &&
        (state->operands.unaligned_within_word != 0 || (target & 3) + size > 4)) {
        state->table.counts[state->run.block].unaligned_loads++;
        state->run.cycles += state->operands.unaligned_load;
    }
    int64_t there = placed(&state->operands, target), place = flash_offset(&state->flash, there);
    if (place + operation->bytes - 1 > state->flash.mask)
        place = -1;
    if (place >= 0 && is_load && operation->known == 0) {
        operation->known = 1;
        state->operands.new_flash_load(address, 0, 0);
    }
    if (state->operands.slow_count != 0)
        wait_for_ram(state, operation, there);
    clock = state->run.cycles;
    reach(state, operation, address, there, place, is_load);
    if (state->lanes_count != 0)
        reach_in_lanes(state, operation, address, there, place, clock);
}

/* Significant bits of a 32-bit magnitude. */
static inline int64_t significant_bits(uint32_t magnitude) { return magnitude == 0 ? 0 : 32 - __builtin_clz(magnitude); }

/* Cycles of SDIV or UDIV for two 32-bit register values, on a core that finds `bits` of the quotient a cycle.
 * Arm says of Cortex-M3 and M4 2 to 12, by the leading zeros of both (TRM table 3-1). */
int64_t divide_cycles(
    uint32_t dividend, uint32_t divisor, int64_t is_signed, int64_t shortest, int64_t bits, int64_t longest
) {
    if (is_signed) {
        dividend = dividend & 0x80000000 ? -dividend : dividend;
        divisor = divisor & 0x80000000 ? -divisor : divisor;
    }
    if (divisor == 0 || dividend < divisor)
        return shortest;
    return smallest(longest, shortest + 1 + (significant_bits(dividend) - significant_bits(divisor)) / bits);
}

/* Add what a divide takes beyond the shortest one, which its block was priced with. */
static inline void price_divide(
    State *state, const Operation *operation, int64_t address, uint32_t dividend, uint32_t divisor
) {
    const Operands *operands = &state->operands;
    write_down(&state->tape, EVENT_DIVIDE | address << 32, (int64_t)(dividend | (uint64_t)divisor << 32));
    int64_t cycles = divide_cycles(
        dividend, divisor, operation->kind == SIGNED_DIVIDE, operands->divide_shortest, operands->divide_bits,
        operands->divide_longest
    );
    operands->divides[cycles]++;
    state->run.cycles += cycles - operands->divide_shortest;
}

#endif
