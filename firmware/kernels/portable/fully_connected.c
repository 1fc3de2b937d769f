/* FULLY_CONNECTED, straight loops. */
#include "../../quantize.h"
#include "../kernels.h"
#include "dot.h"

void fully_connected(const struct plan_matmul *op, const uint8_t *plan, uint8_t *arena)
{
    const int8_t *in = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);

    for (int32_t row = 0; row < op->rows; row++) {
        const struct plan_channel *channel = (const struct plan_channel *)(const void *)(plan + op->channels_data);
        const int8_t *weights = (const int8_t *)(plan + op->weights_data);
        for (int32_t c = 0; c < op->output_channels; c++) {
            const int32_t sum = dot(in, weights, op->depth, channel->bias);
            const int32_t value = rescale(sum, channel->multiplier, channel->right_shift) + op->output_zero_point;
            *out++ = (int8_t)clamp(value, op->activation_min, op->activation_max);
            weights += op->row_bytes;
            channel++;
        }
        in += op->depth;
    }
}
