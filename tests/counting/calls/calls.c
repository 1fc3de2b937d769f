/* Calls of every kind, each as often as test_calls.py counts. */
#include <stdint.h>
#include <setjmp.h>
volatile uint32_t sink;
#define SPIN(n) do { for (volatile int i = 0; i < (n); i++) ; } while (0)
__attribute__((noinline)) void leaf(int n) { for (int i = 0; i < n; i++) sink += i; }
__attribute__((noinline)) void tail_to(int n) { sink = n; leaf(n); }        /* b leaf at -O2 */
__attribute__((noinline)) int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
__attribute__((noinline)) int deep(int n) { if (n == 0) return 0; int below = deep(n - 1); sink++; return below + 1; }
static jmp_buf env;
__attribute__((noinline)) void thrower(int d) { if (d == 0) longjmp(env, 1); thrower(d - 1); sink++; }
__attribute__((noinline)) void catcher(void) { if (setjmp(env) == 0) { thrower(5); } leaf(10); }
__attribute__((noinline)) void pointed(void) { leaf(7); }
void (*volatile fp)(void) = pointed;
/* cooperative coroutine */
uint32_t stack_b[256];
uint32_t *sp_a, *sp_b;
__attribute__((naked, noinline)) void swap(uint32_t **from, uint32_t *to) {
  __asm volatile("push {r4-r11, lr}\n str sp, [r0]\n mov sp, r1\n pop {r4-r11, pc}");
}
__attribute__((noinline)) void in_b(void) { leaf(20); }
void routine_b(void) { for (;;) { in_b(); swap(&sp_b, sp_a); } }
__attribute__((noinline)) void coop(void) {
  uint32_t *p = stack_b + 256; *--p = (uint32_t)routine_b; p -= 8; sp_b = p;
  for (int i = 0; i < 3; i++) { leaf(5); swap(&sp_a, sp_b); }
}
__attribute__((noinline)) void in_tick(void) { leaf(3); }
volatile int ticks;
void SysTick_Handler(void) { ticks++; in_tick(); }
__attribute__((noinline)) void ticking(void) {
  *(volatile uint32_t *)0xE000E014 = 2000 - 1; *(volatile uint32_t *)0xE000E018 = 0; *(volatile uint32_t *)0xE000E010 = 7;
  while (ticks < 5) leaf(3);
  *(volatile uint32_t *)0xE000E010 = 0;
}
/* two threads by PendSV */
uint32_t st1[256], st2[256]; uint32_t *psp[2]; volatile int cur; volatile int done;
__attribute__((naked)) void PendSV_Handler(void) {
  __asm volatile("mrs r0, psp\n stmdb r0!, {r4-r11}\n ldr r1, =cur\n ldr r2, [r1]\n ldr r3, =psp\n str r0, [r3, r2, lsl #2]\n"
    "eor r2, r2, #1\n str r2, [r1]\n ldr r0, [r3, r2, lsl #2]\n ldmia r0!, {r4-r11}\n msr psp, r0\n bx lr\n .ltorg");
}
__attribute__((noinline)) void yield(void) { *(volatile uint32_t *)0xE000ED04 = 1u << 28; __asm volatile("dsb\nisb"); }
__attribute__((noinline)) void work1(void) { leaf(11); yield(); leaf(11); }
__attribute__((noinline)) void work2(void) { leaf(13); yield(); leaf(13); }
__attribute__((noinline)) void finish(void) { for (;;) ; }
void task1(void) { for (int i = 0; i < 3; i++) work1(); finish(); }
void task2(void) { for (;;) work2(); }
static uint32_t *fake(uint32_t *top, void (*f)(void)) { top -= 8; top[7] = 1 << 24; top[6] = (uint32_t)f; return top; }
__attribute__((naked)) void SVC_Handler(void) { __asm volatile("ldr r0, =psp\n ldr r0, [r0]\n ldmia r0!, {r4-r11}\n msr psp, r0\n mov lr, #0xfffffffd\n bx lr\n .ltorg"); }
__attribute__((noinline)) void rtos(void) {
  psp[0] = fake(st1 + 256, task1) - 8; psp[1] = fake(st2 + 256, task2) - 8; cur = 0;
  *(volatile uint32_t *)0xE000ED20 |= 0xFFu << 16;
  __asm volatile("svc 0");
}
int main(void) {
  tail_to(10); sink = fib(6); sink = deep(30); catcher(); fp(); coop(); ticking(); rtos(); for (;;) ;
}
