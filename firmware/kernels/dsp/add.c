/* ADD of two tensors of one shape. An int8 has 256 values, so each input's rescaling is a table, built anew each time:
 * that costs a few thousand cycles and saves a dozen an element. */
#include "../../quantize.h"
#include "../kernels.h"
#include "simd.h"

#define EXTRA_BITS 20
#define VALUES 256

/* Rescaled input by its value as a uint8. */
static void fill_table(int32_t *table, int32_t zero_point, int32_t multiplier, int32_t right_shift)
{
    for (int32_t value = 0; value < VALUES; value++) {
        table[value] = rescale(((int8_t)value - zero_point) * (1 << EXTRA_BITS), multiplier, right_shift);
    }
}

void add_dsp(const struct plan_add *op, uint8_t *arena)
{
    int32_t *table1 = (int32_t *)(void *)(arena + op->scratch), *table2 = table1 + VALUES;
    const uint8_t *a = arena + op->inputs[0], *b = arena + op->inputs[1];
    int8_t *first = (int8_t *)(arena + op->head.output), *out = first;
    const int8_t *end = out + op->shape[3];
    const int32_t multiplier = op->output_multiplier, right_shift = op->output_right_shift, rounding = op->rounding;

    fill_table(table1, op->zero_point1, op->multiplier1, op->right_shift1);
    fill_table(table2, op->zero_point2, op->multiplier2, op->right_shift2);
    while (out != end) {
        *out++ = (int8_t)requantize_sum(table1[*a++] + table2[*b++], multiplier, right_shift, rounding);
    }
    clamp_outputs(first, op->shape[3], op->activation_min, op->activation_max);
}
