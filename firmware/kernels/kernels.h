/* The kernels. Each takes its record, the arena (for activations) and, if it has constants, the plan.
 *
 * Written by scripts/build_firmware.py from simtiny/model/plan_layout.py: change that.
 */
#ifndef KERNELS_H
#define KERNELS_H

#include <stdbool.h>
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

/* Leaves out a record of a kind that a later firmware has: has_operator() tells. */
static inline void run_operator(const struct plan_operator *operator, const uint8_t *plan, uint8_t *arena)
{
    switch (operator->kind) {
    case OPERATOR_CONV:
        conv((const struct plan_conv *)operator, plan, arena);
        break;
    case OPERATOR_DEPTHWISE_CONV:
        depthwise_conv((const struct plan_conv *)operator, plan, arena);
        break;
    case OPERATOR_FULLY_CONNECTED:
        fully_connected((const struct plan_matmul *)operator, plan, arena);
        break;
    case OPERATOR_ADD:
        add((const struct plan_add *)operator, plan, arena);
        break;
    case OPERATOR_AVERAGE_POOL:
        average_pool((const struct plan_pool *)operator, arena);
        break;
    case OPERATOR_MAX_POOL:
        max_pool((const struct plan_pool *)operator, arena);
        break;
    case OPERATOR_MEAN:
        mean((const struct plan_mean *)operator, arena);
        break;
    case OPERATOR_PAD:
        pad((const struct plan_pad *)operator, arena);
        break;
    case OPERATOR_SOFTMAX:
        softmax((const struct plan_softmax *)operator, arena);
        break;
    case OPERATOR_QUANTIZE:
        quantize((const struct plan_rescale *)operator, arena);
        break;
    case OPERATOR_REQUANTIZE:
        requantize((const struct plan_rescale *)operator, arena);
        break;
    case OPERATOR_DEQUANTIZE:
        dequantize((const struct plan_rescale *)operator, arena);
        break;
#ifdef KERNELS_WITH_DSP
    case OPERATOR_MATMUL_DSP:
        matmul_dsp((const struct plan_matmul *)operator, plan, arena);
        break;
    case OPERATOR_CONV_DSP:
        conv_dsp((const struct plan_conv *)operator, plan, arena);
        break;
    case OPERATOR_DEPTHWISE_CONV_DSP:
    case OPERATOR_DEPTHWISE_CONV_3X3_DSP:
        depthwise_conv_dsp((const struct plan_conv *)operator, plan, arena);
        break;
    case OPERATOR_ADD_DSP:
        add_dsp((const struct plan_add *)operator, arena);
        break;
#endif
    default:
        break;
    }
}

static inline bool has_operator(uint32_t kind)
{
    switch (kind) {
    case OPERATOR_CONV:
    case OPERATOR_DEPTHWISE_CONV:
    case OPERATOR_FULLY_CONNECTED:
    case OPERATOR_ADD:
    case OPERATOR_AVERAGE_POOL:
    case OPERATOR_MAX_POOL:
    case OPERATOR_MEAN:
    case OPERATOR_PAD:
    case OPERATOR_SOFTMAX:
    case OPERATOR_QUANTIZE:
    case OPERATOR_REQUANTIZE:
    case OPERATOR_DEQUANTIZE:
#ifdef KERNELS_WITH_DSP
    case OPERATOR_MATMUL_DSP:
    case OPERATOR_CONV_DSP:
    case OPERATOR_DEPTHWISE_CONV_DSP:
    case OPERATOR_DEPTHWISE_CONV_3X3_DSP:
    case OPERATOR_ADD_DSP:
#endif
        return true;
    default:
        return false;
    }
}

#endif
