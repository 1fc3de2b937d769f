/* CONV_2D with patches of more than one pixel: a few patches at a time are gathered into rows, then multiplied. */
#include "../common/gather.h"
#include "../kernels.h"
#include "matmul.h"
#include "simd.h"

/* Patches on their way from the image to the output. `rows.count` of them wait to be multiplied. */
struct batch {
    const struct filters *filters;
    struct vectors rows;
    int8_t *gathered;
    int8_t *out;
};

static void flush(struct batch *b)
{
    multiply(b->filters, &b->rows, b->out);
    b->out += b->rows.count * b->filters->count;
    b->rows.count = 0;
}

static void convolve_image(const struct plan_conv *op, const int8_t *image, struct batch *b)
{
    const struct plan_patches *p = &op->patches;
    for (int32_t y = 0; y < p->output_height; y++) {
        for (int32_t x = 0; x < p->output_width; x++) {
            gather_window(op, image, y * p->stride_height - p->pad_top, x * p->stride_width - p->pad_left,
                          b->gathered + b->rows.count * b->rows.stride);
            b->rows.count++;
            if (b->rows.count == PLAN_GATHERED_PATCHES) {
                flush(b);
            }
        }
    }
}

void conv_dsp(const struct plan_conv *op, const uint8_t *plan, uint8_t *arena)
{
    const struct plan_patches *p = &op->patches;
    const int32_t channels_stored = (op->output_channels + 1) & ~1;
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);
    int8_t *gathered = (int8_t *)(arena + op->scratch);
    const struct filters filters = {
        .weights = stage_weights(plan, op->weights_data, arena, op->staging, channels_stored * op->row_bytes),
        .channels = (const struct plan_channel *)(const void *)(plan + op->channels_data),
        .count = op->output_channels,
        .words = op->row_bytes / 4,
    };
    struct batch b = {
        .filters = &filters,
        .rows = {.first = gathered, .stride = op->row_bytes, .count = 0},
        .gathered = gathered,
        .out = out,
    };
    for (int32_t batch = 0; batch < p->batches; batch++) {
        convolve_image(op, image, &b);
        image += p->input_height * p->input_width * op->input_channels;
    }
    flush(&b);
    clamp_outputs(out, (int32_t)(b.out - out), op->activation_min, op->activation_max);
}
