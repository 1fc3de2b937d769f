#include "planes.h"

#include "simd.h"

/* simtiny/model/plan_convolutions.py, _planes_bytes, must agree. The kernels for 3x3 filters take windows two by two and
 * load whole words, the other one loads whole pairs of taps: hence the rounding. */
struct planes planes_layout(const struct plan_conv *op, int16_t *memory)
{
    const struct plan_window *w = &op->window;
    const int32_t height = (w->output_height - 1) * w->stride_height + (w->filter_height - 1) * w->dilation_height + 1;
    int32_t pitch = (w->output_width - 1) * w->stride_width + w->filter_width + 1;
    if (op->head.kind == OPERATOR_DEPTHWISE_CONV_3X3_DSP) {
        pitch = ((w->output_width + 1) & ~1) * w->stride_width + 2;
    }
    pitch = (pitch + 1) & ~1;
    return (struct planes){.first = memory, .pitch = pitch, .height = height, .size = pitch * height};
}

void planes_clear(const struct planes *p, const struct plan_conv *op)
{
    const uint32_t pair = (uint16_t)op->input_zero_point * 0x10001u;
    uint32_t *out = (uint32_t *)(void *)p->first;
    for (int32_t i = 0; i < PLANES * p->size / 2; i++) {
        *out++ = pair;
    }
}

/* `count` pixels, each `step` words after the one before. */
static void split(int16_t *out, int32_t plane, const uint32_t *in, int32_t step, int32_t count)
{
    int16_t *out0 = out, *out1 = out + plane, *out2 = out1 + plane, *out3 = out2 + plane;
    const int16_t *end = out + count;
    while (out0 != end) {
        const uint32_t word = *in;
        const int32_t even = sxtb16(word), odd = sxtb16_ror8(word);
        in += step;
        *out0++ = (int16_t)even;
        *out1++ = (int16_t)odd;
        *out2++ = (int16_t)(even >> 16);
        *out3++ = (int16_t)(odd >> 16);
    }
}

static inline int32_t smaller(int32_t a, int32_t b)
{
    return a < b ? a : b;
}

void planes_fill(const struct planes *p, const struct plan_conv *op, const int8_t *block)
{
    const struct plan_window *w = &op->window;
    const int32_t width = smaller(w->input_width, p->pitch - w->pad_left);
    const int32_t height = smaller(w->input_height, p->height - w->pad_top);
    const int32_t step = op->input_channels / PLANES;
    int16_t *out = p->first + w->pad_top * p->pitch + w->pad_left;
    for (int32_t y = 0; y < height; y++) {
        split(out, p->size, (const uint32_t *)(const void *)block, step, width);
        block += w->input_width * op->input_channels;
        out += p->pitch;
    }
}
