#include "serial.h"

#include "board.h"
#include "memory.h"

void print(const char *text)
{
    while (*text != '\0') {
        board_serial_put(*text++);
    }
}

void print_unsigned(uint32_t value)
{
    char digits[11];
    char *first = digits + sizeof digits - 1;
    *first = '\0';
    do {
        *--first = (char)('0' + value % 10);
        value /= 10;
    } while (value != 0);
    print(first);
}

void print_hex_byte(uint8_t value)
{
    static const char digits[] = "0123456789abcdef";
    board_serial_put(digits[value >> 4]);
    board_serial_put(digits[value & 15]);
}

/* |value| in thousandths, rounded to nearest, ties to even: exact, from the float's own bits. Saturates at 4294967.295. */
static uint32_t thousandths(uint32_t bits)
{
    const int32_t exponent = (int32_t)((bits >> 23) & 255);
    const uint32_t fraction = bits & 0x7FFFFFu;
    const uint64_t scaled = (uint64_t)(exponent != 0 ? fraction | 0x800000u : fraction) * 1000;
    const int32_t shift = 150 - (exponent != 0 ? exponent : 1); /* value = significand / 2^shift */
    if (shift < 0) {
        return UINT32_MAX;
    }
    if (shift > 40) {
        return 0;
    }
    const uint64_t whole = scaled >> shift;
    const uint64_t rest = scaled & (((uint64_t)1 << shift) - 1);
    const uint64_t half = shift > 0 ? (uint64_t)1 << (shift - 1) : 1;
    const uint64_t rounded = whole + (rest > half || (rest == half && (whole & 1)));
    return rounded > UINT32_MAX ? UINT32_MAX : (uint32_t)rounded;
}

void print_three_decimals(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    const uint32_t scaled = thousandths(bits);
    if (bits >> 31) {
        board_serial_put('-');
    }
    print_unsigned(scaled / 1000);
    board_serial_put('.');
    board_serial_put((char)('0' + scaled / 100 % 10));
    board_serial_put((char)('0' + scaled / 10 % 10));
    board_serial_put((char)('0' + scaled % 10));
}
