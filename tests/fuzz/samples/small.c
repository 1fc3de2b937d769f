/* A program that boots: what the readers of ELF files and of debug information are tried on. Built by samples/build.sh. */
#include <stdint.h>

extern uint32_t stack_end;
static volatile uint32_t counter;
uint32_t table[4] = {1, 2, 3, 4};

static inline uint32_t twice(uint32_t value) { return 2 * value; }

uint32_t work(uint32_t rounds)
{
    uint32_t sum = 0;
    for (uint32_t round = 0; round < rounds; round++) {
        sum += twice(table[round & 3]);
    }
    return sum;
}

void reset(void)
{
    counter = work(10);
    for (;;) {
        __asm__ volatile("wfi");
    }
}

__attribute__((section(".vectors"), used)) static void *const vectors[16] = {&stack_end, (void *)reset};
