/* fcntl, record locks (POSIX and OFD) and flock, in one process and between processes; getdents while names change. */
#include "file-oracle.h"
#include <sys/file.h>

static int lk(int fd, int cmd, int type, int whence, long start, long len) {
  struct flock l = {.l_type = type, .l_whence = whence, .l_start = start, .l_len = len};
  return fcntl(fd, cmd, &l);
}
static pid_t parent;
static void get(int fd, int cmd, int type, long start, long len) {
  struct flock l = {.l_type = type, .l_start = start, .l_len = len};
  errno = 0;
  int r = fcntl(fd, cmd, &l);
  printf("get %ld+%ld: %d %s type %d whence %d start %ld len %ld pid %s\n", start, len, r, r ? strerrorname_np(errno) : "", l.l_type, l.l_whence, (long)l.l_start, (long)l.l_len, l.l_pid == parent ? "parent" : l.l_pid == -1 ? "-1" : l.l_pid == 0 ? "0" : "other");
  fflush(stdout);
}
#define CHILD(...) do { fflush(stdout); pid_t c = fork(); if (!c) { __VA_ARGS__; fflush(stdout); _exit(0); } waitpid(c, 0, 0); } while (0)

struct dirent64_ { uint64_t ino; int64_t off; uint16_t len; uint8_t type; char name[]; };

int main(void) {
  begin();
  parent = getpid();
  put("f", "0123456789012345678901234567890123456789");
  int f = open("f", O_RDWR), g = open("f", O_RDWR), r = open("f", O_RDONLY), w = open("f", O_WRONLY), d = open(".", O_RDONLY), o = open("f", O_PATH);
  int p[2];
  pipe(p);
  /* fcntl */
  R(fcntl(f, F_GETFD));
  R(fcntl(f, F_SETFD, 0xff));
  R(fcntl(f, F_GETFD));
  R(fcntl(f, F_SETFD, 0));
  R(fcntl(f, F_DUPFD, 100));
  R(fcntl(100, F_GETFD));
  R(fcntl(f, F_DUPFD_CLOEXEC, 100));
  R(fcntl(101, F_GETFD));
  R(fcntl(f, F_DUPFD, -1));
  R(fcntl(f, F_DUPFD, 1 << 30));
  R(fcntl(99, F_DUPFD, 0));
  R(fcntl(f, 1027, 100));
  R(fcntl(f, 1027, 0));
  R(fcntl(f, F_GETFL));
  R(fcntl(f, F_SETFL, O_APPEND | O_NONBLOCK | O_RDONLY | O_CREAT | O_TRUNC | O_EXCL));
  R(fcntl(f, F_GETFL));
  R(fcntl(f, F_SETFL, O_NOATIME | O_ASYNC | O_DSYNC));
  R(fcntl(f, F_GETFL) & ~O_ASYNC);
  R(fcntl(f, F_SETFL, 0));
  R(fcntl(p[0], F_GETFL));
  R(fcntl(p[1], F_GETFL));
  R(fcntl(p[1], F_SETFL, O_DIRECT));
  R(fcntl(p[1], F_GETFL));
  R(fcntl(o, F_GETFL));
  R(fcntl(o, F_GETFD));
  R(fcntl(o, F_SETFL, 0));
  R(fcntl(o, F_GETOWN));
  R(fcntl(f, F_GETOWN));
  R(fcntl(f, F_SETOWN, 99999999));
  R(fcntl(f, F_SETOWN, getpid()));
  R(fcntl(f, F_GETOWN) == getpid());
  R(fcntl(f, F_SETOWN, 0));
  R(fcntl(f, F_GETSIG));
  R(fcntl(f, F_SETSIG, 65));
  R(fcntl(f, F_SETSIG, SIGUSR1));
  R(fcntl(f, F_GETSIG));
  R(fcntl(f, F_GETLEASE));
  R(fcntl(f, F_GETPIPE_SZ));
  R(fcntl(f, F_SETPIPE_SZ, 4096));
  R(fcntl(p[0], F_GETPIPE_SZ));
  R(fcntl(p[0], F_SETPIPE_SZ, 5000));
  R(fcntl(p[0], F_SETPIPE_SZ, 0));
  R(fcntl(p[0], F_SETPIPE_SZ, -1));
  R(fcntl(p[0], F_SETPIPE_SZ, 1 << 20));
  R(fcntl(f, F_GET_SEALS));
  R(fcntl(f, F_ADD_SEALS, F_SEAL_WRITE));
  R(fcntl(f, 12345, 0));
  R(fcntl(-1, F_GETFD));
  uint64_t hint = 0;
  R(fcntl(f, 1035, &hint));
  R(fcntl(f, 1036, &hint));
  R(dup2(f, f));
  R(dup2(f, 200));
  R(dup2(99, 99));
  R(dup2(f, -1));
  R(dup2(f, 1 << 30));
  R(dup3(f, f, 0));
  R(dup3(f, 201, O_CLOEXEC));
  R(dup3(f, 201, O_NONBLOCK));
  R(fcntl(201, F_GETFD));
  R(syscall(SYS_close_range, 100, 300, 0));
  R(fcntl(200, F_GETFD));
  R(syscall(SYS_close_range, 300, 100, 0));
  R(syscall(SYS_close_range, 300, ~0u, 4));
  R(close(99));
  R(close(-1));
  /* POSIX locks */
  R(lk(f, F_SETLK, F_WRLCK, SEEK_SET, 10, 10));
  R(lk(r, F_SETLK, F_WRLCK, SEEK_SET, 0, 1));
  R(lk(w, F_SETLK, F_RDLCK, SEEK_SET, 0, 1));
  R(lk(p[0], F_SETLK, F_RDLCK, SEEK_SET, 0, 1));
  R(lk(d, F_SETLK, F_RDLCK, SEEK_SET, 0, 1));
  R(lk(d, F_SETLK, F_UNLCK, SEEK_SET, 0, 1));
  R(lk(f, F_SETLK, 7, SEEK_SET, 0, 1));
  R(lk(f, F_SETLK, F_RDLCK, 7, 0, 1));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, -1, 1));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 5, -6));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 5, -5));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_END, -5, 3));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 0x7fffffffffffffff, 2));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 1L << 60, 0x7fffffffffffffff));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 1, 0x7fffffffffffffff));
  R(lk(f, F_SETLK, F_UNLCK, SEEK_SET, 0, 0x7fffffffffffffff));
  R(lk(f, F_SETLK, F_WRLCK, SEEK_SET, 10, 10));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_END, -5, 3));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 1L << 60, 0));
  R(fcntl(f, F_SETLK, BAD));
  R(fcntl(f, F_GETLK, BAD));
  get(f, F_GETLK, F_WRLCK, 0, 0);
  CHILD({
    get(g, F_GETLK, F_WRLCK, 0, 0);
    get(g, F_GETLK, F_RDLCK, 0, 0);
    get(g, F_GETLK, F_RDLCK, 15, 1);
    get(g, F_GETLK, F_WRLCK, 36, 1);
    get(g, F_GETLK, F_WRLCK, 100, 0);
    get(g, F_GETLK, F_UNLCK, 0, 0);
    get(g, F_GETLK, 9, 0, 0);
    R(lk(g, F_SETLK, F_RDLCK, SEEK_SET, 0, 5));
    R(lk(g, F_SETLK, F_WRLCK, SEEK_SET, 0, 5));
    R(lk(g, F_SETLK, F_WRLCK, SEEK_SET, 19, 1));
    R(lk(g, F_SETLK, F_WRLCK, SEEK_SET, 20, 10));
  });
  R(lk(f, F_SETLK, F_UNLCK, SEEK_SET, 12, 3));
  R(lk(f, F_SETLK, F_RDLCK, SEEK_SET, 17, 10));
  CHILD({
    get(g, F_GETLK, F_WRLCK, 8, 0);
    get(g, F_GETLK, F_WRLCK, 12, 0);
    get(g, F_GETLK, F_WRLCK, 16, 0);
    get(g, F_GETLK, F_RDLCK, 13, 0);
  });
  close(g);
  CHILD(get(f, F_GETLK, F_WRLCK, 0, 0));
  g = open("f", O_RDWR);
  /* Deadlock, and waiting. */
  lk(f, F_SETLK, F_WRLCK, SEEK_SET, 0, 1);
  int ready[2];
  pipe(ready);
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    lk(f, F_SETLK, F_WRLCK, SEEK_SET, 1, 1);
    write(ready[1], "r", 1);
    int got = lk(f, F_SETLKW, F_WRLCK, SEEK_SET, 0, 1);
    _exit(got ? errno : 0);
  }
  char buf[100];
  read(ready[0], buf, 1);
  usleep(100000);
  R(lk(f, F_SETLKW, F_WRLCK, SEEK_SET, 1, 1));
  R(lk(f, F_SETLK, F_UNLCK, SEEK_SET, 0, 0));
  int status;
  waitpid(c, &status, 0);
  printf("child %d\n", WEXITSTATUS(status));
  /* A signal ends the wait. */
  c = fork();
  if (!c) {
    lk(f, F_SETLK, F_WRLCK, SEEK_SET, 0, 0);
    write(ready[1], "r", 1);
    pause();
  }
  read(ready[0], buf, 1);
  struct sigaction sa = {.sa_handler = (void (*)(int))S};
  sa.sa_handler = (void (*)(int))fflush;
  sa.sa_handler = (void (*)(int))abs;
  sigaction(SIGALRM, &sa, 0);
  ualarm(50000, 0);
  R(lk(f, F_SETLKW, F_WRLCK, SEEK_SET, 0, 0));
  ualarm(50000, 0);
  R(flock(f, LOCK_EX));
  kill(c, SIGKILL);
  waitpid(c, 0, 0);
  R(lk(f, F_SETLK, F_WRLCK, SEEK_SET, 0, 0));
  flock(f, LOCK_UN);
  lk(f, F_SETLK, F_UNLCK, SEEK_SET, 0, 0);
  /* OFD locks */
  R(lk(f, F_OFD_SETLK, F_WRLCK, SEEK_SET, 0, 10));
  R(lk(g, F_OFD_SETLK, F_WRLCK, SEEK_SET, 5, 10));
  R(lk(f, F_SETLK, F_WRLCK, SEEK_SET, 0, 10));
  get(g, F_OFD_GETLK, F_WRLCK, 0, 0);
  get(g, F_GETLK, F_WRLCK, 0, 0);
  struct flock bad = {.l_type = F_WRLCK, .l_pid = 5};
  R(fcntl(f, F_OFD_SETLK, &bad));
  R(fcntl(f, F_OFD_GETLK, &bad));
  int dupf = dup(f);
  CHILD({
    R(lk(f, F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 5));
    R(lk(g, F_OFD_SETLK, F_RDLCK, SEEK_SET, 0, 5));
    get(g, F_OFD_GETLK, F_WRLCK, 0, 0);
    R(lk(g, F_SETLK, F_WRLCK, SEEK_SET, 20, 5));
  });
  close(f);
  get(g, F_OFD_GETLK, F_WRLCK, 0, 0);
  close(dupf);
  get(g, F_OFD_GETLK, F_WRLCK, 0, 0);
  f = open("f", O_RDWR);
  /* flock */
  R(flock(f, LOCK_SH));
  R(flock(g, LOCK_EX | LOCK_NB));
  R(flock(g, LOCK_SH | LOCK_NB));
  R(flock(f, LOCK_EX | LOCK_NB));
  R(flock(g, LOCK_UN));
  R(flock(f, LOCK_EX | LOCK_NB));
  R(flock(f, 0));
  R(flock(f, 12));
  R(flock(-1, LOCK_SH));
  R(flock(d, LOCK_EX));
  R(flock(p[0], LOCK_EX));
  R(flock(r, LOCK_EX | LOCK_NB));
  R(flock(o, LOCK_SH));
  CHILD({
    R(flock(f, LOCK_EX | LOCK_NB));
    R(flock(g, LOCK_SH | LOCK_NB));
    R(flock(f, LOCK_UN));
    R(flock(g, LOCK_SH | LOCK_NB));
  });
  R(flock(f, LOCK_EX | LOCK_NB));
  R(flock(g, LOCK_UN));
  R(flock(f, LOCK_EX | LOCK_NB));
  R(lockf(f, F_TEST, 0));
  /* Directories: names come and go while they are read. */
  mkdir("dir", 0755);
  for (int i = 0; i < 300; i++) sprintf(buf, "dir/%03d", i), put(buf, "");
  DIR *dir = opendir("dir");
  struct dirent *e;
  int seen = 0, twice = 0;
  char names[300] = {0};
  while ((e = readdir(dir))) {
    if (e->d_name[0] == '.') continue;
    int n = atoi(e->d_name);
    twice += names[n];
    names[n] = 1;
    seen++;
    sprintf(buf, "dir/%s", e->d_name);
    unlink(buf);
  }
  printf("seen %d twice %d\n", seen, twice);
  R(rmdir("dir"));
  R(readdir(dir) == 0);
  rewinddir(dir);
  R(readdir(dir) == 0);
  closedir(dir);
  mkdir("dir", 0755);
  for (int i = 0; i < 50; i++) sprintf(buf, "dir/%03d", i), put(buf, "");
  dir = opendir("dir");
  char order[60][16];
  long place[60];
  int n = 0;
  for (place[0] = telldir(dir); (e = readdir(dir)); place[++n] = telldir(dir)) strcpy(order[n], e->d_name);
  printf("entries %d\n", n);
  int wrong = 0;
  for (int i = n - 1; i >= 0; i -= 3) {
    seekdir(dir, place[i]);
    e = readdir(dir);
    if (!e || strcmp(e->d_name, order[i])) wrong++;
  }
  printf("wrong %d\n", wrong);
  rewinddir(dir);
  put("dir/new", "");
  int found = 0;
  while ((e = readdir(dir))) found += !strcmp(e->d_name, "new");
  printf("found %d\n", found);
  int df = open("dir", O_RDONLY);
  char big[4096];
  R(syscall(SYS_getdents64, df, big, 10));
  R(syscall(SYS_getdents64, df, big, 23));
  R(syscall(SYS_getdents64, df, big, 0));
  R(syscall(SYS_getdents64, df, big, 24));
  R(syscall(SYS_getdents64, df, BAD, 100));
  R(syscall(SYS_getdents64, f, big, 100));
  R(syscall(SYS_getdents64, o, big, 100));
  R(syscall(SYS_getdents64, -1, big, 100));
  R(syscall(SYS_getdents, df, big, 24) > 0);
  lseek(df, 0, SEEK_SET);
  long total = 0, one;
  while ((one = syscall(SYS_getdents64, df, big, sizeof big)) > 0)
    for (long at = 0; at < one;) {
      struct dirent64_ *de = (void *)(big + at);
      if (de->len % 8 || de->len < 19 + strlen(de->name) + 1) puts("bad record");
      at += de->len;
      total++;
    }
  printf("records %ld\n", total);
  R(syscall(SYS_getdents64, df, big, sizeof big));
  R(lseek(df, -1, SEEK_SET));
  R(lseek(df, 0, SEEK_SET));
  R(syscall(SYS_getdents64, df, big, sizeof big) > 0);
  for (int i = 0; i < 50; i++) sprintf(buf, "dir/%03d", i), unlink(buf);
  R(unlink("dir/new"));
  R(rmdir("dir"));
  R(syscall(SYS_getdents64, df, big, sizeof big));
  lseek(df, 0, SEEK_SET);
  R(syscall(SYS_getdents64, df, big, sizeof big));
  end();
}
