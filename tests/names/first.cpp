// Names that a user may give: overloads, a method, templates, a static of two files, a clone, inlined and dropped ones.
// Built by tests/names/build.sh.
#define KEPT __attribute__((noinline, noclone))
#define PIN(x) __asm volatile("" : "+r"(x))
volatile int out;
extern "C" int second(int);
namespace dsp {
struct Filter {
  int gain;
  KEPT int apply(int x) const { for (int i = 0; i < gain; i++) { x = x * 3 + i; PIN(x); } return x; }
};
template <typename T> KEPT T sum(const T *p, int n) { T s = 0; while (n--) s += *p++; return s; }
KEPT int scale(int x) { for (int i = 0; i < 10; i++) { x = x * 3 + i; PIN(x); } return x; }
KEPT unsigned scale(unsigned x) { for (int i = 0; i < 20; i++) { x = x * 5 + i; PIN(x); } return x; }
namespace { KEPT int hidden(int x) { PIN(x); return x + 1; } }
}
static inline int tripled(int x) { return x * 3 + out; }
static inline int both(int x) { return x * 7 + out; }  // out of line for the pointer to it
KEPT static int helper(int x) { for (int i = 0; i < 5; i++) { x = x * 5 + i; PIN(x); } return x; }
__attribute__((noinline)) static int scaled_by(int x, int by) { PIN(x); return x * by + by; }
extern "C" {
KEPT void outer(void) { out = tripled(out); __asm volatile(".global inside\ninside: nop\n nop"); out = 1; }
KEPT int caller(int x) { return scaled_by(x, 40) + scaled_by(x + out, 40); }
KEPT void unused(void) { out = 99; }
int (*volatile indirectly)(int) = both;
extern const unsigned table[2];
const unsigned table[2] = {1, 2};
void reset(void) {
  dsp::Filter filter{out};
  out = filter.apply(7);
  out = dsp::scale(5);
  out = (int)dsp::scale(2U);
  out = (int)dsp::sum<unsigned>(table, 2);
  short few[2] = {1, (short)out};
  out = dsp::sum<short>(few, 2);
  out = tripled(out) + dsp::hidden(3);
  out = helper(3) + second(4) + caller(out);
  outer();
  out = both(out) + indirectly(1);
  for (;;) {}
}
}
