// What firmware of several chips does first: clocks, pins, flash and a serial port, by bare registers. See build.sh.
#include <stdint.h>
#define R(address) (*(volatile uint32_t *)(address))
volatile int out;
int main(void);
void reset(void) { main(); for (;;) {} }
void stop(void) { for (;;) {} }
__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
    (void (*)(void))STACK, reset, stop, stop, stop, stop, stop, 0, 0, 0, 0, stop, stop, 0, stop, stop};
__attribute__((noinline)) int work(int n) { int s = 0; for (int i = 0; i < n; i++) s += i * i; return s; }
int main(void) {
#if defined STM32F1
  R(0x40021018) |= 1 << 4; R(0x40011004) = 0x44344444; R(0x40021000) |= 1; R(0x4001380C) = 0x200C;
#elif defined STM32F4
  R(0x40023830) |= 1; R(0x40020000) |= 1 << 10; R(0x40023C00) |= 5; R(0x40007000) |= 3 << 14; R(0x40023800) |= 1 << 16;
  R(0x40004408) = 0x683;
#elif defined STM32H5
  R(0x44020C8C) |= 2; R(0x42020400) = 1; R(0x44020810) = 1; R(0x40022000) = 5; R(0x40004800) = 1;
#elif defined NRF52
  R(0x40000008) = 1; R(0x40000100) = 0; R(0x50000514) = 1 << 13; R(0x4000250C) = 6; R(0x4001E504) = 1;
#elif defined RP2040
  R(0x4000F000) = 1 << 5; R(0x400140CC) = 5; R(0xD0000024) = 1 << 25; R(0x40024000) = 0xAA0; R(0x40034000) = 'a';
#elif defined LPC55
  R(0x40000200) = 1; R(0x4008E000) = 1; R(0x40001000) = 1; R(0x40086FF8) = 1;
#elif defined KINETIS
  R(0x40048038) |= 1 << 10; R(0x4004A054) = 0x100; R(0x400FF054) = 1 << 21; R(0x40052000) = 0xC520; R(0x40064000) = 1;
#elif defined SAMD21
  R(0x40000C00) = 1; R(0x41004408) = 1 << 17; R(0x40000418) = 1; R(0x41004004) = 2;
#elif defined STM32L4
  R(0x4002104C) |= 1; R(0x48000000) = 1; R(0x40007000) = 1; R(0x40022000) = 5; R(0x40004400) = 1; R(0x50060800) = 4;
#elif defined STM32G0
  R(0x40021034) |= 1; R(0x50000000) = 1; R(0x40007000) = 1; R(0x40022000) = 5; R(0x40013800) = 1;
#endif
  out = work(100);
  for (;;) {}
}
