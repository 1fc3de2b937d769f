/* Written by scripts/build_hooks.py from records in Python: do not edit. */
#ifndef REGISTER_RANGES_H
#define REGISTER_RANGES_H

#include <stdint.h>

typedef int64_t (*Callback)(int64_t, int64_t, int64_t);
typedef int (*StopEmulator)(void *emulator);
typedef int (*ReadRegister)(void *emulator, int number, void *value);

enum {
    LOOP_BEGINS = 1,
    LOOP_RUNS = 2,
    FIRST_LOOK_READS = 32,
    MOST_POLLED = 8,
    MOST_WAITS = 64,
    LONGEST_TURN = 4096,
};

/* Bytes that a data register hands out one after the other. */
typedef struct Queue {
    uint8_t *bytes; /* all of them */
    int64_t next; /* place of the next one */
    int64_t last; /* place of the first one that is not handed out here */
} Queue;
_Static_assert(sizeof(Queue) == 24, "Queue: not as in Python");

/* A register that shows the time: first + up * ((clock - since) * times + plus) / by, as far as `mask` goes. */
typedef struct Clocked {
    int64_t offset; /* of the register */
    int64_t until; /* clock from which on it reads otherwise */
    int64_t since; /* see above */
    int64_t first; /* see above */
    int64_t up; /* 1 or -1; 0 of one that stands still until then */
    int64_t times; /* see above */
    int64_t plus; /* see above */
    int64_t by; /* see above */
    int64_t mask; /* see above */
} Clocked;
_Static_assert(sizeof(Clocked) == 72, "Clocked: not as in Python");

/* Registers of one block that read as what stands in memory, without any effect. */
typedef struct Plain {
    int64_t base; /* its address */
    int64_t size; /* bytes */
    int64_t *words; /* by word what it reads as, negative where it is not known */
    int64_t *reads; /* the count of all that were answered */
    int64_t data; /* offset of the register that hands out the queue, -1 for none */
    Queue *queue; /* its bytes */
    Clocked *clocked; /* its registers that show the time */
    int64_t clocked_count; /* how many */
} Plain;
_Static_assert(sizeof(Plain) == 64, "Plain: not as in Python");

/* How long one register was read again and again. */
typedef struct Wait {
    int64_t address; /* of the register */
    int64_t cycles; /* since power-on */
} Wait;
_Static_assert(sizeof(Wait) == 16, "Wait: not as in Python");

/* Reads of registers in a row, and the loop that does them, whose turns are skipped: see native/polling.h. */
typedef struct Polling {
    int64_t phase; /* what is done at the next block: 0 nothing, LOOP_BEGINS, LOOP_RUNS */
    int64_t is_on; /* 0: no loop is looked for */
    int64_t reads; /* of registers in a row, with nothing written in between */
    int64_t look_at; /* so many are a loop to look for */
    int64_t last; /* clock at the last one */
    int64_t *cycles; /* the clock */
    int64_t wait; /* place in `waits` of what is polled now */
    Wait *waits; /* by register */
    int64_t waits_count; /* how many there are */
    int64_t registers_count; /* different registers that were read in the loop, MOST_POLLED + 1 where too many */
    int64_t *registers; /* their addresses */
    int64_t begin; /* address of the block with which a turn of the loop begins */
    int64_t blocks; /* that have begun in this turn */
    int64_t turns; /* that have come back to the state of the first */
    int64_t length; /* of a turn, in blocks */
    int64_t stores; /* 1 where a block of it may write to memory */
    struct Edge * *path; /* the edges of a turn */
    int64_t core_count; /* registers of the core */
    int32_t *core_numbers; /* Unicorn's numbers of them */
    int64_t *core; /* what they held when the first turn began */
    int64_t places_count; /* how many numbers a turn may change */
    int64_t each; /* how many of them are of one system of memories: the board's, behind the clock, or a lane's */
    int64_t places_room; /* how many there can be */
    int64_t * *places; /* where they stand */
    int64_t *values; /* what they were behind each of three turns, `places_room` each */
    int64_t fixed_count; /* how many numbers a turn must not change */
    int64_t *fixed; /* what they were behind each of three turns, `places_room` each */
    int64_t skipped; /* cycles since power-on */
    Callback steady_until; /* says until when all registers of the loop read what they read now */
    Callback same_memory; /* 0: remember what RAM holds; 1: whether it is the same */
} Polling;
_Static_assert(sizeof(Polling) == 240, "Polling: not as in Python");

/* A range of register blocks on the bus. */
typedef struct RegisterRange {
    int64_t base; /* its address */
    Callback read; /* takes offset and width of what is not answered natively */
    Plain *plain; /* one for each register block that has such */
    int64_t plain_count; /* how many */
    Polling *polling; /* what is told of each read */
    int64_t *heard; /* 1 while somebody wants to hear of reads of counters: Python tells */
} RegisterRange;
_Static_assert(sizeof(RegisterRange) == 48, "RegisterRange: not as in Python");

/* Tells Python which records this was made for. */
int64_t layout_signature(void) { return INT64_C(357283257356540653); }

#endif
