#include "interpreter.h"

#include <stddef.h>

#include "itm.h"
#include "kernels/kernels.h"
#include "sections.h"

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

LAST_CODE const char *plan_result_problem(const struct plan_header *plan)
{
    LAST_CONSTANT static const char problem[] = "model plan with an operator that this firmware lacks";
    const uint8_t *record = (const uint8_t *)plan + plan->operators_data;

    for (uint32_t index = 0; index < plan->operator_count; index++) {
        const struct plan_operator *operator = (const struct plan_operator *)(const void *)record;
        if (!has_operator(operator->kind)) {
            return problem;
        }
        record += operator->size;
    }
    return NULL;
}
