/* The model that the host placed in flash, and its data in RAM. */
#ifndef MODEL_H
#define MODEL_H

#include <stddef.h>
#include <stdint.h>

const char *model_problem(void); /* NULL: there is a model and it fits */
const char *model_name(void);
uint32_t model_host_size(void); /* bytes of input that the host sends */

void model_store_byte(uint32_t index, uint8_t value);
uint8_t model_stored_byte(uint32_t index);
void model_load_tensor(void); /* stored bytes to input tensor */
void model_infer(void);

const char *model_result_problem(void); /* NULL: there is a model, and it ran as a whole */
uint32_t model_result_count(void);
float model_result(uint32_t index);

#endif
