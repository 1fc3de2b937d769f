/* DEPTHWISE_CONV_2D, straight loops: one output pixel at a time, all its channels tap by tap. A tap outside the input
 * reads a pixel of zero points, as in conv.c. */
#include "../../memory.h"
#include "../../quantize.h"
#include "../kernels.h"

/* Adds one tap to the sums of all channels. */
static void add_tap(const int8_t *pixel, const int8_t *weights, int32_t channels, int32_t *sums)
{
#pragma GCC unroll 4
    for (int32_t c = 0; c < channels; c++) {
        sums[c] += pixel[c] * weights[c];
    }
}

/* The same where each input channel has several filters. */
static void add_tap_multiplied(const int8_t *pixel, const int8_t *weights, int32_t channels, int32_t multiplier,
                               int32_t *sums)
{
    for (int32_t c = 0; c < channels; c++) {
        for (int32_t m = 0; m < multiplier; m++) {
            *sums++ += pixel[c] * *weights++;
        }
    }
}

static void add_patch(const struct plan_conv *op, const int8_t *image, const int8_t *outside, const int8_t *weights,
                       int32_t y, int32_t x, int32_t *sums)
{
    const struct plan_patches *p = &op->patches;
    const int32_t channels = op->input_channels, multiplier = op->output_channels / channels;
    for (int32_t row = 0; row < p->filter_height; row++) {
        const int32_t in_y = y + row * p->dilation_height;
        for (int32_t column = 0; column < p->filter_width; column++) {
            const int32_t in_x = x + column * p->dilation_width;
            const int inside = in_y >= 0 && in_y < p->input_height && in_x >= 0 && in_x < p->input_width;
            const int8_t *pixel = inside ? image + (in_y * p->input_width + in_x) * channels : outside;
            if (multiplier == 1) {
                add_tap(pixel, weights, channels, sums);
            } else {
                add_tap_multiplied(pixel, weights, channels, multiplier, sums);
            }
            weights += op->output_channels;
        }
    }
}

static void output_pixel(const struct plan_conv *op, const struct plan_channel *channels, const int32_t *sums,
                         int8_t *out)
{
    for (int32_t c = 0; c < op->output_channels; c++) {
        const int32_t sum = sums[c] + channels[c].bias;
        const int32_t value = rescale(sum, channels[c].multiplier, channels[c].right_shift) + op->output_zero_point;
        out[c] = (int8_t)clamp(value, op->activation_min, op->activation_max);
    }
}

void depthwise_conv(const struct plan_conv *op, const uint8_t *plan, uint8_t *arena)
{
    const struct plan_patches *p = &op->patches;
    const struct plan_channel *channels = (const struct plan_channel *)(const void *)(plan + op->channels_data);
    const int8_t *weights = (const int8_t *)(plan + op->weights_data);
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    int32_t *sums = (int32_t *)(void *)(arena + op->scratch);
    int8_t *outside = (int8_t *)(sums + op->output_channels);
    memset(outside, op->input_zero_point, (size_t)op->input_channels);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->output_height; y++) {
            for (int32_t x = 0; x < p->output_width; x++) {
                memset(sums, 0, (size_t)op->output_channels * sizeof *sums);
                add_patch(op, image, outside, weights, y * p->stride_height - p->pad_top,
                           x * p->stride_width - p->pad_left, sums);
                output_pixel(op, channels, sums, out);
                out += op->output_channels;
            }
        }
        image += p->input_height * p->input_width * op->input_channels;
    }
}
