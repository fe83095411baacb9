/* Threads: mutexes, conditions, barriers, robust locks, ends in every order, exec, floating point state. */
#include "oracle.h"
#include <immintrin.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static volatile int turn;
static long counter;
static __thread int local = 7;

static void *add(void *arg) {
  for (int i = 0; i < 2000; i++) {
    pthread_mutex_lock(&mutex);
    counter++;
    pthread_mutex_unlock(&mutex);
  }
  local += (long)arg;
  return (void *)(long)local;
}
static void *ping(void *arg) {
  int me = (long)arg;
  for (int i = 0; i < 200; i++) {
    pthread_mutex_lock(&mutex);
    while (turn != me) pthread_cond_wait(&cond, &mutex);
    turn = !me;
    pthread_cond_broadcast(&cond);
    pthread_mutex_unlock(&mutex);
  }
  return 0;
}
static void *meet(void *arg) {
  int serial = 0;
  for (int i = 0; i < 50; i++)
    if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD) serial++;
  __atomic_fetch_add((int *)arg, serial, __ATOMIC_SEQ_CST);
  return 0;
}
static void *die_holding(void *m) { pthread_mutex_lock(m); return 0; }
static void *sleeper(void *arg) { (void)arg; sleep(100); return 0; }
static void *waits(void *arg) {
  struct timespec ts = {0, 50000000};
  nanosleep(&ts, 0);
  return arg;
}

/* Registers must survive handlers and preemption. */
static void scribble(int signo) {
  (void)signo;
  volatile double x = 1.0;
  for (int i = 0; i < 50; i++) x = x * 1.5 + 2;
  __asm__ volatile("pxor %%xmm0,%%xmm0; pxor %%xmm7,%%xmm7; pcmpeqd %%xmm15,%%xmm15; fldpi; fldz; emms" ::: "xmm0", "xmm7", "xmm15");
  if (__builtin_cpu_supports("avx")) __asm__ volatile("vzeroall" ::: "memory");
}
static int broken;
__attribute__((target("avx"))) static void *compute(void *arg) {
  double seed = (long)arg;
  int avx = __builtin_cpu_supports("avx");
  for (int round = 0; round < 400; round++) {
    double in[4] = {seed, seed + round, -seed, 1 / (seed + 1)}, out[4];
    volatile long double st = (long double)seed / 3;
    if (avx) {
      __asm__ volatile(
          "vmovupd (%1), %%ymm3; vmovupd (%1), %%ymm14; mov $20000, %%ecx; 1: dec %%ecx; jnz 1b; vaddpd %%ymm3, %%ymm14, %%ymm14; vmovupd %%ymm14, (%0)"
          ::"r"(out), "r"(in) : "ecx", "xmm3", "xmm14", "memory");
    } else {
      for (int i = 0; i < 4; i++) out[i] = in[i] * 2;
    }
    for (int i = 0; i < 4; i++) if (out[i] != in[i] * 2) broken++;
    if (st != (long double)seed / 3) broken++;
  }
  return 0;
}
static void futexes(void) {
  int word = 5;
  struct timespec zero = {0}, bad = {0, -1}, soon = {0, 20000000}, past = {1, 0};
#define F(op, val, ts, addr2, val3) syscall(SYS_futex, &word, op, val, ts, addr2, val3)
  R(F(FUTEX_WAIT, 4, 0, 0, 0));
  R(F(FUTEX_WAIT, 5, &zero, 0, 0));
  R(F(FUTEX_WAIT, 5, &soon, 0, 0));
  R(F(FUTEX_WAIT, 5, &bad, 0, 0));
  R(F(FUTEX_WAIT, 5, BAD, 0, 0));
  R(F(FUTEX_WAIT_BITSET, 5, &past, 0, 1));
  R(F(FUTEX_WAIT_BITSET, 5, &past, 0, 0));
  R(F(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 5, &past, 0, ~0));
  R(F(FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 4, &past, 0, 0));
  R(F(FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 1, 0, 0, 0));
  R(F(FUTEX_WAKE, 1, 0, 0, 0));
  R(F(FUTEX_WAKE_BITSET, 1, 0, 0, 0));
  R(F(FUTEX_WAKE_BITSET, 1, 0, 0, 4));
  R(F(FUTEX_REQUEUE, 1, 1, &word, 0));
  R(F(FUTEX_CMP_REQUEUE, 1, 1, &word, 4));
  R(F(FUTEX_CMP_REQUEUE, 1, 1, &word, 5));
  R(F(FUTEX_CMP_REQUEUE, -1, 1, &word, 5));
  R(F(FUTEX_WAKE_OP, 1, 1, &word, FUTEX_OP(FUTEX_OP_ADD, 2, FUTEX_OP_CMP_EQ, 5)));
  R(word);
  R(F(99, 1, 0, 0, 0));
  R(F(FUTEX_FD, 1, 0, 0, 0));
  R(syscall(SYS_futex, BAD, FUTEX_WAIT, 0, 0, 0, 0));
  R(syscall(SYS_futex, BAD, FUTEX_WAKE, 1, 0, 0, 0));
  R(syscall(SYS_futex, (char *)&word + 1, FUTEX_WAKE, 1, 0, 0, 0));
  R(syscall(SYS_futex, 0, FUTEX_WAKE_PRIVATE, 1, 0, 0, 0));
  word = 0;
  R(F(FUTEX_LOCK_PI, 0, 0, 0, 0));
  R(word == gettid());
  R(F(FUTEX_LOCK_PI, 0, 0, 0, 0));
  R(F(FUTEX_TRYLOCK_PI, 0, 0, 0, 0));
  R(F(FUTEX_UNLOCK_PI, 0, 0, 0, 0));
  R(word);
  R(F(FUTEX_UNLOCK_PI, 0, 0, 0, 0));
  word = 999999;
  R(F(FUTEX_LOCK_PI, 0, 0, 0, 0));
  word = getpid() + 0;
  R(F(FUTEX_UNLOCK_PI, 0, 0, 0, 0));
  void *head;
  size_t len;
  R(syscall(SYS_get_robust_list, 0, &head, &len));
  printf("len %zu\n", len);
  R(syscall(SYS_get_robust_list, 999999, &head, &len));
  R(syscall(SYS_get_robust_list, 0, BAD, &len));
  R(syscall(SYS_set_robust_list, head, 23));
  R(syscall(SYS_set_tid_address, 0) == gettid());
}
static volatile int phase;
static void *exits_group(void *arg) { usleep(20000); exit((long)arg); }
static void *execs(void *arg) {
  usleep(20000);
  execl("/bin/sh", "sh", "-c", "test $$ = \"$1\" && echo same pid; test $(ls /proc/self/task | wc -l) = 1 && echo one thread; exit 4", "sh", (char *)arg, (char *)0);
  return 0;
}
static void *main_gone(void *arg) {
  usleep(30000);
  char state = 0, line[512];
  FILE *f = fopen("/proc/self/stat", "r");
  fgets(line, sizeof line, f);
  state = strrchr(line, ')')[2];
  printf("leader gone: %c, same pid %d\n", state, getpid() == (long)arg);
  fflush(stdout);
  exit(6);
}
static int cloned(void *arg) { *(int *)arg = gettid() == getpid() ? 1 : 2; return 3; }

int main(int argc, char **argv) {
  pthread_t t[8];
  void *result;
  int st;
  for (long i = 0; i < 8; i++) pthread_create(&t[i], 0, add, (void *)i);
  for (int i = 0; i < 8; i++) { pthread_join(t[i], &result); printf("%ld ", (long)result); }
  printf("counter %ld local %d\n", counter, local);
  pthread_create(&t[0], 0, ping, (void *)0);
  pthread_create(&t[1], 0, ping, (void *)1);
  pthread_join(t[0], 0);
  pthread_join(t[1], 0);
  printf("turn %d\n", turn);
  int serials = 0;
  pthread_barrier_init(&barrier, 0, 4);
  for (int i = 0; i < 4; i++) pthread_create(&t[i], 0, meet, &serials);
  for (int i = 0; i < 4; i++) pthread_join(t[i], 0);
  printf("serials %d\n", serials);
  /* timed waits */
  struct timespec abs;
  clock_gettime(CLOCK_REALTIME, &abs);
  abs.tv_nsec += 30000000;
  if (abs.tv_nsec >= 1000000000) abs.tv_sec++, abs.tv_nsec -= 1000000000;
  pthread_mutex_lock(&mutex);
  R(pthread_cond_timedwait(&cond, &mutex, &abs));
  R(pthread_mutex_timedlock(&mutex, &abs));
  R(pthread_mutex_trylock(&mutex));
  pthread_mutex_unlock(&mutex);
  sem_t sem;
  sem_init(&sem, 0, 1);
  R(sem_wait(&sem));
  R(sem_trywait(&sem));
  R(sem_timedwait(&sem, &abs));
  /* robust */
  pthread_mutexattr_t attr;
  pthread_mutex_t robust;
  pthread_mutexattr_init(&attr);
  pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&robust, &attr);
  pthread_create(&t[0], 0, die_holding, &robust);
  pthread_join(t[0], 0);
  R(pthread_mutex_lock(&robust));
  R(pthread_mutex_consistent(&robust));
  R(pthread_mutex_unlock(&robust));
  R(pthread_mutex_lock(&robust));
  /* robust and shared between processes, also killed ones; and priority inheritance */
  for (int protocol = 0; protocol < 2; protocol++) {
    pthread_mutex_t *shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    pthread_mutexattr_setpshared(&attr, PTHREAD_PROCESS_SHARED);
    if (protocol) pthread_mutexattr_setprotocol(&attr, PTHREAD_PRIO_INHERIT);
    R(pthread_mutex_init(shared, &attr));
    pid_t kid = fork();
    if (!kid) { pthread_mutex_lock(shared); kill(getpid(), SIGKILL); }
    waitpid(kid, 0, 0);
    R(pthread_mutex_lock(shared));
    R(pthread_mutex_consistent(shared));
    R(pthread_mutex_unlock(shared));
    kid = fork();
    if (!kid) { pthread_mutex_lock(shared); usleep(50000); _exit(0); }
    usleep(20000);
    R(pthread_mutex_lock(shared));
    R(pthread_mutex_unlock(shared));
    waitpid(kid, 0, 0);
  }
  /* cancel */
  pthread_create(&t[0], 0, sleeper, 0);
  usleep(10000);
  R(pthread_cancel(t[0]));
  R(pthread_join(t[0], &result));
  R(result == PTHREAD_CANCELED);
  pthread_create(&t[0], 0, waits, (void *)5);
  R(pthread_tryjoin_np(t[0], &result));
  R(pthread_join(t[0], &result));
  futexes();
  /* floating point across signals, with several threads */
  signal(SIGALRM, scribble);
  struct itimerval it = {{0, 1500}, {0, 1500}};
  setitimer(ITIMER_REAL, &it, 0);
  for (long i = 0; i < 4; i++) pthread_create(&t[i], 0, compute, (void *)(i + 3));
  for (int i = 0; i < 4; i++) while (pthread_join(t[i], 0));
  memset(&it, 0, sizeof it);
  setitimer(ITIMER_REAL, &it, 0);
  printf("broken %d\n", broken);
  /* ends */
  if (!fork()) { pthread_create(&t[0], 0, exits_group, (void *)9); pthread_create(&t[1], 0, sleeper, 0); sleep(100); }
  wait(&st); printf("exit from a thread %x\n", st);
  if (!fork()) { char pid[20]; sprintf(pid, "%d", getpid()); pthread_create(&t[1], 0, sleeper, 0); pthread_create(&t[0], 0, execs, pid); sleep(100); }
  wait(&st); printf("exec from a thread %x\n", st);
  if (!fork()) { pthread_create(&t[0], 0, main_gone, (void *)(long)getpid()); pthread_exit(0); }
  wait(&st); printf("main thread first %x\n", st);
  if (!fork()) { pthread_create(&t[0], 0, waits, 0); syscall(SYS_exit, 11); }
  wait(&st); printf("main thread's status counts %x\n", st);
  if (!fork()) { for (int i = 0; i < 8; i++) pthread_create(&t[i], 0, exits_group, (void *)1); exits_group((void *)1); }
  wait(&st); printf("exits race %x\n", st);
  if (!fork()) { pthread_create(&t[0], 0, sleeper, 0); kill(getpid(), SIGKILL); }
  wait(&st); printf("killed %x\n", st);
  if (!fork()) { pthread_create(&t[0], 0, sleeper, 0); usleep(10000); pthread_kill(t[0], SIGTERM); sleep(100); }
  wait(&st); printf("terminated by a thread's signal %x\n", st);
  /* clone */
  signal(SIGUSR2, scribble);
  static char stack[65536];
  int told = 0;
  pid_t kid = clone(cloned, stack + sizeof stack, CLONE_VM | SIGCHLD, &told);
  R(waitpid(kid, &st, 0) == kid);
  printf("clone vm told %d status %x\n", told, st);
  kid = clone(cloned, stack + sizeof stack, CLONE_VM | CLONE_VFORK | SIGUSR2, &told);
  R(waitpid(kid, &st, 0));
  R(waitpid(kid, &st, __WCLONE) == kid);
  kid = clone(cloned, stack + sizeof stack, CLONE_VM, &told);
  R(waitpid(-1, &st, 0));
  R(waitpid(-1, &st, __WALL) == kid);
  int ptid = 0, ctid = 0;
  kid = syscall(SYS_clone, CLONE_PARENT_SETTID | CLONE_CHILD_SETTID | SIGCHLD, 0, &ptid, &ctid, 0);
  if (!kid) _exit(ctid == getpid() && ptid == getpid());
  wait(&st);
  printf("tids %d %d %x\n", ptid == kid, ctid, st);
  kid = syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0);
  if (!kid) { close(200); dup2(1, 201); _exit(0); }
  wait(&st);
  R(fcntl(201, F_GETFD));
  kid = syscall(SYS_clone, CLONE_FS | SIGCHLD, 0, 0, 0, 0);
  if (!kid) { chdir("/"); umask(0123); _exit(0); }
  wait(&st);
  char cwd[100];
  printf("cwd %s umask %o\n", getcwd(cwd, 100), umask(022));
  kid = syscall(SYS_clone, CLONE_PARENT | SIGCHLD, 0, 0, 0, 0);
  if (!kid) _exit(0);
  R(waitpid(kid, &st, 0) == kid);
  OK(syscall(SYS_clone, CLONE_VM | CLONE_THREAD | CLONE_SIGHAND | CLONE_NEWPID, stack, 0, 0, 0));
  /* names, comm */
  prctl(PR_SET_NAME, "a name that is too long");
  char name[17] = {0};
  prctl(PR_GET_NAME, name);
  printf("name %s\n", name);
  return 0;
}
