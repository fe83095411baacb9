/* Registers as no compiler sets them: what comes of a frame that is not what the kernel put there, of bases and
   selectors that the CPU or the kernel refuses. */
#include "oracle.h"
#include <asm/prctl.h>
#include <sys/ucontext.h>

/* How a process ended. */
static void ends(const char *name, int status) {
  if (WIFSIGNALED(status)) printf("%s: SIG%s\n", name, sigabbrev_np(WTERMSIG(status)));
  else printf("%s: %d\n", name, WEXITSTATUS(status));
  fflush(stdout);
}
#define CHILD(name, ...) \
  do { \
    int child_status; \
    pid_t child = fork(); \
    if (child == 0) { alarm(10); __VA_ARGS__; _exit(0); } \
    waitpid(child, &child_status, 0); \
    ends(name, child_status); \
  } while (0)

#define KERNEL 0xffff888000000000UL
#define HOLE 0x0000800000000000UL
#define LAST 0x00007fffffffefffUL

static struct { int reg; unsigned long value; } wild;
static void (*change)(ucontext_t *);
static void handler(int signo, siginfo_t *info, void *context) { change(context); }
static void frame(void (*with)(ucontext_t *)) {
  struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
  sigaction(SIGUSR1, &action, NULL);
  change = with;
  raise(SIGUSR1);
}
static void set_register(ucontext_t *context) { context->uc_mcontext.gregs[wild.reg] = wild.value; }
static struct _fpstate *fp(ucontext_t *context) { return (void *)context->uc_mcontext.fpregs; }
static void fp_at(ucontext_t *context) { context->uc_mcontext.fpregs = (void *)wild.value; }
static void fp_mxcsr(ucontext_t *context) { fp(context)->mxcsr = 0xffffffff; }
static void fp_features(ucontext_t *context) { ((uint64_t *)fp(context))[64] = wild.value; }
static void fp_compacted(ucontext_t *context) { ((uint64_t *)fp(context))[65] = wild.value; }
static void fp_reserved(ucontext_t *context) { ((uint64_t *)fp(context))[66] = wild.value; }
static void fp_size(ucontext_t *context) { ((uint32_t *)fp(context))[(464 + 16) / 4] = wild.value; }
static void fp_length(ucontext_t *context) { ((uint32_t *)fp(context))[(464 + 4) / 4] = wild.value; }
static void stack(ucontext_t *context) {
  context->uc_stack.ss_sp = (void *)KERNEL;
  context->uc_stack.ss_flags = -1;
  context->uc_stack.ss_size = -1;
}

static long raw(long number, long a, long b) {
  long result;
  __asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  return result;
}
/* No frame at all. */
static void sigreturn_at(unsigned long sp) {
  __asm__ volatile("mov %0, %%rsp\n mov $15, %%eax\n syscall" : : "r"(sp) : "memory", "rax", "rcx", "r11");
}

static void frames(void) {
  static const unsigned long places[] = { 0, 1, LAST, LAST + 1, HOLE - 1, HOLE, KERNEL, -4096UL, -1UL };
  static const uint32_t flags[] = { 0x3000 /* IOPL */, 0x4000 /* NT */, 0x20000 /* VM */, 0x180000 /* VIF, VIP */, 0x200000 /* ID */, 0x400 /* DF */ };
  char name[64];
  for (int i = 0; i < 9; i++) {
    wild.value = places[i];
    wild.reg = REG_RIP, sprintf(name, "frame: rip %#lx", places[i]);
    CHILD(name, frame(set_register));
    wild.reg = REG_RSP, sprintf(name, "frame: rsp %#lx", places[i]);
    CHILD(name, frame(set_register));
    sprintf(name, "frame: fpstate %#lx", places[i]);
    if (places[i]) CHILD(name, frame(fp_at));
    sprintf(name, "sigreturn at %#lx", places[i]);
    CHILD(name, sigreturn_at(places[i]));
    wild.reg = REG_RBP, sprintf(name, "frame: rbp %#lx", places[i]);
    CHILD(name, frame(set_register); _exit(3));
  }
  for (int i = 0; i < 6; i++) {
    wild.reg = REG_EFL, wild.value = flags[i] | 2;
    sprintf(name, "frame: flags %#x", flags[i]);
    CHILD(name, {
      frame(set_register);
      unsigned long now;
      __asm__ volatile("pushf\n pop %0\n cld" : "=r"(now));
      _exit((now & 0x1f4000) >> 14 | (now & 0x3000) >> 12);
    });
  }
  wild.reg = REG_EFL, wild.value = 0x102;
  CHILD("frame: single step", frame(set_register));
  CHILD("frame: mxcsr", frame(fp_mxcsr));
  CHILD("frame: stack", frame(stack));
  static const unsigned long words[] = { 0, 1, 1UL << 62, 1UL << 63, -1UL };
  for (int i = 0; i < 5; i++) {
    wild.value = words[i];
    sprintf(name, "frame: xstate_bv %#lx", words[i]);
    CHILD(name, frame(fp_features));
    sprintf(name, "frame: xcomp_bv %#lx", words[i]);
    CHILD(name, frame(fp_compacted));
    sprintf(name, "frame: reserved %#lx", words[i]);
    CHILD(name, frame(fp_reserved));
    sprintf(name, "frame: xstate_size %#x", (uint32_t)words[i]);
    CHILD(name, frame(fp_size));
    sprintf(name, "frame: extended_size %#x", (uint32_t)words[i]);
    CHILD(name, frame(fp_length));
  }
}

static void bases(void) {
  static const unsigned long places[] = { 0, 1, LAST, LAST + 1, HOLE - 1, HOLE, KERNEL, -1UL };
  unsigned long was, now;
  for (int i = 0; i < 8; i++) {
    printf("gs %#lx: %ld", places[i], raw(SYS_arch_prctl, ARCH_SET_GS, places[i]));
    /* Over a signal: all registers are set. */
    raise(SIGWINCH);
    frame(stack);
    raw(SYS_arch_prctl, ARCH_GET_GS, (long)&now);
    printf(", then %#lx\n", now);
    raw(SYS_arch_prctl, ARCH_GET_FS, (long)&was);
    long set = raw(SYS_arch_prctl, ARCH_SET_FS, places[i]);
    raw(SYS_arch_prctl, ARCH_GET_FS, (long)&now);
    raw(SYS_arch_prctl, ARCH_SET_FS, was);
    printf("fs %#lx: %ld, then %s\n", places[i], set, now == was ? "as before" : now == places[i] ? "that" : "something else");
    printf("get into %#lx: %ld\n", places[i], raw(SYS_arch_prctl, ARCH_GET_GS, places[i]));
  }
  raw(SYS_arch_prctl, ARCH_SET_GS, 0);
  for (int code = 0x1000; code < 0x1010; code++) if (code < ARCH_SET_GS || code > ARCH_GET_GS) printf("arch_prctl %#x: %ld\n", code, raw(SYS_arch_prctl, code, 0));
}

/* Null selectors have four spellings; a debugger may set one of them. */
static void selectors(void) {
  char name[64];
  static const uint16_t values[] = { 0, 1, 2, 3, 0x2b, 0x10, 0x18, 0x23, 0x33, 0xfff8, 0xffff };
  for (int i = 0; i < 11; i++) {
    sprintf(name, "ds, es %#x", values[i]);
    CHILD(name, {
      uint16_t ds, es;
      __asm__ volatile("mov %0, %%ds\n mov %0, %%es" : : "r"(values[i]));
      frame(stack);
      raise(SIGUSR1);
      __asm__ volatile("mov %%ds, %0\n mov %%es, %1" : "=r"(ds), "=r"(es));
      /* All null ones are the same, to whom sees only where they lead. */
      _exit(ds > 3 ? ds : 0);
    });
    sprintf(name, "gs %#x", values[i]);
    CHILD(name, {
      __asm__ volatile("mov %0, %%gs" : : "r"(values[i]));
      frame(stack);
      raise(SIGUSR1);
    });
  }
}

int main(void) {
  frames();
  bases();
  selectors();
  return 0;
}
