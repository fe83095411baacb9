/* Processes that call all the time: each gets its turn. */
#include "oracle.h"
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#define MANY 6

int main(void) {
  volatile long *calls = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  int pids[MANY];
  for (int i = 0; i < MANY; i++)
    if (!(pids[i] = fork()))
      for (;;) {
        syscall(SYS_getppid);
        calls[i]++;
      }
  sleep(1);
  long sum = 0;
  for (int i = 0; i < MANY; i++) sum += calls[i];
  /* A sixth each; a machine that does other things as well may give one less. */
  for (int i = 0; i < MANY; i++) printf("%d has a part of it: %d\n", i, calls[i] > sum / MANY / 4);
  for (int i = 0; i < MANY; i++) kill(pids[i], SIGKILL);
  for (int i = 0; i < MANY; i++) wait(0);
  return 0;
}
