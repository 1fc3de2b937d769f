/* CONV_2D, straight loops: gather the patch of one output pixel, multiply it with every filter. */
#include "../../quantize.h"
#include "../common/gather.h"
#include "../kernels.h"
#include "dot.h"

static void output_pixel(const struct plan_conv *op, const uint8_t *plan, const int8_t *row, int8_t *out)
{
    const struct plan_channel *channel = (const struct plan_channel *)(const void *)(plan + op->channels_data);
    const int8_t *weights = (const int8_t *)(plan + op->weights_data);
    for (int32_t c = 0; c < op->output_channels; c++) {
        const int32_t sum = dot(row, weights, op->row_bytes, channel->bias);
        const int32_t value = rescale(sum, channel->multiplier, channel->right_shift) + op->output_zero_point;
        *out++ = (int8_t)clamp(value, op->activation_min, op->activation_max);
        weights += op->row_bytes;
        channel++;
    }
}

void conv(const struct plan_conv *op, const uint8_t *plan, uint8_t *arena)
{
    const struct plan_patches *p = &op->patches;
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    int8_t *row = (int8_t *)(arena + op->scratch);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->output_height; y++) {
            for (int32_t x = 0; x < p->output_width; x++) {
                gather_window(op, image, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left, row);
                output_pixel(op, plan, row, out);
                out += op->output_channels;
            }
        }
        image += p->input_height * p->input_width * op->input_channels;
    }
}
