/* What a stop costs before any kernel looks at it: the host calls of the platform, in C, on one CPU.
   floor [COUNT]; build with cc -O2. Prints microseconds a stop, and natively a call. (platform-ptrace) */

#define _GNU_SOURCE
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e6 + now.tv_nsec / 1e3;
}

static void on_one_cpu(void) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(sched_getcpu(), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) perror("sched_setaffinity");
}

static void guest(void) {
  ptrace(PTRACE_TRACEME, 0, 0, 0);
  raise(SIGSTOP);
  for (;;) syscall(SYS_getppid);
}

static void stop(pid_t pid, struct user_regs_struct *registers, long result) {
  int status;
  if (ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), result) != 0 ||
      ptrace(PTRACE_SYSEMU, pid, 0, 0) != 0 || wait4(-1, &status, __WALL, NULL) != pid ||
      ptrace(PTRACE_GETREGS, pid, 0, registers) != 0) {
    perror("floor");
    exit(1);
  }
}

int main(int argc, char **argv) {
  long count = argc > 1 ? atol(argv[1]) : 20000;
  struct user_regs_struct registers;
  int status;
  on_one_cpu();
  pid_t pid = fork();
  if (pid == 0) guest();
  waitpid(pid, &status, 0);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
  ptrace(PTRACE_SYSEMU, pid, 0, 0);
  waitpid(pid, &status, __WALL);
  double start = microseconds();
  for (long i = 0; i < count; i++) stop(pid, &registers, i);
  double traced = microseconds() - start;
  kill(pid, SIGKILL);
  start = microseconds();
  for (long i = 0; i < count; i++) syscall(SYS_getppid);
  printf("a stop %.2f us, a native call %.2f us\n", traced / count,
         (microseconds() - start) / count);
  return 0;
}
