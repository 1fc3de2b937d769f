/* No board at all: what a core needs to link and run the interpreter, with a serial port that goes nowhere.
 * It keeps the firmware compiling for cores whose boards have no start-up here yet. */
#include "../board.h"

static volatile uint32_t serial_data;

void board_start(void)
{
}

void board_serial_put(char character)
{
    serial_data = (uint8_t)character;
}

char board_serial_get(void)
{
    return (char)serial_data;
}

uint32_t board_microseconds(void)
{
    return 0;
}
