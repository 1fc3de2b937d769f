/* Written by scripts/build_hooks.py from records in Python: do not edit. */
#ifndef STATE_H
#define STATE_H

#include <stdint.h>

typedef int64_t (*Callback)(int64_t, int64_t, int64_t);
typedef int (*StopEmulator)(void *emulator);
typedef int (*ReadRegister)(void *emulator, int number, void *value);

enum {
    LOOP_BEGINS = 1,
    LOOP_RUNS = 2,
    IN_FLASH = 1,
    IN_RAM = 2,
    TAKEN = 4,
    WATCHED = 8,
    STALE = 16,
    MASKS = 32,
    PREDICTED = 64,
    THROUGH_ALIAS = 256,
    INDIRECT = 2048,
    LOOPS_IN_LINE = 1024,
    STORES = 512,
    RAN_ON = 128,
    NOT_STOPPED = 0,
    AT_DEADLINE = 1,
    AT_WATCH = 2,
    ON_ERROR = 3,
    AT_TRAP = 4,
    AT_GUARD = 5,
    AT_STACK = 6,
    BY_CALL = 1,
    INDIRECTLY = 2,
    CONDITIONALLY = 4,
    WIDE = 8,
    AT_ENTRY = 16,
    NAMED = 32,
    LISTENED = 64,
    LOAD = 1,
    SIGNED_DIVIDE = 2,
    UNSIGNED_DIVIDE = 3,
    STORE = 4,
    TO_SP = 6,
    CHECKED = 5,
    MAY_READ = 1,
    MAY_WRITE = 2,
    MAY_EXECUTE = 4,
    AS_UNPRIVILEGED = 8,
    LEVEL_STALE = -2,
    LEVEL_UNKNOWN = -1,
    LEVEL_PRIVILEGED = 0,
    LEVEL_UNPRIVILEGED = 1,
    LEVEL_UNGUARDED = 2,
    EVENT_BLOCK = 1,
    EVENT_ACCESS = 2,
    EVENT_DIVIDE = 3,
    RATE_SHIFT = 16,
    UNNAMED = 1099511627776,
    ANOTHER = 2,
    LONGEST_BLOCK = 4096,
    HIDDEN_BUCKETS = 32,
    UNPRIVILEGED_SHIFT = 3,
    STACK_BASE = 13,
    CONTROL = 16,
    IPSR = 17,
    FAULTMASK = 18,
    NOWHERE = 4026531840,
    NMI = 2,
    HARD_FAULT = 3,
    DIVIDE_BUCKETS = 32,
    FIRST_LOOK_READS = 32,
    LOOP_BLOCKS = 64,
    MOST_POLLED = 8,
    MOST_WAITS = 64,
    LONGEST_TURN = 4096,
    KINDS = 24,
};

/* One slot of the edge table: 64 bytes, a cache line of the host. */
typedef struct Edge {
    int64_t where; /* address | size << 32 of the block; 0 in an empty slot */
    int64_t before; /* number of the block before it */
    int64_t count; /* how often it was taken */
    int64_t cycles; /* its price */
    int64_t block; /* number of the block */
    int64_t flags; /* IN_FLASH...; from bit RATE_SHIFT on its cycles a byte in units of 2^-RATE_SHIFT */
    int64_t first; /* in flash: first unit; in RAM: address of the code */
    int64_t last; /* in flash: last unit; in RAM: address of the copy that was decoded */
} Edge;
_Static_assert(sizeof(Edge) == 64, "Edge: not as in Python");

/* What is counted by block. */
typedef struct BlockCounts {
    int64_t branch_misses; /* units of code missed behind a branch */
    int64_t sequential_misses; /* and in sequence */
    int64_t data_reads; /* units of flash read as data */
    int64_t data_misses; /* of them, those that missed the data cache */
    int64_t ram_misses; /* reads of cached RAM that missed */
    int64_t ram_waits; /* cycles that loads and code waited for RAM beyond those misses */
    int64_t mispredicts; /* of the branch at its end */
    int64_t unaligned_loads; /* but for those from the stack */
    int64_t code_ahead; /* cycles by which waits differ from those of plain misses where the flash reads ahead */
    int64_t data_ahead; /* the same for data */
} BlockCounts;
_Static_assert(sizeof(BlockCounts) == 80, "BlockCounts: not as in Python");

/* Sets of `ways` units each, which replace the unit that was used longest ago, or any. */
typedef struct Cache {
    int64_t tick; /* counts the accesses */
    int64_t *stamps; /* by unit when it was used last, 0 where the cache does not hold it */
    int64_t *units; /* the units that it holds, `ways` for each set */
    int64_t *fills; /* how many it holds, by set */
    int64_t ways; /* units of a set */
    int64_t set_mask; /* sets less one */
    int64_t random; /* state of the generator that chooses the unit to replace, 0 for the one used longest ago */
    int64_t draws; /* counts the numbers that it has given */
} Cache;
_Static_assert(sizeof(Cache) == 64, "Cache: not as in Python");

/* A range of RAM behind the data cache. */
typedef struct Cached {
    int64_t base; /* its address */
    int64_t size; /* bytes */
    int64_t first_unit; /* number of its first unit */
} Cached;
_Static_assert(sizeof(Cached) == 24, "Cached: not as in Python");

/* A range of RAM that accesses wait for. */
typedef struct Slow {
    int64_t base; /* its address */
    int64_t size; /* bytes */
    int64_t wait_states; /* of each word of a load */
    int64_t arbitration_cycles; /* of each wait for the bus matrix */
} Slow;
_Static_assert(sizeof(Slow) == 32, "Slow: not as in Python");

/* A range of memory that is priced as if it lay elsewhere. */
typedef struct Move {
    int64_t start; /* its address */
    int64_t end; /* address behind it */
    int64_t by; /* how far up it is taken to lie */
} Move;
_Static_assert(sizeof(Move) == 24, "Move: not as in Python");

/* A range of memory that code runs in. */
typedef struct CodeRange {
    int64_t base; /* its address */
    int64_t size; /* bytes */
    int32_t *numbers; /* by halfword the number of the operation there, 0 for none */
} CodeRange;
_Static_assert(sizeof(CodeRange) == 24, "CodeRange: not as in Python");

/* An instruction whose price depends on its operands. A load reads from base + (index << shift) + offset, a store writes there; a divide has its dividend in `base` and its divisor in `index`. */
typedef struct Operation {
    int64_t kind; /* LOAD, SIGNED_DIVIDE... */
    int64_t base; /* number of a core register, -1 for none */
    int64_t index; /* the same */
    int64_t shift; /* of the index */
    int64_t offset; /* in bytes */
    int64_t bytes; /* that it reads or writes */
    int64_t known; /* of a load: 1 once it was seen to read from flash */
    int64_t aligned; /* the address has to be a multiple of this, or the instruction faults */
    int64_t rights; /* that the access needs: MAY_READ..., and AS_UNPRIVILEGED */
    int64_t arbitrations; /* how often the access waits for the bus matrix, in a RAM where it takes time */
} Operation;
_Static_assert(sizeof(Operation) == 80, "Operation: not as in Python");

/* One event of a stream: see `simtiny.counting.stream`. */
typedef struct Event {
    int64_t what; /* its kind in bits 0 to 7, a small number in bits 8 to 31, an address in bits 32 to 63 */
    int64_t operands; /* two words, the first in bits 0 to 31 */
} Event;
_Static_assert(sizeof(Event) == 16, "Event: not as in Python");

/* A call that has not returned yet. */
typedef struct CallFrame {
    int64_t node; /* of the call tree */
    int64_t return_to; /* address behind the call; -1 where a stack begins */
    int64_t sp; /* the stack pointer when the routine began */
    int64_t is_tail; /* 1 of a routine that another one has jumped to: both return at once */
} CallFrame;
_Static_assert(sizeof(CallFrame) == 32, "CallFrame: not as in Python");

/* A way to a routine. */
typedef struct CallNode {
    int64_t parent; /* the caller's node, -1 of a root */
    int64_t site; /* address of the call instruction, -1 for none */
    int64_t target; /* number of the routine, or by UNNAMED its address where it has no symbol */
    int64_t routine; /* its number */
    int64_t calls; /* how often it was gone */
    int64_t asleep; /* cycles asleep there */
    int64_t in_exceptions; /* cycles of exception entries and returns there */
    int64_t same_as; /* the node that stands for it, itself but for recursion that goes too deep */
} CallNode;
_Static_assert(sizeof(CallNode) == 64, "CallNode: not as in Python");

/* A block of code under one node. */
typedef struct CallCell {
    int64_t node; /* of the call tree */
    int64_t block; /* number of the block */
    int64_t runs; /* how often it was run */
    int64_t cycles; /* that passed until the next block */
    int64_t taken; /* how often the branch at its end was */
    int64_t flash_reads; /* units of flash that missed, for code and data */
    int64_t ram_line_reads; /* lines of RAM that missed */
} CallCell;
_Static_assert(sizeof(CallCell) == 56, "CallCell: not as in Python");

/* From this cycle on, this node. */
typedef struct Visit {
    int64_t cycle; /* of the clock */
    int64_t node; /* -1: asleep */
} Visit;
_Static_assert(sizeof(Visit) == 16, "Visit: not as in Python");

/* What has happened since power-on, a row for each moment: see `simtiny.counting.event_marks`. */
typedef struct EventMark {
    int64_t clock; /* when */
    int64_t asleep; /* cycles */
    int64_t flash_reads; /* units of flash that missed, for code and data */
    int64_t ram_line_reads; /* lines of RAM that missed */
    int64_t taken; /* of the first kind, those of blocks whose branch was taken */
    int64_t code_lines; /* lines of code that another one was fetched from than just before */
    int64_t kind_0; /* events of this kind */
    int64_t kind_1; /* events of this kind */
    int64_t kind_2; /* events of this kind */
    int64_t kind_3; /* events of this kind */
    int64_t kind_4; /* events of this kind */
    int64_t kind_5; /* events of this kind */
    int64_t kind_6; /* events of this kind */
    int64_t kind_7; /* events of this kind */
    int64_t kind_8; /* events of this kind */
    int64_t kind_9; /* events of this kind */
    int64_t kind_10; /* events of this kind */
    int64_t kind_11; /* events of this kind */
    int64_t kind_12; /* events of this kind */
    int64_t kind_13; /* events of this kind */
    int64_t kind_14; /* events of this kind */
    int64_t kind_15; /* events of this kind */
    int64_t kind_16; /* events of this kind */
    int64_t kind_17; /* events of this kind */
    int64_t kind_18; /* events of this kind */
    int64_t kind_19; /* events of this kind */
    int64_t kind_20; /* events of this kind */
    int64_t kind_21; /* events of this kind */
    int64_t kind_22; /* events of this kind */
    int64_t kind_23; /* events of this kind */
} EventMark;
_Static_assert(sizeof(EventMark) == 240, "EventMark: not as in Python");

/* A range of addresses with the same rights. */
typedef struct Guarded {
    int64_t begin; /* its first address */
    int64_t end; /* the address behind it */
    int64_t rights; /* of privileged code: MAY_READ and so on; of unprivileged code, shifted by UNPRIVILEGED_SHIFT */
} Guarded;
_Static_assert(sizeof(Guarded) == 24, "Guarded: not as in Python");

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

/* The clock, the block that runs, and why the run is to stop. */
typedef struct Run {
    int64_t cycles; /* the one clock: core cycles since power-on */
    int64_t deadline; /* stop before a block once the clock has reached this */
    int64_t block; /* the block that runs; -1 without context (reset, exception entry or return) */
    int64_t block_begin; /* its address */
    int64_t block_end; /* address behind it */
    int64_t block_rate; /* its cycles a byte, as in an edge's flags */
    int64_t stopped; /* why a hook has asked the emulator to stop: NOT_STOPPED... */
    int64_t watched; /* `where` of the watched block that it stopped before */
    int64_t pass_watch; /* `where` of the watched block that is to run without a stop now */
    int64_t stopped_before; /* `where` of the block that a hook has stopped the emulator before */
    int64_t go_on; /* where a block goes on that was counted when it began; 0 for none */
    int64_t stopped_at; /* the address of the instruction that a trap is to stop before */
    int64_t moved; /* number of the register that a trap has changed, so that its access finds nothing; -1 for none */
    int64_t moved_from; /* what it held */
    int64_t held_back; /* 1 while a mask alone holds an exception back */
    int64_t mispredicted; /* 1 where the branch before the block went otherwise than predicted */
} Run;
_Static_assert(sizeof(Run) == 128, "Run: not as in Python");

/* Blocks, the edges between them, and what is counted for each. */
typedef struct Table {
    Edge *edges; /* the edge table */
    int64_t edge_mask; /* slots in the edge table less one */
    BlockCounts *counts; /* one a block */
    Callback new_edge; /* prices a new edge (before, address, size); returns its slot, or -1 */
} Table;
_Static_assert(sizeof(Table) == 32, "Table: not as in Python");

/* Prediction of conditional branches. */
typedef struct Branches {
    int32_t *numbers; /* by block the number of the branch at its end */
    int8_t *predictors; /* by branch the two bits that predict it */
    int64_t mispredict; /* cycles of a branch predicted wrongly; 0 on a core that doesn't predict */
} Branches;
_Static_assert(sizeof(Branches) == 24, "Branches: not as in Python");

/* What is priced by its operands: loads, stores that matter, divides. */
typedef struct Operands {
    Operation *operations; /* by number, from 1 on */
    CodeRange *ranges; /* one for each range of memory, aliases too */
    int64_t ranges_count; /* how many */
    int64_t base; /* the range where code ran last */
    int64_t size; /* the same */
    int32_t *numbers; /* the same */
    int64_t halt; /* the instruction to stop before, -1 for none in this block; 0 while nothing is to stop */
    Move *moves; /* what is priced as if it lay elsewhere */
    int64_t moves_count; /* how many */
    int64_t *divides; /* a histogram: how many divides took 0, 1, 2... cycles */
    int64_t divide_shortest; /* cycles */
    int64_t divide_bits; /* of the quotient a cycle */
    int64_t divide_longest; /* cycles */
    int64_t unaligned_load; /* cycles that an address which is no multiple of the size adds to a load */
    int64_t unaligned_within_word; /* 0 where it does so only across a word boundary */
    int64_t trap_unaligned; /* 1 while every address has to be a multiple of the size (CCR.UNALIGN_TRP) */
    int64_t trap_device; /* 1 where every address of a register has to be (Device memory, by the default map) */
    int64_t trap_zero; /* 1 while a division by zero faults (CCR.DIV_0_TRP) */
    Slow *slow; /* one for each range of RAM that accesses wait for */
    int64_t slow_count; /* how many */
    Callback new_flash_load; /* told of an instruction seen to load from flash for the first time */
} Operands;
_Static_assert(sizeof(Operands) == 168, "Operands: not as in Python");

/* The flash, the caches before it, and how far the core has fetched. A unit is what one miss brings. */
typedef struct Flash {
    int64_t base; /* its address */
    int64_t alias; /* where it appears a second time */
    int64_t mask; /* folds its aliases onto each other */
    int64_t unit_shift; /* log2 of a unit's bytes */
    int64_t miss_cycles; /* of a unit: wait states and what the way there takes */
    int64_t way_cycles; /* of them, what the way there takes */
    int64_t fetch_ahead; /* cycles of a sequential miss that the core's own fetch buffer hides */
    int64_t fetch_unit; /* the unit that the core fetched last */
    int64_t fetch_since; /* clock when it began to */
    int64_t queue_words; /* by how many words the core fetches ahead; 0 where that is not followed */
    int64_t queue; /* cycles by which it was ahead when it came to `queue_at` */
    int64_t queue_since; /* clock when it did */
    int64_t queue_at; /* an offset in flash */
    int64_t *hidden; /* a histogram: how many cycles of a sequential miss were hidden */
    Cache *code_cache; /* for code */
    Cache *data_cache; /* that of the code where one cache holds both */
    Cache *alias_cache; /* of what is read through the alias past these caches; 0 where nothing is */
    int64_t alias_miss_cycles; /* of a unit read through it */
    int64_t alias_prefetch; /* 1 while the next unit of code is read ahead there */
    void *policy; /* what the flash's own policy remembers */
    int64_t policy_words; /* numbers that this is */
    int64_t ram_miss_cycles; /* of a load from cached RAM */
    int64_t uncached_code; /* 1 while the core reads code past its own cache, a unit at a time */
    int64_t uncached_data; /* 1 while it reads data past its own cache, an access at a time */
    int64_t bus_ratio; /* cycles of the core in one of the bus */
    int64_t held; /* what the flash has read last, an offset in units of a read; -1 for nothing */
    int64_t held_shift; /* log2 of such a read's bytes */
    Cached *cached; /* one for each range of RAM behind the data cache */
    int64_t cached_count; /* how many */
} Flash;
_Static_assert(sizeof(Flash) == 232, "Flash: not as in Python");

/* Who may access what: the memory protection unit, and the private bus, which unprivileged code may not use. */
typedef struct Guard {
    int64_t is_on; /* 1 while accesses of data are looked at */
    int64_t has_code; /* 1 while fetches of code are */
    int64_t level; /* PRIVILEGED...: of what runs */
    int64_t may_change; /* 1 where the block that runs may change it */
    int64_t spares_faults; /* 1 while code of negative priority may do all (MPU_CTRL.HFNMIENA is clear) */
    Guarded *ranges; /* all addresses, in order */
    Guarded *now; /* the range that was looked at last */
    int64_t refused_at; /* the first address that was refused */
    int64_t refused; /* what was: MAY_READ... */
    Callback refresh; /* brings the ranges up to date */
} Guard;
_Static_assert(sizeof(Guard) == 80, "Guard: not as in Python");

/* Where what happens is written down, for `simtiny.counting.recorder`. */
typedef struct Tape {
    Event *records; /* room for them; 0 when nothing is written down */
    int64_t used; /* how many there are */
    int64_t room; /* how many there can be */
    Callback full; /* empties it */
} Tape;
_Static_assert(sizeof(Tape) == 32, "Tape: not as in Python");

/* How the hooks reach Unicorn. */
typedef struct Emulator {
    StopEmulator stop; /* uc_emu_stop */
    ReadRegister reg_read; /* uc_reg_read */
    ReadRegister reg_write; /* uc_reg_write */
    int32_t *registers; /* Unicorn's numbers of R0 to R15, and of CONTROL, IPSR and FAULTMASK */
    void *handle; /* Unicorn itself */
} Emulator;
_Static_assert(sizeof(Emulator) == 40, "Emulator: not as in Python");

/* A shadow of the firmware's call stack, and what each block takes under each way to it. */
typedef struct Calls {
    int64_t is_on; /* 0: nothing of this is followed */
    int64_t node; /* where the core is */
    int64_t cell; /* the block that runs, -1 for none */
    int64_t since; /* clock at its begin */
    int64_t flash_reads; /* of its counters at its begin */
    int64_t ram_line_reads; /* the same */
    int64_t last; /* the block that ran last on this stack, -1 without one */
    int64_t last_begin; /* its address */
    int64_t last_end; /* address behind it */
    CallFrame *frames; /* of this stack */
    int64_t depth; /* how many there are */
    int64_t room; /* how many there can be */
    CallNode *nodes; /* the call tree */
    int32_t *node_slots; /* a hash table of their numbers, 0 where it is empty */
    int64_t node_mask; /* slots less one */
    CallCell *cells; /* the first one is none */
    int64_t cells_count; /* how many there are */
    int64_t cells_room; /* how many there can be */
    int32_t *cell_slots; /* a hash table of their numbers, 0 where it is empty */
    int64_t cell_mask; /* slots less one */
    int32_t *cell_of; /* by block the cell that it ran in last */
    int8_t *endings; /* by block how it ends: BY_CALL... */
    int32_t *owners; /* by block the number of its routine, -1 if unknown */
    int32_t *dips; /* by block, bytes that it goes below the stack pointer; -1 - bytes: and sets that */
    int64_t base; /* the stack pointer that this stack began with */
    int64_t low; /* its lowest address that was in use */
    int64_t limit; /* the lowest address that belongs to it */
    int64_t low_node; /* where the lowest was reached */
    int64_t low_block; /* the same */
    int64_t moved; /* 1 while the block before has set the stack pointer, ANOTHER where a handler begins */
    Visit *visits; /* the time line */
    int64_t visits_count; /* how many there are */
    int64_t visits_room; /* how many there can be */
    EventMark events; /* what has happened by now */
    EventMark *marks; /* the same at earlier moments; 0 while nobody asks */
    int64_t marks_count; /* how many there are */
    int64_t marks_room; /* how many there can be */
    int64_t next_mark; /* the next one is made before the first block at this clock or later */
    int64_t mark_every; /* cycles between them */
    int32_t *once; /* by block what one run does, KINDS numbers each */
    int64_t line_shift; /* log2 of the bytes of a line of code */
    Callback new_node; /* makes a node (parent, site, target); returns its number */
    Callback unwind; /* control has come to (block, address, sp) in no plain way */
    Callback heard; /* a block that is LISTENED to is about to begin (address, size) */
    Callback grow; /* makes room for frames, cells, visits or marks */
    Callback check_stack; /* the stack goes below its limit (block, sp), or is another one by now (-1, sp) */
} Calls;
_Static_assert(sizeof(Calls) == 600, "Calls: not as in Python");

/* All that the hooks know. */
typedef struct State {
    Run run; /*  */
    Table table; /*  */
    Branches branches; /*  */
    Operands operands; /*  */
    Flash flash; /*  */
    Guard guard; /*  */
    Tape tape; /*  */
    Emulator emulator; /*  */
    Calls calls; /*  */
    Polling polling; /*  */
    struct State *lanes; /* other memory systems that see the same accesses, and change nothing else */
    int64_t lanes_count; /* how many */
    int64_t ahead; /* of a lane: cycles that its memories have taken beyond those of the board's */
} State;
_Static_assert(sizeof(State) == 1600, "State: not as in Python");

/* A flash whose prefetch is never in the way. */
typedef struct Prefetch {
    int64_t on; /* 1 when the flash reads the next unit ahead */
    int64_t data_cycles; /* that prefetch can hide of a data miss in a unified cache: the wait states */
    int64_t unit; /* the unit of data that it reads ahead; -1 for none */
    int64_t ready; /* clock when it begins to */
} Prefetch;
_Static_assert(sizeof(Prefetch) == 32, "Prefetch: not as in Python");

/* A flash that reads the next unit as well on a miss. */
typedef struct ReadAhead {
    int64_t cycles; /* for which a miss makes it read the next unit ahead, 0 when it doesn't */
    int64_t unit; /* the unit that it read, or reads, ahead; -1 for none */
    int64_t ready; /* clock when it has */
} ReadAhead;
_Static_assert(sizeof(ReadAhead) == 24, "ReadAhead: not as in Python");

/* A flash that fills lines by several reads. */
typedef struct LineFill {
    int64_t cycles; /* for which it reads on once a miss has had what it waits for */
    int64_t part; /* what it has read first of the line: an offset in flash, in units of a read */
    int64_t part_shift; /* log2 of a read's bytes */
    int64_t ready; /* clock when it has read the rest */
    int64_t one_by_one; /* 1 where the bus brings one line at a time */
    int64_t free; /* clock from which the next line of code can be asked for past the cache */
    int64_t begin; /* where the block that is fetched begins, an offset as units have it */
    int64_t wrong; /* 1 while the core reads the line of a way that it does not go */
    int64_t late; /* 1 where it could not foresee which line comes next */
} LineFill;
_Static_assert(sizeof(LineFill) == 72, "LineFill: not as in Python");

/* A flash that ends the prefetch under way before it reads anything else. */
typedef struct PrefetchFirst {
    int64_t on; /* 1 when it prefetches */
    int64_t missed; /* of the block that runs: bit n where its unit n missed the instruction cache */
    int64_t code_begin; /* of that block, its offset in flash */
    int64_t first_unit; /* of that block */
    int64_t last_unit; /* of that block */
} PrefetchFirst;
_Static_assert(sizeof(PrefetchFirst) == 40, "PrefetchFirst: not as in Python");

/* Tells Python which records this was made for. */
int64_t layout_signature(void) { return INT64_C(1044668204729278472); }

#endif
