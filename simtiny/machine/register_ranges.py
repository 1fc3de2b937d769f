"""What the native callback for reads of registers works on: see `simtiny.machine.plain_words`."""

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
    ),
)
RECORDS = (QUEUE, PLAIN, REGISTER_RANGE)
SIGNATURE = signature(RECORDS)
