/* What the rest of the firmware needs of a board. One file in boards/ implements it. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

void board_start(void); /* clocks, memories' wait states, serial port, stopwatch */
void board_serial_put(char character);
char board_serial_get(void);         /* waits for one */
uint32_t board_microseconds(void);   /* free-running, wraps */

#endif
