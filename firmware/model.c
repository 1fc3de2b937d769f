#include "model.h"

#include "interpreter.h"
#include "memory.h"
#include "quantize.h"
#include "sections.h"

/* From the linker script: the flash after the firmware, the RAM after its variables. */
extern const uint8_t plan_base[], plan_limit[];
extern uint8_t arena_base[], arena_limit[];

static const struct plan_header *plan(void)
{
    return (const struct plan_header *)(const void *)plan_base;
}

const char *model_problem(void)
{
    return plan_problem(plan(), (uint32_t)(plan_limit - plan_base), (uint32_t)(arena_limit - arena_base));
}

const char *model_name(void)
{
    return plan()->name;
}

uint32_t model_host_size(void)
{
    return plan()->host_size;
}

/* Pixels arrive as 0..255 and the model counts from -128: flipping the top bit on the way in is that subtraction. */
static uint8_t host_flip(void)
{
    return plan()->input_encoding == INPUT_UINT8 ? 0x80 : 0;
}

void model_store_byte(uint32_t index, uint8_t value)
{
    arena_base[plan()->host_buffer + index] = value ^ host_flip();
}

uint8_t model_stored_byte(uint32_t index)
{
    return arena_base[plan()->host_buffer + index] ^ host_flip();
}

static float host_float(uint32_t index)
{
    float value;
    memcpy(&value, arena_base + plan()->host_buffer + index * sizeof value, sizeof value);
    return value;
}

/* Integer inputs were stored in place. Floats are quantized with the input tensor's scale. */
void model_load_tensor(void)
{
    const struct plan_header *p = plan();
    if (p->input_encoding == INPUT_FLOAT32 && p->input_type == TYPE_INT8) {
        for (uint32_t i = 0; i < p->input_count; i++) {
            const int8_t value = quantize_to_int8(host_float(i), p->input_scale, p->input_zero_point);
            arena_base[p->input + i] = (uint8_t)value;
        }
    }
}

void model_infer(void)
{
    plan_run(plan(), arena_base);
}

static float output_element(uint32_t index)
{
    const struct plan_header *p = plan();
    const uint8_t *output = arena_base + p->output;
    float value;
    if (p->output_type == TYPE_FLOAT32) {
        memcpy(&value, output + index * sizeof value, sizeof value);
        return value;
    }
    const int32_t quantized = p->output_type == TYPE_UINT8 ? output[index] : (int8_t)output[index];
    return (float)(quantized - p->output_zero_point) * p->output_scale;
}

/* How far the output is from the input that it should reproduce: the anomaly score of ad01. */
static float mean_squared_error(void)
{
    const uint32_t count = plan()->output_count;
    float sum = 0.0f;
    for (uint32_t i = 0; i < count; i++) {
        const float difference = output_element(i) - host_float(i);
        sum += difference * difference;
    }
    return sum / (float)count;
}

uint32_t model_result_count(void)
{
    return plan()->result_kind == RESULT_RECONSTRUCTION_ERROR ? 1 : plan()->output_count;
}

float model_result(uint32_t index)
{
    return plan()->result_kind == RESULT_RECONSTRUCTION_ERROR ? mean_squared_error() : output_element(index);
}

LAST_CODE const char *model_result_problem(void)
{
    const char *problem = model_problem();
    return problem != NULL ? problem : plan_result_problem(plan());
}
