#include "gather.h"

/* Four bytes at any address. Cores that can't do that (ARMv6-M) get four single accesses from the compiler; on the
 * others a word across a boundary is slower than one inside, but faster than four bytes. */
struct unaligned_word {
    uint32_t value;
} __attribute__((packed, may_alias));

static inline uint32_t load(const int8_t *from)
{
    return ((const struct unaligned_word *)(const void *)from)->value;
}

static inline void store(int8_t *to, uint32_t word)
{
    ((struct unaligned_word *)(void *)to)->value = word;
}

/* Loads in a row take a cycle each. */
static inline int8_t *copy(int8_t *to, const int8_t *from, int32_t count)
{
    for (; count >= 16; count -= 16) {
        const uint32_t a = load(from), b = load(from + 4), c = load(from + 8), d = load(from + 12);
        store(to, a);
        store(to + 4, b);
        store(to + 8, c);
        store(to + 12, d);
        to += 16;
        from += 16;
    }
    for (; count >= 4; count -= 4) {
        store(to, load(from));
        to += 4;
        from += 4;
    }
    for (; count > 0; count--) {
        *to++ = *from++;
    }
    return to;
}

static inline int8_t *fill(int8_t *to, int32_t value, int32_t count)
{
    const uint32_t word = (uint8_t)value * 0x01010101u;
    for (; count >= 4; count -= 4) {
        store(to, word);
        to += 4;
    }
    for (; count > 0; count--) {
        *to++ = (int8_t)value;
    }
    return to;
}

static inline int32_t within(int32_t value, int32_t high)
{
    value = value < 0 ? 0 : value;
    return value > high ? high : value;
}

/* One filter row of adjacent pixels: outside, inside, outside. */
static int8_t *gather_adjacent(const struct plan_conv *op, const int8_t *line, int32_t x, int8_t *row)
{
    const struct plan_patches *p = &op->patches;
    const int32_t channels = op->input_channels;
    const int32_t left = within(-x, p->filter_width);
    const int32_t right = within(x + p->filter_width - p->input_width, p->filter_width - left);
    row = fill(row, op->input_zero_point, left * channels);
    row = copy(row, line + (x + left) * channels, (p->filter_width - left - right) * channels);
    return fill(row, op->input_zero_point, right * channels);
}

static int8_t *gather_dilated(const struct plan_conv *op, const int8_t *line, int32_t x, int8_t *row)
{
    const struct plan_patches *p = &op->patches;
    const int32_t channels = op->input_channels;
    for (int32_t column = 0; column < p->filter_width; column++) {
        if (x >= 0 && x < p->input_width) {
            row = copy(row, line + x * channels, channels);
        } else {
            row = fill(row, op->input_zero_point, channels);
        }
        x += p->dilation_width;
    }
    return row;
}

/* A patch at the edge of the image, or with gaps between its columns. */
static void gather_any(const struct plan_conv *op, const int8_t *image, int32_t y, int32_t x, int8_t *row)
{
    const struct plan_patches *p = &op->patches;
    const int32_t pitch = p->input_width * op->input_channels;
    for (int32_t filter_row = 0; filter_row < p->filter_height; filter_row++) {
        const int8_t *line = image + y * pitch;
        if (y < 0 || y >= p->input_height) {
            row = fill(row, op->input_zero_point, p->filter_width * op->input_channels);
        } else if (p->dilation_width == 1) {
            row = gather_adjacent(op, line, x, row);
        } else {
            row = gather_dilated(op, line, x, row);
        }
        y += p->dilation_height;
    }
}

static inline int is_inside(const struct plan_patches *p, int32_t y, int32_t x)
{
    return y >= 0 && x >= 0 && y + (p->filter_height - 1) * p->dilation_height < p->input_height
           && x + p->filter_width <= p->input_width;
}

void gather_window(const struct plan_conv *op, const int8_t *image, int32_t y, int32_t x, int8_t *row)
{
    const struct plan_patches *p = &op->patches;
    if (p->dilation_width != 1 || !is_inside(p, y, x)) {
        gather_any(op, image, y, x, row);
        return;
    }
    const int32_t bytes = p->filter_width * op->input_channels;
    const int32_t pitch = p->input_width * op->input_channels;
    const int32_t line_step = pitch * p->dilation_height;
    const int8_t *line = image + y * pitch + x * op->input_channels;
    for (int32_t filter_row = 0; filter_row < p->filter_height; filter_row++) {
        row = copy(row, line, bytes);
        line += line_step;
    }
}
