/* Text and numbers on the board's serial port. */
#ifndef SERIAL_H
#define SERIAL_H

#include <stdint.h>

void print(const char *text);
void print_unsigned(uint32_t value);
void print_hex_byte(uint8_t value);
void print_three_decimals(float value); /* as printf("%0.3f") */

#endif
