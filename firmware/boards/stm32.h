/* What is the same on all STM32 boards: pins, the serial port and the stopwatch, TIM2. stm32.c also holds the rest of
 * board.h. A board file starts clocks, those of these peripherals too, and calls the functions below.
 *
 * Register addresses and bits: ST's device headers stm32g0b1xx.h, stm32l4r5xx.h, stm32f746xx.h, stm32h7a3xxq.h,
 * stm32u575xx.h and stm32u385xx.h, which agree on them.
 */
#ifndef STM32_H
#define STM32_H

#include "registers.h"

#define BAUD 115200u

/* Gives pin `pin` of the port at address `port` to a peripheral: `function` is the data sheet's alternate function. */
void pin_start(uint32_t port, uint32_t pin, uint32_t function);

/* The USART at address `usart`: `divider` is its clock over the baud rate, for an LPUART 256 times that. */
void serial_start(uint32_t usart, uint32_t divider);

/* `timer_hz`: the clock of TIM2, whole megahertz. */
void stopwatch_start(uint32_t timer_hz);

#endif
