/* A shadow of the firmware's call stack: at each block, where in the call tree the core is by now.
 *
 * Plain calls, returns and jumps from one routine into another are followed here. For what comes in no plain way (longjmp,
 * a switch of stacks) and for exceptions `simtiny.counting.calls` sets the stack right. */
#ifndef CALLS_H
#define CALLS_H

#include "caches.h"

static inline int64_t stack_pointer(const State *state) {
    uint64_t value = 0;
    state->emulator.reg_read(state->emulator.handle, state->emulator.registers[13], &value);
    return (int64_t)(uint32_t)value;
}

/* Where to begin in a hash table, before masking. */
static inline uint64_t mixed(int64_t a, int64_t b, int64_t c) {
    uint64_t sum = (uint64_t)a * 0x9E3779B97F4A7C15u + (uint64_t)b * 0xC2B2AE3D27D4EB4Fu + (uint64_t)c * 0x165667B19E3779F9u;
    return sum ^ sum >> 29;
}

static inline uint64_t cell_hash(int64_t node, int64_t block) { return mixed(node, block, 0); }

static inline uint64_t node_hash(int64_t parent, int64_t site, int64_t target) { return mixed(parent, site, target); }

static inline void place(int32_t *slots, int64_t mask, uint64_t hash, int64_t number) {
    uint64_t slot = hash & (uint64_t)mask;
    while (slots[slot] != 0)
        slot = (slot + 1) & (uint64_t)mask;
    slots[slot] = (int32_t)number;
}

/* Put the nodes from `first` on, up to `end`, into the hash table. */
void place_nodes(State *state, int64_t first, int64_t end) {
    Calls *calls = &state->calls;
    for (int64_t number = first; number < end; number++) {
        const CallNode *node = calls->nodes + number;
        place(calls->node_slots, calls->node_mask, node_hash(node->parent, node->site, node->target), number);
    }
}

/* Put all cells into an empty hash table. */
void place_cells(State *state) {
    Calls *calls = &state->calls;
    for (int64_t number = 1; number < calls->cells_count; number++) {
        const CallCell *cell = calls->cells + number;
        place(calls->cell_slots, calls->cell_mask, cell_hash(cell->node, cell->block), number);
    }
}

/* --- What a block takes ------------------------------------------------------------------------------------------ */

static inline int64_t missed(const BlockCounts *counts) {
    return counts->branch_misses + counts->sequential_misses + counts->data_misses;
}

/* Charge what has passed to the block that ran. There must be one. */
static inline void leave_cell(State *state) {
    Calls *calls = &state->calls;
    CallCell *cell = calls->cells + calls->cell;
    const BlockCounts *counts = state->table.counts + cell->block;
    cell->cycles += state->run.cycles - calls->since;
    cell->flash_reads += missed(counts) - calls->flash_reads;
    cell->ram_line_reads += counts->ram_misses - calls->ram_line_reads;
    calls->events.flash_reads += missed(counts) - calls->flash_reads;
    calls->events.ram_line_reads += counts->ram_misses - calls->ram_line_reads;
}

/* Note what has happened up to now. */
void mark_events(State *state) {
    Calls *calls = &state->calls;
    calls->events.clock = state->run.cycles;
    const int64_t *from = &calls->events.clock;
    volatile int64_t *to = &calls->marks[calls->marks_count++].clock; /* else the compiler asks for a memcpy */
    for (uint64_t word = 0; word < sizeof(EventMark) / sizeof(int64_t); word++)
        to[word] = from[word];
    calls->next_mark = state->run.cycles + calls->mark_every;
    if (calls->marks_count == calls->marks_room)
        calls->grow(0, 0, 0);
}

/* The block has run, and the branch at its end was taken or not. */
static inline void count_taken(Calls *calls, int64_t block, int64_t taken) {
    if (calls->marks != 0 && taken != 0)
        calls->events.taken += calls->once[block * KINDS];
}

/* A block begins: count what it does. The block before is still that of `run`. */
static inline void count_events(State *state, int64_t block, int64_t address, int64_t size) {
    Calls *calls = &state->calls;
    const Run *run = &state->run;
    if (calls->marks == 0)
        return;
    if (run->cycles >= calls->next_mark)
        mark_events(state);
    int64_t first = address >> calls->line_shift, last = (address + size - 1) >> calls->line_shift;
    calls->events.code_lines += last - first + (run->block < 0 || (run->block_end - 1) >> calls->line_shift != first);
    const int32_t *once = calls->once + block * KINDS;
    int64_t *sums = &calls->events.kind_0;
    for (int64_t kind = 0; kind < KINDS; kind++)
        sums[kind] += once[kind];
}

/* The cell of a block under the node where the core is, a new one if need be. */
static __attribute__((noinline)) int64_t find_cell(Calls *calls, int64_t block) {
    uint64_t slot = cell_hash(calls->node, block) & (uint64_t)calls->cell_mask;
    int64_t number;
    while ((number = calls->cell_slots[slot]) != 0) {
        if (calls->cells[number].node == calls->node && calls->cells[number].block == block)
            return number;
        slot = (slot + 1) & (uint64_t)calls->cell_mask;
    }
    number = calls->cells_count++;
    calls->cell_slots[slot] = (int32_t)number;
    calls->cells[number].node = calls->node;
    calls->cells[number].block = block;
    if (calls->cells_count == calls->cells_room)
        calls->grow(0, 0, 0);
    return number;
}

static inline void enter_cell(State *state, int64_t block, int64_t address, int64_t size) {
    Calls *calls = &state->calls;
    int64_t number = calls->cell_of[block];
    if (calls->cells[number].node != calls->node || calls->cells[number].block != block)
        calls->cell_of[block] = (int32_t)(number = find_cell(calls, block));
    count_events(state, block, address, size);
    calls->cells[number].runs++;
    calls->cell = number;
    calls->since = state->run.cycles;
    calls->flash_reads = missed(state->table.counts + block);
    calls->ram_line_reads = state->table.counts[block].ram_misses;
}

/* The same up to now, for a look at the counters while the block runs. */
void settle_cell(State *state) {
    Calls *calls = &state->calls;
    if (calls->cell < 0)
        return;
    leave_cell(state);
    const BlockCounts *counts = state->table.counts + calls->cells[calls->cell].block;
    calls->since = state->run.cycles;
    calls->flash_reads = missed(counts);
    calls->ram_line_reads = counts->ram_misses;
}

/* --- Where the core is ------------------------------------------------------------------------------------------- */

static inline void go_to(State *state, int64_t node) {
    Calls *calls = &state->calls;
    calls->node = node;
    calls->visits[calls->visits_count++] = (Visit){state->run.cycles, node};
    if (calls->visits_count == calls->visits_room)
        calls->grow(0, 0, 0);
}

/* Begin a routine that the core has come to from `site`. */
static void begin_routine(State *state, int64_t target, int64_t site, int64_t return_to, int64_t sp, int64_t is_tail) {
    Calls *calls = &state->calls;
    int64_t parent = calls->node, number;
    uint64_t slot = node_hash(parent, site, target) & (uint64_t)calls->node_mask;
    while ((number = calls->node_slots[slot]) != 0) {
        const CallNode *node = calls->nodes + number;
        if (node->parent == parent && node->site == site && node->target == target)
            break;
        slot = (slot + 1) & (uint64_t)calls->node_mask;
    }
    if (number == 0)
        number = calls->new_node(parent, site, target);
    number = calls->nodes[number].same_as;
    calls->nodes[number].calls++;
    calls->frames[calls->depth++] = (CallFrame){number, return_to, sp, is_tail};
    if (calls->depth == calls->room)
        calls->grow(0, 0, 0);
    go_to(state, number);
}

/* The routine that runs has jumped into another one. A jump back to one that has jumped here ends what came behind it. */
static __attribute__((noinline)) void jump(
    State *state, int64_t owner, int64_t target, int64_t site, int64_t sp
) {
    Calls *calls = &state->calls;
    for (int64_t depth = calls->depth; depth > 0; depth--) {
        const CallFrame *frame = calls->frames + depth - 1;
        if (calls->nodes[frame->node].routine == owner) {
            calls->depth = depth;
            go_to(state, frame->node);
            return;
        }
        if (frame->is_tail == 0)
            break;
    }
    if (calls->depth == 0)
        begin_routine(state, target, site, -1, sp, 0);
    else
        begin_routine(state, target, site, calls->frames[calls->depth - 1].return_to, calls->frames[calls->depth - 1].sp, 1);
}

static __attribute__((noinline)) void change_routine(State *state, int64_t ending, int64_t block, int64_t address) {
    Calls *calls = &state->calls;
    int64_t owner = calls->owners[block], site = calls->last_end - ((ending & WIDE) != 0 ? 4 : 2);
    int64_t target = (calls->endings[block] & NAMED) != 0 ? owner : UNNAMED | address;
    jump(state, owner, target, calls->last >= 0 ? site : -1, stack_pointer(state));
    calls->owners[block] = (int32_t)calls->nodes[calls->node].routine;
}

/* Take back the call that returns, with the routines that have jumped on since. */
static inline void end_routine(State *state) {
    Calls *calls = &state->calls;
    while (calls->depth > 0 && calls->frames[--calls->depth].is_tail != 0)
        ;
    go_to(state, calls->depth > 0 ? calls->frames[calls->depth - 1].node : calls->nodes[calls->node].parent);
}

/* The block before has ended in a call, or by a jump to an address in a register. */
static __attribute__((noinline)) void arrive(State *state, int64_t ending, int64_t block, int64_t address) {
    Calls *calls = &state->calls;
    int64_t sp = stack_pointer(state), site = calls->last_end - ((ending & WIDE) != 0 ? 4 : 2);
    const CallFrame *top = calls->frames + calls->depth - 1;
    if (ending & BY_CALL) {
        int64_t target = calls->endings[block] & NAMED ? calls->owners[block] : UNNAMED | address;
        begin_routine(state, target, site, calls->last_end, sp, 0);
        calls->owners[block] = (int32_t)calls->nodes[calls->node].routine;
        calls->endings[block] |= AT_ENTRY;
        return;
    }
    if (calls->depth > 0 && top->return_to == address && top->sp == sp) {
        end_routine(state);
        return;
    }
    int64_t owner = calls->owners[block], routine = calls->nodes[calls->node].routine;
    if (calls->depth > 0 && sp <= top->sp) {
        if (owner == routine || owner < 0)
            return;
        if ((calls->endings[block] & AT_ENTRY) != 0 && sp == top->sp)
            return; /* the caller jumps */
    }
    calls->unwind(block, address, sp);
}

/* Note how deep the stack goes in a block. */
static __attribute__((noinline)) void measure_stack(State *state, int64_t block) {
    Calls *calls = &state->calls;
    int64_t sp = stack_pointer(state), dip = calls->dips[block], lowest = sp - (dip < 0 ? -1 - dip : dip);
    if (calls->moved == ANOTHER || (calls->moved != 0 && (sp > calls->base || sp <= calls->limit)))
        calls->check_stack(-1, sp, 0); /* it is another stack now */
    calls->moved = dip < 0;
    if (lowest < calls->low) {
        calls->low = lowest;
        calls->low_node = calls->node;
        calls->low_block = block;
        if (lowest < calls->limit)
            calls->check_stack(block, sp, 0);
    }
}

/* A block is about to begin. */
static inline void follow(State *state, int64_t block, int taken, int64_t address, int64_t size) {
    Calls *calls = &state->calls;
    int64_t ending = calls->last >= 0 ? calls->endings[calls->last] : 0;
    if ((calls->endings[block] & LISTENED) != 0)
        calls->heard(address, size, 0);
    if (calls->cell >= 0) {
        leave_cell(state);
        calls->cells[calls->cell].taken += taken;
        count_taken(calls, calls->cells[calls->cell].block, taken);
        calls->cell = -1;
    }
    if ((ending & (BY_CALL | INDIRECTLY)) != 0 && (address <= calls->last_begin || address >= calls->last_end) &&
        !((ending & CONDITIONALLY) != 0 && address == calls->last_end))
        arrive(state, ending, block, address);
    if (calls->owners[block] != calls->nodes[calls->node].routine) {
        /* Without a symbol a block belongs to whoever runs it, but where routines are seen to begin. */
        if (calls->depth == 0 || (calls->endings[block] & (NAMED | AT_ENTRY)) != 0)
            change_routine(state, ending, block, address);
        else
            calls->owners[block] = (int32_t)calls->nodes[calls->node].routine;
    }
    if (calls->dips[block] != 0 || calls->moved != 0)
        measure_stack(state, block);
    calls->last = block;
    calls->last_begin = address;
    calls->last_end = address + size;
    enter_cell(state, block, address, size);
}

#endif
