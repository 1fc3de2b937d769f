"""What the native callback for reads of registers works on: see `simtiny.machine.plain_words`."""

from simtiny.counting import layout
from simtiny.native.record import NUMBER, Field, NativeRecord, address, number, signature

QUEUE = NativeRecord(
    "Queue",
    "Bytes that a data register hands out one after the other.",
    (
        address("bytes", "uint8_t", "all of them"),
        number("next", "place of the next one"),
        number("last", "place of the first one that is not handed out here"),
    ),
)
CLOCKED = NativeRecord(
    "Clocked",
    "A register that shows the time: first + up * ((clock - since) * times + plus) / by, as far as `mask` goes.",
    (
        number("offset", "of the register"),
        number("until", "clock from which on it reads otherwise"),
        number("since", "see above"),
        number("first", "see above"),
        number("up", "1 or -1; 0 of one that stands still until then"),
        number("times", "see above"),
        number("plus", "see above"),
        number("by", "see above"),
        number("mask", "see above"),
    ),
)
PLAIN = NativeRecord(
    "Plain",
    "Registers of one block that read as what stands in memory, without any effect.",
    (
        number("base", "its address"),
        number("size", "bytes"),
        address("words", NUMBER, "by word what it reads as, negative where it is not known"),
        address("reads", NUMBER, "the count of all that were answered"),
        number("data", "offset of the register that hands out the queue, -1 for none"),
        address("queue", "Queue", "its bytes"),
        address("clocked", "Clocked", "its registers that show the time"),
        number("clocked_count", "how many"),
    ),
)
REGISTER_RANGE = NativeRecord(
    "RegisterRange",
    "A range of register blocks on the bus.",
    (
        number("base", "its address"),
        Field("read", "Callback", "takes offset and width of what is not answered natively"),
        address("plain", "Plain", "one for each register block that has such"),
        number("plain_count", "how many"),
        address("polling", "Polling", "what is told of each read"),
        address("heard", NUMBER, "1 while somebody wants to hear of reads of counters: Python tells"),
    ),
)
RECORDS = (QUEUE, CLOCKED, PLAIN, layout.WAIT, layout.POLLING, REGISTER_RANGE)
SIGNATURE = signature(RECORDS)
CONSTANTS = {
    name: layout.CONSTANTS[name]
    for name in ("LOOP_BEGINS", "LOOP_RUNS", "FIRST_LOOK_READS", "MOST_POLLED", "MOST_WAITS", "LONGEST_TURN")
}
