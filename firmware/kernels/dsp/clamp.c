#include "../../quantize.h"
#include "simd.h"

void clamp_outputs(int8_t *out, int32_t count, int32_t low, int32_t high)
{
    if (low == INT8_MIN && high == INT8_MAX) {
        return;
    }
    for (int32_t i = 0; i < count; i++) {
        out[i] = (int8_t)clamp(out[i], low, high);
    }
}
