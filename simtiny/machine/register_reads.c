/* The callback with which Unicorn reads a register. */
#include "register_ranges.h"

/* What a register of this block reads as, if that is known here. Returns whether it is. */
static inline int answer(const Plain *block, int64_t place, uint32_t width, uint64_t *value) {
    if (place == block->data) {
        Queue *queue = block->queue;
        if (queue->next >= queue->last)
            return 0;
        *value = queue->bytes[queue->next++];
        return 1;
    }
    if (width != 4 || (place & 3) != 0 || block->words[place >> 2] < 0)
        return 0;
    *value = (uint64_t)block->words[place >> 2];
    return 1;
}

/* Answer the read of a register whose value is known to be plain; any other goes to Python. */
uint64_t on_read(void *emulator, uint64_t offset, uint32_t width, void *user_data) {
    const RegisterRange *range = user_data;
    int64_t address = range->base + (int64_t)offset;
    for (int64_t number = 0; number < range->plain_count; number++) {
        const Plain *block = range->plain + number;
        int64_t place = address - block->base;
        uint64_t value;
        if (place >= 0 && place < block->size && answer(block, place, width, &value)) {
            ++*block->reads;
            return value;
        }
    }
    return (uint64_t)range->read((int64_t)offset, width, 0);
}
