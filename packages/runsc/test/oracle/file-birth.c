/* The time of birth of files: told when it is asked for, that of the making, and the same ever after. */
#include "file-oracle.h"
#include <linux/stat.h>
#include <time.h>

static struct statx birth_of(int dir, const char *path, unsigned mask) {
  struct statx sx;
  memset(&sx, 0, sizeof sx);
  int failed = syscall(SYS_statx, dir, path, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, mask, &sx);
  printf("%s: %d, %s\n", path, failed ? errno : 0, sx.stx_mask & STATX_BTIME ? "known" : "not known");
  return sx;
}
static void same(const char *what, struct statx a, struct statx b) {
  int is = a.stx_btime.tv_sec == b.stx_btime.tv_sec && a.stx_btime.tv_nsec == b.stx_btime.tv_nsec;
  printf("%s: %s\n", what, is ? "the same" : "another");
}

int main(void) {
  begin();
  struct timespec before, after, old[2] = {{5, 6}, {7, 8}};
  clock_gettime(CLOCK_REALTIME, &before);
  put("f", "content");
  mkdir("d", 0755);
  symlink("f", "l");
  mkfifo("p", 0600);
  clock_gettime(CLOCK_REALTIME, &after);
  const char *names[] = {"f", "d", "l", "p"};
  for (int i = 0; i < 4; i++) {
    struct statx sx = birth_of(AT_FDCWD, names[i], STATX_BTIME);
    printf("now: %d\n", sx.stx_btime.tv_sec >= before.tv_sec - 1 && sx.stx_btime.tv_sec <= after.tv_sec);
  }
  struct statx f = birth_of(AT_FDCWD, "f", STATX_BTIME);
  usleep(20000);
  put("f", "more");
  same("written", f, birth_of(AT_FDCWD, "f", STATX_BASIC_STATS | STATX_BTIME));
  chmod("f", 0600);
  same("changed", f, birth_of(AT_FDCWD, "f", STATX_BTIME));
  R(utimensat(AT_FDCWD, "f", old, 0));
  same("times set", f, birth_of(AT_FDCWD, "f", STATX_BTIME));
  R(rename("f", "d/g"));
  same("renamed", f, birth_of(AT_FDCWD, "d/g", STATX_BTIME));
  R(link("d/g", "h"));
  same("linked", f, birth_of(AT_FDCWD, "h", STATX_BTIME));
  int fd = open("h", O_RDWR);
  R((int)write(fd, "x", 1));
  unlink("h"), unlink("d/g");
  same("open", f, birth_of(fd, "", STATX_BTIME));
  put("f", "again");
  same("another of that name", f, birth_of(AT_FDCWD, "f", STATX_BTIME));
  birth_of(AT_FDCWD, "missing", STATX_BTIME);
  end();
  return 0;
}
