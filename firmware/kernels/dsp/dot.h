/* The inner loops of convolutions and fully connected layers: int8 vectors times pairs of output channels.
 *
 * Weights lie pair by pair and word by word: four weights of the first channel, the same four of the second, the next
 * four of the first... (simtiny/model/plan_convolutions.py, _interleave). One expansion of a weight word serves two
 * vectors, and one of an input word two channels: 16 multiply-accumulates for 20 instructions. The steps are written in
 * assembly because they use every register but one, which the compiler's scheduler does not manage without spilling.
 * Loads come in a row, where they take one cycle each; the last ones also move the pointers, which therefore stay one
 * word behind. All opcodes are wide, so that the aligned start keeps them aligned.
 */
#ifndef DOT_H
#define DOT_H

#include <stdint.h>

/* Sums of two vectors, `a` and `b`, with the two channels of a pair, 0 and 1. */
struct sums {
    int32_t a0, a1, b0, b1;
};

/* Tells the compiler what memory a step reads, without the reloads that a "memory" clobber would cause. */
struct step_bytes {
    int8_t bytes[36];
} __attribute__((may_alias));
#define STEP_READS(pointer) "m"(*(const struct step_bytes *)(const void *)(pointer))

#define LOAD_2x2(weight, input)                                                                                        \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[w1], [%[w], #" #weight " + 4]\n\t"                                                                        \
    "ldr.w %[x], [%[a], #" #input "]\n\t"                                                                              \
    "ldr.w %[y], [%[b], #" #input "]\n\t"

#define LOAD_AND_MOVE_2x2(weight, input)                                                                               \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[x], [%[a], #" #input "]!\n\t"                                                                             \
    "ldr.w %[w1], [%[w], #" #weight " + 4]!\n\t"                                                                       \
    "ldr.w %[y], [%[b], #" #input "]!\n\t"

/* Expands the even bytes of the four words, accumulates, then the odd ones. */
#define MULTIPLY_2x2                                                                                                   \
    "sxtb16 %[t0], %[w0]\n\t"                                                                                          \
    "sxtb16 %[t1], %[w1]\n\t"                                                                                          \
    "sxtb16 %[t2], %[x]\n\t"                                                                                           \
    "smlad %[a0], %[t0], %[t2], %[a0]\n\t"                                                                             \
    "smlad %[a1], %[t1], %[t2], %[a1]\n\t"                                                                             \
    "sxtb16 %[t2], %[y]\n\t"                                                                                           \
    "smlad %[b0], %[t0], %[t2], %[b0]\n\t"                                                                             \
    "smlad %[b1], %[t1], %[t2], %[b1]\n\t"                                                                             \
    "sxtb16 %[w0], %[w0], ror #8\n\t"                                                                                  \
    "sxtb16 %[w1], %[w1], ror #8\n\t"                                                                                  \
    "sxtb16 %[x], %[x], ror #8\n\t"                                                                                    \
    "sxtb16 %[y], %[y], ror #8\n\t"                                                                                    \
    "smlad %[a0], %[w0], %[x], %[a0]\n\t"                                                                              \
    "smlad %[a1], %[w1], %[x], %[a1]\n\t"                                                                              \
    "smlad %[b0], %[w0], %[y], %[b0]\n\t"                                                                              \
    "smlad %[b1], %[w1], %[y], %[b1]\n\t"

#define STEP_2x2(instructions)                                                                                         \
    __asm volatile(".balign 4\n\t" instructions                                                                        \
                   : [a0] "+r"(s.a0), [a1] "+r"(s.a1), [b0] "+r"(s.b0), [b1] "+r"(s.b1), [w] "+r"(w), [a] "+r"(a),     \
                     [b] "+r"(b), [w0] "=&r"(w0), [w1] "=&r"(w1), [x] "=&r"(x), [y] "=&r"(y), [t0] "=&r"(t0),          \
                     [t1] "=&r"(t1), [t2] "=&r"(t2)                                                                    \
                   : STEP_READS(w), STEP_READS(a), STEP_READS(b))

/* Vectors `a` and `b` of `words` words times a pair of channels. */
static inline struct sums dot_2x2(const uint32_t *weights, const int8_t *a, const int8_t *b, int32_t words,
                                  int32_t bias0, int32_t bias1)
{
    struct sums s = {bias0, bias1, bias0, bias1};
    int32_t w0, w1, x, y, t0, t1, t2;
    const uint32_t *w = weights - 1;
    a -= 4;
    b -= 4;
    const int8_t *const end = a + 4 * (words & ~3);
    while (a != end) {
        STEP_2x2(LOAD_2x2(4, 4) MULTIPLY_2x2 LOAD_2x2(12, 8) MULTIPLY_2x2 LOAD_2x2(20, 12) MULTIPLY_2x2
                     LOAD_AND_MOVE_2x2(28, 16) MULTIPLY_2x2);
    }
    if (words & 2) {
        STEP_2x2(LOAD_2x2(4, 4) MULTIPLY_2x2 LOAD_AND_MOVE_2x2(12, 8) MULTIPLY_2x2);
    }
    if (words & 1) {
        STEP_2x2(LOAD_2x2(4, 4) MULTIPLY_2x2);
    }
    return s;
}

/* One vector times two pairs, whose weights are at `w` and `v`: the input word is expanded once for four channels. */
#define LOAD_4x1(weight, input)                                                                                        \
    "ldr.w %[x], [%[a], #" #input "]\n\t"                                                                              \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[w1], [%[w], #" #weight " + 4]\n\t"                                                                        \
    "ldr.w %[v0], [%[v], #" #weight "]\n\t"                                                                            \
    "ldr.w %[v1], [%[v], #" #weight " + 4]\n\t"

#define LOAD_AND_MOVE_4x1(weight, input)                                                                               \
    "ldr.w %[x], [%[a], #" #input "]!\n\t"                                                                             \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[v0], [%[v], #" #weight "]\n\t"                                                                            \
    "ldr.w %[w1], [%[w], #" #weight " + 4]!\n\t"                                                                       \
    "ldr.w %[v1], [%[v], #" #weight " + 4]!\n\t"

#define MULTIPLY_ONE(weight, sum)                                                                                      \
    "sxtb16 %[t], %[" #weight "]\n\t"                                                                                  \
    "smlad %[" #sum "], %[t], %[even], %[" #sum "]\n\t"                                                                \
    "sxtb16 %[" #weight "], %[" #weight "], ror #8\n\t"                                                                \
    "smlad %[" #sum "], %[" #weight "], %[x], %[" #sum "]\n\t"

#define MULTIPLY_4x1                                                                                                   \
    "sxtb16 %[even], %[x]\n\t"                                                                                         \
    "sxtb16 %[x], %[x], ror #8\n\t"                                                                                    \
    MULTIPLY_ONE(w0, a0) MULTIPLY_ONE(w1, a1) MULTIPLY_ONE(v0, b0) MULTIPLY_ONE(v1, b1)

#define STEP_4x1(instructions)                                                                                         \
    __asm volatile(".balign 4\n\t" instructions                                                                        \
                   : [a0] "+r"(s.a0), [a1] "+r"(s.a1), [b0] "+r"(s.b0), [b1] "+r"(s.b1), [w] "+r"(w), [v] "+r"(v),     \
                     [a] "+r"(a), [w0] "=&r"(w0), [w1] "=&r"(w1), [v0] "=&r"(v0), [v1] "=&r"(v1), [x] "=&r"(x),        \
                     [even] "=&r"(even), [t] "=&r"(t)                                                                  \
                   : STEP_READS(w), STEP_READS(v), STEP_READS(a))

/* Here `a0` and `a1` belong to the first pair of channels and `b0` and `b1` to the one after it. */
static inline struct sums dot_4x1(const uint32_t *weights, const int8_t *a, int32_t words, struct sums s)
{
    int32_t w0, w1, v0, v1, x, even, t;
    const uint32_t *w = weights - 1, *v = w + 2 * words;
    a -= 4;
    const int8_t *const end = a + 4 * (words & ~3);
    while (a != end) {
        STEP_4x1(LOAD_4x1(4, 4) MULTIPLY_4x1 LOAD_4x1(12, 8) MULTIPLY_4x1 LOAD_4x1(20, 12) MULTIPLY_4x1
                     LOAD_AND_MOVE_4x1(28, 16) MULTIPLY_4x1);
    }
    if (words & 2) {
        STEP_4x1(LOAD_4x1(4, 4) MULTIPLY_4x1 LOAD_AND_MOVE_4x1(12, 8) MULTIPLY_4x1);
    }
    if (words & 1) {
        STEP_4x1(LOAD_4x1(4, 4) MULTIPLY_4x1);
    }
    return s;
}

#define LOAD_2x1(weight, input)                                                                                        \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[w1], [%[w], #" #weight " + 4]\n\t"                                                                        \
    "ldr.w %[x], [%[a], #" #input "]\n\t"

#define LOAD_AND_MOVE_2x1(weight, input)                                                                               \
    "ldr.w %[w0], [%[w], #" #weight "]\n\t"                                                                            \
    "ldr.w %[w1], [%[w], #" #weight " + 4]!\n\t"                                                                       \
    "ldr.w %[x], [%[a], #" #input "]!\n\t"

#define MULTIPLY_2x1                                                                                                   \
    "sxtb16 %[t0], %[w0]\n\t"                                                                                          \
    "sxtb16 %[t1], %[w1]\n\t"                                                                                          \
    "sxtb16 %[t2], %[x]\n\t"                                                                                           \
    "smlad %[a0], %[t0], %[t2], %[a0]\n\t"                                                                             \
    "smlad %[a1], %[t1], %[t2], %[a1]\n\t"                                                                             \
    "sxtb16 %[w0], %[w0], ror #8\n\t"                                                                                  \
    "sxtb16 %[w1], %[w1], ror #8\n\t"                                                                                  \
    "sxtb16 %[x], %[x], ror #8\n\t"                                                                                    \
    "smlad %[a0], %[w0], %[x], %[a0]\n\t"                                                                              \
    "smlad %[a1], %[w1], %[x], %[a1]\n\t"

#define STEP_2x1(instructions)                                                                                         \
    __asm volatile(".balign 4\n\t" instructions                                                                        \
                   : [a0] "+r"(s.a0), [a1] "+r"(s.a1), [w] "+r"(w), [a] "+r"(a), [w0] "=&r"(w0), [w1] "=&r"(w1),       \
                     [x] "=&r"(x), [t0] "=&r"(t0), [t1] "=&r"(t1), [t2] "=&r"(t2)                                      \
                   : STEP_READS(w), STEP_READS(a))

/* One vector times a pair of channels: `b0` and `b1` of the result mean nothing. */
static inline struct sums dot_2x1(const uint32_t *weights, const int8_t *a, int32_t words, int32_t bias0, int32_t bias1)
{
    struct sums s = {bias0, bias1, 0, 0};
    int32_t w0, w1, x, t0, t1, t2;
    const uint32_t *w = weights - 1;
    a -= 4;
    const int8_t *const end = a + 4 * (words & ~3);
    while (a != end) {
        STEP_2x1(LOAD_2x1(4, 4) MULTIPLY_2x1 LOAD_2x1(12, 8) MULTIPLY_2x1 LOAD_2x1(20, 12) MULTIPLY_2x1
                     LOAD_AND_MOVE_2x1(28, 16) MULTIPLY_2x1);
    }
    if (words & 2) {
        STEP_2x1(LOAD_2x1(4, 4) MULTIPLY_2x1 LOAD_AND_MOVE_2x1(12, 8) MULTIPLY_2x1);
    }
    if (words & 1) {
        STEP_2x1(LOAD_2x1(4, 4) MULTIPLY_2x1);
    }
    return s;
}

#endif
