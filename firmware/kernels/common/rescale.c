/* QUANTIZE and DEQUANTIZE at a model's edges. */
#include "../../quantize.h"
#include "../kernels.h"

void quantize(const struct plan_rescale *op, uint8_t *arena)
{
    const float *in = (const float *)(const void *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    for (int32_t i = 0; i < op->count; i++) {
        out[i] = quantize_to_int8(in[i], op->scale, op->output_zero_point);
    }
}

static inline int32_t load_element(const uint8_t *in, uint32_t type)
{
    return type == TYPE_UINT8 ? *in : *(const int8_t *)in;
}

void requantize(const struct plan_rescale *op, uint8_t *arena)
{
    const uint8_t *in = arena + op->head.input;
    uint8_t *out = arena + op->head.output;
    const int32_t low = op->output_type == TYPE_UINT8 ? 0 : INT8_MIN;
    for (int32_t i = 0; i < op->count; i++) {
        const int32_t centred = load_element(in + i, op->input_type) - op->input_zero_point;
        const int32_t value = rescale(centred, op->multiplier, op->right_shift) + op->output_zero_point;
        out[i] = (uint8_t)clamp(value, low, low + UINT8_MAX);
    }
}

void dequantize(const struct plan_rescale *op, uint8_t *arena)
{
    const uint8_t *in = arena + op->head.input;
    float *out = (float *)(void *)(arena + op->head.output);
    for (int32_t i = 0; i < op->count; i++) {
        /* The product of a 9-bit integer and a float is exact in double, so one rounding in float is the same. */
        out[i] = op->scale * (float)(load_element(in + i, op->input_type) - op->input_zero_point);
    }
}
