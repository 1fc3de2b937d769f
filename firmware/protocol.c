#include "protocol.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "board.h"
#include "model.h"
#include "serial.h"

#define COMMAND_END '%'
#define COMMAND_SIZE 2112 /* "db " and 1 KiB in hexadecimal; the official runner sends 31 bytes at a time */
#define DEFAULT_WARMUPS 10
#define PRINTED_BYTES_A_LINE 8

static char command[COMMAND_SIZE];
static const char *rest; /* of the command: what next_word() has not taken yet */

static uint32_t expected_bytes; /* as announced by `db load` */
static uint32_t stored_bytes;

/* Cuts the next word, between spaces, off the command. NULL at its end. */
static const char *next_word(void)
{
    char *start = command + (rest - command);
    while (*start == ' ') {
        start++;
    }
    char *end = start;
    while (*end != '\0' && *end != ' ') {
        end++;
    }
    rest = end;
    if (*end == ' ') {
        *end = '\0';
        rest = end + 1;
    }
    return end == start ? NULL : start;
}

static bool equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* A decimal number as C's atoi reads it, saturated. Not a number is 0. */
static int32_t number(const char *word)
{
    const bool negative = *word == '-';
    int32_t value = 0;
    for (word += negative; *word >= '0' && *word <= '9'; word++) {
        value = value > 100000000 ? 1000000000 : value * 10 + (*word - '0');
    }
    return negative ? -value : value;
}

static int32_t hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20; /* to lower case */
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void print_error(const char *text)
{
    print("e-[");
    print(text);
    print("]\r\n");
}

static void print_count(const char *before, uint32_t count, const char *after)
{
    print(before);
    print_unsigned(count);
    print(after);
}

static bool report(const char *problem)
{
    if (problem != NULL) {
        print_error(problem);
    }
    return problem == NULL;
}

static bool have_model(void)
{
    return report(model_problem());
}

static bool have_result(void)
{
    return report(model_result_problem());
}

static void timestamp(void)
{
    print_count("m-lap-us-", board_microseconds(), "\r\n");
}

static void name_command(void)
{
    print("m-name-dut-[simtiny]\r\n");
}

static void profile_command(void)
{
    print("m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\n");
    print("m-model-[");
    print(model_problem() == NULL ? model_name() : "none");
    print("]\r\n");
}

static void help_command(void)
{
    print("simtiny reference firmware\r\n\r\n"
          "help           : print this text\r\n"
          "name           : print the name of the device\r\n"
          "profile        : print the protocol and the model\r\n"
          "timestamp      : print the time in microseconds\r\n"
          "db load N      : expect N bytes of input\r\n"
          "db HH[HH]*     : the next bytes, in hexadecimal\r\n"
          "db print       : print the bytes\r\n"
          "infer N [W=10] : W warm-up inferences, then N timed ones\r\n"
          "results        : print the last output\r\n");
}

static void load_command(void)
{
    const char *word = next_word();
    if (word == NULL) {
        print_error("Command 'db load' requires the # of bytes");
        return;
    }
    const int32_t count = number(word);
    if (count <= 0) {
        print_error("Command 'db load' must be >0 bytes");
        return;
    }
    stored_bytes = 0;
    expected_bytes = 0;
    if ((uint32_t)count > model_host_size()) {
        print_count("e-[Supplied buffer size ", (uint32_t)count, " exceeds maximum of ");
        print_count("", model_host_size(), "]\r\n");
        return;
    }
    expected_bytes = (uint32_t)count;
    print_count("m-[Expecting ", expected_bytes, " bytes]\r\n");
}

static void print_buffer_command(void)
{
    for (uint32_t i = 0; i < expected_bytes; i++) {
        if (i % PRINTED_BYTES_A_LINE == 0) {
            print("m-buffer-");
        }
        print_hex_byte(model_stored_byte(i));
        const bool ends_line = (i + 1) % PRINTED_BYTES_A_LINE == 0 || i + 1 == expected_bytes;
        print(ends_line ? "\r\n" : "-");
    }
}

/* Digits after the last expected byte are ignored, as the official firmware does. */
static void store_command(const char *digits)
{
    size_t length = 0;
    while (digits[length] != '\0') {
        length++;
    }
    if (length % 2 != 0) {
        print_error("Insufficient number of hex digits");
        return;
    }
    for (; *digits != '\0' && stored_bytes < expected_bytes; digits += 2) {
        const int32_t high = hex_digit(digits[0]), low = hex_digit(digits[1]);
        if (high < 0 || low < 0) {
            print_error("Invalid hex digit");
            return;
        }
        model_store_byte(stored_bytes++, (uint8_t)(high << 4 | low));
        if (stored_bytes == expected_bytes) {
            print("m-load-done\r\n");
        }
    }
}

static void buffer_command(void)
{
    const char *word = next_word();
    if (word == NULL) {
        print_error("Command 'db' requires a subcommand");
    } else if (have_model()) {
        if (equal(word, "load")) {
            load_command();
        } else if (equal(word, "print")) {
            print_buffer_command();
        } else {
            store_command(word);
        }
    }
}

static void results_command(void)
{
    if (!have_result()) {
        return;
    }
    print("m-results-[");
    for (uint32_t i = 0; i < model_result_count(); i++) {
        print(i > 0 ? "," : "");
        print_three_decimals(model_result(i));
    }
    print("]\r\n");
}

static void run_inferences(int32_t count)
{
    for (; count > 0; count--) {
        model_infer();
    }
}

static void infer(int32_t iterations, int32_t warmups)
{
    if (stored_bytes != model_host_size()) {
        print_count("e-[Input has ", stored_bytes, " bytes, expected ");
        print_count("", model_host_size(), "]\r\n");
        return;
    }
    model_load_tensor();
    print_count("m-warmup-start-", (uint32_t)warmups, "\r\n");
    run_inferences(warmups);
    print("m-warmup-done\r\n");
    print_count("m-infer-start-", (uint32_t)iterations, "\r\n");
    timestamp();
    run_inferences(iterations);
    timestamp();
    print("m-infer-done\r\n");
    results_command();
}

static void infer_command(void)
{
    const char *word = next_word();
    const int32_t iterations = word != NULL ? number(word) : 1;
    word = next_word();
    const int32_t warmups = word != NULL ? number(word) : DEFAULT_WARMUPS;
    if (iterations <= 0) {
        print_error("Inference iterations must be >0");
    } else if (warmups < 0) {
        print_error("Inference warmup must be >=0");
    } else if (have_model()) {
        infer(iterations, warmups);
    }
}

static void run_command(void)
{
    static const struct {
        const char *name;
        void (*run)(void);
    } commands[] = {
        {"name", name_command}, {"timestamp", timestamp},     {"profile", profile_command}, {"help", help_command},
        {"db", buffer_command}, {"infer", infer_command},     {"results", results_command},
    };

    rest = command;
    const char *word = next_word();
    for (size_t i = 0; word != NULL && i < sizeof commands / sizeof commands[0]; i++) {
        if (equal(word, commands[i].name)) {
            commands[i].run();
            return;
        }
    }
    print("e-[Unknown command: ");
    print(word != NULL ? word : "");
    print("]\r\n");
}

/* Line ends between commands are not part of them; a command too long for the buffer is cut. */
static void read_command(void)
{
    size_t length = 0;
    for (;;) {
        const char c = board_serial_get();
        if (c == COMMAND_END) {
            break;
        }
        if (c != '\r' && c != '\n' && length < COMMAND_SIZE - 1) {
            command[length++] = c;
        }
    }
    command[length] = '\0';
}

_Noreturn void protocol_run(void)
{
    print("m-timestamp-mode-performance\r\n");
    timestamp();
    (void)have_model();
    print("m-init-done\r\n");
    for (;;) {
        print("m-ready\r\n");
        read_command();
        run_command();
    }
}
