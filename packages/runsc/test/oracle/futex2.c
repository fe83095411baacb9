/* futex_wake, futex_wait, futex_requeue: the calls by themselves. */
#include "oracle.h"
#include <pthread.h>
#include <time.h>

#define U32 2
#define PRIVATE 128
struct waitv { uint64_t val, uaddr; uint32_t flags, reserved; };
static uint32_t word, other;
static struct timespec before = {0, 1}, odd = {0, 1000000000};

static long futex_wake(void *addr, unsigned long mask, int nr, unsigned flags) { return syscall(454, addr, mask, nr, flags); }
static long futex_wait(void *addr, unsigned long val, unsigned long mask, unsigned flags, struct timespec *ts, int clock) {
  return syscall(455, addr, val, mask, flags, ts, clock);
}
static long futex_requeue(struct waitv *waiters, unsigned flags, int wake, int requeue) { return syscall(456, waiters, flags, wake, requeue); }

static volatile int woken;
static uint32_t kind = U32 | PRIVATE;
static pthread_t threads[4];
static volatile pid_t ids[4];

/* However long that takes on a busy machine. */
static void until_asleep(pid_t tid) {
  char path[64], text[512];
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  for (;;) {
    FILE *stat = fopen(path, "r");
    size_t length = stat ? fread(text, 1, sizeof text - 1, stat) : 0;
    if (stat) fclose(stat);
    text[length] = 0;
    char *end = strrchr(text, ')');
    if (end && end[2] == 'S') return;
    usleep(1000);
  }
}
struct waiter { int index; unsigned long mask; };
static void *waits(void *arg) {
  struct waiter *own = arg;
  ids[own->index] = syscall(SYS_gettid);
  if (futex_wait(&word, 0, own->mask, kind, 0, 0) == 0) __atomic_fetch_add(&woken, 1, __ATOMIC_SEQ_CST);
  return 0;
}
static void start(int count, unsigned long mask) {
  static struct waiter waiters[4];
  woken = 0;
  for (int i = 0; i < count; i++) {
    ids[i] = 0;
    waiters[i] = (struct waiter){i, mask};
    pthread_create(&threads[i], 0, waits, &waiters[i]);
    while (ids[i] == 0) usleep(1000);
    until_asleep(ids[i]);
  }
}
static void *interrupts(void *arg) {
  until_asleep(getpid());
  syscall(SYS_tgkill, getpid(), getpid(), SIGALRM);
  return arg;
}
static void join(int count) {
  for (int i = 0; i < count; i++) pthread_join(threads[i], 0);
  printf("woken %d\n", woken);
}
static void hit(int signo) { printf("signal %d\n", signo); }
static void *wakes_later(void *arg) {
  usleep(100000);
  while (futex_wake(&word, 1, 1, U32) != 1) usleep(1000);
  return arg;
}

int main(void) {
  R(futex_wake(&word, 1, 1, U32));
  R(futex_wake(&word, 0, 1, U32));
  R(futex_wake(&word, 1UL << 32, 1, U32));
  R(futex_wake(&word, 1, 1, 0));
  R(futex_wake(&word, 1, 1, 1));
  R(futex_wake(&word, 1, 1, 3));
  R(futex_wake(&word, 1, 1, U32 | 64));
  R(futex_wake((char *)&word + 1, 1, 1, U32));
  R(futex_wake(BAD, 1, 1, U32));
  R(futex_wake(BAD, 1, 1, U32 | PRIVATE));
  R(futex_wake((char *)&word + 1, 1, 0, U32));
  R(futex_wait(&word, 1, 1, U32, 0, 0));
  R(futex_wait(&word, 0, 0, U32, 0, 0));
  R(futex_wait(&word, 1UL << 32, 1, U32, 0, 0));
  R(futex_wait(&word, 0, 1UL << 32, U32, 0, 0));
  R(futex_wait(&word, 0, 1, 1, 0, 0));
  R(futex_wait(BAD, 0, 1, U32, 0, 0));
  R(futex_wait(&word, 0, 1, U32, &before, CLOCK_MONOTONIC));
  R(futex_wait(&word, 0, 1, U32, &before, CLOCK_REALTIME));
  R(futex_wait(&word, 0, 1, U32, &before, CLOCK_BOOTTIME));
  R(futex_wait(&word, 1, 1, U32, 0, 77));
  R(futex_wait(&word, 0, 1, U32, &odd, CLOCK_MONOTONIC));
  R(futex_wait(&word, 0, 1, U32, BAD, CLOCK_MONOTONIC));
  start(3, 6);
  R(futex_wake(&word, 1, 10, kind));
  R(futex_wake(&word, 2, 0, kind));
  R(futex_wake(&word, 2, -1, kind));
  R(futex_wake(&word, 4, 10, kind));
  join(3);
  kind = U32;
  start(4, 1);
  struct waitv pair[2] = {{0, (uintptr_t)&word, U32, 0}, {0, (uintptr_t)&other, U32 | PRIVATE, 0}};
  R(futex_requeue(0, 0, 1, 1));
  R(futex_requeue(BAD, 0, 1, 1));
  R(futex_requeue(pair, 1, 1, 1));
  R(futex_requeue(pair, 0, -1, 1));
  R(futex_requeue(pair, 0, 1, -1));
  pair[0].val = 1;
  R(futex_requeue(pair, 0, 1, 1));
  pair[0].val = 0;
  pair[1].reserved = 1;
  R(futex_requeue(pair, 0, 1, 1));
  pair[1].reserved = 0;
  R(futex_requeue(pair, 0, 1, 2));
  pair[1].flags = U32;
  R(futex_requeue(pair, 0, 1, -1));
  pair[0].val = 1;
  R(futex_requeue(pair, 0, 1, 1));
  pair[0].val = 0;
  R(futex_requeue(pair, 0, 1, 2));
  R(futex_wake(&other, 1, 10, U32));
  R(futex_wake(&word, 1, 10, U32));
  join(4);
  struct sigaction action = {.sa_handler = hit};
  sigaction(SIGALRM, &action, 0);
  pthread_t thread;
  pthread_create(&thread, 0, interrupts, 0);
  R(futex_wait(&word, 0, 1, U32, 0, 0));
  pthread_join(thread, 0);
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, 0);
  struct timespec late;
  clock_gettime(CLOCK_MONOTONIC, &late);
  late.tv_sec += 60;
  sigset_t alarm;
  sigemptyset(&alarm);
  sigaddset(&alarm, SIGALRM);
  pthread_sigmask(SIG_BLOCK, &alarm, 0);
  pthread_create(&thread, 0, wakes_later, 0);
  pthread_sigmask(SIG_UNBLOCK, &alarm, 0);
  ualarm(30000, 0);
  R(futex_wait(&word, 0, 1, U32, &late, CLOCK_MONOTONIC));
  pthread_join(thread, 0);
  return 0;
}
