/* DEPTHWISE_CONV_2D, channel by channel over planes of int16 (planes.h): first all sums of a channel, then all its
 * outputs, so that either loop has the registers that it needs.
 *
 * Weights are pairs of int16. For filters of 3x3: (w0, w1) and (w1, w2) of each row; else (w0, w1), (w2, w3)... of each
 * row, with a zero after the last tap of an odd row.
 */
#include "../kernels.h"
#include "planes.h"
#include "simd.h"

/* The patches of one plane. */
struct sweep {
    const int16_t *plane;
    int32_t row_step;    /* elements from a patch to the one below */
    int32_t column_step; /* and to the one on its right */
    int32_t pitch;       /* from a filter row to the next */
    int32_t height, width;
};

/* Two neighbouring sums of products with 3x3 filters: in assembly because it takes every register but one. The first
 * row multiplies, the others accumulate. `left` and `right` are the two patches, `p` and `q` pairs of pixels. */
#define ROW_STRIDE_1(row, w01, w12, multiply_pair, multiply_bottom_top)                                                \
    "ldr.w %[p], [%[" row "]]\n\t"                                                                                     \
    "ldr.w %[q], [%[" row "], #4]\n\t"                                                                                 \
    multiply_pair(left, w01, p)                                                                                        \
    multiply_bottom_top(right, w01, p)                                                                                 \
    "add.w %[" row "], %[" row "], #4\n\t"                                                                             \
    "smlatb %[left], %[" w12 "], %[q], %[left]\n\t"                                                                    \
    "smlad %[right], %[" w12 "], %[q], %[right]\n\t"

#define ROW_STRIDE_2(row, w01, w12, multiply_pair)                                                                     \
    "ldr.w %[p], [%[" row "]]\n\t"                                                                                     \
    "ldr.w %[q], [%[" row "], #4]\n\t"                                                                                 \
    multiply_pair(left, w01, p)                                                                                        \
    "ldr.w %[p], [%[" row "], #8]\n\t"                                                                                 \
    multiply_pair(right, w01, q)                                                                                       \
    "add.w %[" row "], %[" row "], #8\n\t"                                                                             \
    "smlatb %[left], %[" w12 "], %[q], %[left]\n\t"                                                                    \
    "smlatb %[right], %[" w12 "], %[p], %[right]\n\t"

#define SMUAD(sum, w, pixels) "smuad %[" #sum "], %[" w "], %[" #pixels "]\n\t"
#define SMLAD(sum, w, pixels) "smlad %[" #sum "], %[" w "], %[" #pixels "], %[" #sum "]\n\t"
#define SMULBT(sum, w, pixels) "smulbt %[" #sum "], %[" w "], %[" #pixels "]\n\t"
#define SMLABT(sum, w, pixels) "smlabt %[" #sum "], %[" w "], %[" #pixels "], %[" #sum "]\n\t"

#define STORE_SUMS "strd %[left], %[right], [%[out]], #8\n\t"

#define OPERANDS                                                                                                       \
    [row0] "+r"(row0), [row1] "+r"(row1), [row2] "+r"(row2), [out] "+r"(sums), [left] "=&r"(left),                     \
        [right] "=&r"(right), [p] "=&r"(p), [q] "=&r"(q)
#define WEIGHTS                                                                                                        \
    [w0] "r"(w0), [w1] "r"(w1), [w2] "r"(w2), [w3] "r"(w3), [w4] "r"(w4), [w5] "r"(w5)

/* All sums of a plane, without the bias. The next row's first sums overwrite the one that an odd width leaves over; after
 * the last row there is room for it. Not inlined: the caller's variables would take registers from the loop. */
__attribute__((noinline)) static void sum_3x3_stride_1(const struct sweep *s, const int32_t w[6], int32_t *sums)
{
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];
    int32_t left, right, p, q;
    const int16_t *row0 = s->plane, *row1 = row0 + s->pitch, *row2 = row1 + s->pitch;
    const int32_t width = s->width;
    const int32_t skipped = s->row_step - ((width + 1) & ~1); /* from a row's last pair to the next row */
    const int32_t *const last = sums + s->height * width;
    do {
        int32_t *const end = sums + width;
        do { /* clang-format off */
            __asm volatile(".balign 4\n\t"
                           ROW_STRIDE_1("row0", "w0", "w1", SMUAD, SMULBT)
                           ROW_STRIDE_1("row1", "w2", "w3", SMLAD, SMLABT)
                           ROW_STRIDE_1("row2", "w4", "w5", SMLAD, SMLABT)
                           STORE_SUMS
                           : OPERANDS : WEIGHTS : "memory");
        } while (sums < end); /* clang-format on */
        sums = end;
        row0 += skipped;
        row1 += skipped;
        row2 += skipped;
    } while (sums < last);
}

__attribute__((noinline)) static void sum_3x3_stride_2(const struct sweep *s, const int32_t w[6], int32_t *sums)
{
    const int32_t w0 = w[0], w1 = w[1], w2 = w[2], w3 = w[3], w4 = w[4], w5 = w[5];
    int32_t left, right, p, q;
    const int16_t *row0 = s->plane, *row1 = row0 + s->pitch, *row2 = row1 + s->pitch;
    const int32_t width = s->width;
    const int32_t skipped = s->row_step - 2 * ((width + 1) & ~1); /* from a row's last pair to the next row */
    const int32_t *const last = sums + s->height * width;
    do {
        int32_t *const end = sums + width;
        do { /* clang-format off */
            __asm volatile(".balign 4\n\t"
                           ROW_STRIDE_2("row0", "w0", "w1", SMUAD)
                           ROW_STRIDE_2("row1", "w2", "w3", SMLAD)
                           ROW_STRIDE_2("row2", "w4", "w5", SMLAD)
                           STORE_SUMS
                           : OPERANDS : WEIGHTS : "memory");
        } while (sums < end); /* clang-format on */
        sums = end;
        row0 += skipped;
        row1 += skipped;
        row2 += skipped;
    } while (sums < last);
}

struct unaligned_pair {
    int32_t value;
} __attribute__((packed, may_alias));

/* Any filter. Patches may start at odd elements, where the pairs are not words. */
__attribute__((noinline)) static void sum_any(const struct sweep *s, const struct plan_patches *patches,
                                              const int32_t *weights, int32_t *sums)
{
    const int32_t pairs = (patches->filter_width + 1) / 2;
    for (int32_t y = 0; y < s->height; y++) {
        for (int32_t x = 0; x < s->width; x++) {
            const int16_t *row = s->plane + y * s->row_step + x * s->column_step;
            const int32_t *w = weights;
            int32_t sum = 0;
            for (int32_t filter_row = 0; filter_row < patches->filter_height; filter_row++) {
                const struct unaligned_pair *pixels = (const struct unaligned_pair *)(const void *)row;
                for (int32_t i = 0; i < pairs; i++) {
                    sum = smlad(pixels[i].value, *w++, sum);
                }
                row += s->pitch;
            }
            *sums++ = sum;
        }
    }
}

static inline int8_t output_of(const struct plan_channel *c, int32_t sum)
{
    return (int8_t)requantize_sum(sum + c->bias, c->multiplier, c->right_shift, c->rounding);
}

__attribute__((noinline)) static void store_outputs(const int32_t *sums, int32_t count, const struct plan_channel *channel, int8_t *out,
                          int32_t step)
{
    const struct plan_channel c = *channel;
    const int32_t *end = sums + (count & ~1);
    while (sums != end) {
        const int32_t first = sums[0], second = sums[1];
        sums += 2;
        out[0] = output_of(&c, first);
        out[step] = output_of(&c, second);
        out += 2 * step;
    }
    if (count & 1) {
        *out = output_of(&c, *sums);
    }
}

/* Four channels of one image. */
static void convolve_block(const struct plan_conv *op, const struct planes *p, const int32_t *weights,
                           const struct plan_channel *channels, int32_t *sums, int8_t *out)
{
    const struct plan_patches *patches = &op->patches;
    struct sweep s = {
        .plane = p->first,
        .row_step = p->pitch * patches->stride_height,
        .column_step = patches->stride_width,
        .pitch = p->pitch * patches->dilation_height,
        .height = patches->output_height,
        .width = patches->output_width,
    };
    for (int32_t c = 0; c < PLANES; c++) {
        if (op->head.kind == OPERATOR_DEPTHWISE_CONV_3X3_DSP) {
            (patches->stride_width == 1 ? sum_3x3_stride_1 : sum_3x3_stride_2)(&s, weights, sums);
        } else {
            sum_any(&s, patches, weights, sums);
        }
        store_outputs(sums, s.height * s.width, &channels[c], out + c, op->output_channels);
        s.plane += p->size;
        weights += op->row_bytes / 4;
    }
}

void depthwise_conv_dsp(const struct plan_conv *op, const uint8_t *plan, uint8_t *arena)
{
    const struct plan_patches *patches = &op->patches;
    const struct plan_channel *channels = (const struct plan_channel *)(const void *)(plan + op->channels_data);
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    const struct planes p = planes_layout(op, (int16_t *)(void *)(arena + op->scratch));
    int32_t *sums = (int32_t *)(void *)(p.first + PLANES * p.size);
    const int32_t outputs = patches->output_height * patches->output_width * op->output_channels;

    planes_clear(&p, op);
    for (int32_t batch = 0; batch < patches->batches; batch++) {
        const int8_t *weights = (const int8_t *)(plan + op->weights_data);
        for (int32_t c = 0; c < op->output_channels; c += PLANES) {
            planes_fill(&p, op, image + c);
            convolve_block(op, &p, (const int32_t *)(const void *)weights, channels + c, sums, out + c);
            weights += PLANES * op->row_bytes;
        }
        image += patches->input_height * patches->input_width * op->input_channels;
        out += outputs;
    }
    clamp_outputs(out - patches->batches * outputs, patches->batches * outputs, op->activation_min, op->activation_max);
}
