/* ADD of two int8 tensors with scales of their own: both are brought to a common scale with 20 extra bits first. */
#include "../../quantize.h"
#include "../kernels.h"

#define EXTRA_BITS 20

static inline int8_t add_elements(const struct plan_add *op, int8_t a, int8_t b)
{
    const int32_t wide_a = (a - op->zero_point1) * (1 << EXTRA_BITS);
    const int32_t wide_b = (b - op->zero_point2) * (1 << EXTRA_BITS);
    const int32_t sum = rescale(wide_a, op->multiplier1, op->right_shift1)
                        + rescale(wide_b, op->multiplier2, op->right_shift2);
    const int32_t value = rescale(sum, op->output_multiplier, op->output_right_shift) + op->output_zero_point;
    return (int8_t)clamp(value, op->activation_min, op->activation_max);
}

void add(const struct plan_add *op, const uint8_t *plan, uint8_t *arena)
{
    const int8_t *in1 = (const int8_t *)((op->is_constant[0] ? plan : arena) + op->inputs[0]);
    const int8_t *in2 = (const int8_t *)((op->is_constant[1] ? plan : arena) + op->inputs[1]);
    int8_t *out = (int8_t *)(arena + op->head.output);
    const int32_t *shape = op->shape, *step1 = op->stride1, *step2 = op->stride2;

    for (int32_t i = 0; i < shape[0]; i++) {
        for (int32_t j = 0; j < shape[1]; j++) {
            for (int32_t k = 0; k < shape[2]; k++) {
                const int8_t *a = in1 + i * step1[0] + j * step1[1] + k * step1[2];
                const int8_t *b = in2 + i * step2[0] + j * step2[1] + k * step2[2];
                for (int32_t c = 0; c < shape[3]; c++) {
                    *out++ = add_elements(op, a[c * step1[3]], b[c * step2[3]]);
                }
            }
        }
    }
}
