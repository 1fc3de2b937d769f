/* The flat plan that the host writes to flash and the interpreter walks.
 *
 * Written by scripts/build_firmware.py from simtiny/model/plan_layout.py: change that.
 * Little endian, every number of 32 bits. Offsets named `..._data` count bytes from the start of the plan; all other
 * buffer offsets count bytes from the start of the arena.
 */
#ifndef PLAN_H
#define PLAN_H

#include <stdint.h>

#define PLAN_MAGIC 0x4E4C5053u /* SPLN */
#define PLAN_VERSION 1u
#define PLAN_NOWHERE 0xFFFFFFFFu
#define PLAN_GATHERED_PATCHES 8 /* as the scratch buffer of CONV_DSP has room for */

enum kernel_set { KERNELS_PORTABLE = 0, KERNELS_DSP = 1 };

/* What a byte that the host sends with `db` means: the input tensor's own, a pixel (less 128), part of a float. */
enum input_encoding { INPUT_INT8 = 0, INPUT_UINT8 = 1, INPUT_FLOAT32 = 2 };

/* Elements of an input or output tensor. */
enum element_type { TYPE_INT8 = 0, TYPE_UINT8 = 1, TYPE_FLOAT32 = 2 };

/* What `results` prints: the output vector, or the mean squared difference between output and input. */
enum result_kind { RESULT_VECTOR = 0, RESULT_RECONSTRUCTION_ERROR = 1 };

enum operator_kind {
    OPERATOR_CONV = 1,
    OPERATOR_DEPTHWISE_CONV = 2,
    OPERATOR_FULLY_CONNECTED = 3,
    OPERATOR_ADD = 4,
    OPERATOR_AVERAGE_POOL = 5,
    OPERATOR_MAX_POOL = 6,
    OPERATOR_MEAN = 7,
    OPERATOR_PAD = 8,
    OPERATOR_SOFTMAX = 9,
    OPERATOR_QUANTIZE = 10,
    OPERATOR_REQUANTIZE = 11,
    OPERATOR_DEQUANTIZE = 12,
    OPERATOR_MATMUL_DSP = 32,
    OPERATOR_CONV_DSP = 33,
    OPERATOR_DEPTHWISE_CONV_DSP = 34,
    OPERATOR_DEPTHWISE_CONV_3X3_DSP = 35,
    OPERATOR_ADD_DSP = 36,
};

/* Starts a plan. `name` is zero terminated. */
struct plan_header {
    uint32_t magic;
    uint32_t version;
    uint32_t kernels;
    uint32_t size; /* bytes of the whole plan */
    uint32_t arena_size;
    uint32_t operator_count;
    uint32_t operators_data;
    uint32_t input_encoding;
    uint32_t host_buffer; /* where `db` bytes go; the input tensor itself unless they are floats to quantize */
    uint32_t host_size; /* bytes that the host must send */
    uint32_t input;
    uint32_t input_count; /* elements */
    uint32_t input_type;
    float input_scale;
    int32_t input_zero_point;
    uint32_t output;
    uint32_t output_count;
    uint32_t output_type;
    float output_scale;
    int32_t output_zero_point;
    uint32_t result_kind;
    char name[20];
};

/* Starts every operator record. */
struct plan_operator {
    uint32_t kind;
    uint32_t size; /* bytes of the record, this header included */
    uint32_t input;
    uint32_t output;
};

/* How a filter lies over the input: what is under it, for one output pixel, is a patch. */
struct plan_patches {
    int32_t batches;
    int32_t input_height;
    int32_t input_width;
    int32_t output_height;
    int32_t output_width;
    int32_t filter_height;
    int32_t filter_width;
    int32_t stride_height;
    int32_t stride_width;
    int32_t dilation_height;
    int32_t dilation_width;
    int32_t pad_top;
    int32_t pad_left;
};

/* One output channel: accumulator start (the input's zero point folded in) and the scale back to int8. */
struct plan_channel {
    int32_t bias;
    int32_t multiplier; /* Q31 */
    int32_t right_shift; /* negative: shift left before the multiplication */
    int32_t rounding; /* SIMD: half of the last bit, plus the output zero point, both << right_shift */
};

/* CONV_2D and DEPTHWISE_CONV_2D. `scratch` holds gathered patches, planes or sums.
 * Weights: [output channel][filter row][filter column][input channel], `row_bytes` an output channel; depthwise:
 * [row][column][channel]. The SIMD kernels have orders of their own: kernels/dsp/dot.h and depthwise_conv.c.
 */
struct plan_conv {
    struct plan_operator head;
    struct plan_patches patches;
    int32_t input_channels;
    int32_t output_channels;
    int32_t row_bytes;
    int32_t input_zero_point;
    int32_t output_zero_point;
    int32_t activation_min;
    int32_t activation_max;
    uint32_t weights_data;
    uint32_t channels_data;
    uint32_t scratch;
    uint32_t staging; /* SIMD: where the weights are copied to before use, or PLAN_NOWHERE */
};

/* FULLY_CONNECTED and, in the SIMD set, any convolution whose patches are whole pixels: `rows` vectors of `depth`. */
struct plan_matmul {
    struct plan_operator head;
    int32_t rows;
    int32_t depth;
    int32_t output_channels;
    int32_t row_bytes;
    int32_t output_zero_point;
    int32_t activation_min;
    int32_t activation_max;
    uint32_t weights_data;
    uint32_t channels_data;
    uint32_t staging; /* as in struct plan_conv */
};

/* ADD. A stride of 0 repeats an operand along that dimension. */
struct plan_add {
    struct plan_operator head;
    uint32_t inputs[2]; /* of a constant: from the start of the plan */
    int32_t shape[4];
    int32_t stride1[4];
    int32_t stride2[4];
    int32_t zero_point1;
    int32_t multiplier1;
    int32_t right_shift1;
    int32_t zero_point2;
    int32_t multiplier2;
    int32_t right_shift2;
    int32_t output_zero_point;
    int32_t output_multiplier;
    int32_t output_right_shift;
    int32_t activation_min;
    int32_t activation_max;
    uint32_t is_constant[2];
    uint32_t scratch; /* SIMD: two tables of 256 rescaled inputs */
    int32_t rounding; /* SIMD: as in struct plan_channel */
};

/* AVERAGE_POOL_2D and MAX_POOL_2D. */
struct plan_pool {
    struct plan_operator head;
    struct plan_patches patches;
    int32_t channels;
    int32_t activation_min;
    int32_t activation_max;
};

/* MEAN over reduced dimensions: kept_... walk the outputs, reduced_... walk what is summed. */
struct plan_mean {
    struct plan_operator head;
    int32_t kept_shape[4];
    int32_t kept_stride[4];
    int32_t reduced_shape[4];
    int32_t reduced_stride[4];
    int32_t bias; /* minus zero point times the number of summed elements */
    int32_t multiplier;
    int32_t right_shift;
    int32_t output_zero_point;
};

/* PAD, with `value`. */
struct plan_pad {
    struct plan_operator head;
    int32_t input_shape[4];
    int32_t before[4];
    int32_t after[4];
    int32_t value;
};

/* SOFTMAX of each of `rows` vectors of `depth`. */
struct plan_softmax {
    struct plan_operator head;
    int32_t rows;
    int32_t depth;
    int32_t multiplier;
    int32_t left_shift;
    int32_t smallest_difference;
};

/* QUANTIZE (from float), REQUANTIZE (8 bits to 8 bits) and DEQUANTIZE. */
struct plan_rescale {
    struct plan_operator head;
    int32_t count;
    uint32_t input_type;
    uint32_t output_type;
    float scale;
    int32_t multiplier;
    int32_t right_shift;
    int32_t input_zero_point;
    int32_t output_zero_point;
};

/* As the host lays them out. */
_Static_assert(sizeof(struct plan_header) == 104, "plan_header");
_Static_assert(sizeof(struct plan_operator) == 16, "plan_operator");
_Static_assert(sizeof(struct plan_patches) == 52, "plan_patches");
_Static_assert(sizeof(struct plan_channel) == 16, "plan_channel");
_Static_assert(sizeof(struct plan_conv) == 112, "plan_conv");
_Static_assert(sizeof(struct plan_matmul) == 56, "plan_matmul");
_Static_assert(sizeof(struct plan_add) == 132, "plan_add");
_Static_assert(sizeof(struct plan_pool) == 80, "plan_pool");
_Static_assert(sizeof(struct plan_mean) == 96, "plan_mean");
_Static_assert(sizeof(struct plan_pad) == 68, "plan_pad");
_Static_assert(sizeof(struct plan_softmax) == 36, "plan_softmax");
_Static_assert(sizeof(struct plan_rescale) == 48, "plan_rescale");

#endif
