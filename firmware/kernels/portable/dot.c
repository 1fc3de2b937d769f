#include "dot.h"

int32_t dot(const int8_t *x, const int8_t *weights, int32_t count, int32_t sum)
{
#pragma GCC unroll 4
    for (int32_t i = 0; i < count; i++) {
        sum += x[i] * weights[i];
    }
    return sum;
}
