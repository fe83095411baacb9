/* Where mmap and mremap put things: hints, MAP_32BIT, MAP_FIXED_NOREPLACE. */
#include "oracle.h"

#define ANY (MAP_PRIVATE | MAP_ANONYMOUS)
#define LOW (1ul << 31)

static const char *where(uintptr_t p, uintptr_t hint) {
  if (p == hint) return "there";
  return p < LOW ? "elsewhere, low" : "elsewhere, high";
}

/* Each one is unmapped again, so that the next finds the same space. */
static void at(const char *what, uintptr_t hint, size_t length, int flags) {
  void *p = mmap((void *)hint, length, PROT_READ, ANY | flags, -1, 0);
  if (p == MAP_FAILED) printf("%s %#lx: %s\n", what, hint, strerrorname_np(errno));
  else {
    uintptr_t page = hint & ~4095ul;
    printf("%s %#lx: %s\n", what, hint, where((uintptr_t)p, page));
    munmap(p, length);
  }
}

static void flag(const char *what, int flags) {
  at(what, 0, 4096, flags);
  at(what, 1, 4096, flags);
  at(what, 4095, 4096, flags);
  at(what, 4096, 4096, flags);
  at(what, 0xffff, 4096, flags);
  at(what, 0x10000, 4096, flags);
  at(what, 0x20000000, 4096, flags);
  at(what, 0x40000000, 4096, flags);
  at(what, 0x50000000, 1 << 20, flags);
  at(what, 0x50000001, 4096, flags);
  at(what, 0x50000fff, 4096, flags);
  at(what, 0x7ffff000, 4096, flags);
  at(what, 0x7ffff000, 8192, flags);
  at(what, 0x80000000, 4096, flags);
  at(what, 0x100000000, 4096, flags);
  at(what, 0x7ffffffff000, 4096, flags);
  at(what, 0x7fffffffe000, 8192, flags);
  at(what, 0x800000000000, 4096, flags);
  at(what, 0xfffffffffffff000, 4096, flags);
  at(what, 0x50000000, LOW, flags);
  at(what, 0, LOW, flags);
}

int main(void) {
  flag("hint", 0);
  flag("32 bit", MAP_32BIT);
  at("no replace", 0x50000000, 4096, MAP_FIXED_NOREPLACE);
  at("no replace", 0x50000001, 4096, MAP_FIXED_NOREPLACE);
  at("no replace", 0x7ffffffff000, 4096, MAP_FIXED_NOREPLACE);
  at("no replace, 32 bit", 0x90000000, 4096, MAP_FIXED_NOREPLACE | MAP_32BIT);
  at("fixed, 32 bit", 0x90000000, 4096, MAP_FIXED | MAP_32BIT);

  /* Something is there already, or near the end of it. */
  char *taken = mmap((void *)0x50001000, 2 * 4096, PROT_READ, ANY | MAP_FIXED, -1, 0);
  for (int i = -1; i <= 2; i++) {
    at("beside", 0x50001000 + i * 4096, 4096, 0);
    at("beside, 32 bit", 0x50001000 + i * 4096, 4096, MAP_32BIT);
  }
  at("across", 0x50000000, 3 * 4096, 0);
  at("across, 32 bit", 0x50000000, 3 * 4096, MAP_32BIT);
  at("across", 0x50000000, 3 * 4096, MAP_FIXED_NOREPLACE);
  munmap(taken, 2 * 4096);

  /* One that grows downwards keeps others away from where it may grow. */
  char *stack = mmap((void *)0x60000000, 4096, PROT_READ | PROT_WRITE, ANY | MAP_FIXED | MAP_GROWSDOWN, -1, 0);
  at("below a stack", (uintptr_t)stack - 4096, 4096, 0);
  at("below a stack, 32 bit", (uintptr_t)stack - 4096, 4096, MAP_32BIT);
  at("further below", (uintptr_t)stack - 257 * 4096, 4096, 0);
  at("further below, 32 bit", (uintptr_t)stack - 257 * 4096, 4096, MAP_32BIT);

  R(mremap(stack, 4096, 4096, MREMAP_MAYMOVE | MREMAP_FIXED, (void *)0x50000000) == (void *)0x50000000);
  return 0;
}
