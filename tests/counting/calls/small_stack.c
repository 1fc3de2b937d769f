/* A stack that has room for what runs on it, and none for the registers of an interrupt. */
#include <stdint.h>
uint32_t below[64] = {1}, small[6];
void SysTick_Handler(void) {}
void spin(void) { for (;;) __asm volatile(""); }
__attribute__((naked)) int main(void) {
  *(volatile uint32_t *)0xE000E014 = 999, *(volatile uint32_t *)0xE000E018 = 0, *(volatile uint32_t *)0xE000E010 = 7;
  __asm volatile("ldr r0, =small + 24\n msr psp, r0\n movs r0, #2\n msr control, r0\n isb\n b spin\n .ltorg");
}
