#include "../kernels.h"

const uint32_t kernel_set = KERNELS_DSP;
