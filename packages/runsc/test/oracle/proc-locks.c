/* /proc/locks, and whom F_GETLK names in a PID namespace. */
#include "oracle.h"
#include <sched.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/prctl.h>

static ino_t locked;
static pid_t known[20];
static const char *name_of(int pid) {
  static char text[20];
  if (pid == -1) return "none";
  for (int i = 0; i < 20; i++) if (known[i] == pid && pid) return sprintf(text, "child %d", i), text;
  return pid == getpid() ? "me" : "somebody";
}
static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

/* Those of our file: what waits stays behind what it waits for. */
static void show(const char *what) {
  char line[300], *blocks[100];
  int count = 0;
  FILE *in = fopen("/proc/locks", "r");
  printf("%s:\n", what);
  while (fgets(line, sizeof line, in)) {
    char kind[20], manner[20], type[20], start[30], end[30], text[300];
    unsigned major, minor;
    unsigned long ino;
    int pid, at = 0;
    char *rest = strchr(line, ':') + 1;
    char *arrow = strstr(rest, "->");
    int depth = arrow ? (int)(arrow - rest) : 0;
    if (sscanf(arrow ? arrow + 2 : rest, "%19s %19s %19s %d %x:%x:%lu %29s %29s%n", kind, manner, type, &pid, &major, &minor, &ino, start, end, &at) != 9) { printf("  odd: %s", line); continue; }
    if (ino != locked) continue;
    sprintf(text, "  %*s%s %s %s of %s %s-%s, %d characters before\n", depth * 2, depth ? "-> " : "", kind, manner, type, name_of(pid), start, end,
            (int)(strstr(rest, kind) - rest));
    if (depth && count) blocks[count - 1] = realloc(blocks[count - 1], strlen(blocks[count - 1]) + strlen(text) + 1), strcat(blocks[count - 1], text);
    else blocks[count++] = strdup(text);
  }
  fclose(in);
  qsort(blocks, count, sizeof *blocks, compare);
  for (int i = 0; i < count; i++) fputs(blocks[i], stdout), free(blocks[i]);
  fflush(stdout);
}

static int record(int fd, int cmd, int type, long start, long length) {
  struct flock l = {.l_type = type, .l_whence = SEEK_SET, .l_start = start, .l_len = length};
  return fcntl(fd, cmd, &l);
}
/* A child that does something to the file and stays; `waits`: it does not get what it wants. */
#define CHILD(i, waits, ...) do { \
    int ready[2]; char c; \
    pipe(ready); fflush(stdout); \
    if (!(known[i] = fork())) { \
      prctl(PR_SET_PDEATHSIG, SIGKILL); \
      int fd = open("locked", O_RDWR); \
      if (waits) write(ready[1], "", 1); \
      __VA_ARGS__; \
      if (!(waits)) write(ready[1], "", 1); \
      for (;;) pause(); \
    } \
    read(ready[0], &c, 1); \
    if (waits) asleep(known[i]); \
    close(ready[0]), close(ready[1]); \
  } while (0)
static void asleep(pid_t pid) {
  char path[40], state = 0;
  sprintf(path, "/proc/%d/stat", pid);
  while (state != 'S') {
    usleep(1000);
    FILE *in = fopen(path, "r");
    fscanf(in, "%*d %*s %c", &state);
    fclose(in);
  }
  usleep(20000);
}
static void end(int i) { kill(known[i], SIGKILL), waitpid(known[i], 0, 0), known[i] = 0; }

int main(void) {
  char place[] = "/tmp/proc-locks-XXXXXX";
  if (!mkdtemp(place) || chdir(place)) return 1;
  int fd = open("locked", O_RDWR | O_CREAT, 0600), other = open("locked", O_RDWR);
  struct stat st;
  fstat(fd, &st);
  locked = st.st_ino;
  show("nothing");
  record(fd, F_SETLK, F_WRLCK, 10, 5), record(fd, F_SETLK, F_RDLCK, 100, 0);
  record(other, F_OFD_SETLK, F_RDLCK, 50, 1);
  flock(other, LOCK_SH);
  show("mine");
  CHILD(0, 0, flock(fd, LOCK_SH), record(fd, F_SETLK, F_WRLCK, 1000000, 10), record(fd, F_SETLK, F_RDLCK, 30, 10));
  show("and a child's");
  CHILD(1, 1, flock(fd, LOCK_EX));
  CHILD(2, 1, record(fd, F_SETLKW, F_WRLCK, 0, 20));
  CHILD(3, 1, record(fd, F_SETLKW, F_WRLCK, 12, 1));
  CHILD(4, 1, record(fd, F_OFD_SETLKW, F_WRLCK, 50, 1));
  CHILD(5, 1, flock(fd, LOCK_EX));
  show("some wait");
  end(3), end(5);
  show("fewer wait");
  record(fd, F_SETLK, F_UNLCK, 0, 50);
  usleep(50000);
  show("one has got it");
  struct flock l = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 5};
  R(fcntl(fd, F_GETLK, &l));
  printf("type %d of %s\n", l.l_type, name_of(l.l_pid));
  flock(other, LOCK_UN);
  record(other, F_OFD_SETLK, F_UNLCK, 0, 0);
  end(0), end(4);
  usleep(50000);
  show("one has the whole file");
  fflush(stdout);

  /* From a namespace of its own, whose proc this is. */
  if (unshare(CLONE_NEWPID | CLONE_NEWNS)) return 1;
  pid_t first = fork();
  if (!first) {
    mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
    mount("proc", "/proc", "proc", 0, 0);
    memset(known, 0, sizeof known);
    show("of those inside: none");
    int own = open("locked", O_RDWR);
    R(record(own, F_SETLK, F_WRLCK, 60, 1));
    show("of those inside: mine");
    l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 0, .l_len = 5};
    R(fcntl(own, F_GETLK, &l));
    printf("of %d\n", l.l_pid);
    fflush(stdout);
    if (!fork()) {
      l = (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 60, .l_len = 5};
      R(fcntl(own, F_GETLK, &l));
      printf("of %d\n", l.l_pid);
      fflush(stdout);
      _exit(0);
    }
    wait(0);
    fflush(stdout);
    _exit(0);
  }
  waitpid(first, 0, 0);
  end(1), end(2);
  show("nothing");
  unlink("locked"), chdir("/"), rmdir(place);
  return 0;
}
