/* Channel pairs are the outer loop, vectors the inner one: a pair's weights are then read again and again at once, from
 * the arena if they were staged there, else from the few lines of flash that the data cache holds.
 */
#include "matmul.h"

#include "../../memory.h"
#include "../kernels.h"
#include "dot.h"
#include "simd.h"

static inline int8_t output_of(const struct plan_channel *c, int32_t sum)
{
    return (int8_t)requantize_sum(sum, c->multiplier, c->right_shift, c->rounding);
}

/* Where the outputs of a channel pair go. `second` is the distance of the second channel's output from the first's: 1,
 * or 0 if the second channel is padding, whose output the first one's then overwrites. */
struct destination {
    int8_t *first;
    int32_t stride; /* from vector to vector */
    int32_t second;
};

/* One channel pair for an even number of vectors. Not inlined: the registers of callers are wanted here. */
__attribute__((noinline)) static void multiply_pair(const struct plan_channel *channels, const uint32_t *weights,
                                                    int32_t words, const struct vectors *v,
                                                    const struct destination *d)
{
    const struct plan_channel c0 = channels[0], c1 = channels[1];
    const int32_t stride = v->stride, out_stride = d->stride, second = d->second;
    const int8_t *in = v->first, *const end = in + (v->count & ~1) * stride;
    int8_t *out = d->first;
    while (in != end) {
        const struct sums s = dot_2x2(weights, in, in + stride, words, c0.bias, c1.bias);
        in += 2 * stride;
        out[second] = output_of(&c1, s.a1);
        out[0] = output_of(&c0, s.a0);
        out += out_stride;
        out[second] = output_of(&c1, s.b1);
        out[0] = output_of(&c0, s.b0);
        out += out_stride;
    }
}

/* All channels for one vector: weights are read once, in order. */
static void multiply_vector(const struct filters *f, const int8_t *in, int8_t *out)
{
    const struct plan_channel *c = f->channels;
    const uint32_t *weights = f->weights;
    const int32_t words = f->words;
    int8_t *const end = out + f->count;
    for (; end - out >= 4; out += 4) {
        const struct sums s = dot_4x1(weights, in, words, (struct sums){c[0].bias, c[1].bias, c[2].bias, c[3].bias});
        weights += 4 * words;
        out[0] = output_of(&c[0], s.a0);
        out[1] = output_of(&c[1], s.a1);
        out[2] = output_of(&c[2], s.b0);
        out[3] = output_of(&c[3], s.b1);
        c += 4;
    }
    for (; out < end; out += 2) {
        const struct sums s = dot_2x1(weights, in, words, c[0].bias, c[1].bias);
        weights += 2 * words;
        out[end - out > 1] = output_of(&c[1], s.a1); /* if the second is padding, the first overwrites it */
        out[0] = output_of(&c[0], s.a0);
        c += 2;
    }
}

void multiply(const struct filters *f, const struct vectors *v, int8_t *out)
{
    const int32_t paired = v->count & ~1;
    if (paired > 0) {
        const struct plan_channel *channels = f->channels;
        const uint32_t *weights = f->weights;
        for (int32_t c = 0; c < f->count; c += 2) {
            const struct destination d = {.first = out + c, .stride = f->count, .second = c + 1 < f->count};
            multiply_pair(channels, weights, f->words, v, &d);
            channels += 2;
            weights += 2 * f->words;
        }
    }
    if (v->count != paired) {
        multiply_vector(f, v->first + paired * v->stride, out + paired * f->count);
    }
}

const uint32_t *stage_weights(const uint8_t *plan, uint32_t weights_data, uint8_t *arena, uint32_t staging,
                              int32_t count)
{
    const uint8_t *weights = plan + weights_data;
    if (staging != PLAN_NOWHERE) {
        weights = memcpy(arena + staging, weights, (size_t)count);
    }
    return (const uint32_t *)(const void *)weights;
}

void matmul_dsp(const struct plan_matmul *op, const uint8_t *plan, uint8_t *arena)
{
    const int32_t channels_stored = (op->output_channels + 1) & ~1;
    int8_t *out = (int8_t *)(arena + op->head.output);
    const struct vectors vectors = {
        .first = (const int8_t *)(arena + op->head.input),
        .stride = op->depth,
        .count = op->rows,
    };
    const struct filters filters = {
        .weights = stage_weights(plan, op->weights_data, arena, op->staging, channels_stored * op->row_bytes),
        .channels = (const struct plan_channel *)(const void *)(plan + op->channels_data),
        .count = op->output_channels,
        .words = op->row_bytes / 4,
    };
    multiply(&filters, &vectors, out);
    clamp_outputs(out, op->rows * op->output_channels, op->activation_min, op->activation_max);
}
