#ifndef DSP_H
#define DSP_H

#include <stddef.h>
#include <stdint.h>

typedef struct {
    int16_t *delay; /* of `taps` elements, kept by the caller */
    const int16_t *coefficients;
    uint32_t taps;
    uint32_t next;
} fir_t;

typedef struct {
    float minimum, maximum;
} range_t;

int32_t dot(const int16_t *a, const int16_t *b, size_t count);
int64_t energy(const int16_t *samples, size_t count);
float rms(const float *samples, size_t count);
range_t range(const float *samples, size_t count);
void fir_init(fir_t *fir, const int16_t *coefficients, int16_t *delay, uint32_t taps);
int16_t fir_step(fir_t *fir, int16_t sample);
void scale(float *samples, size_t count, float factor);
uint32_t checksum(const uint8_t *data, size_t size);

#endif
