/* PAD of up to four dimensions with a constant, usually the zero point. */
#include "../../memory.h"
#include "../kernels.h"

/* Fills `count` elements and returns where the next one goes. */
static int8_t *fill(int8_t *out, int32_t value, int32_t count)
{
    memset(out, value, (size_t)count);
    return out + count;
}

void pad(const struct plan_pad *op, uint8_t *arena)
{
    const int8_t *in = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    const int32_t *shape = op->input_shape, *before = op->before, *after = op->after;
    const int32_t row = before[3] + shape[3] + after[3];
    const int32_t plane = (before[2] + shape[2] + after[2]) * row;
    const int32_t volume = (before[1] + shape[1] + after[1]) * plane;

    out = fill(out, op->value, before[0] * volume);
    for (int32_t i = 0; i < shape[0]; i++) {
        out = fill(out, op->value, before[1] * plane);
        for (int32_t j = 0; j < shape[1]; j++) {
            out = fill(out, op->value, before[2] * row);
            for (int32_t k = 0; k < shape[2]; k++) {
                out = fill(out, op->value, before[3]);
                memcpy(out, in, (size_t)shape[3]);
                in += shape[3];
                out = fill(out + shape[3], op->value, after[3]);
            }
            out = fill(out, op->value, after[2] * row);
        }
        out = fill(out, op->value, after[1] * plane);
    }
    fill(out, op->value, after[0] * volume);
}
