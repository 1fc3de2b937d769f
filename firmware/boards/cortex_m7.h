/* The Cortex-M7's level 1 caches. Registers: Arm's Cortex-M7 manual (DDI 0489), chapter 3; the order of the steps: CMSIS,
 * SCB_EnableICache and SCB_EnableDCache in core_cm7.h (cachel1_armv7.h). */
#ifndef CORTEX_M7_H
#define CORTEX_M7_H

#include "registers.h"

#define SCB_CCR REGISTER(0xE000ED14u)
#define SCB_CCR_DC (1u << 16)
#define SCB_CCR_IC (1u << 17)
#define SCB_CCSIDR REGISTER(0xE000ED80u)
#define SCB_CCSIDR_SETS(value) ((value) >> 13 & 0x7FFFu) /* less one */
#define SCB_CCSIDR_WAYS(value) ((value) >> 3 & 0x3FFu)   /* less one */
#define SCB_CSSELR REGISTER(0xE000ED84u)
#define SCB_CSSELR_DATA 0u
#define SCB_ICIALLU REGISTER(0xE000EF50u)
#define SCB_DCISW REGISTER(0xE000EF60u)
#define SCB_DCISW_PLACE(set, way) ((way) << 30 | (set) << 5)

static inline void barrier(void)
{
    __asm volatile("dsb\n\tisb" ::: "memory");
}

/* Both caches hold random lines after power-on: invalidate them, then turn them on. */
static inline void caches_start(void)
{
    barrier();
    SCB_ICIALLU = 0;
    barrier();
    SCB_CCR |= SCB_CCR_IC;
    barrier();

    SCB_CSSELR = SCB_CSSELR_DATA;
    barrier();
    const uint32_t size = SCB_CCSIDR;
    for (uint32_t set = 0; set <= SCB_CCSIDR_SETS(size); set++) {
        for (uint32_t way = 0; way <= SCB_CCSIDR_WAYS(size); way++) {
            SCB_DCISW = SCB_DCISW_PLACE(set, way);
        }
    }
    barrier();
    SCB_CCR |= SCB_CCR_DC;
    barrier();
}

#endif
