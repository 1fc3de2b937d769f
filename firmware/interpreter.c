#include "interpreter.h"

#include <stddef.h>

#include "itm.h"
#include "kernels/kernels.h"

const char *plan_problem(const struct plan_header *plan, uint32_t plan_room, uint32_t arena_room)
{
    if (plan->magic != PLAN_MAGIC) {
        return "no model";
    }
    if (plan->version != PLAN_VERSION) {
        return "model plan of another version";
    }
    if (plan->kernels != kernel_set) {
        return "model plan for another kernel set";
    }
    if (plan->size > plan_room) {
        return "model does not fit flash";
    }
    if (plan->arena_size > arena_room) {
        return "model does not fit RAM";
    }
    return NULL;
}

static void run_operator(const struct plan_operator *operator, const uint8_t *plan, uint8_t *arena)
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

void plan_run(const struct plan_header *plan, uint8_t *arena)
{
    const uint8_t *bytes = (const uint8_t *)plan;
    const uint8_t *record = bytes + plan->operators_data;

    for (uint32_t index = 0; index < plan->operator_count; index++) {
        const struct plan_operator *operator = (const struct plan_operator *)(const void *)record;
        itm_mark(index);
        run_operator(operator, bytes, arena);
        record += operator->size;
    }
    itm_mark(ITM_END_OF_INFERENCE);
}
