/* A plugin for QEMU that writes what a Cortex-M does as a stream for simtiny: docs/qemu.md, docs/stream-format.md.
 *
 *     cc -O2 -shared -fPIC -o qemu_stream.so qemu_stream.c
 *     qemu-system-arm -M mps2-an386 -kernel a.elf ... -plugin ./qemu_stream.so,output=trace,board=mps2-an386,mark=0x106
 *
 * Arguments: `output`, where to write. `board`, the identifier of a platform file; left out, the reader says which.
 * `image`, a name for reports. `mark`, an address, as often as wanted: whenever the core comes there, a mark is set.
 *
 * QEMU with the plugin interface 1 (QEMU 7 and 8) tells neither values nor registers. With interface 4 (from QEMU 9.2
 * on) it does, so there writes to registers are in the stream, too, and operands of divides. Exceptions are not. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))
#define MAYBE __attribute__((weak)) /* null in a QEMU that does not have it */
#define LENGTH(array) (sizeof(array) / sizeof *(array))

/* --- QEMU's plugin interface, as far as it is used here ---------------------------------------------------------- */

typedef struct Block QemuBlock; /* opaque, as are instructions and registers */
typedef struct Instruction QemuInstruction;
typedef struct Register QemuRegister;
typedef struct {
    const char *target_name;
    struct {
        int min, cur;
    } version;
    bool system_emulation;
    int cores, most_cores;
} QemuInfo;
typedef struct {
    int type; /* logarithm of its bytes */
    union {
        uint8_t u8;
        uint16_t u16;
        uint32_t u32;
        uint64_t u64[2];
    } data;
} QemuValue;
typedef struct {
    QemuRegister *handle;
    const char *name;
} QemuDescription; /* its beginning */
typedef struct { /* GLib's GArray and GByteArray */
    char *data;
    unsigned length;
} Array;
enum { NO_REGISTERS, READS_REGISTERS };
enum { LOADS_AND_STORES = 3 };

void qemu_plugin_register_vcpu_init_cb(uint64_t id, void (*)(uint64_t id, unsigned core));
void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t id, void (*)(uint64_t id, QemuBlock *));
void qemu_plugin_register_atexit_cb(uint64_t id, void (*)(uint64_t id, void *), void *);
void qemu_plugin_register_vcpu_insn_exec_cb(QemuInstruction *, void (*)(unsigned core, void *), int flags, void *);
void qemu_plugin_register_vcpu_mem_cb(
    QemuInstruction *, void (*)(unsigned core, uint32_t access, uint64_t address, void *), int flags, int which, void *
);
size_t qemu_plugin_tb_n_insns(const QemuBlock *);
QemuInstruction *qemu_plugin_tb_get_insn(const QemuBlock *, size_t);
uint64_t qemu_plugin_insn_vaddr(const QemuInstruction *);
/* Up to interface 2 it takes the instruction alone and returns the address of its bytes, then it copies them. */
uintptr_t qemu_plugin_insn_data(const QemuInstruction *, void *, size_t);
bool qemu_plugin_mem_is_store(uint32_t access);
unsigned qemu_plugin_mem_size_shift(uint32_t access);
MAYBE QemuValue qemu_plugin_mem_get_value(uint32_t access);
MAYBE Array *qemu_plugin_get_registers(void);
MAYBE void qemu_plugin_read_register(QemuRegister *, Array *); /* what it returns depends on the interface */
MAYBE unsigned g_array_get_element_size(Array *);
MAYBE Array *g_byte_array_new(void);
MAYBE Array *g_byte_array_set_size(Array *, unsigned);

EXPORT int qemu_plugin_version = 1;
EXPORT int qemu_plugin_install(uint64_t id, const QemuInfo *info, int count, char **arguments);

static bool tells_values(void) {
    return qemu_plugin_mem_get_value != 0;
}

/* QEMU asks for the version once the plugin is loaded. */
__attribute__((constructor)) static void choose_version(void) {
    qemu_plugin_version = tells_values() ? 4 : 1;
}

/* --- the stream --------------------------------------------------------------------------------------------------- */

enum { BLOCK = 1, ACCESS = 2, DIVIDE = 3, CODE = 4, WRITE = 5, MARK = 9 };
enum { RECORD = 16, ROOM = 1 << 16, MOST_MARKS = 4096, ALWAYS = 14 };

typedef struct {
    uint64_t what, operands;
} Record;

static const char MAGIC[] = "simtiny-stream 1\n";
static const char *board_id = "", *image = "";
static FILE *file;
static int failure; /* errno of the first write that failed */
static Record records[ROOM];
static size_t used, block_at, access_at; /* records; where the newest BLOCK and ACCESS stand */
static uint64_t blocks, lost_writes, lost_divides, lost_marks;
static unsigned marks;

/* As zlib's, without the inversions. Eight bytes at a time, since it takes most of the plugin's time. */
static uint32_t crc32(uint32_t crc, const uint8_t *data, size_t size) {
    static uint32_t table[8][256];
    if (table[0][1] == 0)
        for (uint32_t byte = 0; byte < 256; byte++) {
            uint32_t value = byte;
            for (int bit = 0; bit < 64; bit++) {
                value = value >> 1 ^ (value & 1 ? 0xEDB88320 : 0);
                if (bit % 8 == 7)
                    table[bit / 8][byte] = value;
            }
        }
    for (; size >= 8; data += 8, size -= 8) {
        uint32_t next = 0;
        for (int byte = 0; byte < 8; byte++)
            next ^= table[7 - byte][(data[byte] ^ (byte < 4 ? crc >> 8 * byte : 0)) & 0xFF];
        crc = next;
    }
    for (; size > 0; data++, size--)
        crc = crc >> 8 ^ table[0][(crc ^ *data) & 0xFF];
    return crc;
}

static void put(const void *data, size_t size) {
    if (failure == 0 && fwrite(data, 1, size, file) != size)
        failure = errno;
}

static void put_chunk(const char *kind, const void *data, size_t size) {
    uint32_t head[2] = {(uint32_t)size, ~crc32(crc32(~0u, (const uint8_t *)kind, 4), data, size)};
    put(kind, 4);
    put(head, sizeof head);
    put(data, size);
}

/* Make room, but keep the records of the block that runs: its size may still change. */
static void make_room(size_t count) {
    if (used + count <= ROOM)
        return;
    put_chunk("EVTS", records, block_at * RECORD);
    memmove(records, records + block_at, (used - block_at) * RECORD);
    used -= block_at;
    access_at -= block_at;
    block_at = 0;
    if (used + count > ROOM) { /* half of it is more than any block makes */
        failure = ENOBUFS;
        used = 0;
    }
}

static void add(unsigned kind, uint64_t number, uint64_t address, uint64_t operands) {
    make_room(1);
    records[used++] = (Record){kind | number << 8 | address << 32, operands};
}

static void add_code(uint32_t address, const uint8_t *code, size_t size) {
    size_t count = (size + RECORD - 1) / RECORD;
    make_room(1 + count);
    add(CODE, 0, address, size);
    memset(records + used, 0, count * RECORD);
    memcpy(records + used, code, size);
    used += count;
}

/* --- what the core does ------------------------------------------------------------------------------------------- */

/* Of a block of QEMU's: from its beginning, or from where a mark is set, up to its end or the next such place. */
typedef struct {
    uint32_t address, end;
    bool marked;
} Part;
/* An instruction. */
typedef struct {
    uint32_t address, end;
    Part *part;                /* that it is in */
    uint8_t dividend, divisor; /* registers of a divide */
    uint8_t condition;
} Step;

static Part *running;
static uint32_t block_address; /* of the newest BLOCK, of which `running` is the whole or the end */
static bool was_cut;           /* it ended before its end */
static Step *accessed; /* which made the last access since this began */
static uint32_t mark_addresses[64];
static size_t mark_count;
static QemuRegister *core_registers[16], *program_status;
static Array *bytes;

static void begin(unsigned core, void *data) {
    Part *part = data;
    if (part->marked) {
        if (marks < MOST_MARKS)
            add(MARK, 0, 0, marks++);
        else
            lost_marks++;
    }
    accessed = 0;
    running = part;
    if (was_cut && !part->marked && part->address == block_address + records[block_at].operands) {
        was_cut = false;
        records[block_at].operands = part->end - block_address;
        return;
    }
    was_cut = false;
    block_at = used;
    block_address = part->address;
    make_room(ROOM / 2);
    add(BLOCK, 0, part->address, part->end - part->address);
    blocks++;
}

static bool is_register(uint64_t address) {
    return (address >= 0x40000000 && address < 0x60000000) || address >= 0xA0000000;
}

static void write_register(uint32_t access, uint64_t address) {
    if (!tells_values()) {
        lost_writes++;
        return;
    }
    QemuValue value = qemu_plugin_mem_get_value(access);
    unsigned shift = qemu_plugin_mem_size_shift(access);
    if (shift == 0)
        add(WRITE, 1, address, value.data.u8);
    else if (shift == 1)
        add(WRITE, 2, address, value.data.u16);
    else
        for (unsigned word = 0; word < 1u << (shift - 2); word++)
            add(WRITE, 4, address + 4 * word, (uint32_t)(value.data.u64[word / 2] >> 32 * (word % 2)));
}

static void access_memory(unsigned core, uint32_t access, uint64_t address, void *data) {
    Step *step = data;
    /* With -icount, and in newer QEMUs always, an access to a register may stop a block before it: QEMU does this
     * instruction alone, of which it tells the accesses only, and goes on in a block behind it. So what began as one
     * has ended here, unless it goes on at once. */
    if (step->part != running && running != 0 && step->address >= running->address && step->end <= running->end) {
        records[block_at].operands = step->end - block_address;
        was_cut = true;
    }
    if (step == accessed) { /* one record for all words of a multiple load, with the lowest address */
        if (address < records[access_at].operands)
            records[access_at].operands = address;
    } else {
        make_room(1);
        access_at = used;
        accessed = step;
        add(ACCESS, 0, step->address, address);
    }
    if (qemu_plugin_mem_is_store(access) && is_register(address))
        write_register(access, address);
}

static uint32_t read_register(QemuRegister *handle) {
    uint32_t value = 0;
    g_byte_array_set_size(bytes, 0);
    qemu_plugin_read_register(handle, bytes);
    if (bytes->length >= sizeof value)
        memcpy(&value, bytes->data, sizeof value);
    return value;
}

/* Whether an instruction under a condition of an IT block is executed. */
static bool holds(unsigned condition, uint32_t status) {
    bool n = status >> 31 & 1, z = status >> 30 & 1, c = status >> 29 & 1, v = status >> 28 & 1;
    bool values[] = {z, c, n, v, c && !z, n == v, n == v && !z, true};
    return values[condition >> 1] != (condition & 1);
}

static void divide(unsigned core, void *data) {
    const Step *step = data;
    if (!tells_values())
        lost_divides++;
    else if (step->condition == ALWAYS || holds(step->condition, read_register(program_status))) {
        uint64_t dividend = read_register(core_registers[step->dividend]);
        add(DIVIDE, 0, step->address, dividend | (uint64_t)read_register(core_registers[step->divisor]) << 32);
    }
}

static void find_registers(uint64_t id, unsigned core) {
    Array *found = qemu_plugin_get_registers();
    bytes = g_byte_array_new();
    for (unsigned number = 0; number < found->length; number++) {
        const QemuDescription *one = (void *)(found->data + number * g_array_get_element_size(found));
        int of_core = one->name[0] == 'r' ? atoi(one->name + 1) : 16;
        if (of_core < 13)
            core_registers[of_core] = one->handle;
        else if (strcmp(one->name, "lr") == 0)
            core_registers[14] = one->handle;
        else if (strcmp(one->name, "xpsr") == 0)
            program_status = one->handle;
    }
}

/* --- what QEMU translates ----------------------------------------------------------------------------------------- */

static bool is_marked(uint32_t address) {
    for (size_t number = 0; number < mark_count; number++)
        if (mark_addresses[number] == address)
            return true;
    return false;
}

/* Copy an instruction: its bytes, and its halfwords. QEMU may have read a halfword behind it as well. */
static size_t read_code(const QemuInstruction *now, uint8_t *to, uint32_t *first, uint32_t *second) {
    uint8_t copy[4] = {0};
    const uint8_t *from = copy;
    uintptr_t data = qemu_plugin_insn_data(now, copy, sizeof copy);
    if (qemu_plugin_version < 3)
        from = (const uint8_t *)data;
    *first = from[0] | (uint32_t)from[1] << 8;
    size_t length = *first >> 11 < 0x1D ? 2 : 4; /* [Armv7-M ARM, A5.1] */
    memcpy(to, from, length);
    *second = length == 4 ? to[2] | (uint32_t)to[3] << 8 : 0;
    return length;
}

/* The condition of an instruction. IT blocks are followed by address, as a block of QEMU's may begin within one. */
static uint8_t next_condition(uint32_t address, uint32_t end, uint32_t first) {
    static struct {
        uint32_t address;
        uint8_t state; /* ITSTATE [Armv7-M ARM, A7.3.3] */
    } known[4096];
    unsigned here = address / 2 % LENGTH(known), there = end / 2 % LENGTH(known);
    uint8_t state = known[here].address == address ? known[here].state : 0;
    known[there].address = end;
    known[there].state = state & 7 ? (state & 0xE0) | (state << 1 & 0x1F) : 0;
    if (first >> 8 == 0xBF && (first & 0xF) != 0)
        known[there].state = first & 0xFF;
    return state == 0 ? ALWAYS : state >> 4;
}

static void translate(uint64_t id, QemuBlock *block) {
    size_t count = qemu_plugin_tb_n_insns(block), size = 0;
    uint8_t *code = malloc(4 * count);
    Step *steps = calloc(count, sizeof *steps); /* QEMU may run the block at any time: these stay */
    Part *parts = calloc(count, sizeof *parts), *part = parts;
    if (code == 0 || steps == 0 || parts == 0) {
        failure = ENOMEM;
        return;
    }
    for (size_t number = 0; number < count; number++) {
        QemuInstruction *now = qemu_plugin_tb_get_insn(block, number);
        Step *step = &steps[number];
        uint32_t first, second;
        step->address = (uint32_t)qemu_plugin_insn_vaddr(now);
        size_t length = read_code(now, code + size, &first, &second);
        step->end = step->address + length;
        size += length;
        bool marked = is_marked(step->address);
        if (number == 0 || marked) {
            part = number == 0 ? parts : part + 1;
            *part = (Part){step->address, step->address, marked};
            qemu_plugin_register_vcpu_insn_exec_cb(now, begin, NO_REGISTERS, part);
        }
        part->end = step->end;
        step->part = part;
        step->condition = next_condition(step->address, step->end, first);
        if ((first & 0xFFD0) == 0xFB90 && (second & 0xF0) == 0xF0) { /* SDIV, UDIV */
            step->dividend = first & 0xF;
            step->divisor = second & 0xF;
            qemu_plugin_register_vcpu_insn_exec_cb(now, divide, READS_REGISTERS, step);
        }
        qemu_plugin_register_vcpu_mem_cb(now, access_memory, NO_REGISTERS, LOADS_AND_STORES, step);
    }
    add_code(steps[0].address, code, size);
    free(code);
}

/* Always of the same size, as it is written again at the end, when it is known what could not be told. */
static void put_header(bool lacks_writes, bool lacks_divides) {
    char text[640], padded[641];
    snprintf(
        text, sizeof text,
        "{\"board\": \"%s\", \"image\": \"%s\", \"facts\": {\"engine\": \"QEMU, plugin interface %d\", "
        "\"time\": \"its own\", \"lacks\": \"exceptions, sleep%s%s\"}}",
        board_id, image, qemu_plugin_version, lacks_writes ? ", writes" : "", lacks_divides ? ", divides" : ""
    );
    snprintf(padded, sizeof padded, "%-640s", text);
    put_chunk("HEAD", padded, strlen(padded));
}

static void finish(uint64_t id, void *data) {
    char end[80];
    int size = snprintf(end, sizeof end, "{\"marks\": %u, \"blocks\": %llu}", marks, (unsigned long long)blocks);
    put_chunk("EVTS", records, used * RECORD);
    put_chunk("END.", end, (size_t)size);
    if (fseek(file, sizeof MAGIC - 1, SEEK_SET) == 0) /* not in a pipe */
        put_header(lost_writes > 0, lost_divides > 0);
    if (fclose(file) != 0 && failure == 0)
        failure = errno;
    if (failure != 0)
        fprintf(stderr, "simtiny: the stream could not be written: %s\n", strerror(failure));
    if (lost_writes + lost_divides + lost_marks > 0)
        fprintf(
            stderr, "simtiny: not in the stream: %llu register writes, %llu divides, %llu marks\n",
            (unsigned long long)lost_writes, (unsigned long long)lost_divides, (unsigned long long)lost_marks
        );
}

/* --- the beginning ------------------------------------------------------------------------------------------------ */

static int refuse(const char *why, const char *what) {
    fprintf(stderr, "simtiny: %s%s\n", why, what);
    return 1;
}

static bool is_plain(const char *text) {
    for (const char *byte = text; *byte != 0; byte++)
        if (*byte < ' ' || *byte > '~' || *byte == '"' || *byte == '\\')
            return false;
    return strlen(text) < 200;
}

static int add_mark(const char *text) {
    char *end;
    errno = 0;
    unsigned long long address = strtoull(text, &end, 0);
    if (*text < '0' || *text > '9' || *end != 0 || errno != 0 || address > UINT32_MAX)
        return refuse("no address: mark=", text);
    if (mark_count == LENGTH(mark_addresses))
        return refuse("too many marks: ", text);
    mark_addresses[mark_count++] = (uint32_t)address & ~1u;
    return 0;
}

int qemu_plugin_install(uint64_t id, const QemuInfo *info, int count, char **arguments) {
    const char *path = 0;
    for (int number = 0; number < count; number++) {
        const char *argument = arguments[number];
        if (strncmp(argument, "output=", 7) == 0)
            path = argument + 7;
        else if (strncmp(argument, "board=", 6) == 0)
            board_id = argument + 6;
        else if (strncmp(argument, "image=", 6) == 0)
            image = argument + 6;
        else if (strncmp(argument, "mark=", 5) != 0)
            return refuse("it takes output=, board=, image= and mark=, not ", argument);
        else if (add_mark(argument + 5) != 0)
            return 1;
    }
    if (path == 0)
        return refuse("output= is missing: where to write the stream", "");
    if (!is_plain(board_id) || !is_plain(image))
        return refuse("board= and image= are short, of ASCII, without quotation marks and backslashes", "");
    if (!info->system_emulation || (strcmp(info->target_name, "arm") != 0 && strcmp(info->target_name, "aarch64") != 0))
        return refuse("it is for qemu-system-arm, not for QEMU's target ", info->target_name);
    if (info->cores != 1)
        return refuse("a stream is of one core, and this machine has several", "");
    if (info->version.cur > 6)
        return refuse("this QEMU's plugin interface is newer than any this plugin knows", "");
    file = fopen(path, "wb");
    if (file == 0) {
        fprintf(stderr, "simtiny: %s: %s\n", path, strerror(errno));
        return 1;
    }
    put(MAGIC, sizeof MAGIC - 1);
    put_header(!tells_values(), !tells_values());
    if (fflush(file) != 0 || failure != 0)
        return refuse("the stream can't be written: ", strerror(errno));
    if (tells_values())
        qemu_plugin_register_vcpu_init_cb(id, find_registers);
    qemu_plugin_register_vcpu_tb_trans_cb(id, translate);
    qemu_plugin_register_atexit_cb(id, finish, 0);
    return 0;
}
