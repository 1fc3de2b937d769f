/* Three threads whose stacks are allocated from one array, by a scheduler that runs in PendSV's handler. */
#include <stdint.h>
volatile uint32_t sink;
uint8_t ucHeap[8192] __attribute__((aligned(8)));
uint32_t *psp[3];
volatile int now;
__attribute__((noinline)) void leaf(int n) { for (int i = 0; i < n; i++) sink += i; }
__attribute__((noinline)) void pick(void) { volatile int pad[40]; pad[0] = now; now = (pad[0] + 1) % 3; }
__attribute__((naked)) void PendSV_Handler(void) {
  __asm volatile("mrs r0, psp\n stmdb r0!, {r4-r11}\n ldr r1, =now\n ldr r2, [r1]\n ldr r3, =psp\n"
    "str r0, [r3, r2, lsl #2]\n push {r3, lr}\n bl pick\n pop {r3, lr}\n ldr r1, =now\n ldr r2, [r1]\n ldr r3, =psp\n"
    "ldr r0, [r3, r2, lsl #2]\n ldmia r0!, {r4-r11}\n msr psp, r0\n bx lr\n .ltorg");
}
__attribute__((noinline)) void yield(void) { *(volatile uint32_t *)0xE000ED04 = 1u << 28; __asm volatile("dsb\nisb"); }
__attribute__((noinline)) void work(int n) { volatile int pad[100]; pad[3] = n; yield(); leaf(pad[3]); }
__attribute__((noinline)) void finish(void) { for (;;) ; }
void task_a(void) { for (int i = 0; i < 3; i++) work(10); finish(); }
void task_b(void) { for (;;) work(20); }
void task_c(void) { for (;;) work(30); }
static void make(int number, int end, void (*function)(void)) {
  uint32_t *top = (uint32_t *)(ucHeap + end) - 8;
  top[7] = 1 << 24, top[6] = (uint32_t)function, psp[number] = top - 8;
}
__attribute__((naked)) void SVC_Handler(void) {
  __asm volatile("ldr r0, =psp\n ldr r0, [r0]\n ldmia r0!, {r4-r11}\n msr psp, r0\n mov lr, #0xfffffffd\n bx lr\n .ltorg");
}
int main(void) {
  make(2, 2048, task_c), make(1, 4096, task_b), make(0, 6144, task_a);
  *(volatile uint32_t *)0xE000ED20 |= 0xFFu << 16;
  __asm volatile("svc 0");
}
