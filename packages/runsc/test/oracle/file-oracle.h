/* Shared by the oracle programs about files: a directory of its own to work in, and what stat says. */
#include "oracle.h"
#include <dirent.h>
#include <ftw.h>

static char oracle_directory[] = "/tmp/oracle-XXXXXX";

static int oracle_remove(const char *path, const struct stat *st, int type, struct FTW *at) {
  if (type == FTW_DP) chmod(path, 0700);
  return remove(path);
}
/* Goes to a new empty directory, mode 0755, umask 022. */
static void begin(void) {
  umask(022);
  if (!mkdtemp(oracle_directory) || chdir(oracle_directory) || chmod(".", 0755)) {
    perror(oracle_directory);
    exit(1);
  }
}
static void end(void) {
  if (chdir("/")) exit(1);
  nftw(oracle_directory, oracle_remove, 20, FTW_DEPTH | FTW_PHYS);
}
/* Type, mode, links, owner and size of a name. */
static void S(const char *path) {
  struct stat st;
  if (lstat(path, &st)) {
    printf("%s: %s\n", path, strerrorname_np(errno));
    return;
  }
  printf("%s: %o links %ld owner %d:%d", path, st.st_mode, S_ISDIR(st.st_mode) ? -1L : (long)st.st_nlink, st.st_uid, st.st_gid);
  if (!S_ISDIR(st.st_mode)) printf(" size %ld", (long)st.st_size);
  puts("");
  fflush(stdout);
}
/* A file with that content. */
static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
  if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text)) perror(path);
  close(fd);
}
/* Runs statements in a child with those ids and no capabilities. */
#define AS(uid, gid, ...) \
  do { \
    fflush(stdout); \
    pid_t oracle_child = fork(); \
    if (oracle_child == 0) { \
      if (syscall(SYS_setgroups, 0, 0) || setresgid(gid, gid, gid) || setresuid(uid, uid, uid)) perror("ids"); \
      printf("as %d:%d\n", uid, gid); \
      __VA_ARGS__; \
      fflush(stdout); \
      _exit(0); \
    } \
    int oracle_status; \
    waitpid(oracle_child, &oracle_status, 0); \
    if (oracle_status) printf("status %x\n", oracle_status); \
  } while (0)
