/* Shared by the oracle programs about overlays: layers in a tmpfs, and all that they hold. */
#include "file-oracle.h"
#include <sched.h>
#include <sys/ioctl.h>
#include <grp.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

/* Attribute names, with the value if it is one letter, else its length. */
static void attributes(const char *path) {
  char names[2000], value[300];
  char *each[50];
  int count = 0;
  ssize_t length = llistxattr(path, names, sizeof names);
  for (ssize_t at = 0; at < length; at += strlen(names + at) + 1) each[count++] = names + at;
  qsort(each, count, sizeof *each, by_name);
  for (int i = 0; i < count; i++) {
    ssize_t size = lgetxattr(path, each[i], value, sizeof value - 1);
    if (size == 1) printf(" %s=%c", each[i], value[0]);
    else printf(" %s:%ld", each[i], (long)size);
  }
}
static void one(const char *path, const char *shown) {
  struct stat st;
  if (lstat(path, &st)) { printf("  %s: %s\n", shown, strerrorname_np(errno)); return; }
  printf("  %s %o links %ld owner %d:%d", shown, st.st_mode, (long)st.st_nlink, st.st_uid, st.st_gid);
  if (S_ISCHR(st.st_mode) || S_ISBLK(st.st_mode)) printf(" rdev %d:%d", major(st.st_rdev), minor(st.st_rdev));
  else if (!S_ISDIR(st.st_mode)) printf(" size %ld", (long)st.st_size);
  if (S_ISREG(st.st_mode)) {
    char text[41] = "";
    int fd = open(path, O_RDONLY);
    ssize_t got = fd < 0 ? -1 : read(fd, text, 40);
    close(fd);
    if (got > 0 && text[got - 1] == '\n') got--;
    if (got >= 0) text[got] = 0;
    printf(" \"%s\"", got < 0 ? strerrorname_np(errno) : text);
  }
  if (S_ISLNK(st.st_mode)) {
    char text[100];
    ssize_t got = readlink(path, text, sizeof text - 1);
    printf(" -> %.*s", (int)got, text);
  }
  attributes(path);
  puts("");
}
/* A directory and all below it, and whether readdir and stat agree. */
static void tree(const char *top, const char *shown) {
  DIR *dir = opendir(top);
  struct dirent *entry;
  char *names[500];
  int count = 0;
  struct stat here;
  one(top, shown);
  if (!dir) { printf("  %s: opendir %s\n", shown, strerrorname_np(errno)); return; }
  stat(top, &here);
  while ((entry = readdir(dir))) {
    char path[2000];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", top, entry->d_name);
    if (!strcmp(entry->d_name, "..")) continue;
    /* Directories of lower layers alone show their whiteouts. */
    if (lstat(path, &st)) continue;
    if (st.st_ino != entry->d_ino) printf("  %s: d_ino differs from st_ino\n", path);
    if (st.st_dev != here.st_dev) printf("  %s: st_dev differs\n", path);
    if (IFTODT(st.st_mode) != entry->d_type) printf("  %s: d_type %d\n", path, entry->d_type);
    if (strcmp(entry->d_name, ".")) names[count++] = strdup(entry->d_name);
  }
  closedir(dir);
  qsort(names, count, sizeof *names, by_name);
  for (int i = 0; i < count; i++) {
    char path[2000], below[2000];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", top, names[i]);
    /* Names in the work directory are numbered. */
    snprintf(below, sizeof below, "%s/%s", shown, names[i][0] == '#' ? "#" : names[i]);
    if (!lstat(path, &st) && S_ISDIR(st.st_mode)) tree(path, below);
    else one(path, below);
    free(names[i]);
  }
}
static void show(const char *what) {
  printf("-- %s\n", what);
  tree(what, what);
  fflush(stdout);
}
/* The last overlay in the table: flags and options. */
static void options(void) {
  char line[9000], last[9000] = "none\n";
  FILE *in = fopen("/proc/self/mountinfo", "r");
  while (fgets(line, sizeof line, in)) {
    char *type = strstr(line, " - overlay ");
    if (type) strcpy(last, type);
  }
  fclose(in);
  printf("  %s", last);
  fflush(stdout);
}
#define OVERLAY(data) R(mount("over", "m", "overlay", 0, data))
#define ALL "lowerdir=l1:l2,upperdir=u,workdir=w"
static int is_same(const char *a, const char *b) {
  struct stat x, y;
  if (lstat(a, &x) || lstat(b, &y)) return -1;
  return x.st_ino == y.st_ino;
}
static int same_number(const char *path, ino_t ino) {
  struct stat st;
  return lstat(path, &st) ? -1 : st.st_ino == ino;
}
static ino_t number(const char *path) {
  struct stat st;
  return lstat(path, &st) ? 0 : st.st_ino;
}
static void times(const char *path, long seconds) {
  struct timespec both[2] = {{seconds, 5}, {seconds + 1, 6}};
  utimensat(AT_FDCWD, path, both, AT_SYMLINK_NOFOLLOW);
}
static void show_times(const char *path) {
  struct stat st;
  if (lstat(path, &st)) printf("  %s: %s\n", path, strerrorname_np(errno));
  else printf("  %s: %ld.%ld %ld.%ld\n", path, (long)st.st_atim.tv_sec, st.st_atim.tv_nsec, (long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}
static void append(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_APPEND);
  printf("append %s: %s\n", path, fd < 0 ? strerrorname_np(errno) : write(fd, text, strlen(text)) < 0 ? strerrorname_np(errno) : "ok");
  close(fd);
}
static int exchange(const char *a, const char *b, int flags) { return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, flags); }

static void layers(void) {
  mkdir("l1", 0755), mkdir("l2", 0755), mkdir("u", 0755), mkdir("w", 0755), mkdir("m", 0755), mkdir("m2", 0755);
  put("l1/both", "upper of the lower\n"), put("l2/both", "lowest\n");
  put("l1/one", "one\n"), put("l2/two", "two\n");
  mkdir("l1/dir", 0750), mkdir("l2/dir", 0711);
  put("l1/dir/a", "a1\n"), put("l2/dir/a", "a2\n"), put("l2/dir/b", "b\n");
  mkdir("l1/dir/deep", 0755), mkdir("l1/dir/deep/er", 0700), put("l1/dir/deep/er/file", "deep\n");
  mkdir("l1/opaque", 0755), mkdir("l2/opaque", 0755), put("l2/opaque/hidden", "no\n"), put("l1/opaque/shown", "yes\n");
  setxattr("l1/opaque", "trusted.overlay.opaque", "y", 1, 0);
  mkdir("l2/gone", 0755), put("l2/gone/x", "x"), mknod("l1/gone", S_IFCHR, 0), put("l2/gone2", "x"), mknod("l1/gone2", S_IFCHR, 0);
  mkdir("l2/mixed", 0755), put("l1/mixed", "a file over a directory\n"), put("l2/mixed/x", "");
  put("l2/mixed2", "file below"), mkdir("l1/mixed2", 0755), put("l1/mixed2/in", "in\n");
  symlink("dir/a", "l1/link"), mkfifo("l1/fifo", 0640), mknod("l1/null", S_IFCHR | 0666, makedev(1, 3));
  put("l1/hard", "hard\n"), link("l1/hard", "l1/hard2");
  put("l1/script", "x\n"), chmod("l1/script", 04755), chown("l1/script", 5, 6);
  setxattr("l1/one", "user.colour", "red", 3, 0), setxattr("l1/one", "trusted.kept", "k", 1, 0);
  mkdir("l2/only", 0755), put("l2/only/f", "f\n"), mkdir("l2/empty", 0755);
  mkdir("l2/big", 0755);
  for (int i = 0; i < 40; i++) {
    char name[50];
    sprintf(name, "l2/big/file%d", i);
    put(name, "n");
  }
  times("l1/one", 1000), times("l1/dir", 2000), times("l1/link", 3000), times("l1/dir/a", 4000);
}
static void unlayer(void) {
  chdir("/");
  chdir(oracle_directory);
  while (umount2("t", MNT_DETACH) == 0) ;
  mount("none", "t", "tmpfs", 0, "mode=755");
  chdir("t");
  layers();
}

static void begin_layers(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); exit(1); }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdir("t", 0755);
  unlayer();
}
static void end_layers(void) {
  chdir(oracle_directory);
  umount2("t", MNT_DETACH);
  end();
}
