// Checks of a mounted file system, run in the guest: check DIR. TAP on standard output.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

static const char *wrong; // what is not as it should be; a check stops there
static int at_line;
#define MUST(e) do { errno = 0; if (!(e)) { wrong = #e; at_line = __LINE__; return; } } while (0)
#define FAILS(e, code) MUST((long)(e) < 0 && errno == (code))

static struct stat st;
static char buffer[400000], other[400000];

static int put(const char *name, const char *text) {
  int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0644), length = strlen(text);
  return fd >= 0 && write(fd, text, length) == length && close(fd) == 0;
}
static int says(const char *name, const char *text) {
  char got[100];
  int fd = open(name, O_RDONLY), length = read(fd, got, sizeof got);
  close(fd);
  return length == (int)strlen(text) && !memcmp(got, text, length);
}
static int count(const char *dir, int *each_once) {
  static char seen[2000];
  int entries = 0;
  struct dirent *entry;
  DIR *d = opendir(dir);
  memset(seen, 0, sizeof seen), *each_once = 1;
  while (d && (entry = readdir(d))) {
    if (entry->d_name[0] == '.') continue;
    int index = atoi(entry->d_name) % 2000;
    if (seen[index]++) *each_once = 0;
    entries++;
  }
  if (d) closedir(d);
  return entries;
}

static void creation(void) {
  int fd;
  umask(027);
  MUST((fd = open("f", O_CREAT | O_EXCL | O_RDWR, 0666)) >= 0 && !close(fd) && !mkdir("d", 0777));
  MUST(!stat("f", &st) && st.st_mode == (S_IFREG | 0640) && st.st_size == 0 && st.st_nlink == 1);
  MUST(!stat("d", &st) && st.st_mode == (S_IFDIR | 0750));
  umask(022);
  FAILS(open("f", O_CREAT | O_EXCL | O_RDWR, 0644), EEXIST);
  FAILS(open("none", O_RDONLY), ENOENT);
  FAILS(open("f/x", O_RDONLY), ENOTDIR);
  FAILS(mkdir("d", 0755), EEXIST);
  MUST(!mkfifo("p", 0600) && !stat("p", &st) && S_ISFIFO(st.st_mode));
  FAILS(mkfifo("p", 0600), EEXIST);
}
static void data(void) {
  int sizes[] = {1, 4095, 4097, 131047, 131048, 131049, 131072, 262145, 399999}, fd;
  for (unsigned i = 0; i < sizeof buffer; i++) buffer[i] = (i * 7) >> 3;
  MUST((fd = open("f", O_CREAT | O_RDWR, 0644)) >= 0);
  for (unsigned i = 0; i < sizeof sizes / sizeof *sizes; i++) {
    MUST(pwrite(fd, buffer, sizes[i], 3) == sizes[i]);
    MUST(pread(fd, other, sizes[i], 3) == sizes[i] && !memcmp(buffer, other, sizes[i]));
  }
  MUST(pwrite(fd, "deep", 4, 5LL << 32) == 4 && !fstat(fd, &st) && st.st_size == (5LL << 32) + 4);
  MUST(pread(fd, other, 9, 1LL << 32) == 9 && !memcmp(other, "\0\0\0\0\0\0\0\0", 9));
  MUST(!ftruncate(fd, 10) && pread(fd, other, 100, 0) == 10 && !fsync(fd) && !close(fd));
  MUST((fd = open("f", O_WRONLY | O_APPEND)) >= 0 && write(fd, "end", 3) == 3 && !close(fd));
  MUST(!stat("f", &st) && st.st_size == 13 && !truncate("f", 0) && says("f", ""));
}
static void mapping(void) {
  int fd;
  char *map;
  MUST(put("f", "to be mapped") && (fd = open("f", O_RDWR)) >= 0);
  MUST((map = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0)) != MAP_FAILED);
  MUST(!memcmp(map, "to be mapped", 13) && !munmap(map, 4096));
  // cache=none refuses this.
  map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map == MAP_FAILED && errno == EINVAL) return;
  MUST(map != MAP_FAILED);
  map[0] = 'T';
  MUST(!msync(map, 4096, MS_SYNC) && !munmap(map, 4096) && !close(fd) && says("f", "To be mapped"));
}
static void renaming(void) {
  int fd;
  MUST(put("a", "A") && put("b", "B") && (fd = open("b", O_RDWR)) >= 0);
  MUST(!rename("a", "b") && says("b", "A") && pread(fd, other, 9, 0) == 1 && other[0] == 'B');
  FAILS(rename("a", "c"), ENOENT);
  MUST(!mkdir("d", 0755) && !mkdir("d/e", 0755) && put("d/e/f", "deep") && !close(fd));
  MUST((fd = open("d/e/f", O_RDWR)) >= 0 && !rename("d", "moved") && says("moved/e/f", "deep"));
  MUST(pwrite(fd, "DE", 2, 0) == 2 && !fstat(fd, &st) && st.st_size == 4 && says("moved/e/f", "DEep"));
  FAILS(rename("moved", "b"), ENOTDIR);
  MUST(!mkdir("full", 0755) && put("full/x", "") && rename("moved", "full") < 0 && errno == ENOTEMPTY);
  MUST(!close(fd));
}
static void removal(void) {
  int fd;
  MUST(put("f", "data") && (fd = open("f", O_RDWR)) >= 0 && !unlink("f"));
  MUST(put("f", "another") && pread(fd, other, 9, 0) == 4 && !memcmp(other, "data", 4));
  MUST(pwrite(fd, "DA", 2, 0) == 2 && pread(fd, other, 9, 0) == 4 && !memcmp(other, "DAta", 4));
  MUST(!close(fd) && says("f", "another"));
  FAILS(rmdir("f"), ENOTDIR);
  MUST(!mkdir("d", 0755) && put("d/x", "") && rmdir("d") < 0 && errno == ENOTEMPTY);
  MUST(!unlink("d/x") && !rmdir("d"));
  FAILS(stat("d", &st), ENOENT);
}
static void links(void) {
  MUST(put("f", "F") && !symlink("f", "s") && readlink("s", other, 99) == 1 && says("s", "F"));
  FAILS(open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
  MUST(!link("f", "h") && !stat("h", &st) && st.st_nlink == 2 && put("h", "new") && says("f", "new"));
  FAILS(link("f", "h"), EEXIST);
  MUST(!unlink("f") && !stat("h", &st) && st.st_nlink == 1 && says("h", "new"));
}
static void listing(void) {
  int each_once;
  char name[100];
  for (int i = 0; i < 1000; i++) {
    sprintf(name, "%d-%.*s", i, i % 40, "\xc3\xa9\xff\x80nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
    MUST(mknod(name, S_IFREG | 0644, 0) == 0);
  }
  MUST(count(".", &each_once) == 1000 && each_once);
  for (int i = 0; i < 1000; i += 2) {
    sprintf(name, "%d-%.*s", i, i % 40, "\xc3\xa9\xff\x80nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn");
    MUST(!unlink(name));
  }
  MUST(count(".", &each_once) == 500 && each_once);
}
static void attributes(void) {
  struct timespec times[2] = {{1000000000, 0}, {4102444800, 0}};
  struct statfs fs;
  MUST(put("f", "F") && !chmod("f", 04711) && !chown("f", 1000, 1001));
  MUST(!stat("f", &st) && st.st_uid == 1000 && st.st_gid == 1001);
  MUST(!chmod("f", 0604) && !stat("f", &st) && st.st_mode == (S_IFREG | 0604));
  MUST(!utimensat(AT_FDCWD, "f", times, 0) && !stat("f", &st));
  MUST(st.st_atime == 1000000000 && st.st_mtime == 4102444800);
  MUST(!statfs(".", &fs) && fs.f_bsize >= 512 && fs.f_namelen == 255);
}
static void xattrs(void) {
  MUST(put("f", "F"));
  int unsupported = setxattr("f", "user.a", "one", 3, 0);
  if (unsupported && errno == EOPNOTSUPP) return;
  MUST(!unsupported);
  MUST(getxattr("f", "user.a", other, 100) == 3 && !memcmp(other, "one", 3));
  FAILS(setxattr("f", "user.a", "x", 1, XATTR_CREATE), EEXIST);
  FAILS(getxattr("f", "user.none", other, 100), ENODATA);
  MUST(listxattr("f", other, 100) == 7 && !strcmp(other, "user.a"));
  MUST(!removexattr("f", "user.a"));
  FAILS(getxattr("f", "user.a", other, 100), ENODATA);
}
static void users(void) {
  int status;
  MUST(!mkdir("all", 0777) && !chmod("all", 0777) && put("secret", "s") && !chmod("secret", 0600));
  if (!fork()) {
    if (setgid(1000) || setuid(1000)) _exit(1);
    if (open("secret", O_RDONLY) >= 0 || errno != EACCES) _exit(2);
    if (!put("all/mine", "m") || stat("all/mine", &st) || st.st_uid != 1000 || st.st_gid != 1000) _exit(3);
    if (mkdir("all/d", 0755) || stat("all/d", &st) || st.st_uid != 1000) _exit(4);
    _exit(chmod("secret", 0666) == 0 ? 5 : 0);
  }
  MUST(wait(&status) > 0 && status == 0);
}
static void locking(void) {
  int fd, status, ready[2];
  struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
  MUST(put("f", "x") && (fd = open("f", O_RDWR)) >= 0 && !pipe(ready));
  MUST(!fcntl(fd, F_SETLK, &all));
  if (!fork()) {
    struct flock mine = all;
    fd = open("f", O_RDWR);
    if (fcntl(fd, F_SETLK, &mine) == 0 || errno != EAGAIN) _exit(1);
    if (fcntl(fd, F_GETLK, &mine) || mine.l_type != F_WRLCK) _exit(2);
    mine.l_type = F_WRLCK;
    if (write(ready[1], "r", 1) != 1) _exit(3);
    alarm(20);
    _exit(fcntl(fd, F_SETLKW, &mine) ? 4 : 0);
  }
  MUST(read(ready[0], other, 1) == 1 && !usleep(300000));
  MUST(waitpid(-1, &status, WNOHANG) == 0);
  all.l_type = F_UNLCK;
  MUST(!fcntl(fd, F_SETLK, &all) && wait(&status) > 0 && status == 0);
}
static void crowd(void) {
  int fds[300], status, each_once, won = 0;
  char name[20];
  for (int i = 0; i < 300; i++) {
    sprintf(name, "%d", i);
    MUST((fds[i] = open(name, O_CREAT | O_RDWR, 0644)) >= 0 && write(fds[i], name, 3) == 3);
  }
  for (int i = 0; i < 300; i++) MUST(pread(fds[i], other, 9, 0) == 3 && atoi(other) == i && !close(fds[i]));
  MUST(count(".", &each_once) == 300 && each_once);
  for (int i = 0; i < 8; i++)
    if (!fork()) _exit(open("one", O_CREAT | O_EXCL | O_WRONLY, 0644) < 0);
  for (int i = 0; i < 8; i++) {
    MUST(wait(&status) > 0);
    won += status == 0;
  }
  MUST(won == 1);
}
// SIGKILL while a request is under way is what makes v9fs send Tflush.
static void killing(void) {
  for (int i = 0; i < 15; i++) {
    pid_t child = fork();
    if (!child)
      for (;;) {
        int fd = open("k", O_CREAT | O_RDWR, 0644);
        if (pwrite(fd, buffer, sizeof buffer, 0) < 0 || pread(fd, other, sizeof other, 0) < 0) _exit(1);
        close(fd);
      }
    usleep(5000 + i * 2000);
    kill(child, SIGKILL);
    MUST(waitpid(child, 0, 0) == child);
  }
  MUST(put("after", "alive") && says("after", "alive"));
}

static const struct { const char *name; void (*check)(void); } checks[] = {
  {"creation", creation}, {"data", data}, {"mapping", mapping}, {"renaming", renaming},
  {"removal", removal}, {"links", links}, {"listing", listing}, {"attributes", attributes},
  {"xattrs", xattrs}, {"users", users}, {"locking", locking}, {"crowd", crowd}, {"killing", killing},
};

// Each in a directory and a process of its own: one that hangs does not hold up the others.
int main(int argc, char **argv) {
  int number = sizeof checks / sizeof *checks;
  setvbuf(stdout, 0, _IOLBF, 0);
  printf("1..%d\n", number);
  for (int i = 0; i < number; i++) {
    if (chdir(argv[argc - 1]) || mkdir(checks[i].name, 0755) || chdir(checks[i].name)) return 1;
    pid_t child = fork();
    if (!child) {
      alarm(200);
      checks[i].check();
      if (wrong) printf("# %s:%d: %s (%s)\n", checks[i].name, at_line, wrong, strerror(errno));
      _exit(wrong != 0);
    }
    int status;
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status)) printf("# %s: killed by signal %d\n", checks[i].name, WTERMSIG(status));
    printf("%s %d - %s\n", status ? "not ok" : "ok", i + 1, checks[i].name);
  }
  return 0;
}
