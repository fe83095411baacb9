/* getdents: buffers that cannot be written to everywhere, sizes that are none, places in a directory. */
#include "oracle.h"
#include <dirent.h>

#define FILES 100
static char name[100];

/* Reads to the end with the buffer's first `good` bytes being memory; how many entries came, and how it ended. */
static void count(const char *what, int call, int fd, char *end, int good) {
  long n, entries = 0, calls = 0;
  lseek(fd, 0, SEEK_SET);
  while ((n = syscall(call, fd, end - good, 8192)) > 0) {
    calls++;
    for (long at = 0; at < n; entries++) at += *(unsigned short *)(end - good + at + 16);
  }
  printf("%s of %d: %ld entries, in one go %d, then %s\n", what, good, entries, calls == 1, n < 0 ? strerrorname_np(errno) : "the end");
}
static void seeks(const char *path) {
  int fd = open(path, O_RDONLY | O_DIRECTORY);
  errno = 0;
  long to = lseek(fd, 0, SEEK_END);
  printf("%s: %ld %s", path, to, strerrorname_np(errno) ?: "");
  errno = 0;
  to = lseek(fd, -1, SEEK_END);
  printf(", %ld %s\n", to, strerrorname_np(errno) ?: "");
  close(fd);
}

int main(void) {
  char directory[] = "/tmp/reading-XXXXXX", *page = mmap(0, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *end = page + 32768;
  munmap(end, 32768);
  mkdtemp(directory);
  for (int i = 0; i < FILES; i++) sprintf(name, "%s/a-file-%d", directory, i), close(creat(name, 0600));
  int fd = open(directory, O_RDONLY);
  static const int calls[] = {SYS_getdents64, SYS_getdents};
  static const char *const names[] = {"getdents64", "getdents"};
  for (int i = 0; i < 2; i++) {
    count(names[i], calls[i], fd, end, 8192);
    count(names[i], calls[i], fd, end, 1000);
    count(names[i], calls[i], fd, end, 100);
    count(names[i], calls[i], fd, end, 10);
    count(names[i], calls[i], fd, end, 0);
    lseek(fd, 0, SEEK_SET);
    R(syscall(calls[i], fd, page, 0x80000000u));
    R(syscall(calls[i], fd, page, -1));
    R(syscall(calls[i], fd, page, 0));
    OK(syscall(calls[i], fd, page, 8192));
    R(syscall(calls[i], fd, page, -1));
  }
  for (int i = 0; i < FILES; i++) sprintf(name, "%s/a-file-%d", directory, i), unlink(name);
  rmdir(directory);
  seeks("/proc"), seeks("/proc/self"), seeks("/proc/self/fd"), seeks("/proc/sys"), seeks("/proc/net"), seeks("/sys"), seeks("/sys/kernel");
  return 0;
}
