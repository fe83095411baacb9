/* /proc: statistics of the scheduler, pressure, consoles, keys, counters of the network. */
#include "oracle.h"
#include <ctype.h>
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <time.h>

static char text[1 << 16];
static char *slurp(const char *path) {
  int fd = open(path, O_RDONLY), n = 0, got = 0;
  if (fd < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  else while ((got = read(fd, text + n, sizeof text - 1 - n)) > 0) n += got;
  text[n] = 0;
  close(fd);
  return text;
}
/* With each number as 9. */
static void shape(const char *path) {
  printf("%s: ", path);
  char last = 0;
  for (char *c = slurp(path); *c; c++) {
    char shown = isdigit(*c) ? '9' : *c;
    if (shown != '9' || last != '9') putchar(shown);
    last = shown;
  }
  fflush(stdout);
}
static void mode(const char *path) {
  struct stat st;
  if (stat(path, &st)) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %o %d:%d\n", path, st.st_mode, st.st_uid, st.st_gid);
}
static double used(const char *path) { return atof(slurp(path)) / 1e9; }
static void burn(double seconds) {
  struct timespec t;
  do clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  while (t.tv_sec + t.tv_nsec / 1e9 < seconds);
}
static void *thread(void *path) {
  sprintf(path, "/proc/self/task/%d/schedstat", gettid());
  burn(0.05);
  printf("thread: %d\n", used(path) >= 0.045);
  return 0;
}
/* The lines of /proc/PID/sched that do not depend on how a kernel is built. */
static void sched(const char *path) {
  static const char *names[] = {"se.exec_start ", "se.vruntime ", "se.sum_exec_runtime ", "se.nr_migrations ", "nr_switches ", "nr_voluntary_switches ", "nr_involuntary_switches ", "policy ", "prio "};
  char *line = strtok(slurp(path), "\n");
  printf("%s\n", strchr(line, ','));
  printf("%s\n", strtok(0, "\n"));
  while ((line = strtok(0, "\n")))
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
      if (!strncmp(line, names[i], strlen(names[i]))) printf("%.46s %s length %d\n", line, i > 6 ? strrchr(line, ' ') : "", (int)strlen(line));
}

int main(void) {
  char path[100];
  setpriority(PRIO_PROCESS, 0, 0);
  shape("/proc/self/schedstat"), shape("/proc/1/schedstat");
  mode("/proc/self/schedstat"), mode("/proc/self/sched");
  burn(0.1);
  printf("process: %d\n", used("/proc/self/schedstat") >= 0.09);
  pthread_t t;
  pthread_create(&t, 0, thread, path);
  pthread_join(t, 0);
  sched("/proc/self/sched");
  nice(5), sched("/proc/self/sched");
  struct sched_param p = {10};
  R(sched_setscheduler(0, SCHED_FIFO, &p));
  sched("/proc/self/sched");
  p.sched_priority = 0;
  R(sched_setscheduler(0, SCHED_OTHER, &p));
  sprintf(path, "/proc/%d/sched", getpid());
  int fd = open(path, O_WRONLY);
  R(write(fd, "0", 1));
  close(fd);

  static const char *pressures[] = {"/proc/pressure/cpu", "/proc/pressure/io", "/proc/pressure/memory"};
  static const char *triggers[] = {"", "some", "some 1", "some 0 1000000", "none 1 2000000", "some 100000 0", "some 100000 10000001", "some 3000000 2000000", " some 1 2000000", "full 100000 2000000"};
  mode("/proc/pressure");
  for (int i = 0; i < 3; i++) mode(pressures[i]), shape(pressures[i]);
  for (unsigned i = 0; i < sizeof triggers / sizeof *triggers; i++) {
    fd = open("/proc/pressure/memory", O_RDWR);
    printf("%s: ", triggers[i]);
    R(write(fd, triggers[i], strlen(triggers[i]) + 1));
    if (i == sizeof triggers / sizeof *triggers - 1) R(write(fd, triggers[i], strlen(triggers[i]) + 1));
    close(fd);
  }
  fd = open("/proc/pressure/memory", O_RDWR);
  R(write(fd, "some 1 2", 0));
  close(fd);

  mode("/proc/consoles"), mode("/proc/key-users"), mode("/proc/net/netstat");
  char *line = slurp("/proc/net/netstat");
  for (int i = 0; i < 4 && line; i++) {
    char *end = strchr(line, '\n');
    int words = 0, numbers = 0;
    *end = 0;
    printf("%.*s", (int)(strchr(line, ':') - line), line);
    for (char *word = strtok(strchr(line, ':') + 1, " "); word; word = strtok(0, " ")) {
      words++, numbers += isdigit(*word) != 0;
      if (!strcmp(word, "TCPTimeouts") || !strcmp(word, "ListenDrops") || !strcmp(word, "InOctets")) printf(" %s", word);
    }
    printf(" %s\n", numbers == words ? "numbers" : numbers ? "mixed" : "names");
    line = end + 1;
  }
}
