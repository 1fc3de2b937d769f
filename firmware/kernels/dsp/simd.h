/* Armv7E-M's SIMD instructions under their own names, and the two steps that every SIMD kernel shares. */
#ifndef SIMD_H
#define SIMD_H

#include <stdint.h>

#include "../../plan.h"

/* Four int8 in a word become two pairs of int16: bytes 0 and 2, and bytes 1 and 3. Inputs and weights go the same way,
 * so that the pairs match without any reordering. */
static inline int32_t sxtb16(uint32_t bytes)
{
    int32_t pair;
    __asm("sxtb16 %0, %1" : "=r"(pair) : "r"(bytes));
    return pair;
}

static inline int32_t sxtb16_ror8(uint32_t bytes)
{
    int32_t pair;
    __asm("sxtb16 %0, %1, ror #8" : "=r"(pair) : "r"(bytes));
    return pair;
}

/* sum + a.low * b.low + a.high * b.high */
static inline int32_t smlad(int32_t a, int32_t b, int32_t sum)
{
    int32_t result;
    __asm("smlad %0, %1, %2, %3" : "=r"(result) : "r"(a), "r"(b), "r"(sum));
    return result;
}

/* (a * b + 2^31) >> 32 */
static inline int32_t smmulr(int32_t a, int32_t b)
{
    int32_t result;
    __asm("smmulr %0, %1, %2" : "=r"(result) : "r"(a), "r"(b));
    return result;
}

/* Saturates to int8. */
static inline int32_t ssat8(int32_t x)
{
    int32_t result;
    __asm("ssat %0, #8, %1" : "=r"(result) : "r"(x));
    return result;
}

/* An accumulator as an int8 output, without a branch. Equal to rescale() of quantize.h, plus the output zero point, where
 * the planner allows it (simtiny/model/channels.py): (2 * sum * multiplier + 2^31) >> 32 is the rounded Q31 product, and
 * adding the sign before the rounding makes ties go away from zero. */
static inline int32_t requantize_sum(int32_t sum, int32_t multiplier, int32_t right_shift, int32_t rounding)
{
    const int32_t product = smmulr((int32_t)((uint32_t)sum << 1), multiplier);
    return ssat8((product + (product >> 31) + rounding) >> right_shift);
}

/* Saturation to int8 is the whole clamp of most layers. The others get theirs in a pass of its own. */
void clamp_outputs(int8_t *out, int32_t count, int32_t low, int32_t high);

#endif
