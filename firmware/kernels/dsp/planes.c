#include "planes.h"

#include "simd.h"

/* _planes_bytes() of simtiny/model/ops/depthwise_conv.py must agree. The kernels for 3x3 filters take patches two by
 * two and load whole words, the other one loads whole pairs of taps: hence the rounding. */
struct planes planes_layout(const struct plan_conv *op, int16_t *memory)
{
    const struct plan_patches *patches = &op->patches;
    const int32_t height = (patches->output_height - 1) * patches->stride_height
                           + (patches->filter_height - 1) * patches->dilation_height + 1;
    int32_t pitch = (patches->output_width - 1) * patches->stride_width + patches->filter_width + 1;
    if (op->head.kind == OPERATOR_DEPTHWISE_CONV_3X3_DSP) {
        pitch = ((patches->output_width + 1) & ~1) * patches->stride_width + 2;
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
    const struct plan_patches *patches = &op->patches;
    const int32_t width = smaller(patches->input_width, p->pitch - patches->pad_left);
    const int32_t height = smaller(patches->input_height, p->height - patches->pad_top);
    const int32_t step = op->input_channels / PLANES;
    int16_t *out = p->first + patches->pad_top * p->pitch + patches->pad_left;
    for (int32_t y = 0; y < height; y++) {
        split(out, p->size, (const uint32_t *)(const void *)block, step, width);
        block += patches->input_width * op->input_channels;
        out += p->pitch;
    }
}
