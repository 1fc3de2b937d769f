/* Layer boundaries for whoever watches the trace port: the operator's index, written to ITM stimulus port 1.
 *
 * Arm's manuals (ARMv7-M ARM, C1.7) ignore writes to a stimulus port that is disabled, so the write needs no guard:
 * one store a layer, with or without a debugger. There is no wait for the FIFO either: a lost mark does no harm.
 */
#ifndef ITM_H
#define ITM_H

#include <stdint.h>

#define ITM_END_OF_INFERENCE 0xFFFFFFFFu

static inline void itm_mark(uint32_t value)
{
#if defined(__ARM_ARCH_7EM__) || defined(__ARM_ARCH_8M_MAIN__)
    *(volatile uint32_t *)0xE0000004u = value;
#else
    (void)value; /* ARMv6-M has no ITM */
#endif
}

#endif
