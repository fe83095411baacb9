/* fork, wait, exit statuses, process groups, orphans. */
#include "oracle.h"
#include <sched.h>
#include <sys/resource.h>

static void report(const char *what, int st) {
  if (WIFEXITED(st)) printf("%s exited %d\n", what, WEXITSTATUS(st));
  else if (WIFSIGNALED(st)) printf("%s signal %d\n", what, WTERMSIG(st));
  else if (WIFSTOPPED(st)) printf("%s stopped %d\n", what, WSTOPSIG(st));
  else if (WIFCONTINUED(st)) printf("%s continued\n", what);
  fflush(stdout);
}

int main(void) {
  int st;
  R(wait(0));
  R(waitpid(-1, 0, WNOHANG));
  R(waitpid(1, 0, 0x40000000 | 0x10));
  pid_t p = fork();
  if (!p) _exit(300);
  R(wait4(p, BAD, 0, 0) == p);
  p = fork();
  if (!p) _exit(3);
  siginfo_t si = {0};
  R(waitid(P_PID, p, &si, WEXITED | WNOWAIT));
  printf("code %d status %d pid %d signo %d\n", si.si_code, si.si_status, si.si_pid == p, si.si_signo);
  R(waitpid(p, &st, 0) == p);
  report("child", st);
  R(waitpid(p, &st, 0));
  p = fork();
  if (!p) { raise(SIGSEGV); _exit(0); }
  waitpid(p, &st, 0);
  report("segv", st);
  p = fork();
  if (!p) { volatile int *q = 0; *q = 1; _exit(0); }
  waitpid(p, &st, 0);
  report("null write", st);
  p = fork();
  if (!p) { for (;;) pause(); }
  R(waitpid(p, &st, WNOHANG));
  kill(p, SIGSTOP);
  R(waitpid(p, &st, WUNTRACED) == p);
  report("stop", st);
  kill(p, SIGCONT);
  R(waitpid(p, &st, WCONTINUED) == p);
  report("cont", st);
  kill(p, SIGKILL);
  R(waitpid(p, &st, 0) == p);
  report("kill", st);
  /* process groups */
  R(getpgrp() == getpgid(0));
  p = fork();
  if (!p) {
    R(setpgid(0, 0));
    R(getpgrp() == getpid());
    R(setsid());
    if (!fork()) { OK(setsid()); R(getsid(0) == getpid()); R(setpgid(0, 0)); _exit(0); }
    wait(0);
    _exit(0);
  }
  waitpid(p, 0, 0);
  R(setpgid(-1, 0));
  R(setpgid(0, -1));
  R(setpgid(999999, 0));
  R(getpgid(999999));
  R(getsid(999999));
  R(kill(999999, 0));
  R(kill(getpid(), 65));
  R(kill(getpid(), -1));
  /* many children */
  int sum = 0;
  for (int i = 0; i < 20; i++) if (!fork()) _exit(i);
  while (wait(&st) > 0) sum += WEXITSTATUS(st);
  printf("sum %d\n", sum);
  /* grandchild is reparented and its parent's death is seen */
  int fds[2];
  pipe(fds);
  if (!fork()) {
    if (!fork()) { usleep(30000); char c = getppid() != 0; write(fds[1], &c, 1); _exit(0); }
    _exit(0);
  }
  wait(0);
  char c;
  R(read(fds[0], &c, 1));
  struct rusage ru;
  R(getrusage(RUSAGE_CHILDREN, &ru));
  R(getrusage(7, &ru));
  R(getrusage(RUSAGE_SELF, BAD));
  R(getpriority(PRIO_PROCESS, 0));
  R(setpriority(PRIO_PROCESS, 0, 5));
  R(getpriority(PRIO_PROCESS, 0));
  R(vfork() == 0 ? (_exit(9), 0) : 1);
  wait(&st);
  report("vfork", st);
  /* stack of exit status in a thread group */
  R(syscall(SYS_clone, CLONE_THREAD, 0, 0, 0, 0));
  R(syscall(SYS_clone, CLONE_SIGHAND | SIGCHLD, 0, 0, 0, 0));
  R(syscall(SYS_clone, CLONE_FS | CLONE_NEWNS | SIGCHLD, 0, 0, 0, 0));
  uint64_t args[8] = {/* CLONE_CLEAR_SIGHAND */ 0x100000000 | CLONE_SIGHAND | CLONE_VM};
  R(syscall(SYS_clone3, args, sizeof args));
  R(syscall(SYS_wait4, 0x80000000, 0, 0, 0));
  return 42;
}
