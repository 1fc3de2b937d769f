/* AVERAGE_POOL_2D and MAX_POOL_2D. Only taps inside the input count, in the divisor too. */
#include "../../quantize.h"
#include "../kernels.h"

/* The part of a patch that lies inside the input, in input coordinates. */
struct region {
    int32_t top, bottom, left, right;
};

static struct region visible(const struct plan_patches *p, int32_t out_y, int32_t out_x)
{
    const int32_t y = out_y * p->stride_height - p->pad_top;
    const int32_t x = out_x * p->stride_width - p->pad_left;
    return (struct region){
        .top = clamp(y, 0, p->input_height),
        .bottom = clamp(y + p->filter_height, 0, p->input_height),
        .left = clamp(x, 0, p->input_width),
        .right = clamp(x + p->filter_width, 0, p->input_width),
    };
}

static int32_t average(const struct plan_pool *op, const int8_t *image, const struct region *r)
{
    int32_t sum = 0;
    for (int32_t y = r->top; y < r->bottom; y++) {
        const int8_t *pixel = image + (y * op->patches.input_width + r->left) * op->channels;
        for (int32_t x = r->left; x < r->right; x++) {
            sum += *pixel;
            pixel += op->channels;
        }
    }
    const int32_t count = (r->bottom - r->top) * (r->right - r->left);
    const int32_t half = count / 2;
    return (sum + (sum > 0 ? half : -half)) / count;
}

static int32_t maximum(const struct plan_pool *op, const int8_t *image, const struct region *r)
{
    int32_t largest = INT8_MIN;
    for (int32_t y = r->top; y < r->bottom; y++) {
        const int8_t *pixel = image + (y * op->patches.input_width + r->left) * op->channels;
        for (int32_t x = r->left; x < r->right; x++) {
            largest = *pixel > largest ? *pixel : largest;
            pixel += op->channels;
        }
    }
    return largest;
}

typedef int32_t reduction(const struct plan_pool *op, const int8_t *image, const struct region *r);

static void pool(const struct plan_pool *op, uint8_t *arena, reduction *reduce)
{
    const struct plan_patches *p = &op->patches;
    const int8_t *image = (const int8_t *)(arena + op->head.input);
    int8_t *out = (int8_t *)(arena + op->head.output);

    for (int32_t batch = 0; batch < p->batches; batch++) {
        for (int32_t y = 0; y < p->output_height; y++) {
            for (int32_t x = 0; x < p->output_width; x++) {
                const struct region r = visible(p, y, x);
                for (int32_t c = 0; c < op->channels; c++) {
                    const int32_t value = reduce(op, image + c, &r);
                    *out++ = (int8_t)clamp(value, op->activation_min, op->activation_max);
                }
            }
        }
        image += p->input_height * p->input_width * op->channels;
    }
}

void average_pool(const struct plan_pool *op, uint8_t *arena)
{
    pool(op, arena, average);
}

void max_pool(const struct plan_pool *op, uint8_t *arena)
{
    pool(op, arena, maximum);
}
