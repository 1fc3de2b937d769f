/* A small signal-processing library: nothing in it knows of a board, of startup code or of a main. */
#include "dsp.h"

static uint32_t table[256];
static int table_is_there;

int32_t dot(const int16_t *a, const int16_t *b, size_t count) {
    int32_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (int32_t)a[i] * b[i];
    return sum;
}

int64_t energy(const int16_t *samples, size_t count) {
    int64_t sum = 0;
    for (size_t i = 0; i < count; i++) sum += (int32_t)samples[i] * samples[i];
    return sum;
}

float rms(const float *samples, size_t count) {
    float sum = 0.0f;
    for (size_t i = 0; i < count; i++) sum += samples[i] * samples[i];
    float mean = sum / (float)count, root = mean;
    if (mean <= 0.0f) return 0.0f;
    for (int i = 0; i < 16; i++) root = 0.5f * (root + mean / root); /* Newton's method: no library is needed */
    return root;
}

range_t range(const float *samples, size_t count) {
    range_t found = {samples[0], samples[0]};
    for (size_t i = 1; i < count; i++) {
        if (samples[i] < found.minimum) found.minimum = samples[i];
        if (samples[i] > found.maximum) found.maximum = samples[i];
    }
    return found;
}

void fir_init(fir_t *fir, const int16_t *coefficients, int16_t *delay, uint32_t taps) {
    *fir = (fir_t){.delay = delay, .coefficients = coefficients, .taps = taps, .next = 0};
    for (uint32_t i = 0; i < taps; i++) delay[i] = 0;
}

int16_t fir_step(fir_t *fir, int16_t sample) {
    int32_t sum = 0;
    uint32_t at = fir->next;
    fir->delay[at] = sample;
    for (uint32_t i = 0; i < fir->taps; i++) {
        sum += (int32_t)fir->coefficients[i] * fir->delay[at];
        at = at == 0 ? fir->taps - 1 : at - 1;
    }
    fir->next = fir->next + 1 == fir->taps ? 0 : fir->next + 1;
    return (int16_t)(sum >> 15);
}

void scale(float *samples, size_t count, float factor) {
    for (size_t i = 0; i < count; i++) samples[i] *= factor;
}

uint32_t checksum(const uint8_t *data, size_t size) {
    if (!table_is_there) { /* the first call makes the table, and costs more */
        for (uint32_t i = 0; i < 256; i++) {
            uint32_t value = i;
            for (int bit = 0; bit < 8; bit++) value = value & 1 ? 0xEDB88320u ^ (value >> 1) : value >> 1;
            table[i] = value;
        }
        table_is_there = 1;
    }
    uint32_t value = 0xFFFFFFFFu;
    for (size_t i = 0; i < size; i++) value = table[(value ^ data[i]) & 0xFF] ^ (value >> 8);
    return ~value;
}
