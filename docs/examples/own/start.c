/* Start-up: vectors, .data and .bss. */
#include <stdint.h>

extern uint32_t __StackTop, _sidata, _sdata, _edata, _sbss, _ebss;
int main(void);
void SysTick_Handler(void);

void Default_Handler(void)
{
    for (;;)
        ;
}

void Reset_Handler(void)
{
    const uint32_t *from = &_sidata;
    for (uint32_t *to = &_sdata; to < &_edata;)
        *to++ = *from++;
    for (uint32_t *to = &_sbss; to < &_ebss;)
        *to++ = 0;
    main();
    Default_Handler();
}

__attribute__((section(".vectors"), used)) static void (*const vectors[16])(void) = {
    (void (*)(void)) & __StackTop,
    Reset_Handler,
    [2 ... 14] = Default_Handler,
    [15] = SysTick_Handler,
};
