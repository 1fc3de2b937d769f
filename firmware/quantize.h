/* Fixed-point arithmetic of TensorFlow Lite's quantization, in its "double rounding" form:
 * a Q31 multiplication rounded to nearest, then a division by a power of two rounded to nearest, ties away from zero.
 */
#ifndef QUANTIZE_H
#define QUANTIZE_H

#include <stdint.h>

/* a * b / 2^31, rounded to nearest (ties up); the one product that overflows saturates. */
static inline int32_t multiply_q31(int32_t a, int32_t b)
{
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return (int32_t)(((int64_t)a * b + (1 << 30)) >> 31);
}

/* x / 2^exponent, rounded to nearest, ties away from zero. 0 <= exponent <= 31. */
static inline int32_t divide_by_power_of_two(int32_t x, int32_t exponent)
{
    const int32_t mask = (int32_t)(((uint32_t)1 << exponent) - 1);
    const int32_t remainder = x & mask;
    const int32_t threshold = (mask >> 1) + (x < 0);
    return (x >> exponent) + (remainder > threshold);
}

/* x * multiplier / 2^(31 + right_shift). A negative right_shift shifts left first, as the reference does. */
static inline int32_t rescale(int32_t x, int32_t multiplier, int32_t right_shift)
{
    if (right_shift < 0) {
        return multiply_q31((int32_t)((uint32_t)x << -right_shift), multiplier);
    }
    return divide_by_power_of_two(multiply_q31(x, multiplier), right_shift);
}

static inline int32_t clamp(int32_t x, int32_t low, int32_t high)
{
    x = x < low ? low : x;
    return x > high ? high : x;
}

/* Nearest integer, ties away from zero, without the C library. Values beyond a million stop there: they saturate. */
static inline int32_t round_to_integer(float x)
{
    const float limit = 1000000.0f;
    x = x > limit ? limit : x;
    x = x < -limit ? -limit : x;
    const int32_t whole = (int32_t)x;
    const float rest = x - (float)whole;
    return whole + (rest >= 0.5f) - (rest <= -0.5f);
}

static inline int8_t quantize_to_int8(float x, float scale, int32_t zero_point)
{
    return (int8_t)clamp(round_to_integer(x / scale) + zero_point, INT8_MIN, INT8_MAX);
}

#endif
