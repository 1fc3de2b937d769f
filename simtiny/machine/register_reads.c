/* The callback with which Unicorn reads a register. */
#include "register_ranges.h"

/* Answer the read of a register whose value is known to be plain; any other goes to Python. */
uint64_t on_read(void *emulator, uint64_t offset, uint32_t width, void *user_data) {
    const RegisterRange *range = user_data;
    if (width == 4) {
        int64_t address = range->base + (int64_t)offset;
        for (int64_t number = 0; number < range->plain_count; number++) {
            const Plain *block = range->plain + number;
            int64_t place = address - block->base;
            if (place < 0 || place >= block->size || (place & 3) != 0)
                continue;
            int64_t word = block->words[place >> 2];
            if (word >= 0) {
                ++*block->reads;
                return (uint64_t)word;
            }
        }
    }
    return (uint64_t)range->read((int64_t)offset, width, 0);
}
