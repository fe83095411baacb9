/* inotify: what calls other than read and write tell: changed attributes, copies between files, execve, rename. */
#include "inotify-events.h"
#include <sys/sendfile.h>
#include <sys/time.h>
#include <utime.h>
#include <sys/xattr.h>

static void watch(const char *path) { printf("watch %s: %d\n", path, inotify_add_watch(in, path, IN_ALL_EVENTS)); }

static void attributes(void) {
  struct timespec both[2] = {{1, 0}, {2, 0}}, first[2] = {{1, 0}, {0, UTIME_OMIT}}, second[2] = {{0, UTIME_OMIT}, {0, UTIME_NOW}};
  struct timespec none[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  int fd = open("d/f", O_RDWR);
  events("open");
  utimensat(AT_FDCWD, "d/f", both, 0), events("utimensat both");
  utimensat(AT_FDCWD, "d/f", 0, 0), events("utimensat now");
  utimensat(AT_FDCWD, "d/f", first, 0), events("utimensat atime");
  utimensat(AT_FDCWD, "d/f", second, 0), events("utimensat mtime");
  utimensat(AT_FDCWD, "d/f", none, 0), events("utimensat none");
  futimens(fd, both), events("futimens");
  futimens(fd, first), events("futimens atime");
  utimes("d/f", 0), events("utimes");
  utime("d/f", 0), events("utime");
  fchmod(fd, 0640), events("fchmod");
  fchmod(fd, 0640), events("fchmod the same");
  chmod("d/f", 0644), events("chmod");
  fchown(fd, 0, 0), events("fchown");
  fchown(fd, -1, -1), events("fchown nothing");
  chown("d/f", 1, -1), events("chown");
  fsetxattr(fd, "user.x", "y", 1, 0), events("fsetxattr");
  removexattr("d/f", "user.x"), events("removexattr");
  ftruncate(fd, 3), events("ftruncate");
  ftruncate(fd, 3), events("ftruncate the same");
  truncate("d/f", 2), events("truncate");
  R(ftruncate(fd, -1)); events("ftruncate failed");
  fallocate(fd, 0, 0, 10), events("fallocate");
  close(fd), events("close");
  fd = open("d/f", O_WRONLY | O_TRUNC), events("open with O_TRUNC");
  close(fd), events("close");
  fd = open("d/f", O_PATH), events("O_PATH");
  close(fd), events("close");
  /* A set-ID bit goes with a change by an ordinary user. */
  fd = open("d/f", O_RDWR), chmod("d/f", 04777), events("set-ID");
  seteuid(1), write(fd, "x", 1), seteuid(0), events("write to set-ID");
  chmod("d/f", 04777), events("set-ID");
  seteuid(1), ftruncate(fd, 1), seteuid(0), events("truncate set-ID");
  chmod("d/f", 04777), events("set-ID");
  chown("d/f", -1, -1), events("chown nothing of set-ID");
  close(fd), events("close");
  chmod("d", 0750), events("chmod directory");
  utimensat(AT_FDCWD, "d", both, 0), events("utimensat directory");
  utimensat(AT_FDCWD, "d", first, 0), events("utimensat directory atime");
  mkdir("d/sub", 0755), symlink("f", "d/link"), mkfifo("d/fifo", 0600);
  events("made");
  chmod("d/sub", 0700), events("chmod of a directory in it");
  utimensat(AT_FDCWD, "d/link", both, AT_SYMLINK_NOFOLLOW), events("utimensat of a link");
  lchown("d/link", 1, 1), events("lchown");
  rmdir("d/sub"), unlink("d/link"), unlink("d/fifo");
  events("removed");
}

static void copies(void) {
  int p[2], a = open("d/f", O_RDWR), b = open("d/g", O_RDWR | O_CREAT, 0644);
  watch("d/g");
  write(a, "some text", 9), lseek(a, 0, SEEK_SET);
  pipe(p);
  char self[40];
  events("opened");
  R(sendfile(b, a, 0, 4)); events("sendfile");
  R(sendfile(b, a, 0, 0)); events("sendfile nothing");
  lseek(a, 0, SEEK_END);
  R(sendfile(b, a, 0, 4)); events("sendfile at the end");
  lseek(a, 0, SEEK_SET);
  R(sendfile(p[1], a, 0, 2)); events("sendfile to a pipe");
  R(splice(p[0], 0, b, 0, 2, 0)); events("splice from a pipe");
  R(splice(a, 0, p[1], 0, 2, 0)); events("splice to a pipe");
  R(copy_file_range(a, 0, b, 0, 2, 0)); events("copy_file_range");
  R(copy_file_range(a, 0, b, 0, 0, 0)); events("copy_file_range nothing");
  lseek(a, 0, SEEK_END);
  R(copy_file_range(a, 0, b, 0, 2, 0)); events("copy_file_range at the end");
  struct iovec v = {"xy", 2};
  R(pwritev(b, &v, 1, 0)); events("pwritev");
  R(preadv(b, &v, 0, 0)); events("preadv nothing");
  char *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, b, 0);
  m[0] = 'z', msync(m, 4096, MS_SYNC), munmap(m, 4096), events("mmap");
  sprintf(self, "/proc/self/fd/%d", p[0]);
  printf("the pipe: %d\n", inotify_add_watch(in, self, IN_ALL_EVENTS));
  R(write(p[1], "text", 4)); events("write to the pipe");
  R(read(p[0], self, 1)); events("read from the pipe");
  int q[2];
  pipe(q);
  R(tee(p[0], q[1], 2, 0)); events("tee");
  sprintf(self, "/proc/self/fd/%d", q[0]);
  printf("the other: %d\n", inotify_add_watch(in, self, IN_ALL_EVENTS));
  R(splice(p[0], 0, q[1], 0, 2, 0)); events("pipe to pipe");
  v.iov_base = self, v.iov_len = 1;
  R(vmsplice(p[1], &v, 1, 0)); events("vmsplice");
  R(vmsplice(p[0], &v, 1, 0)); events("vmsplice out");
  /* A read that has to wait is one of what comes. */
  fcntl(p[0], F_SETFL, O_NONBLOCK);
  while (read(p[0], self, 1) == 1);
  fcntl(p[0], F_SETFL, 0);
  events("emptied");
  fflush(stdout);
  pid_t child = fork();
  if (!child) { R(read(p[0], self, 1)); _exit(0); }
  usleep(100000);
  events("waiting to read");
  write(p[1], "x", 1), waitpid(child, 0, 0), events("read");
  close(p[0]), close(p[1]), events("closed");
  close(q[1]), close(q[0]), events("closed");
  close(a), close(b), events("closed");
  unlink("d/g"), events("unlink");
}

/* Tells what comes of its start once it runs, and of its end. */
static void run(const char *program, const char *argument) {
  int to[2], from[2];
  char byte;
  pipe(to), pipe(from);
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    dup2(to[0], 0), dup2(from[1], 1), close(to[1]);
    execl(program, program, argument, (char *)0);
    _exit(1);
  }
  read(from[0], &byte, 1);
  events(program);
  write(to[1], "x", 1), waitpid(child, 0, 0);
  events("ended");
  close(to[0]), close(to[1]), close(from[0]), close(from[1]);
}
static void executed(char *self) {
  char script[300], command[600];
  snprintf(command, sizeof command, "cp %s d/program; chmod 755 d/program", self);
  system(command);
  snprintf(script, sizeof script, "#!%s/d/program child\n", oracle_directory);
  put("d/script", script), chmod("d/script", 0755);
  events("made");
  watch("d/program"), watch("d/script");
  run("d/program", "child"), run("d/script", 0);
  R(execl("d/f", "f", (char *)0)); events("not executable");
  chmod("d/f", 0755), put("d/f", "\x7f" "bad"), events("made");
  R(execl("d/f", "f", (char *)0)); events("no program");
  unlink("d/program"), unlink("d/script"), events("removed");
}

static void renamed(void) {
  put("d/old", "1"), put("d/new", "2"), put("d/kept", "3"), mkdir("d/one", 0755), mkdir("d/two", 0755);
  events("made");
  watch("d/old"), watch("d/new"), watch("d/one"), watch("d/two"), watch("d/kept");
  rename("d/old", "d/new"), events("over a file");
  int fd = open("d/new", O_RDONLY);
  rename("d/kept", "d/new"), events("over an open file");
  close(fd), events("closed");
  rename("d/one", "d/two"), events("over a directory");
  put("d/more", "4"), link("d/more", "e"), watch("d/more"), events("made");
  rename("d/new", "d/more"), events("over one of two names");
  unlink("e"), events("the other");
  put("d/a", ""), link("d/a", "d/b"), watch("d/a"), watch("d/b"), events("two names");
  rename("d/a", "d/b"), events("same file");
  renameat2(AT_FDCWD, "d/a", AT_FDCWD, "d/two", RENAME_EXCHANGE), events("exchanged");
  rename("d/two", "d/two2"), rename("d/two2", "d/two"), events("there and back");
  rename("d/two", "e"), events("out");
  rename("e", "d/e"), events("in");
  R(rmdir("d/a")); events("removed");
}

static void two_names(void) {
  struct stat st;
  put("d/x", ""), link("d/x", "d/y"), link("d/x", "z");
  events("made");
  watch("d/x"), watch("d/y");
  unlink("d/x"), events("first");
  unlink("z"), events("second, not in the directory");
  unlink("d/y"), events("last");
  put("d/x", ""), link("d/x", "d/y"), watch("d/y");
  int by_x = open("d/x", O_RDONLY), by_y = open("d/y", O_RDONLY);
  events("open by both");
  unlink("d/x"), events("first");
  unlink("d/y"), events("last");
  close(by_y), events("closed");
  close(by_x), events("closed, first name");
  put("d/x", ""), link("d/x", "d/y"), watch("d/y");
  by_x = open("d/x", O_RDONLY), by_y = open("d/y", O_RDONLY);
  unlink("d/x"), unlink("d/y"), events("again");
  close(by_x), events("closed, first name");
  fstat(by_y, &st), printf("links: %d\n", (int)st.st_nlink);
  close(by_y), events("closed");
}

int main(int count, char **arguments) {
  if (count > 1) { char byte = 0; write(1, &byte, 1), read(0, &byte, 1); return 0; }
  begin();
  mkdir("d", 0755);
  put("d/f", "text");
  in = inotify_init1(IN_NONBLOCK);
  watch("d"), watch("d/f");
  attributes();
  copies();
  executed(arguments[0]);
  renamed();
  two_names();
  close(in);
  end();
}
