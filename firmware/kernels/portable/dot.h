/* The inner loop of the portable kernels. */
#ifndef DOT_H
#define DOT_H

#include <stdint.h>

/* sum + x[0] * weights[0] + ... */
int32_t dot(const int8_t *x, const int8_t *weights, int32_t count, int32_t sum);

#endif
