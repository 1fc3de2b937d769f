/* Caches, and the waits that every flash has: what `counting.h` and the flash policies build on. */
#ifndef CACHES_H
#define CACHES_H

#include "state.h"

enum { DRAW_FACTOR = 1103515245, DRAW_TERM = 12345, DRAW_MASK = 0x7FFFFFFF };

static inline int64_t largest(int64_t one, int64_t other) { return one > other ? one : other; }
static inline int64_t smallest(int64_t one, int64_t other) { return one < other ? one : other; }

/* The next number of the generator that chooses what is replaced, and of its powers. */
static inline int64_t draw(int64_t random, int64_t factor, int64_t term) {
    return (random * factor + term) & DRAW_MASK;
}

/* Put a unit that the cache does not hold into its set, in place of another one if the set is full. */
static inline void insert(Cache *cache, int64_t unit) {
    int64_t *stamps = cache->stamps, set = unit & cache->set_mask, *held = cache->units + set * cache->ways;
    int64_t way = cache->fills[set];
    if (way < cache->ways) {
        cache->fills[set] = way + 1;
    } else if (cache->random != 0) {
        cache->random = draw(cache->random, DRAW_FACTOR, DRAW_TERM);
        cache->draws++;
        way = (cache->random >> 16) % cache->ways;
        stamps[held[way]] = 0;
    } else {
        int64_t oldest = stamps[held[0]];
        way = 0;
        for (int64_t other = 1; other < cache->ways; other++) {
            int64_t stamp = stamps[held[other]];
            if (stamp < oldest) {
                oldest = stamp;
                way = other;
            }
        }
        stamps[held[way]] = 0;
    }
    held[way] = unit;
    stamps[unit] = cache->tick;
}

/* Use a unit. Returns whether the cache held it. */
int64_t touch(Cache *cache, int64_t unit) {
    cache->tick++;
    if (cache->stamps[unit] == 0) {
        insert(cache, unit);
        return 0;
    }
    cache->stamps[unit] = cache->tick;
    return 1;
}

/* Where in flash an address is, seen through its alias as well; -1 outside of flash. */
static inline int64_t flash_offset(const Flash *flash, int64_t address) {
    int64_t offset = address - flash->base;
    if ((offset & ~flash->mask) == 0)
        return offset;
    offset = address - flash->alias;
    return (offset & ~flash->mask) == 0 ? offset : -1;
}

/* The clock at the instruction at `address`. It stands at the block's end, but for the waits that are still to come. */
static inline int64_t clock_at(const Run *run, int64_t address) {
    return run->cycles - largest(run->block_rate * (run->block_end - address) >> RATE_SHIFT, 0);
}

#endif
