/* Copies the patch of one output pixel into a row of bytes, with the input's zero point where it leaves the image. */
#ifndef GATHER_H
#define GATHER_H

#include <stdint.h>

#include "../../plan.h"

void gather_window(const struct plan_conv *op, const int8_t *image, int32_t y, int32_t x, int8_t *row);

#endif
