/* membarrier: commands, registrations, and that it is a barrier for a thread on another CPU. */
#include "oracle.h"
#include <linux/membarrier.h>
#include <pthread.h>
#include <sched.h>

#define RSEQ (MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ | MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_RSEQ)
#define GET_REGISTRATIONS 512
static int membarrier(int cmd, unsigned flags, int cpu) { return syscall(SYS_membarrier, cmd, flags, cpu); }

/* Store buffering. The fast side has a compiler barrier only, the slow side the system call: never may
   both read the old value of the other's word. The two meet in many rounds. Stores that miss the cache
   keep the fast side's word back: with getuid in place of the barrier, both did once in a hundred rounds. */
static volatile char cold[1 << 26];
static _Alignas(128) volatile int x;
static _Alignas(128) volatile int y;
static _Alignas(128) volatile int start;
static _Alignas(128) volatile int done;
static volatile int sees_x;
static volatile int stop;

static void *fast(void *arg) {
  (void)arg;
  unsigned at = 7;
  for (int round = 1; !stop; round++) {
    while (start != round)
      if (stop) return 0;
    for (int i = 0; i < 40; i++) cold[at = (at * 5 + 12345 * 64) % sizeof cold] = 1;
    y = 1;
    __asm__ volatile("" ::: "memory");
    sees_x = x;
    __asm__ volatile("" ::: "memory");
    done = round;
  }
  return 0;
}
static int reordered(int cmd, int rounds) {
  pthread_t thread;
  int both = 0;
  stop = start = done = 0;
  pthread_create(&thread, 0, fast, 0);
  for (int round = 1; round <= rounds; round++) {
    x = y = 0;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    start = round;
    for (volatile int i = 0; i < round * 7 % 4096; i++) {}
    x = 1;
    if (membarrier(cmd, 0, 0) != 0) return -1;
    int sees_y = y;
    while (done != round) {}
    if (!sees_y && !sees_x) both++;
  }
  stop = 1;
  pthread_join(thread, 0);
  return both;
}

/* Linux 6.18 does let it happen now and then, dozens of times in a row, when all processes are meant. */
static int reordered_each_time(int cmd, int rounds) {
  int least = rounds;
  for (int time = 0; time < 3 && least != 0; time++) {
    int both = reordered(cmd, rounds);
    if (both < least) least = both;
  }
  return least;
}

/* Code that one thread changes and another one runs: after SYNC_CORE it runs the new code. */
static unsigned char *code;
static volatile int stale;
static volatile int wanted;
static volatile int answered;
static void *runs(void *arg) {
  (void)arg;
  int (*answer)(void) = (int (*)(void))code;
  for (int round = 1; round <= 200; round++) {
    while (wanted != round) {}
    if (answer() != round) stale++;
    answered = round;
  }
  return 0;
}
static void changes_code(void) {
  pthread_t thread;
  code = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  code[0] = 0xb8; /* mov eax, imm32; ret */
  code[5] = 0xc3;
  pthread_create(&thread, 0, runs, 0);
  for (int round = 1; round <= 200; round++) {
    memcpy(code + 1, &round, 4);
    if (membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0) != 0) printf("SYNC_CORE failed\n");
    wanted = round;
    while (answered != round) {}
  }
  pthread_join(thread, 0);
  printf("stale code: %d\n", stale);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    R(membarrier(GET_REGISTRATIONS, 0, 0));
    return 0;
  }
  R(membarrier(MEMBARRIER_CMD_QUERY, 0, 0) & ~RSEQ);
  R(membarrier(MEMBARRIER_CMD_QUERY, 1, 0));
  R(membarrier(3, 0, 0));
  R(membarrier(1024, 0, 0));
  R(membarrier(-1, 0, 0));
  R(membarrier(MEMBARRIER_CMD_GLOBAL, MEMBARRIER_CMD_FLAG_CPU, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_RSEQ, 2, 0));
  R(membarrier(GET_REGISTRATIONS, 0, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
  R(membarrier(MEMBARRIER_CMD_GLOBAL, 0, 0));
  R(membarrier(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
  R(membarrier(GET_REGISTRATIONS, 0, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED_SYNC_CORE, 0, 0));
  R(membarrier(MEMBARRIER_CMD_REGISTER_GLOBAL_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0));
  R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
  R(membarrier(GET_REGISTRATIONS, 0, 0));
  pid_t child = fork();
  if (child == 0) {
    R(membarrier(GET_REGISTRATIONS, 0, 0));
    R(membarrier(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0));
    execl("/proc/self/exe", argv[0], "registrations", (char *)0);
    _exit(1);
  }
  waitpid(child, 0, 0);
  R(reordered(MEMBARRIER_CMD_PRIVATE_EXPEDITED, 300));
  R(reordered_each_time(MEMBARRIER_CMD_GLOBAL_EXPEDITED, 300));
  R(reordered(MEMBARRIER_CMD_GLOBAL, 20));
  changes_code();
  return 0;
}
