/* Calls on the memory of processes and files: process_madvise, process_mrelease, cachestat; sysfs, ustat. */
#include "oracle.h"
#include <sys/prctl.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>

#define P 4096L
struct range { uint64_t off, len; };
struct stats { uint64_t cache, dirty, writeback, evicted, recently; };
static long advise(int fd, void *vec, size_t n, int advice, unsigned flags) { return syscall(440, fd, vec, n, advice, flags); }
static long release(int fd, unsigned flags) { return syscall(448, fd, flags); }
static long cachestat(int fd, void *range, void *stats, unsigned flags) { return syscall(451, fd, range, stats, flags); }
static int pidfd(pid_t pid) { return syscall(SYS_pidfd_open, pid, 0); }

int main(void) {
  char *base = mmap(0, 8 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  memset(base, 1, 8 * P);
  munmap(base + 4 * P, P);
  int self = pidfd(getpid()), file = open("advice-test", O_RDWR | O_CREAT | O_TRUNC, 0600);
  struct iovec some[3] = {{base, P}, {base + 2 * P, P}, {base + 5 * P, P}}, hole[2] = {{base, P}, {base + 3 * P, 2 * P}}, odd[1] = {{base + 1, P}}, none[1] = {{base, 0}};
  R(advise(self, some, 3, MADV_COLD, 0));
  R(advise(self, some, 3, MADV_WILLNEED, 0));
  R(advise(self, some, 3, MADV_PAGEOUT, 0));
  R(advise(self, some, 0, MADV_COLD, 0));
  R(advise(self, none, 1, MADV_COLD, 0));
  R(advise(self, some, 3, MADV_COLD, 1));
  R(advise(self, some, 3, 1234, 0));
  R(advise(self, hole, 2, MADV_COLD, 0));
  R(advise(self, hole + 1, 1, MADV_COLD, 0));
  R(advise(self, odd, 1, MADV_COLD, 0));
  R(advise(self, BAD, 1, MADV_COLD, 0));
  R(advise(self, some, 1025, MADV_COLD, 0));
  R(advise(file, some, 1, MADV_COLD, 0));
  R(advise(-1, some, 1, MADV_COLD, 0));
  printf("still %d\n", base[0]);

  int p[2];
  if (pipe(p)) abort();
  pid_t child = fork();
  if (child == 0) {
    char byte;
    close(p[1]);
    if (read(p[0], &byte, 1) < 0) abort();
    _exit(0);
  }
  int other = pidfd(child);
  R(advise(other, some, 3, MADV_COLD, 0));
  R(advise(other, some, 3, MADV_DONTNEED, 0));
  R(release(other, 0));
  R(release(other, 1));
  R(release(-1, 0));
  R(release(file, 0));
  pid_t stranger = fork();
  if (stranger == 0) {
    if (setgid(65534) || setuid(65534)) abort();
    R(advise(other, some, 1, MADV_COLD, 0));
    _exit(0);
  }
  waitpid(stranger, 0, 0);
  close(p[1]);
  siginfo_t info;
  waitid(P_PID, child, &info, WEXITED | WNOWAIT);
  R(advise(other, some, 1, MADV_COLD, 0));
  R(release(other, 0));
  waitpid(child, 0, 0);
  R(advise(other, some, 1, MADV_COLD, 0));
  R(release(other, 0));

  struct range all = {0, 0}, part = {P, 2 * P}, inside = {100, 50}, across = {4000, 200}, beyond = {100 * P, P};
  struct stats stats;
  if (write(file, base, 3 * P) != 3 * P || write(file, base, 10) != 10) abort();
#define CACHED(range) R(cachestat(file, range, &stats, 0)); printf("%d writeback %d\n", (int)stats.cache, (int)stats.writeback)
  CACHED(&all);
  CACHED(&part);
  CACHED(&inside);
  CACHED(&across);
  CACHED(&beyond);
  R(cachestat(file, &all, &stats, 1));
  R(cachestat(file, BAD, &stats, 0));
  R(cachestat(file, &all, BAD, 0));
  R(cachestat(-1, &all, &stats, 0));
  R(cachestat(open(".", O_PATH), &all, &stats, 0));
  R(cachestat(p[0], &all, &stats, 0));
  printf("%d\n", (int)stats.cache);
  unlink("advice-test");

  R(syscall(SYS_sysfs, 0, 0, 0));
  R(syscall(SYS_sysfs, 4, 0, 0));
  R(syscall(SYS_sysfs, 1, "no such type", 0));
  R(syscall(SYS_sysfs, 1, BAD, 0));
  R(syscall(SYS_sysfs, 2, 100000, base));
  R(syscall(SYS_sysfs, 2, 0, BAD));
  long count = syscall(SYS_sysfs, 3, 0, 0), tmpfs = syscall(SYS_sysfs, 1, "tmpfs", 0);
  memset(base, 1, P);
  R(syscall(SYS_sysfs, 2, tmpfs, base));
  printf("%d %s\n", tmpfs >= 0 && tmpfs < count, base);
  R(madvise(0, -2048UL, MADV_DONTFORK));
  struct { int free; unsigned long inodes; char name[6], pack[6]; } ust;
  struct stat st;
  stat("/dev", &st);
  memset(&ust, 1, sizeof ust);
  R(syscall(SYS_ustat, st.st_dev, &ust));
  printf("%d %d\n", ust.name[0], ust.pack[5]);
  R(syscall(SYS_ustat, st.st_dev, BAD));
  R(syscall(SYS_ustat, makedev(4000, 4000), &ust));
  return 0;
}
