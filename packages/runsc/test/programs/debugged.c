/* Debugged by debuggers.test.ts: a call, a variable that changes, threads, a child. */
#include <pthread.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static long sum;

static int twice(int x) { return 2 * x; }

static void *add(void *argument) {
  long number = (long)argument;
  pthread_mutex_lock(&mutex);
  sum += number;
  pthread_mutex_unlock(&mutex);
  return NULL;
}

int main(void) {
  int doubled = 0;
  doubled = twice(21);
  pthread_t threads[3];
  for (long i = 0; i < 3; i++) pthread_create(&threads[i], NULL, add, (void *)(i + 1));
  for (int i = 0; i < 3; i++) pthread_join(threads[i], NULL);
  pid_t child = fork();
  if (child == 0) _exit(3);
  waitpid(child, NULL, 0);
  /* Not among what the debugger prints. */
  fprintf(stderr, "%d %ld\n", doubled, sum);
  return 0;
}
