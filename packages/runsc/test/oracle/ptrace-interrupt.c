/* PTRACE_INTERRUPT of a task on its way to sleep: whatever comes first, it stops. */
#include "oracle.h"
#include <sys/prctl.h>
#include <sys/ptrace.h>

enum { ROUNDS = 150 };

static volatile int *go;

/* Spins for a while, so that the interrupt finds it in user mode, just before its call, or in it. */
static pid_t sleeper(int spin) {
  pid_t pid = fork();
  if (pid) return pid;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  while (!*go) ;
  for (volatile int i = 0; i < spin; i++) ;
  pause();
  _exit(1);
}

int main(void) {
  go = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int stopped = 0, continued = 0;
  for (int round = 0; round < ROUNDS; round++) {
    int status = 0;
    *go = 0;
    pid_t pid = sleeper(round * 50);
    ptrace(PTRACE_SEIZE, pid, 0, 0);
    *go = 1;
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, &status, __WALL);
    stopped += WIFSTOPPED(status) && status >> 16 == PTRACE_EVENT_STOP;
    continued += ptrace(PTRACE_CONT, pid, 0, 0) == 0;
    kill(pid, SIGKILL);
    waitpid(pid, 0, __WALL);
  }
  printf("%d stopped, %d went on\n", stopped, continued);
  return 0;
}
