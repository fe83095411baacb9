/* The x87 and SSE state of a signal handler is the initial one; its return brings the interrupted one back. */
#include "oracle.h"
#include <ucontext.h>

static struct state {
  unsigned mxcsr;
  unsigned short control;
  unsigned long xmm[2];
} in_handler, in_nested;
static int changes_frame;

#define LOAD(value) \
  __asm__ volatile("movq %0, %%xmm0; punpcklqdq %%xmm0, %%xmm0; movdqa %%xmm0, %%xmm15" : : "r"((unsigned long)(value)) : "xmm0", "xmm15")
#define STORE(s) \
  __asm__ volatile("movdqu %%xmm15, %0; stmxcsr %1; fnstcw %2" : "=m"((s)->xmm), "=m"((s)->mxcsr), "=m"((s)->control))
static void control(unsigned mxcsr, unsigned short x87) {
  __asm__ volatile("ldmxcsr %0; fldcw %1" : : "m"(mxcsr), "m"(x87));
}
static void show(const char *when, const struct state *s) {
  printf("%s: mxcsr %x, control %x, xmm15 %lx %lx\n", when, s->mxcsr, s->control, s->xmm[0], s->xmm[1]);
  fflush(stdout);
}

static void nested(int signo) {
  STORE(&in_nested);
  LOAD(0x3333);
}
static void handler(int signo, siginfo_t *info, void *context) {
  STORE(&in_handler);
  control(0x1f80 | 0x2000, 0x27f);
  LOAD(0x2222);
  raise(SIGUSR2);
  if (changes_frame) ((ucontext_t *)context)->uc_mcontext.fpregs->_xmm[15].element[0] = 0x4444;
}
/* A system call with the state set, and the state after it; the call is made without a library. */
static void call(const char *what, long number, long a, long b) {
  struct state after;
  long result;
  control(0x1f80 | 0x4000, 0x77f);
  LOAD(0x1111);
  __asm__ volatile("syscall" : "=a"(result) : "0"(number), "D"(a), "S"(b) : "rcx", "r11", "memory");
  STORE(&after);
  control(0x1f80, 0x37f);
  printf("%s\n", what);
  show("handler", &in_handler);
  show("nested", &in_nested);
  show("after", &after);
}

int main(void) {
  struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  signal(SIGUSR2, nested);
  call("itself", SYS_kill, getpid(), SIGUSR1);
  changes_frame = 1;
  call("with a changed frame", SYS_kill, getpid(), SIGUSR1);
  changes_frame = 0;
  /* A child inherits the state, also in a handler. */
  struct state inherited;
  int status;
  fflush(stdout);
  control(0x1f80 | 0x6000, 0x37f);
  LOAD(0x5555);
  pid_t child = syscall(SYS_fork);
  if (child == 0) {
    STORE(&inherited);
    show("child", &inherited);
    call("child", SYS_kill, getpid(), SIGUSR1);
    _exit(0);
  }
  waitpid(child, &status, 0);
  printf("status %x\n", status);
  return 0;
}
