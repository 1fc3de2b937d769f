/* Two tasks and an idle loop on a kernel of our own, for every Cortex-M: SVC to yield or sleep, PendSV to switch, SysTick
   to wake. What comes of it is worked out by hand in test_kernel.py.

   Until `alone` every tick finds the idle loop asleep, so that each instruction is the same in every engine, whatever
   its idea of time. From there task B computes, with floating point where the core has it, and task A preempts it three
   times, wherever B is then; A stops the ticks, so that their number does not depend on how long B takes. */
#include <stdint.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))
#define SYST_CSR REGISTER(0xE000E010)
#define SYST_RVR REGISTER(0xE000E014)
#define SYST_CVR REGISTER(0xE000E018)
#define ICSR REGISTER(0xE000ED04)
#define SHPR2 REGISTER(0xE000ED1C)
#define SHPR3 REGISTER(0xE000ED20)
#define CPACR REGISTER(0xE000ED88)
#define PENDSVSET (1u << 28)

enum { TICK = 10000, A_STEPS = 10, B_STEPS = 20, ROUNDS = 3, PREEMPTIONS = 3, LONG_STEPS = 12000 };
enum { YIELD = 0, FOREVER = 0xFFFF };
enum { A, B, IDLE, TASKS };

#if defined(__ARM_FP)
typedef float number; /* quarters, which floats add up exactly */
#define QUARTER 0.25f
#define KEPT(x) __asm volatile("" : "+t"(x))
#else
typedef uint32_t number; /* the same in fixed point */
#define QUARTER 1
#define KEPT(x) __asm volatile("" : "+r"(x))
#endif

struct results { /* at the beginning of the RAM */
  uint32_t a, b, alone, ticks, switches, calls, schedules, finished;
};
__attribute__((section(".results"))) volatile struct results results;

static uint32_t stacks[TASKS][64] __attribute__((aligned(8)));
static uint32_t *tops[TASKS];
static volatile uint32_t ready[TASKS], waits[TASKS];
static uint32_t current = IDLE, last = B, prepared;

static inline void call(uint32_t ticks) { /* 0: let the other task run; else sleep */
  register uint32_t argument __asm("r0") = ticks;
  __asm volatile("svc #0" : "+r"(argument) : : "memory");
}

__attribute__((noinline, noreturn)) void done(void) {
  for (;;) __asm volatile("wfi");
}

static void task_a(void) {
  uint32_t a = 1;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t i = 0; i < A_STEPS; i++) {
      a = a * 3 + i;
      __asm volatile("" : "+r"(a));
    }
    call(YIELD);
    call(2);
  }
  results.a = a;
  for (uint32_t i = 0; i < PREEMPTIONS; i++) call(1);
  SYST_CSR = 0;
  call(FOREVER);
}

__attribute__((noinline)) number alone(number n) {
  for (uint32_t i = 0; i < LONG_STEPS; i++) {
    n += QUARTER;
    KEPT(n);
  }
  return n;
}

static void task_b(void) {
  number b = 0;
  for (uint32_t round = 0; round < ROUNDS; round++) {
    for (uint32_t i = 1; i <= B_STEPS; i++) {
      b += (number)i * QUARTER;
      KEPT(b);
    }
    call(YIELD);
    if (round < ROUNDS - 1) call(3);
  }
  results.b = (uint32_t)(b / QUARTER);
  results.alone = (uint32_t)(alone(0) / QUARTER);
  __asm volatile("cpsid i");
  results.finished = 1;
  done();
}

static void prepare(uint32_t task, void (*code)(void), uint32_t exc_return) {
  uint32_t *top = &stacks[task][64];
  *--top = 1u << 24;           /* xPSR: Thumb */
  *--top = (uint32_t)code & ~1u;
  top -= 6;                    /* R0 to R3, R12, LR */
  *--top = exc_return;
  tops[task] = top - 8;        /* R4 to R11 */
  ready[task] = 1;
}

void called(uint32_t *frame, uint32_t exc_return) {
  results.calls++;
  if (!prepared) { /* the core's own word for a return to a task, whatever its security state */
    prepare(A, task_a, exc_return);
    prepare(B, task_b, exc_return);
    prepared = 1;
  }
  if (frame[0] != YIELD) {
    ready[current] = 0;
    waits[current] = frame[0] == FOREVER ? 0 : frame[0];
  }
  ICSR = PENDSVSET;
}

uint32_t *schedule(uint32_t *top) {
  uint32_t other = last == A ? B : A;
  results.schedules++;
  tops[current] = top;
  uint32_t next = ready[other] ? other : ready[last] ? last : IDLE;
  if (next != current) results.switches++;
  if (next != IDLE) last = next;
  current = next;
  return tops[next];
}

void SysTick_Handler(void) {
  results.ticks++;
  for (uint32_t task = A; task <= B; task++)
    if (waits[task] && --waits[task] == 0) {
      ready[task] = 1;
      ICSR = PENDSVSET;
    }
}

__attribute__((naked)) void SVC_Handler(void) {
  __asm volatile(
      "mrs r0, psp\n"
      "mov r1, lr\n"
      "push {r1, r2}\n" /* r2: keeps the stack aligned */
      "bl called\n"
      "pop {r1, r2}\n"
      "bx r1\n");
}

__attribute__((naked)) void PendSV_Handler(void) {
#if __ARM_ARCH_ISA_THUMB == 1
  __asm volatile(
      "mrs r0, psp\n"
      "subs r0, #36\n"
      "stmia r0!, {r4-r7}\n"
      "mov r4, r8\n"
      "mov r5, r9\n"
      "mov r6, r10\n"
      "mov r7, r11\n"
      "stmia r0!, {r4-r7}\n"
      "mov r4, lr\n"
      "stmia r0!, {r4}\n"
      "subs r0, #36\n"
      "bl schedule\n"
      "adds r0, #16\n"
      "ldmia r0!, {r4-r7}\n"
      "mov r8, r4\n"
      "mov r9, r5\n"
      "mov r10, r6\n"
      "mov r11, r7\n"
      "ldmia r0!, {r3}\n"
      "msr psp, r0\n"
      "subs r0, #36\n"
      "ldmia r0!, {r4-r7}\n"
      "bx r3\n");
#else
  __asm volatile(
      "mrs r0, psp\n"
      "tst lr, #0x10\n"
      "it eq\n"
      "vstmdbeq r0!, {s16-s31}\n"
      "stmdb r0!, {r4-r11, lr}\n"
      "bl schedule\n"
      "ldmia r0!, {r4-r11, lr}\n"
      "tst lr, #0x10\n"
      "it eq\n"
      "vldmiaeq r0!, {s16-s31}\n"
      "msr psp, r0\n"
      "bx lr\n");
#endif
}

__attribute__((noreturn)) void idle(void) {
  call(YIELD);
  for (;;) __asm volatile("wfi");
}

int main(void) {
#if defined(__ARM_FP)
  CPACR |= 0xFu << 20;
  __asm volatile("dsb\nisb");
#endif
  SHPR2 = 0;          /* SVCall */
  SHPR3 = 0x40FF0000; /* PendSV lets all others in */
  SYST_RVR = TICK - 1;
  SYST_CVR = 0;
  SYST_CSR = 7; /* the core's clock, with interrupt */
  __asm volatile(
      "msr psp, %0\n"
      "movs r0, #2\n"
      "msr control, r0\n"
      "isb\n"
      : : "r"(&stacks[IDLE][64]) : "r0", "memory");
  idle();
}

extern uint32_t ram_begin, ram_end, data_from, data_begin, data_end;

__attribute__((noreturn)) void Reset_Handler(void) {
  volatile uint32_t *to = &ram_begin;
  while (to < &data_begin) *to++ = 0;
  for (const uint32_t *from = &data_from; to < &data_end;) *to++ = *from++;
  main();
  done();
}

__attribute__((noreturn)) void Default_Handler(void) {
  for (;;) __asm volatile("");
}

__attribute__((section(".vectors"), used)) void (*const vectors[16])(void) = {
    (void (*)(void))&ram_end, Reset_Handler, Default_Handler, Default_Handler, Default_Handler, Default_Handler,
    Default_Handler, 0, 0, 0, 0, SVC_Handler, Default_Handler, 0, PendSV_Handler, SysTick_Handler,
};
