#include <stdint.h>

static volatile int8_t a[256], b[256];
volatile int32_t sum;

__attribute__((noinline)) void dot(void)
{
    int32_t total = 0;
    for (int i = 0; i < 256; i++)
        total += a[i] * b[i];
    sum = total;
}

void start(void)
{
    dot();
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static const void *vectors[2] = {(void *)0x20010000, start};
