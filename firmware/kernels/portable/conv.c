/* CONV_2D, straight loops. A tap outside the input reads a pixel of zero points: the bias already counts every tap. */
#include "../../memory.h"
#include "../../quantize.h"
#include "../kernels.h"

static int32_t dot(const int8_t *x, const int8_t *weights, int32_t count, int32_t sum)
{
    for (int32_t i = 0; i < count; i++) {
        sum += x[i] * weights[i];
    }
    return sum;
}

/* One output channel of one output pixel. `y`, `x`: where the window's corner lies in the input. */
static int32_t window_sum(const struct plan_conv *op, const int8_t *image, const int8_t *outside,
                          const int8_t *weights, int32_t y, int32_t x, int32_t sum)
{
    const struct plan_window *w = &op->window;
    for (int32_t row = 0; row < w->filter_height; row++) {
        const int32_t in_y = y + row * w->dilation_height;
        for (int32_t column = 0; column < w->filter_width; column++) {
            const int32_t in_x = x + column * w->dilation_width;
            const int inside = in_y >= 0 && in_y < w->input_height && in_x >= 0 && in_x < w->input_width;
            const int8_t *pixel = inside ? image + (in_y * w->input_width + in_x) * op->input_channels : outside;
            sum = dot(pixel, weights, op->input_channels, sum);
            weights += op->input_channels;
        }
    }
    return sum;
}

static void output_pixel(const struct plan_conv *op, const uint8_t *plan, const int8_t *image, const int8_t *outside,
                         int32_t y, int32_t x, int8_t *out)
{
    const struct plan_channel *channel = (const struct plan_channel *)(const void *)(plan + op->channels_data);
    const int8_t *weights = (const int8_t *)(plan + op->weights_data);
    for (int32_t c = 0; c < op->output_channels; c++) {
        const int32_t sum = window_sum(op, image, outside, weights, y, x, channel->bias);
        const int32_t value = rescale(sum, channel->multiplier, channel->right_shift) + op->output_zero_point;
        *out++ = (int8_t)clamp(value, op->activation_min, op->activation_max);
        weights += op->row_bytes;
        channel++;
    }
}

void conv(const struct plan_conv *op, const uint8_t *plan, uint8_t *arena)
{
    const struct plan_window *w = &op->window;
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    int8_t *outside = (int8_t *)(arena + op->scratch);
    memset(outside, op->input_zero_point, (size_t)op->input_channels);

    for (int32_t batch = 0; batch < w->batches; batch++) {
        for (int32_t y = 0; y < w->output_height; y++) {
            for (int32_t x = 0; x < w->output_width; x++) {
                output_pixel(op, plan, image, outside, y * w->stride_height - w->pad_top,
                             x * w->stride_width - w->pad_left, out);
                out += op->output_channels;
            }
        }
        image += w->input_height * w->input_width * op->input_channels;
    }
}
