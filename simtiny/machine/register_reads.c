/* The callback with which Unicorn reads a register. */
#include "register_ranges.h"

enum {
    SYSTEM_CONTROL = 0xE0000000, /* the core's own registers lie from here on */
    FIRST_READS = 3, /* of a wait: among them can be one of what is read once before it */
};

/* Where the waits for a register are counted. */
static int64_t wait_for(Polling *polling, int64_t address) {
    for (int64_t at = 0; at < polling->waits_count; at++)
        if (polling->waits[at].address == address)
            return at;
    if (polling->waits_count < MOST_WAITS)
        polling->waits[polling->waits_count++].address = address;
    return polling->waits_count - 1;
}

/* A register that is read in the loop that is looked at. */
static void add_register(Polling *polling, int64_t address) {
    for (int64_t at = 0; at < polling->registers_count && at < MOST_POLLED; at++)
        if (polling->registers[at] == address)
            return;
    if (polling->registers_count < MOST_POLLED)
        polling->registers[polling->registers_count++] = address;
    else
        polling->registers_count = MOST_POLLED + 1;
}

/* Count reads in a row, and how long they have gone on. Where a loop looks at the time, too, it waits for the other one. */
static inline void note_read(Polling *polling, int64_t address) {
    int64_t now = *polling->cycles, since = now - polling->last;
    polling->last = now;
    if (polling->reads == 0 || since > LONGEST_TURN) {
        polling->reads = 1;
        polling->look_at = FIRST_LOOK_READS;
        polling->wait = wait_for(polling, address);
        return;
    }
    polling->reads++;
    int64_t waited_for = polling->waits[polling->wait].address;
    if (waited_for != address && address < SYSTEM_CONTROL && (waited_for >= SYSTEM_CONTROL || polling->reads <= FIRST_READS))
        polling->wait = wait_for(polling, address);
    if (polling->reads > 2)
        polling->waits[polling->wait].cycles += since;
    if (polling->phase == LOOP_RUNS)
        add_register(polling, address);
    else if (polling->reads >= polling->look_at)
        polling->phase = polling->is_on;
}

/* What a register that shows the time reads as by now, if that is known here. */
static int tell_time(const RegisterRange *range, const Plain *block, int64_t place, uint64_t *value) {
    int64_t now = *range->polling->cycles;
    for (int64_t number = 0; number < block->clocked_count; number++) {
        const Clocked *known = block->clocked + number;
        if (known->offset != place || now >= known->until || (known->up != 0 && *range->heard != 0))
            continue;
        *value = (uint64_t)((known->first + known->up * (((now - known->since) * known->times + known->plus) / known->by))
            & known->mask);
        return 1;
    }
    return 0;
}

/* What a register of this block reads as, if that is known here. Returns whether it is. */
static inline int answer(const RegisterRange *range, const Plain *block, int64_t place, uint32_t width, uint64_t *value) {
    if (place == block->data) {
        Queue *queue = block->queue;
        if (queue->next >= queue->last)
            return 0;
        *value = queue->bytes[queue->next++];
        return 1;
    }
    if (width != 4 || (place & 3) != 0)
        return 0;
    if (block->words[place >> 2] < 0)
        return tell_time(range, block, place, value);
    *value = (uint64_t)block->words[place >> 2];
    return 1;
}

/* Answer the read of a register whose value is known to be plain; any other goes to Python. */
uint64_t on_read(void *emulator, uint64_t offset, uint32_t width, void *user_data) {
    const RegisterRange *range = user_data;
    int64_t address = range->base + (int64_t)offset;
    note_read(range->polling, address);
    for (int64_t number = 0; number < range->plain_count; number++) {
        const Plain *block = range->plain + number;
        int64_t place = address - block->base;
        uint64_t value;
        if (place >= 0 && place < block->size && answer(range, block, place, width, &value)) {
            ++*block->reads;
            return value;
        }
    }
    return (uint64_t)range->read((int64_t)offset, width, 0);
}
