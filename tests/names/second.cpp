__attribute__((noinline, noclone)) static int helper(int x) {
  for (int i = 0; i < 50; i++) {
    x = x * 7 - i;
    __asm volatile("" : "+r"(x));
  }
  return x;
}
extern "C" int second(int x) { return helper(x) + 1; }
