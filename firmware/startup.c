/* Reset: stack, memory, floating point, then main. */
#include <stdint.h>
#include "board.h"
#include "memory.h"
#include "protocol.h"

/* From the linker script. */
extern uint32_t stack_top[];
extern uint8_t data_start[], data_end[], bss_start[], bss_end[];
extern const uint8_t data_image[];

void reset_handler(void);
void fault_handler(void);

/* Arm's core exceptions. The firmware polls, so no interrupt is ever enabled. */
typedef void (*vector)(void);
__attribute__((section(".vectors"), used)) static const vector vectors[16] = {
    (vector)(void *)stack_top,
    reset_handler,
    fault_handler, /* NMI */
    fault_handler, /* HardFault */
    fault_handler, /* MemManage */
    fault_handler, /* BusFault */
    fault_handler, /* UsageFault */
    0, 0, 0, 0,
    fault_handler, /* SVCall */
    fault_handler, /* DebugMonitor */
    0,
    fault_handler, /* PendSV */
    fault_handler, /* SysTick */
};

static void floating_point_start(void)
{
#if defined(__ARM_FP)
    *(volatile uint32_t *)0xE000ED88u |= 15u << 20; /* CPACR: full access to coprocessors 10 and 11 */
    __asm volatile("dsb\n\tisb");
#endif
}

int main(void);

void reset_handler(void)
{
    floating_point_start();
    memcpy(data_start, data_image, (size_t)(data_end - data_start));
    memset(bss_start, 0, (size_t)(bss_end - bss_start));
    main();
    fault_handler();
}

void fault_handler(void)
{
    for (;;) {
    }
}

int main(void)
{
    board_start();
    protocol_run();
}
