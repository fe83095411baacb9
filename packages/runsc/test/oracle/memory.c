/* mmap, munmap, mprotect, mremap, brk, madvise: results, errors and faults. */
#include "oracle.h"
#include <setjmp.h>

static sigjmp_buf back;
static volatile int seen_signo, seen_code;
static volatile uintptr_t seen_addr;
static void on_fault(int s, siginfo_t *i, void *u) { seen_signo = s; seen_code = i->si_code; seen_addr = (uintptr_t)i->si_addr; siglongjmp(back, 1); }
#define FAULT(base, access) \
  do { \
    if (!sigsetjmp(back, 1)) { access; printf("%s: fine\n", #access); } \
    else printf("%s: signal %d code %d offset %ld\n", #access, seen_signo, seen_code, (long)(seen_addr - (uintptr_t)(base))); \
    fflush(stdout); \
  } while (0)

/* Whether /proc/self/smaps calls the mapping at `at` locked. */
static void locked(char *at) {
  char line[300];
  unsigned long start, end;
  int inside = 0;
  FILE *f = fopen("/proc/self/smaps", "r");
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "%lx-%lx ", &start, &end) == 2) inside = (unsigned long)at >= start && (unsigned long)at < end;
    if (inside && strncmp(line, "VmFlags:", 8) == 0) printf("locked: %d\n", strstr(line, " lo") != NULL);
  }
  fclose(f);
}

/* What /proc/self/maps says the mapping at `at` is made of. */
static void named(char *at) {
  char line[300];
  FILE *f = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, f)) {
    if (strtoul(line, 0, 16) == (unsigned long)at) printf("name: %s", strchr(line, '/') ?: "none\n");
  }
  fclose(f);
}

int main(void) {
  struct sigaction sa = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGSEGV, &sa, 0);
  sigaction(SIGBUS, &sa, 0);
  volatile char *p = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  p[0] = 1;
  R(munmap((void *)(p + 4096), 4096));
  FAULT(p, p[4096] = 1);
  R(mprotect((void *)p, 4096, PROT_READ));
  FAULT(p, p[5] = 1);
  FAULT(p, (void)p[5]);
  R(mprotect((void *)p, 4096, PROT_NONE));
  FAULT(p, (void)p[7]);
  R(mprotect((void *)p, 3 * 4096, PROT_READ));
  R(mprotect((void *)(p + 1), 4096, PROT_READ));
  R(mprotect((void *)p, 4096, 0x100));
  R(munmap((void *)(p + 1), 4096));
  R(munmap((void *)p, 0));
  R(munmap((void *)p, 4096));
  R(munmap((void *)p, 4096));
  R(mmap(0, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  R(mmap(0, 4096, PROT_READ, MAP_ANONYMOUS, -1, 0));
  R(mmap(0, 4096, PROT_READ, MAP_PRIVATE, -1, 0));
  R(mmap(0, 4096, PROT_READ, MAP_PRIVATE, 99, 0));
  R(mmap((void *)1, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  R(mmap(0, 1ul << 47, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  R(mmap((void *)0x7ffffffff000, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
  void *q = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  R(mmap(q, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0));
  R(mmap(q, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == q);
  strcpy(q, "moved");
  char *m = mremap(q, 4096, 3 * 4096, MREMAP_MAYMOVE);
  printf("%s %d\n", m, m[8192]);
  R(mremap(m, 3 * 4096, 4096, 0) == m);
  FAULT(m, (void)((volatile char *)m)[4096]);
  R(mremap(m + 1, 4096, 4096, 0));
  R(mremap((void *)0x10000000, 4096, 8192, MREMAP_MAYMOVE));
  R(mremap(m, 4096, 0, 0));
  R(mremap(m, 4096, 4096, 8));
  R(mremap(m, 4096, 4096, MREMAP_FIXED, m));
  char *b = sbrk(0);
  R(sbrk(10000) == b);
  b[9999] = 1;
  R(brk(b));
  FAULT(b, (void)((volatile char *)b)[8192]);
  int fd = memfd_create("m", 0);
  R(ftruncate(fd, 5000));
  volatile char *s = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  s[4999] = 'x';
  char c;
  R(pread(fd, &c, 1, 4999));
  printf("%c\n", c);
  FAULT(s, s[8192] = 1);
  R(ftruncate(fd, 100));
  FAULT(s, (void)s[4096]);
  R(pwrite(fd, "yy", 2, 98));
  printf("%c%c\n", s[98], s[99]);
  R(mmap(0, 4096, PROT_READ, MAP_SHARED, fd, 1));
  volatile char *v = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  v[98] = 'z';
  printf("%c%c\n", s[98], v[98]);
  R(madvise((void *)v, 4096, MADV_DONTNEED));
  printf("%c\n", v[98]);
  R(madvise((void *)v, 4096, 12345));
  R(madvise((void *)(v + 1), 4096, MADV_NORMAL));
  R(madvise((void *)0x10000000, 4096, MADV_NORMAL));
  R(msync((void *)s, 4096, MS_SYNC));
  R(msync((void *)s, 4096, MS_SYNC | MS_ASYNC));
  R(msync((void *)0x10000000, 4096, MS_SYNC));
  unsigned char vec[3];
  R(mincore((void *)s, 4096, vec));
  R(mincore((void *)s, 4096, BAD));
  R(mincore((void *)0x10000000, 4096, vec));
  R(mlock((void *)s, 4096));
  R(munlock((void *)s, 4096));
  char *none = mmap(0, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(none + 4096, 4096, PROT_NONE);
  mprotect(none + 2 * 4096, 4096, PROT_WRITE);
  mprotect(none + 3 * 4096, 4096, PROT_READ);
  R(mlock(none, 4096));
  R(mlock(none, 4 * 4096));
  locked(none), locked(none + 4096), locked(none + 3 * 4096);
  R(mlock(none + 2 * 4096, 2 * 4096));
  R(munlock(none, 4 * 4096));
  R(mlock2(none, 4 * 4096, MLOCK_ONFAULT));
  R(munlock(none, 4 * 4096));
  R(mlock(none + 4096, 0));
  /* shared anonymous memory across fork; private copies */
  volatile int *sh = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  volatile int pr = 1;
  if (!fork()) { sh[0] = 7; pr = 2; sh[1] = pr; _exit(0); }
  wait(0);
  printf("shared %d %d private %d\n", sh[0], sh[1], pr);
  /* /dev/zero is as good as no file */
  int zero = open("/dev/zero", O_RDWR);
  char *zeros = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
  named(zeros);
  if (!fork()) { zeros[9] = 3; _exit(0); }
  wait(0);
  char *others = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, zero, 0);
  printf("zeros %d %d\n", zeros[9], others[9]);
  close(zero);
  /* grows down stack */
  volatile char deep[600000];
  deep[0] = 1;
  printf("deep %d\n", deep[0]);
  /* executable memory */
  unsigned char *code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memcpy(code, "\xb8\x2a\0\0\0\xc3", 6);
  printf("code %d\n", ((int (*)(void))code)());
  R(mprotect(code, 4096, PROT_READ | PROT_WRITE));
  FAULT(code, ((int (*)(void))code)());
  FAULT(0, *(volatile char *)0x800000000000000 = 1);
  R(write(1, BAD, 1));
  R(write(1, (void *)0xffff800000000000, 1));
  R(read(0, BAD, 0));
  return 0;
}
