/* Vectors times channels: what pointwise convolutions, gathered patches and fully connected layers have in common. */
#ifndef MATMUL_H
#define MATMUL_H

#include <stdint.h>

#include "../../plan.h"

/* A layer's output channels. Weights lie as dot.h says. */
struct filters {
    const uint32_t *weights;
    const struct plan_channel *channels;
    int32_t count; /* output channels */
    int32_t words; /* of a filter */
};

/* `count` vectors, `stride` bytes apart. */
struct vectors {
    const int8_t *first;
    int32_t stride;
    int32_t count;
};

/* A copy of the weights in the arena, if the planner gave `staging` a place: RAM has no wait states, so a copy pays when
 * many vectors meet the same weights. */
const uint32_t *stage_weights(const uint8_t *plan, uint32_t weights_data, uint8_t *arena, uint32_t staging,
                              int32_t count);

/* Writes `filters->count` outputs a vector, vector after vector. */
void multiply(const struct filters *filters, const struct vectors *vectors, int8_t *out);

#endif
