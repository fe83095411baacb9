/* dnotify: F_NOTIFY of directories, and the signals that it sends. */
#include "file-oracle.h"

static int mine;
static void expect(const char *what) {
  sigset_t all;
  siginfo_t i;
  sigfillset(&all);
  printf("%s:", what);
  struct timespec none = {0, 0};
  for (int signo; (signo = sigtimedwait(&all, &i, &none)) > 0;) {
    if (signo == SIGCHLD) continue;
    printf(" (%s code %d", signo == SIGIO ? "SIGIO" : signo == SIGRTMIN + 1 ? "RT" : sigabbrev_np(signo), i.si_code);
    if (i.si_code > 0 && i.si_code < 10) printf(" band %lx fd %s", i.si_band, i.si_fd == mine ? "mine" : "other");
    printf(")");
  }
  printf("\n");
  fflush(stdout);
}
/* All that may happen in a directory. */
static void uses(void) {
  struct timespec first[2] = {{1, 0}, {0, UTIME_OMIT}};
  char byte;
  put("d/f", "text"), expect("made and written");
  int fd = open("d/f", O_RDWR);
  expect("opened");
  read(fd, &byte, 1), expect("read");
  write(fd, "x", 1), expect("written");
  ftruncate(fd, 1), expect("truncated");
  fchmod(fd, 0600), expect("chmod");
  utimensat(AT_FDCWD, "d/f", 0, 0), expect("utimensat");
  utimensat(AT_FDCWD, "d/f", first, 0), expect("utimensat atime");
  close(fd), expect("closed");
  link("d/f", "d/g"), expect("link");
  rename("d/g", "d/h"), expect("renamed in it");
  rename("d/h", "h"), expect("renamed out");
  rename("h", "d/h"), expect("renamed into");
  rename("d/h", "d/f"), expect("renamed, same file");
  symlink("f", "d/s"), rename("d/s", "d/h"), expect("renamed onto another");
  mkdir("d/sub", 0755), expect("mkdir");
  put("d/sub/deep", ""), unlink("d/sub/deep"), expect("below it");
  rmdir("d/sub"), expect("rmdir");
  chmod("d", 0700), expect("chmod of itself");
  DIR *listed = opendir("d");
  while (readdir(listed));
  closedir(listed);
  expect("listed");
  rename("d", "e"), rename("e", "d"), expect("renamed itself");
  unlink("d/h"), unlink("d/f"), expect("unlink");
}

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  begin();
  mkdir("d", 0755);
  put("file", "");
  static const struct { unsigned bit; const char *name; } kinds[] = {
    {DN_ACCESS, "access"}, {DN_MODIFY, "modify"}, {DN_CREATE, "create"}, {DN_DELETE, "delete"},
    {DN_RENAME, "rename"}, {DN_ATTRIB, "attrib"}, {DN_ACCESS | DN_MODIFY | DN_CREATE | DN_DELETE | DN_RENAME | DN_ATTRIB, "all"},
  };
  for (unsigned i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    printf("== %s\n", kinds[i].name);
    mine = open("d", O_RDONLY);
    R(fcntl(mine, F_NOTIFY, kinds[i].bit | DN_MULTISHOT));
    R(fcntl(mine, F_SETSIG, SIGRTMIN + 1));
    uses();
    close(mine);
    put("d/f", ""), unlink("d/f"), expect("closed");
  }

  puts("== arguments");
  int file = open("file", O_RDWR), other, p[2];
  pipe(p);
  R(fcntl(file, F_NOTIFY, DN_CREATE));
  R(fcntl(file, F_NOTIFY, 0));
  R(fcntl(file, F_NOTIFY, DN_MULTISHOT));
  R(fcntl(p[0], F_NOTIFY, DN_CREATE));
  R(fcntl(99, F_NOTIFY, DN_CREATE));
  R(fcntl(open("d", O_RDONLY | O_PATH), F_NOTIFY, DN_CREATE));
  mine = open("d", O_RDONLY);
  R(fcntl(mine, F_NOTIFY, 0x100));
  R(fcntl(mine, F_NOTIFY, 0x40));

  puts("== owners and signals");
  R(fcntl(mine, F_GETOWN) == getpid());
  R(fcntl(mine, F_NOTIFY, DN_CREATE));
  R(fcntl(mine, F_GETOWN) == getpid());
  put("d/1", ""), expect("SIGIO"), put("d/2", ""), expect("once");
  R(fcntl(mine, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
  put("d/3", ""), expect("again"), put("d/4", ""), expect("and again");
  R(fcntl(mine, F_NOTIFY, DN_DELETE));
  put("d/5", ""), expect("still"), unlink("d/5"), expect("also deleted");
  R(fcntl(mine, F_NOTIFY, 0));
  put("d/5", ""), expect("no more");
  R(fcntl(mine, F_SETOWN, 0));
  R(fcntl(mine, F_NOTIFY, DN_CREATE));
  R(fcntl(mine, F_GETOWN) == getpid());
  R(fcntl(mine, F_SETSIG, SIGUSR1));
  put("d/6", ""), expect("SIGUSR1");
  R(fcntl(mine, F_NOTIFY, DN_CREATE | DN_DELETE));
  put("d/7", ""), unlink("d/7"), expect("one shot for all");
  other = dup(mine);
  R(fcntl(other, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
  put("d/8", ""), expect("by a duplicate");
  R(fcntl(mine, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
  put("d/9", ""), expect("by the last that asked");
  close(other);
  put("d/10", ""), expect("any descriptor closes it");
  other = open("d", O_RDONLY);
  R(fcntl(mine, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
  R(fcntl(other, F_NOTIFY, DN_CREATE | DN_MULTISHOT));
  R(fcntl(other, F_SETSIG, SIGRTMIN + 1));
  put("d/11", ""), expect("two files");
  fflush(stdout);
  pid_t child = fork();
  if (!child) close(mine), close(other), _exit(0);
  waitpid(child, 0, 0);
  put("d/12", ""), expect("a child closed them");
  child = fork();
  if (!child) {
    R(fcntl(mine, F_NOTIFY, DN_DELETE | DN_MULTISHOT));
    unlink("d/12"), expect("in the child");
    _exit(0);
  }
  waitpid(child, 0, 0);
  expect("the child asked");
  unlink("d/11"), expect("the child is gone");
  dup2(file, other);
  put("d/13", ""), expect("replaced");
  close(mine);
  put("d/14", ""), expect("closed");
  end();
}
