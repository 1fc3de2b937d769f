"""The records that the native hooks work on. Those of the flash policies stand in `simtiny.flash`."""

from enum import IntEnum

from simtiny.native.record import NUMBER, Field, NativeRecord, address, number

EDGE = NativeRecord(
    "Edge",
    "One slot of the edge table: 64 bytes, a cache line of the host.",
    (
        number("where", "address | size << 32 of the block; 0 in an empty slot"),
        number("before", "number of the block before it"),
        number("count", "how often it was taken"),
        number("cycles", "its price"),
        number("block", "number of the block"),
        number("flags", "IN_FLASH...; from bit RATE_SHIFT on its cycles a byte in units of 2^-RATE_SHIFT"),
        number("first", "in flash: first unit; in RAM: address of the code"),
        number("last", "in flash: last unit; in RAM: address of the copy that was decoded"),
    ),
)
BLOCK_COUNTS = NativeRecord(
    "BlockCounts",
    "What is counted by block.",
    (
        number("branch_misses", "units of code missed behind a branch"),
        number("sequential_misses", "and in sequence"),
        number("data_reads", "units of flash read as data"),
        number("data_misses", "of them, those that missed the data cache"),
        number("ram_misses", "reads of cached RAM that missed"),
        number("ram_waits", "cycles that loads and code waited for RAM beyond those misses"),
        number("mispredicts", "of the branch at its end"),
        number("unaligned_loads", "but for those from the stack"),
        number("code_ahead", "cycles by which waits differ from those of plain misses where the flash reads ahead"),
        number("data_ahead", "the same for data"),
    ),
)
CACHE = NativeRecord(
    "Cache",
    "Sets of `ways` units each, which replace the unit that was used longest ago, or any.",
    (
        number("tick", "counts the accesses"),
        address("stamps", NUMBER, "by unit when it was used last, 0 where the cache does not hold it"),
        address("units", NUMBER, "the units that it holds, `ways` for each set"),
        address("fills", NUMBER, "how many it holds, by set"),
        number("ways", "units of a set"),
        number("set_mask", "sets less one"),
        number("random", "state of the generator that chooses the unit to replace, 0 for the one used longest ago"),
        number("draws", "counts the numbers that it has given"),
    ),
)
CACHED = NativeRecord(
    "Cached",
    "A range of RAM behind the data cache.",
    (number("base", "its address"), number("size", "bytes"), number("first_unit", "number of its first unit")),
)
MOVE = NativeRecord(
    "Move",
    "A range of memory that is priced as if it lay elsewhere.",
    (number("start", "its address"), number("end", "address behind it"), number("by", "how far up it is taken to lie")),
)
SLOW = NativeRecord(
    "Slow",
    "A range of RAM that accesses wait for.",
    (
        number("base", "its address"),
        number("size", "bytes"),
        number("wait_states", "of each word of a load"),
        number("arbitration_cycles", "of each wait for the bus matrix"),
    ),
)
CODE_RANGE = NativeRecord(
    "CodeRange",
    "A range of memory that code runs in.",
    (
        number("base", "its address"),
        number("size", "bytes"),
        address("numbers", "int32_t", "by halfword the number of the operation there, 0 for none"),
    ),
)
OPERATION = NativeRecord(
    "Operation",
    "An instruction whose price depends on its operands. A load reads from base + (index << shift) + offset, a store "
    "writes there; a divide has its dividend in `base` and its divisor in `index`.",
    (
        number("kind", "LOAD, SIGNED_DIVIDE..."),
        number("base", "number of a core register, -1 for none"),
        number("index", "the same"),
        number("shift", "of the index"),
        number("offset", "in bytes"),
        number("bytes", "that it reads or writes"),
        number("known", "of a load: 1 once it was seen to read from flash"),
        number("aligned", "the address has to be a multiple of this, or the instruction faults"),
        number("rights", "that the access needs: MAY_READ..., and AS_UNPRIVILEGED"),
        number("arbitrations", "how often the access waits for the bus matrix, in a RAM where it takes time"),
    ),
)
RUN = NativeRecord(
    "Run",
    "The clock, the block that runs, and why the run is to stop.",
    (
        number("cycles", "the one clock: core cycles since power-on"),
        number("deadline", "stop before a block once the clock has reached this"),
        number("block", "the block that runs; -1 without context (reset, exception entry or return)"),
        number("block_begin", "its address"),
        number("block_end", "address behind it"),
        number("block_rate", "its cycles a byte, as in an edge's flags"),
        number("stopped", "why a hook has asked the emulator to stop: NOT_STOPPED..."),
        number("watched", "`where` of the watched block that it stopped before"),
        number("pass_watch", "`where` of the watched block that is to run without a stop now"),
        number("stopped_before", "`where` of the block that a hook has stopped the emulator before"),
        number("go_on", "where a block goes on that was counted when it began; 0 for none"),
        number("stopped_at", "the address of the instruction that a trap is to stop before"),
        number(
            "moved", "number of the register that a trap has changed, so that its access finds nothing; -1 for none"
        ),
        number("moved_from", "what it held"),
        number("held_back", "1 while a mask alone holds an exception back"),
        number("mispredicted", "1 where the branch before the block went otherwise than predicted"),
    ),
)
TABLE = NativeRecord(
    "Table",
    "Blocks, the edges between them, and what is counted for each.",
    (
        address("edges", "Edge", "the edge table"),
        number("edge_mask", "slots in the edge table less one"),
        address("counts", "BlockCounts", "one a block"),
        Field("new_edge", "Callback", "prices a new edge (before, address, size); returns its slot, or -1"),
    ),
)
BRANCHES = NativeRecord(
    "Branches",
    "Prediction of conditional branches.",
    (
        address("numbers", "int32_t", "by block the number of the branch at its end"),
        address("predictors", "int8_t", "by branch the two bits that predict it"),
        number("mispredict", "cycles of a branch predicted wrongly; 0 on a core that doesn't predict"),
    ),
)
OPERANDS = NativeRecord(
    "Operands",
    "What is priced by its operands: loads, stores that matter, divides.",
    (
        address("operations", "Operation", "by number, from 1 on"),
        address("ranges", "CodeRange", "one for each range of memory, aliases too"),
        number("ranges_count", "how many"),
        number("base", "the range where code ran last"),
        number("size", "the same"),
        address("numbers", "int32_t", "the same"),
        number("halt", "the instruction to stop before, -1 for none in this block; 0 while nothing is to stop"),
        address("moves", "Move", "what is priced as if it lay elsewhere"),
        number("moves_count", "how many"),
        address("divides", NUMBER, "a histogram: how many divides took 0, 1, 2... cycles"),
        number("divide_shortest", "cycles"),
        number("divide_bits", "of the quotient a cycle"),
        number("divide_longest", "cycles"),
        number("unaligned_load", "cycles that an address which is no multiple of the size adds to a load"),
        number("unaligned_within_word", "0 where it does so only across a word boundary"),
        number("trap_unaligned", "1 while every address has to be a multiple of the size (CCR.UNALIGN_TRP)"),
        number("trap_device", "1 where every address of a register has to be (Device memory, by the default map)"),
        number("trap_zero", "1 while a division by zero faults (CCR.DIV_0_TRP)"),
        address("slow", "Slow", "one for each range of RAM that accesses wait for"),
        number("slow_count", "how many"),
        Field("new_flash_load", "Callback", "told of an instruction seen to load from flash for the first time"),
    ),
)
FLASH = NativeRecord(
    "Flash",
    "The flash, the caches before it, and how far the core has fetched. A unit is what one miss brings.",
    (
        number("base", "its address"),
        number("alias", "where it appears a second time"),
        number("mask", "folds its aliases onto each other"),
        number("unit_shift", "log2 of a unit's bytes"),
        number("miss_cycles", "of a unit: wait states and what the way there takes"),
        number("way_cycles", "of them, what the way there takes"),
        number("fetch_ahead", "cycles of a sequential miss that the core's own fetch buffer hides"),
        number("fetch_unit", "the unit that the core fetched last"),
        number("fetch_since", "clock when it began to"),
        number("queue_words", "by how many words the core fetches ahead; 0 where that is not followed"),
        number("queue", "cycles by which it was ahead when it came to `queue_at`"),
        number("queue_since", "clock when it did"),
        number("queue_at", "an offset in flash"),
        address("hidden", NUMBER, "a histogram: how many cycles of a sequential miss were hidden"),
        address("code_cache", "Cache", "for code"),
        address("data_cache", "Cache", "that of the code where one cache holds both"),
        address("alias_cache", "Cache", "of what is read through the alias past these caches; 0 where nothing is"),
        number("alias_miss_cycles", "of a unit read through it"),
        number("alias_prefetch", "1 while the next unit of code is read ahead there"),
        address("policy", "void", "what the flash's own policy remembers"),
        number("policy_words", "numbers that this is"),
        number("ram_miss_cycles", "of a load from cached RAM"),
        number("uncached_code", "1 while the core reads code past its own cache, a unit at a time"),
        number("uncached_data", "1 while it reads data past its own cache, an access at a time"),
        number("bus_ratio", "cycles of the core in one of the bus"),
        number("held", "what the flash has read last, an offset in units of a read; -1 for nothing"),
        number("held_shift", "log2 of such a read's bytes"),
        address("cached", "Cached", "one for each range of RAM behind the data cache"),
        number("cached_count", "how many"),
    ),
)
GUARDED = NativeRecord(
    "Guarded",
    "A range of addresses with the same rights.",
    (
        number("begin", "its first address"),
        number("end", "the address behind it"),
        number("rights", "of privileged code: MAY_READ and so on; of unprivileged code, shifted by UNPRIVILEGED_SHIFT"),
    ),
)
GUARD = NativeRecord(
    "Guard",
    "Who may access what: the memory protection unit, and the private bus, which unprivileged code may not use.",
    (
        number("is_on", "1 while accesses of data are looked at"),
        number("has_code", "1 while fetches of code are"),
        number("level", "PRIVILEGED...: of what runs"),
        number("may_change", "1 where the block that runs may change it"),
        number("spares_faults", "1 while code of negative priority may do all (MPU_CTRL.HFNMIENA is clear)"),
        address("ranges", "Guarded", "all addresses, in order"),
        address("now", "Guarded", "the range that was looked at last"),
        number("refused_at", "the first address that was refused"),
        number("refused", "what was: MAY_READ..."),
        Field("refresh", "Callback", "brings the ranges up to date"),
    ),
)
TAPE = NativeRecord(
    "Tape",
    "Where what happens is written down, for `simtiny.counting.recorder`.",
    (
        address("records", "Event", "room for them; 0 when nothing is written down"),
        number("used", "how many there are"),
        number("room", "how many there can be"),
        Field("full", "Callback", "empties it"),
    ),
)
CALL_FRAME = NativeRecord(
    "CallFrame",
    "A call that has not returned yet.",
    (
        number("node", "of the call tree"),
        number("return_to", "address behind the call; -1 where a stack begins"),
        number("sp", "the stack pointer when the routine began"),
        number("is_tail", "1 of a routine that another one has jumped to: both return at once"),
    ),
)
CALL_NODE = NativeRecord(
    "CallNode",
    "A way to a routine.",
    (
        number("parent", "the caller's node, -1 of a root"),
        number("site", "address of the call instruction, -1 for none"),
        number("target", "number of the routine, or by UNNAMED its address where it has no symbol"),
        number("routine", "its number"),
        number("calls", "how often it was gone"),
        number("asleep", "cycles asleep there"),
        number("in_exceptions", "cycles of exception entries and returns there"),
        number("same_as", "the node that stands for it, itself but for recursion that goes too deep"),
    ),
)
CALL_CELL = NativeRecord(
    "CallCell",
    "A block of code under one node.",
    (
        number("node", "of the call tree"),
        number("block", "number of the block"),
        number("runs", "how often it was run"),
        number("cycles", "that passed until the next block"),
        number("taken", "how often the branch at its end was"),
        number("flash_reads", "units of flash that missed, for code and data"),
        number("ram_line_reads", "lines of RAM that missed"),
    ),
)
VISIT = NativeRecord(
    "Visit", "From this cycle on, this node.", (number("cycle", "of the clock"), number("node", "-1: asleep"))
)
KINDS = 24
"""Of what a block does: as many as who asks can tell apart."""
EVENT_MARK = NativeRecord(
    "EventMark",
    "What has happened since power-on, a row for each moment: see `simtiny.counting.event_marks`.",
    (
        number("clock", "when"),
        number("asleep", "cycles"),
        number("flash_reads", "units of flash that missed, for code and data"),
        number("ram_line_reads", "lines of RAM that missed"),
        number("taken", "of the first kind, those of blocks whose branch was taken"),
        number("code_lines", "lines of code that another one was fetched from than just before"),
        *(number(f"kind_{kind}", "events of this kind") for kind in range(KINDS)),
    ),
)
EVENT_FIELDS = len(EVENT_MARK.fields)
CALLS = NativeRecord(
    "Calls",
    "A shadow of the firmware's call stack, and what each block takes under each way to it.",
    (
        number("is_on", "0: nothing of this is followed"),
        number("node", "where the core is"),
        number("cell", "the block that runs, -1 for none"),
        number("since", "clock at its begin"),
        number("flash_reads", "of its counters at its begin"),
        number("ram_line_reads", "the same"),
        number("last", "the block that ran last on this stack, -1 without one"),
        number("last_begin", "its address"),
        number("last_end", "address behind it"),
        address("frames", "CallFrame", "of this stack"),
        number("depth", "how many there are"),
        number("room", "how many there can be"),
        address("nodes", "CallNode", "the call tree"),
        address("node_slots", "int32_t", "a hash table of their numbers, 0 where it is empty"),
        number("node_mask", "slots less one"),
        address("cells", "CallCell", "the first one is none"),
        number("cells_count", "how many there are"),
        number("cells_room", "how many there can be"),
        address("cell_slots", "int32_t", "a hash table of their numbers, 0 where it is empty"),
        number("cell_mask", "slots less one"),
        address("cell_of", "int32_t", "by block the cell that it ran in last"),
        address("endings", "int8_t", "by block how it ends: BY_CALL..."),
        address("owners", "int32_t", "by block the number of its routine, -1 if unknown"),
        address("dips", "int32_t", "by block, bytes that it goes below the stack pointer; -1 - bytes: and sets that"),
        number("base", "the stack pointer that this stack began with"),
        number("low", "its lowest address that was in use"),
        number("limit", "the lowest address that belongs to it"),
        number("low_node", "where the lowest was reached"),
        number("low_block", "the same"),
        number("moved", "1 while the block before has set the stack pointer, ANOTHER where a handler begins"),
        address("visits", "Visit", "the time line"),
        number("visits_count", "how many there are"),
        number("visits_room", "how many there can be"),
        Field("events", EVENT_MARK, "what has happened by now"),
        address("marks", "EventMark", "the same at earlier moments; 0 while nobody asks"),
        number("marks_count", "how many there are"),
        number("marks_room", "how many there can be"),
        number("next_mark", "the next one is made before the first block at this clock or later"),
        number("mark_every", "cycles between them"),
        address("once", "int32_t", "by block what one run does, KINDS numbers each"),
        number("line_shift", "log2 of the bytes of a line of code"),
        Field("new_node", "Callback", "makes a node (parent, site, target); returns its number"),
        Field("unwind", "Callback", "control has come to (block, address, sp) in no plain way"),
        Field("heard", "Callback", "a block that is LISTENED to is about to begin (address, size)"),
        Field("grow", "Callback", "makes room for frames, cells, visits or marks"),
        Field(
            "check_stack", "Callback", "the stack goes below its limit (block, sp), or is another one by now (-1, sp)"
        ),
    ),
)
WAIT = NativeRecord(
    "Wait",
    "How long one register was read again and again.",
    (number("address", "of the register"), number("cycles", "since power-on")),
)
POLLING = NativeRecord(
    "Polling",
    "Reads of registers in a row, and the loop that does them, whose turns are skipped: see native/polling.h.",
    (
        number("phase", "what is done at the next block: 0 nothing, LOOP_BEGINS, LOOP_RUNS"),
        number("is_on", "0: no loop is looked for"),
        number("reads", "of registers in a row, with nothing written in between"),
        number("look_at", "so many are a loop to look for"),
        number("last", "clock at the last one"),
        address("cycles", NUMBER, "the clock"),
        number("wait", "place in `waits` of what is polled now"),
        address("waits", "Wait", "by register"),
        number("waits_count", "how many there are"),
        number("registers_count", "different registers that were read in the loop, MOST_POLLED + 1 where too many"),
        address("registers", NUMBER, "their addresses"),
        number("begin", "address of the block with which a turn of the loop begins"),
        number("blocks", "that have begun in this turn"),
        number("turns", "that have come back to the state of the first"),
        number("length", "of a turn, in blocks"),
        number("stores", "1 where a block of it may write to memory"),
        address("path", "struct Edge *", "the edges of a turn"),
        number("core_count", "registers of the core"),
        address("core_numbers", "int32_t", "Unicorn's numbers of them"),
        address("core", NUMBER, "what they held when the first turn began"),
        number("places_count", "how many numbers a turn may change"),
        number("each", "how many of them are of one system of memories: the board's, behind the clock, or a lane's"),
        number("places_room", "how many there can be"),
        address("places", "int64_t *", "where they stand"),
        address("values", NUMBER, "what they were behind each of three turns, `places_room` each"),
        number("fixed_count", "how many numbers a turn must not change"),
        address("fixed", NUMBER, "what they were behind each of three turns, `places_room` each"),
        number("skipped", "cycles since power-on"),
        Field("steady_until", "Callback", "says until when all registers of the loop read what they read now"),
        Field("same_memory", "Callback", "0: remember what RAM holds; 1: whether it is the same"),
    ),
)
EMULATOR = NativeRecord(
    "Emulator",
    "How the hooks reach Unicorn.",
    (
        Field("stop", "StopEmulator", "uc_emu_stop"),
        Field("reg_read", "ReadRegister", "uc_reg_read"),
        Field("reg_write", "ReadRegister", "uc_reg_write"),
        address("registers", "int32_t", "Unicorn's numbers of R0 to R15, and of CONTROL, IPSR and FAULTMASK"),
        address("handle", "void", "Unicorn itself"),
    ),
)
STATE = NativeRecord(
    "State",
    "All that the hooks know.",
    (
        Field("run", RUN, ""),
        Field("table", TABLE, ""),
        Field("branches", BRANCHES, ""),
        Field("operands", OPERANDS, ""),
        Field("flash", FLASH, ""),
        Field("guard", GUARD, ""),
        Field("tape", TAPE, ""),
        Field("emulator", EMULATOR, ""),
        Field("calls", CALLS, ""),
        Field("polling", POLLING, ""),
        address("lanes", "struct State", "other memory systems that see the same accesses, and change nothing else"),
        number("lanes_count", "how many"),
        number("ahead", "of a lane: cycles that its memories have taken beyond those of the board's"),
    ),
)
EVENT = NativeRecord(
    "Event",
    "One event of a stream: see `simtiny.counting.stream`.",
    (
        number("what", "its kind in bits 0 to 7, a small number in bits 8 to 31, an address in bits 32 to 63"),
        number("operands", "two words, the first in bits 0 to 31"),
    ),
)
RECORDS = (
    EDGE, BLOCK_COUNTS, CACHE, CACHED, SLOW, MOVE, CODE_RANGE, OPERATION, EVENT,
    CALL_FRAME, CALL_NODE, CALL_CELL, VISIT, EVENT_MARK,
    GUARDED, WAIT, POLLING,
    RUN, TABLE, BRANCHES, OPERANDS, FLASH, GUARD, TAPE, EMULATOR, CALLS, STATE,
)  # fmt: skip


class EdgeFlag(IntEnum):
    """Bits of an edge's flags, below RATE_SHIFT."""

    IN_FLASH = 1
    IN_RAM = 2
    TAKEN = 4
    WATCHED = 8  # stop before it
    STALE = 16  # its price may have changed
    MASKS = 32  # the block has an instruction that may change PRIMASK, FAULTMASK or BASEPRI
    PREDICTED = 64  # the block before ends in a branch whose direction the core predicts
    THROUGH_ALIAS = 256  # read past the core's caches, by the flash's alias
    INDIRECT = 2048  # the block before ends in a branch to what a register or memory says
    LOOPS_IN_LINE = 1024  # the branch before was not taken: it goes back to code in its own unit of flash
    STORES = 512  # the block has an instruction that may write to memory
    RAN_ON = 128  # the core had asked for the next unit of flash before the branch at the end of the block before


class Stopped(IntEnum):
    """Why a hook has asked the emulator to stop."""

    NOT_STOPPED = 0
    AT_DEADLINE = 1
    AT_WATCH = 2
    ON_ERROR = 3
    AT_TRAP = 4
    AT_GUARD = 5
    AT_STACK = 6


class OperationKind(IntEnum):
    """What an operation is."""

    LOAD = 1
    SIGNED_DIVIDE = 2
    UNSIGNED_DIVIDE = 3
    STORE = 4
    TO_SP = 6  # `base` is about to become a stack pointer
    CHECKED = 5  # of an access that is priced without, and may only be refused


class Right(IntEnum):
    """What an access needs, in bits."""

    MAY_READ = 1
    MAY_WRITE = 2
    MAY_EXECUTE = 4
    AS_UNPRIVILEGED = 8  # whoever executes it: LDRT and its kin


UNPRIVILEGED_SHIFT = 3


class Level(IntEnum):
    """With whose rights code runs."""

    STALE = -2  # and the ranges are out of date
    UNKNOWN = -1
    PRIVILEGED = 0
    UNPRIVILEGED = 1
    UNGUARDED = 2


class Ending(IntEnum):
    """How a block ends, in bits."""

    BY_CALL = 1
    INDIRECTLY = 2  # a return, or a jump to an address in a register
    CONDITIONALLY = 4
    WIDE = 8  # by an instruction of four bytes
    AT_ENTRY = 16  # not of its end: it is where a routine begins
    NAMED = 32  # its routine has a symbol
    LISTENED = 64  # something wants to know when it runs


class PollingPhase(IntEnum):
    """What is done at the next block."""

    LOOP_BEGINS = 1
    LOOP_RUNS = 2


class NativeEvent(IntEnum):
    """Kinds of events that are counted natively: the others are those of `simtiny.counting.stream`."""

    BLOCK = 1
    ACCESS = 2
    DIVIDE = 3


RATE_SHIFT = 16
LONGEST_BLOCK = 1 << 12
"""Bytes of a block in a stream: of emulators, none goes beyond a page."""
DIVIDE_BUCKETS = HIDDEN_BUCKETS = 32
UNNAMED = 1 << 40
ANOTHER = 2
FIRST_LOOK_READS = 32
"""Reads of registers in a row after which a loop is looked for."""
LOOP_BLOCKS = 64
"""Of the longest loop that is skipped."""
MOST_POLLED = 8
"""Different registers that it may read."""
MOST_WAITS = 64
"""Different registers whose waits are told apart: the last one has those of all others, too."""
LONGEST_TURN = 4096
"""Cycles between two reads of a register that waits for something: with more in between it does something else."""
_PREFIXES = {
    PollingPhase: "",
    EdgeFlag: "",
    Stopped: "",
    Ending: "",
    OperationKind: "",
    Right: "",
    Level: "LEVEL_",
    NativeEvent: "EVENT_",
}
CONSTANTS = {
    **{f"{prefix}{member.name}": int(member) for kind, prefix in _PREFIXES.items() for member in kind},
    "RATE_SHIFT": RATE_SHIFT,
    "UNNAMED": UNNAMED,
    "ANOTHER": ANOTHER,
    "LONGEST_BLOCK": LONGEST_BLOCK,
    "HIDDEN_BUCKETS": HIDDEN_BUCKETS,
    "UNPRIVILEGED_SHIFT": UNPRIVILEGED_SHIFT,
    "STACK_BASE": 13,  # `base` of an operation
    "CONTROL": 16,  # behind R0 to R15
    "IPSR": 17,
    "FAULTMASK": 18,
    "NOWHERE": 0xF000_0000,  # above the private bus, where no board can have anything
    "NMI": 2,
    "HARD_FAULT": 3,
    "DIVIDE_BUCKETS": DIVIDE_BUCKETS,
    "FIRST_LOOK_READS": FIRST_LOOK_READS,
    "LOOP_BLOCKS": LOOP_BLOCKS,
    "MOST_POLLED": MOST_POLLED,
    "MOST_WAITS": MOST_WAITS,
    "LONGEST_TURN": LONGEST_TURN,
    "KINDS": KINDS,
}
"""What C calls the constants of both sides."""
