/* Channel planes: four channels of an image, each as rows of int16 with the padding around them.
 *
 * In this form neighbouring pixels of a channel share a word, so one instruction multiplies two taps, and every tap of
 * every patch lies inside.
 */
#ifndef PLANES_H
#define PLANES_H

#include <stdint.h>

#include "../../plan.h"

#define PLANES 4 /* channels in a word of the image */

struct planes {
    int16_t *first;
    int32_t pitch;  /* elements from row to row: even, so that rows start on a word */
    int32_t height;
    int32_t size;   /* elements from plane to plane */
};

struct planes planes_layout(const struct plan_conv *op, int16_t *memory);

/* Zero points everywhere: the padding stays as it is while one block of channels after the other passes through. */
void planes_clear(const struct planes *planes, const struct plan_conv *op);

/* `block`: the first pixel's first of four channels. */
void planes_fill(const struct planes *planes, const struct plan_conv *op, const int8_t *block);

#endif
