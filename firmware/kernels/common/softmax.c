/* SOFTMAX in fixed point, step for step as TensorFlow Lite's reference: Qm.n below means m integer and n fraction bits. */
#include "../../quantize.h"
#include "../kernels.h"

#define ONE_Q0 INT32_MAX /* 1.0 in Q0.31, as near as it gets */

/* x * 2^bits, saturated. */
static int32_t shift_left_saturating(int32_t x, int32_t bits)
{
    const int32_t limit = INT32_MAX >> bits;
    if (x > limit) {
        return INT32_MAX;
    }
    return x < -limit - 1 ? INT32_MIN : (int32_t)((uint32_t)x << bits);
}

/* exp(x) for -1/4 <= x < 0 in Q0.31: Taylor series of degree 4 around -1/8. */
static int32_t exp_of_small(int32_t x)
{
    const int32_t exp_of_minus_eighth = 1895147668, third = 715827883;
    const int32_t t = x + (1 << 28); /* distance to -1/8 */
    const int32_t t2 = multiply_q31(t, t);
    const int32_t t3 = multiply_q31(t2, t);
    const int32_t t4 = multiply_q31(t2, t2);
    const int32_t tail = multiply_q31(divide_by_power_of_two(t4, 2) + t3, third);
    const int32_t series = t + divide_by_power_of_two(tail + t2, 1);
    return exp_of_minus_eighth + multiply_q31(exp_of_minus_eighth, series);
}

/* exp(x) in Q0.31 for x <= 0 in Q5.26: exp of the part below 1/4, times exp(-2^k) for each bit k of the rest. */
static int32_t exp_of_negative(int32_t x)
{
    static const int32_t exp_of_minus_power[7] = {/* exp(-2^(i - 2)) in Q0.31 */
                                                  1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    const int32_t quarter = 1 << 24;
    if (x == 0) {
        return ONE_Q0;
    }
    const int32_t below = (x & (quarter - 1)) - quarter;
    const int32_t rest = below - x;
    int32_t result = exp_of_small(shift_left_saturating(below, 5));
    for (int32_t i = 0; i < 7; i++) {
        if (rest & (quarter << i)) {
            result = multiply_q31(result, exp_of_minus_power[i]);
        }
    }
    return result;
}

/* 1 / (1 + x) in Q0.31 for 0 <= x < 1 in Q0.31: three Newton steps on half the denominator, in Q2.29. */
static int32_t reciprocal_of_one_plus(int32_t x)
{
    const int32_t estimate_offset = 1515870810, estimate_slope = -1010580540; /* 48/17 and -32/17 */
    const int32_t half_denominator = (int32_t)(((int64_t)x + ONE_Q0 + 1) / 2);
    int32_t guess = estimate_offset + multiply_q31(half_denominator, estimate_slope);
    for (int32_t step = 0; step < 3; step++) {
        const int32_t error = (1 << 29) - multiply_q31(half_denominator, guess);
        guess += shift_left_saturating(multiply_q31(guess, error), 2);
    }
    return shift_left_saturating(guess, 1);
}

static int32_t exp_of_difference(const struct plan_softmax *op, int32_t difference)
{
    return exp_of_negative(rescale(difference, op->multiplier, -op->left_shift));
}

static void softmax_row(const struct plan_softmax *op, const int8_t *in, int8_t *out)
{
    int32_t largest = INT8_MIN;
    for (int32_t c = 0; c < op->depth; c++) {
        largest = in[c] > largest ? in[c] : largest;
    }

    int32_t sum = 0; /* Q12.19 */
    for (int32_t c = 0; c < op->depth; c++) {
        const int32_t difference = in[c] - largest;
        if (difference >= op->smallest_difference) {
            sum += divide_by_power_of_two(exp_of_difference(op, difference), 12);
        }
    }

    /* Normalise the sum to [1, 2), invert, and undo the normalisation in the final shift. */
    const int32_t headroom = __builtin_clz((uint32_t)sum);
    const int32_t fraction = (int32_t)(((uint32_t)sum << headroom) - 0x80000000u);
    const int32_t scale = reciprocal_of_one_plus(fraction);
    const int32_t exponent = 12 - headroom + 31 - 8;

    for (int32_t c = 0; c < op->depth; c++) {
        const int32_t difference = in[c] - largest;
        int32_t value = 0;
        if (difference >= op->smallest_difference) {
            value = divide_by_power_of_two(multiply_q31(scale, exp_of_difference(op, difference)), exponent);
        }
        out[c] = (int8_t)clamp(value + INT8_MIN, INT8_MIN, INT8_MAX);
    }
}

void softmax(const struct plan_softmax *op, uint8_t *arena)
{
    const int8_t *in = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    for (int32_t row = 0; row < op->rows; row++) {
        softmax_row(op, in, out);
        in += op->depth;
        out += op->depth;
    }
}
