/* What the example needs of its board: clock, serial port, button, and the debugger's semihosting. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* A label that the linker knows, to measure from and to. */
#define MARK(name) __asm volatile(".global " #name "\n" #name ":" ::: "memory")

void start_clock(void);
void start_serial(void);
void finish_serial(void);
void start_ticks(void);
int button_is_down(void);

void print(const char *text);
void print_number(uint32_t number);
void print_hex(uint32_t number);
int received(void); /* -1: nothing */

void semihosting_print(const char *text);
__attribute__((noreturn)) void semihosting_exit(int status);

#endif
