/* MEAN over any dimensions: the division by the count is part of the multiplier. */
#include "../../quantize.h"
#include "../kernels.h"

static int32_t sum_of(const int8_t *in, const int32_t shape[4], const int32_t stride[4])
{
    int32_t sum = 0;
    for (int32_t i = 0; i < shape[0]; i++) {
        for (int32_t j = 0; j < shape[1]; j++) {
            for (int32_t k = 0; k < shape[2]; k++) {
                const int8_t *row = in + i * stride[0] + j * stride[1] + k * stride[2];
                for (int32_t c = 0; c < shape[3]; c++) {
                    sum += row[c * stride[3]];
                }
            }
        }
    }
    return sum;
}

void mean(const struct plan_mean *op, uint8_t *arena)
{
    const int8_t *in = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    const int32_t *shape = op->kept_shape, *stride = op->kept_stride;

    for (int32_t i = 0; i < shape[0]; i++) {
        for (int32_t j = 0; j < shape[1]; j++) {
            for (int32_t k = 0; k < shape[2]; k++) {
                for (int32_t c = 0; c < shape[3]; c++) {
                    const int8_t *first = in + i * stride[0] + j * stride[1] + k * stride[2] + c * stride[3];
                    const int32_t sum = sum_of(first, op->reduced_shape, op->reduced_stride) + op->bias;
                    const int32_t value = rescale(sum, op->multiplier, op->right_shift) + op->output_zero_point;
                    *out++ = (int8_t)clamp(value, INT8_MIN, INT8_MAX);
                }
            }
        }
    }
}
