/* Written by scripts/build_hooks.py from records in Python: do not edit. */
#ifndef REGISTER_RANGES_H
#define REGISTER_RANGES_H

#include <stdint.h>

typedef int64_t (*Callback)(int64_t, int64_t, int64_t);
typedef int (*StopEmulator)(void *emulator);
typedef int (*ReadRegister)(void *emulator, int number, void *value);

/* Bytes that a data register hands out one after the other. */
typedef struct Queue {
    uint8_t *bytes; /* all of them */
    int64_t next; /* place of the next one */
    int64_t last; /* place of the first one that is not handed out here */
} Queue;
_Static_assert(sizeof(Queue) == 24, "Queue: not as in Python");

/* Registers of one block that read as what stands in memory, without any effect. */
typedef struct Plain {
    int64_t base; /* its address */
    int64_t size; /* bytes */
    int64_t *words; /* by word what it reads as, negative where it is not known */
    int64_t *reads; /* the count of all that were answered */
    int64_t data; /* offset of the register that hands out the queue, -1 for none */
    Queue *queue; /* its bytes */
} Plain;
_Static_assert(sizeof(Plain) == 48, "Plain: not as in Python");

/* A range of register blocks on the bus. */
typedef struct RegisterRange {
    int64_t base; /* its address */
    Callback read; /* takes offset and width of what is not answered natively */
    Plain *plain; /* one for each register block that has such */
    int64_t plain_count; /* how many */
} RegisterRange;
_Static_assert(sizeof(RegisterRange) == 32, "RegisterRange: not as in Python");

/* Tells Python which records this was made for. */
int64_t layout_signature(void) { return INT64_C(1089573757101584648); }

#endif
