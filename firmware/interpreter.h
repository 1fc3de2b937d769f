/* Runs a plan's operators in order. */
#ifndef INTERPRETER_H
#define INTERPRETER_H

#include <stdint.h>

#include "plan.h"

/* NULL if the plan can be run by this firmware, else what is wrong with it. */
const char *plan_problem(const struct plan_header *plan, uint32_t plan_room, uint32_t arena_room);

/* One inference: from the input tensor in the arena to the output tensor in the arena. */
void plan_run(const struct plan_header *plan, uint8_t *arena);

/* NULL if that output is the plan's, else why not: an operator that this firmware lacks was left out. To be asked after the
 * inference, for it reads all records, which before would bring them into the caches. */
const char *plan_result_problem(const struct plan_header *plan);

#endif
