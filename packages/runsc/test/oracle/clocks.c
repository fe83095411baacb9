/* Clocks and timers of every kind. */
#include "oracle.h"
#include <poll.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/times.h>
#include <sys/timex.h>
#include <time.h>
#include <pthread.h>

static volatile int fired, overruns, value, code, signo_seen;
static timer_t seen_timer;
static void on(int signo, siginfo_t *si, void *uc) {
  (void)uc;
  fired++;
  signo_seen = signo;
  value = si->si_value.sival_int;
  code = si->si_code;
  overruns += si->si_overrun;
}
static long ms(struct timespec a, struct timespec b) { return (b.tv_sec - a.tv_sec) * 1000 + (b.tv_nsec - a.tv_nsec) / 1000000; }
/* Whether the time since `from` is about `want` ms. */
static int about(struct timespec from, long want) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long took = ms(from, now);
  if (took < want || took > want + 60) { printf("[%ld instead of %ld] ", took, want); return 0; }
  return 1;
}
static struct timespec now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t; }
static void *notified(union sigval v) { fired += v.sival_int; return 0; }
static void spin(long msec) { struct timespec a = now(); while (ms(a, now()) < msec); }

int main(void) {
  struct timespec ts, res, start, rem;
  struct sigaction sa = {0};
  sa.sa_sigaction = on;
  sa.sa_flags = SA_SIGINFO;
  sigaction(SIGALRM, &sa, 0);
  sigaction(SIGVTALRM, &sa, 0);
  sigaction(SIGPROF, &sa, 0);
  sigaction(SIGRTMIN, &sa, 0);
  sigaction(SIGUSR1, &sa, 0);
  /* clocks; by number, so that the vDSO cannot answer */
  for (int c = -1; c < 14; c++) {
    if (c == 8 || c == 9) continue; /* there only with a hardware clock */
    printf("clock %d: ", c);
    R(syscall(SYS_clock_gettime, c, &ts));
    R(syscall(SYS_clock_getres, c, &res));
    if (c != 10 && c >= 0 && c < 12) printf("res %ld %ld\n", (long)res.tv_sec, res.tv_nsec);
    R(syscall(SYS_clock_getres, c, 0));
    ts.tv_nsec = -1;
    R(syscall(SYS_clock_settime, c, &ts));
    R(clock_nanosleep(c, 0, &ts, 0));
  }
  R(syscall(SYS_clock_gettime, CLOCK_REALTIME, BAD));
  R(syscall(SYS_clock_gettime, CLOCK_REALTIME, 0));
  R(syscall(SYS_gettimeofday, BAD, 0));
  R(syscall(SYS_gettimeofday, 0, 0));
  R(syscall(SYS_gettimeofday, 0, BAD));
  R(syscall(SYS_time, BAD));
  R(syscall(SYS_times, BAD));
  clockid_t other;
  R(clock_getcpuclockid(999999, &other));
  R(clock_getcpuclockid(0, &other));
  R(clock_gettime(other, &ts));
  R(pthread_getcpuclockid(pthread_self(), &other));
  R(clock_gettime(other, &ts));
  R(clock_gettime((~(clockid_t)999999 << 3) | 2, &ts));
  R(clock_gettime((~(clockid_t)0 << 3) | 3, &ts));
  struct timespec a, b;
  clock_gettime(CLOCK_MONOTONIC, &a);
  syscall(SYS_clock_gettime, CLOCK_MONOTONIC, &b);
  R(ms(a, b) >= 0 && ms(a, b) < 50);
  clock_gettime(CLOCK_REALTIME, &a);
  syscall(SYS_clock_gettime, CLOCK_REALTIME, &b);
  R(ms(a, b) >= 0 && ms(a, b) < 50);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &a);
  spin(60);
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b);
  R(ms(a, b) > 0 && ms(a, b) < 100);
  /* sleeping */
  ts = (struct timespec){0, 30000000};
  start = now();
  R(nanosleep(&ts, 0));
  R(about(start, 30));
  ts = (struct timespec){0, 1000000000};
  R(nanosleep(&ts, 0));
  ts = (struct timespec){-1, 0};
  R(nanosleep(&ts, 0));
  R(nanosleep(BAD, 0));
  ts = (struct timespec){0, 0};
  R(nanosleep(&ts, BAD));
  start = now();
  ts = start;
  ts.tv_nsec += 20000000;
  if (ts.tv_nsec >= 1000000000) ts.tv_sec++, ts.tv_nsec -= 1000000000;
  R(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, 0));
  R(about(start, 20));
  R(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, 0));
  R(clock_nanosleep(CLOCK_MONOTONIC, 99, &res, 0));
  R(clock_nanosleep(CLOCK_MONOTONIC, 0, BAD, 0));
  /* alarm, itimers */
  struct itimerval it = {{0, 0}, {0, 20000}}, was;
  R(alarm(10));
  R(alarm(0));
  R(setitimer(ITIMER_REAL, &it, &was));
  printf("was %ld %ld\n", was.it_value.tv_sec, was.it_value.tv_usec);
  R(pause());
  printf("fired %d signo %d code %d\n", fired, signo_seen, code);
  it.it_interval.tv_usec = 10000;
  fired = 0;
  setitimer(ITIMER_REAL, &it, 0);
  while (fired < 5) pause();
  R(getitimer(ITIMER_REAL, &was));
  printf("interval %ld left %d\n", was.it_interval.tv_usec, was.it_value.tv_usec > 0 && was.it_value.tv_usec <= 10000);
  memset(&it, 0, sizeof it);
  R(setitimer(ITIMER_REAL, &it, &was));
  R(setitimer(ITIMER_REAL, 0, &was));
  R(setitimer(3, &it, 0));
  R(getitimer(3, &it));
  R(getitimer(0, BAD));
  R(setitimer(0, BAD, 0));
  it.it_value.tv_usec = 1000000;
  R(setitimer(0, &it, 0));
  it.it_value.tv_usec = -1;
  R(setitimer(0, &it, 0));
  it = (struct itimerval){{0, 0}, {0, 20000}};
  fired = 0;
  R(setitimer(ITIMER_VIRTUAL, &it, 0));
  start = now();
  while (!fired && ms(start, now()) < 2000);
  printf("virtual fired %d signo %d\n", fired, signo_seen);
  fired = 0;
  R(setitimer(ITIMER_PROF, &it, 0));
  start = now();
  while (!fired && ms(start, now()) < 2000);
  printf("prof fired %d signo %d\n", fired, signo_seen);
  /* posix timers */
  timer_t t, u;
  struct sigevent ev = {0};
  ev.sigev_notify = 77;
  R(timer_create(CLOCK_REALTIME, &ev, &t));
  ev.sigev_notify = SIGEV_SIGNAL;
  ev.sigev_signo = 65;
  R(timer_create(CLOCK_REALTIME, &ev, &t));
  ev.sigev_signo = SIGRTMIN;
  ev.sigev_value.sival_int = 42;
  R(timer_create(99, &ev, &t));
  R(syscall(SYS_timer_create, CLOCK_REALTIME, BAD, &t));
  R(syscall(SYS_timer_create, CLOCK_REALTIME, 0, BAD));
  R(timer_create(CLOCK_MONOTONIC, &ev, &t));
  struct itimerspec its = {{0, 10000000}, {0, 10000000}}, old;
  R(timer_gettime(t, &old));
  printf("%ld %ld %ld %ld\n", (long)old.it_value.tv_sec, old.it_value.tv_nsec, (long)old.it_interval.tv_sec, old.it_interval.tv_nsec);
  fired = 0;
  R(timer_settime(t, 0, &its, &old));
  while (fired < 3) pause();
  printf("value %d code %d signo %d\n", value, code, signo_seen - SIGRTMIN);
  sigset_t m;
  sigemptyset(&m);
  sigaddset(&m, SIGRTMIN);
  sigprocmask(SIG_BLOCK, &m, 0);
  struct timespec d = {0, 75000000}, before, after;
  clock_gettime(CLOCK_MONOTONIC, &before);
  nanosleep(&d, 0);
  siginfo_t si;
  R(sigwaitinfo(&m, &si) == SIGRTMIN);
  clock_gettime(CLOCK_MONOTONIC, &after);
  long periods = ((after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000) / 10;
  printf("overrun %d %d\n", si.si_overrun >= 4 && si.si_overrun <= periods + 2, timer_getoverrun(t) == si.si_overrun);
  memset(&its, 0, sizeof its);
  R(timer_settime(t, 0, &its, &old));
  printf("interval %ld\n", old.it_interval.tv_nsec);
  d.tv_nsec = 0;
  while (sigtimedwait(&m, &si, &d) > 0);
  its.it_value.tv_nsec = -1;
  R(timer_settime(t, 0, &its, 0));
  its.it_value.tv_nsec = 1000000000;
  R(timer_settime(t, 0, &its, 0));
  R(syscall(SYS_timer_settime, t, 0, 0, 0));
  R(syscall(SYS_timer_settime, t, 0, BAD, 0));
  /* deleted with its signal pending */
  its = (struct itimerspec){{0, 0}, {0, 1}};
  R(timer_settime(t, 0, &its, 0));
  usleep(20000);
  R(timer_delete(t));
  sigset_t pend;
  sigpending(&pend);
  printf("pending after delete %d\n", sigismember(&pend, SIGRTMIN));
  while (sigtimedwait(&m, &si, &d) > 0);
  sigprocmask(SIG_UNBLOCK, &m, 0);
  R(timer_delete(t));
  R(syscall(SYS_timer_gettime, 12345, &its));
  R(syscall(SYS_timer_getoverrun, 12345));
  /* absolute, in the past */
  R(timer_create(CLOCK_REALTIME, &ev, &t));
  its = (struct itimerspec){{0, 0}, {1, 0}};
  fired = 0;
  R(timer_settime(t, TIMER_ABSTIME, &its, 0));
  usleep(20000);
  printf("past fired %d\n", fired);
  ev.sigev_notify = SIGEV_NONE;
  R(timer_create(CLOCK_MONOTONIC, &ev, &u));
  its = (struct itimerspec){{0, 0}, {5, 0}};
  R(timer_settime(u, 0, &its, 0));
  R(timer_gettime(u, &old));
  printf("left %ld\n", (long)old.it_value.tv_sec);
  ev.sigev_notify = SIGEV_THREAD;
  ev.sigev_notify_function = (void (*)(union sigval))notified;
  timer_t th;
  fired = 0;
  R(timer_create(CLOCK_MONOTONIC, &ev, &th));
  its = (struct itimerspec){{0, 0}, {0, 10000000}};
  R(timer_settime(th, 0, &its, 0));
  usleep(60000);
  printf("thread notified %d\n", fired);
  ev.sigev_notify = SIGEV_THREAD_ID;
  ev._sigev_un._tid = 999999;
  R(timer_create(CLOCK_MONOTONIC, &ev, &u));
  ev._sigev_un._tid = gettid();
  ev.sigev_signo = SIGUSR1;
  R(timer_create(CLOCK_MONOTONIC, &ev, &u));
  fired = 0;
  R(timer_settime(u, 0, &its, 0));
  usleep(30000);
  usleep(10000);
  printf("to a thread %d signo %d\n", fired, signo_seen);
  ev.sigev_notify = SIGEV_SIGNAL;
  R(timer_create(CLOCK_PROCESS_CPUTIME_ID, &ev, &u));
  fired = 0;
  R(timer_settime(u, 0, &its, 0));
  start = now();
  while (!fired && ms(start, now()) < 2000);
  printf("cpu timer %d signo %d code %d\n", fired, signo_seen, code);
  if (!fork()) { R(timer_delete(t)); _exit(0); }
  wait(0);
  /* timerfd */
  R(timerfd_create(99, 0));
  R(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
  R(timerfd_create(CLOCK_REALTIME, 1));
  int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  uint64_t n = 0;
  R(read(fd, &n, 8));
  R(read(fd, &n, 7));
  its = (struct itimerspec){{0, 10000000}, {0, 10000000}};
  R(timerfd_settime(fd, 4, &its, 0));
  R(timerfd_settime(fd, 0, BAD, 0));
  struct timespec armed, counted;
  clock_gettime(CLOCK_MONOTONIC, &armed);
  R(timerfd_settime(fd, 0, &its, &old));
  usleep(55000);
  struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT};
  R(poll(&p, 1, 0));
  printf("revents %x\n", p.revents);
  R(read(fd, &n, 8));
  clock_gettime(CLOCK_MONOTONIC, &counted);
  double ticks = (counted.tv_sec - armed.tv_sec) * 100 + (counted.tv_nsec - armed.tv_nsec) / 1e7;
  printf("ticks %d\n", n >= 4 && n <= ticks);
  R(timerfd_gettime(fd, &old));
  printf("interval %ld left %d\n", old.it_interval.tv_nsec, old.it_value.tv_nsec > 0 && old.it_value.tv_nsec <= 10000000);
  its.it_value.tv_nsec = 2000000000;
  R(timerfd_settime(fd, 0, &its, 0));
  its = (struct itimerspec){{0, 0}, {0, 0}};
  R(timerfd_settime(fd, 0, &its, &old));
  R(timerfd_gettime(fd, &old));
  printf("%ld %ld\n", old.it_interval.tv_nsec, old.it_value.tv_nsec);
  its = (struct itimerspec){{0, 0}, {1, 0}};
  R(timerfd_settime(fd, TFD_TIMER_ABSTIME, &its, 0));
  R(read(fd, &n, 8));
  printf("n %d\n", (int)n);
  R(read(fd, &n, 8));
  R(write(fd, &n, 8));
  fcntl(fd, F_SETFL, 0);
  its = (struct itimerspec){{0, 0}, {0, 30000000}};
  start = now();
  R(timerfd_settime(fd, 0, &its, 0));
  R(read(fd, &n, 8));
  R(about(start, 30));
  its.it_value.tv_sec = 5;
  timerfd_settime(fd, 0, &its, 0);
  it = (struct itimerval){{0, 0}, {0, 20000}};
  setitimer(ITIMER_REAL, &it, 0);
  R(read(fd, &n, 8));
  /* time-outs of waits */
  start = now();
  R(poll(0, 0, 25));
  R(about(start, 25));
  start = now();
  struct timeval tv = {0, 25000};
  R(select(0, 0, 0, 0, &tv));
  R(about(start, 25));
  tv.tv_usec = -1;
  R(select(0, 0, 0, 0, &tv));
  tv = (struct timeval){0, 25000000};
  struct timeval tv2 = {0, 1000000};
  R(select(0, 0, 0, 0, &tv2));
  printf("%ld %ld\n", tv2.tv_sec, tv2.tv_usec);
  struct timex tx = {0};
  R(adjtimex(&tx) >= 0);
  tx.modes = ADJ_TICK;
  tx.tick = 1;
  R(adjtimex(&tx) == -1);
  struct rusage ru;
  getrusage(RUSAGE_SELF, &ru);
  R(ru.ru_utime.tv_sec * 1000000 + ru.ru_utime.tv_usec > 50000);
  R(clock() > 50000);
  struct tms tms;
  R(times(&tms) > 0);
  R(tms.tms_utime > 3);
  return 0;
}
