/* The two functions that the compiler may call on its own in a program without a C library. */
#include "memory.h"

#include <stdint.h>

/* Words while both ends are aligned, bytes for the rest. */
void *memcpy(void *restrict to, const void *restrict from, size_t count)
{
    uint8_t *out = to;
    const uint8_t *in = from;
    if ((((uintptr_t)out | (uintptr_t)in) & 3) == 0) {
        for (; count >= 4; count -= 4) {
            *(uint32_t *)(void *)out = *(const uint32_t *)(const void *)in;
            out += 4;
            in += 4;
        }
    }
    while (count-- > 0) {
        *out++ = *in++;
    }
    return to;
}

void *memset(void *to, int value, size_t count)
{
    uint8_t *out = to;
    const uint32_t word = (uint8_t)value * 0x01010101u;
    for (; count > 0 && ((uintptr_t)out & 3) != 0; count--) {
        *out++ = (uint8_t)value;
    }
    for (; count >= 4; count -= 4) {
        *(uint32_t *)(void *)out = word;
        out += 4;
    }
    while (count-- > 0) {
        *out++ = (uint8_t)value;
    }
    return to;
}
