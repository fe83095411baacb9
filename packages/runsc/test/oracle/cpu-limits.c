/* RLIMIT_CPU: SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one; CPU clocks of others. */
#include "oracle.h"
#include <pthread.h>
#include <sys/resource.h>
#include <time.h>

static volatile int signals;
static void count(int signo) { (void)signo, signals++; }
static void once(int signo) { signal(signo, SIG_DFL); }
static void limit(rlim_t soft, rlim_t hard) {
  struct rlimit r = {soft, hard};
  OK(setrlimit(RLIMIT_CPU, &r));
}
static void show(const char *what) {
  struct rlimit r;
  getrlimit(RLIMIT_CPU, &r);
  printf("%s: %ld %ld\n", what, (long)r.rlim_cur, (long)r.rlim_max);
  fflush(stdout);
}
static clockid_t clock_of(pid_t pid) { return ~(clockid_t)pid << 3; }
static double seconds(clockid_t clock) {
  struct timespec now = {-1, 0};
  if (clock_gettime(clock, &now)) printf("no clock: %s\n", strerrorname_np(errno));
  return now.tv_sec + now.tv_nsec * 1e-9;
}
static void burn(double until) { while (seconds(CLOCK_PROCESS_CPUTIME_ID) < until); }
static void spin(void) { for (volatile long x = 0;; x++); }

/* How a child ended, and how many CPU seconds it had used by then. */
static void ended(const char *what, pid_t pid) {
  int status;
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  double used = seconds(clock_of(pid));
  clockid_t clock;
  R(clock_getcpuclockid(pid, &clock));
  waitpid(pid, &status, 0);
  R(clock_getcpuclockid(pid, &clock) != 0);
  struct timespec now;
  R(clock_gettime(clock_of(pid), &now));
  printf("%s: signal %d, after %d s\n", what, WTERMSIG(status), (int)used);
  fflush(stdout);
}

static void *nothing(void *argument) { return argument; }

/* What a process used counts once, however many threads have come and gone. */
static void threads(void) {
  burn(0.2);
  for (int i = 0; i < 16; i++) {
    pthread_t thread;
    pthread_create(&thread, 0, nothing, 0);
    pthread_join(thread, 0);
  }
  printf("threads count: %s\n", seconds(CLOCK_PROCESS_CPUTIME_ID) < 0.4 ? "once" : "again");
  fflush(stdout);
}

int main(void) {
  pid_t pid;
  threads();
  if (!(pid = fork())) limit(90, 100), limit(1, 3), spin();
  ended("soft", pid);
  if (!(pid = fork())) signal(SIGXCPU, once), limit(0, 9), spin();
  ended("soft again", pid);
  if (!(pid = fork())) {
    signal(SIGXCPU, count);
    limit(0, 9);
    burn(0.2);
    printf("signals: %d\n", signals), show("limit");
    burn(1.2);
    printf("signals: %d\n", signals), show("limit");
    if (!(pid = fork())) { /* The child starts with the limit and no time used. */
      show("child");
      limit(1, 1);
      spin();
    }
    ended("hard", pid);
    printf("signals: %d\n", signals);
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  printf("status %x\n", status);
}
