/* Every operator takes its record, the plan (for constants) and the arena (for activations). */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdint.h>

#include "../plan.h"

extern const uint32_t kernel_set; /* enum kernel_set: what this firmware was built with */

void conv(const struct plan_conv *operator, const uint8_t *plan, uint8_t *arena);
void depthwise_conv(const struct plan_conv *operator, const uint8_t *plan, uint8_t *arena);
void fully_connected(const struct plan_matmul *operator, const uint8_t *plan, uint8_t *arena);

void add(const struct plan_add *operator, const uint8_t *plan, uint8_t *arena);
void average_pool(const struct plan_pool *operator, uint8_t *arena);
void max_pool(const struct plan_pool *operator, uint8_t *arena);
void mean(const struct plan_mean *operator, uint8_t *arena);
void pad(const struct plan_pad *operator, uint8_t *arena);
void softmax(const struct plan_softmax *operator, uint8_t *arena);
void quantize(const struct plan_rescale *operator, uint8_t *arena);
void requantize(const struct plan_rescale *operator, uint8_t *arena);
void dequantize(const struct plan_rescale *operator, uint8_t *arena);

#ifdef KERNELS_WITH_DSP
void matmul_dsp(const struct plan_matmul *operator, const uint8_t *plan, uint8_t *arena);
void conv_dsp(const struct plan_conv *operator, const uint8_t *plan, uint8_t *arena);
void depthwise_conv_dsp(const struct plan_conv *operator, const uint8_t *plan, uint8_t *arena);
void add_dsp(const struct plan_add *operator, uint8_t *arena);
#endif

#endif
