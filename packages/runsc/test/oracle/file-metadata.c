/* chmod, chown, times, stat, statx, statfs, access, extended attributes: values, rules and refusals. */
#include "file-oracle.h"
#include <linux/stat.h>
#include <sys/statfs.h>
#include <sys/statvfs.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <utime.h>

static char buf[70000];
static void times(const char *path) {
  struct stat st;
  lstat(path, &st);
  printf("%s: atime %ld.%09ld mtime %ld.%09ld\n", path, st.st_atim.tv_sec, st.st_atim.tv_nsec, st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}
static int ut(int fd, const char *path, long a, long an, long m, long mn, int flags) {
  struct timespec ts[2] = {{a, an}, {m, mn}};
  return syscall(SYS_utimensat, fd, path, ts, flags);
}
static int statx_(int fd, const char *path, int flags, unsigned mask, void *out) { return syscall(SYS_statx, fd, path, flags, mask, out); }

int main(void) {
  begin();
  put("f", "content");
  mkdir("d", 0755);
  symlink("f", "l");
  symlink("missing", "dang");
  struct stat st;
  R(chmod("f", 07777)); S("f");
  R(chmod("f", 0177777)); S("f");
  R(chmod("l", 0600)); S("f");
  R(chmod("dang", 0600));
  R(chmod("", 0600));
  R(chmod(BAD, 0600));
  R(fchmod(-1, 0600));
  R(syscall(SYS_fchmodat, AT_FDCWD, "l", 0611, 0));
  S("f");
  R(syscall(452, AT_FDCWD, "l", 0600, AT_SYMLINK_NOFOLLOW));
  R(syscall(452, AT_FDCWD, "f", 0644, AT_SYMLINK_NOFOLLOW));
  R(syscall(452, AT_FDCWD, "f", 0644, 0x4000));
  R(syscall(452, open("f", O_PATH), "", 0640, AT_EMPTY_PATH));
  S("f");
  /* Owners, and what they do to set-ID bits. */
  int modes[] = {06755, 02744, 06711, 01777, 06600};
  for (int i = 0; i < 5; i++) {
    chmod("f", modes[i]);
    R(chown("f", 1000, 1000)); S("f");
    chmod("f", modes[i]);
    R(chown("f", -1, -1)); S("f");
    chmod("f", modes[i]);
    int fd = open("f", O_RDWR);
    R(write(fd, "x", 1)); S("f");
    R(ftruncate(fd, 3)); S("f");
    close(fd);
    AS(1000, 1000, {
      chmod("f", modes[i]);
      S("f");
      int fd = open("f", O_RDWR);
      R(write(fd, "", 0)); S("f");
      R(write(fd, "x", 1)); S("f");
      chmod("f", modes[i]);
      R(ftruncate(fd, 3)); S("f");
      chmod("f", modes[i]);
      R(truncate("f", 3)); S("f");
      chmod("f", modes[i]);
      R(close(open("f", O_WRONLY | O_TRUNC))); S("f");
      chmod("f", modes[i]);
      R(chown("f", -1, -1)); S("f");
      R(chown("f", 1000, 1000)); S("f");
      R(chown("f", 0, -1));
      R(chown("f", -1, 0));
      R(chown("f", 1000, 5));
    });
  }
  chmod("d", 06777);
  R(chown("d", 1, 2)); S("d");
  R(lchown("l", 7, 8)); S("l"), S("f");
  R(lchown("dang", 7, 8)); S("dang");
  R(chown("dang", 7, 8));
  R(fchown(-1, 0, 0));
  R(fchownat(AT_FDCWD, "f", 3, 4, 0x8000));
  R(fchownat(AT_FDCWD, "", 3, 4, 0));
  R(fchownat(open("f", O_PATH), "", 3, 4, AT_EMPTY_PATH)); S("f");
  chmod("f", 0644), chown("f", 1000, 2000);
  AS(1001, 2000, {
    R(chmod("f", 0777));
    R(chown("f", -1, 2000));
    R(chown("f", -1, -1));
    R(utime("f", 0));
    R(ut(AT_FDCWD, "f", 1, 1, 1, 1, 0));
    R(ut(AT_FDCWD, "f", 0, UTIME_NOW, 0, UTIME_NOW, 0));
    R(ut(AT_FDCWD, "f", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
    R(ut(AT_FDCWD, "f", 0, UTIME_OMIT, 0, UTIME_NOW, 0));
  });
  AS(1000, 3000, {
    R(chmod("f", 02755)); S("f");
    R(chown("f", -1, 3000)); S("f");
    R(chown("f", -1, 4000));
    R(chmod("f", 02755)); S("f");
    R(chmod("f", 0400));
    R(ut(AT_FDCWD, "f", 1, 1, 1, 1, 0));
  });
  chmod("f", 0666);
  AS(1001, 1, {
    R(utime("f", 0));
    R(ut(AT_FDCWD, "f", 1, 1, 1, 1, 0));
    R(ut(AT_FDCWD, "f", 0, UTIME_NOW, 1, 1, 0));
    R(ut(AT_FDCWD, "f", 0, UTIME_OMIT, 0, UTIME_NOW, 0));
    R(open("f", O_RDONLY | O_NOATIME));
  });
  /* Times. */
  R(ut(AT_FDCWD, "f", 1, 2, 3, 4, 0)); times("f");
  R(ut(AT_FDCWD, "l", 5, 6, 7, 8, AT_SYMLINK_NOFOLLOW)); times("l"), times("f");
  R(ut(AT_FDCWD, "f", 9, UTIME_OMIT, 10, 11, 0)); times("f");
  R(ut(AT_FDCWD, "f", -5, 5, -1, 999999999, 0)); times("f");
  R(ut(AT_FDCWD, "f", 0, 1000000000, 0, 0, 0));
  R(ut(AT_FDCWD, "f", 0, -1, 0, 0, 0));
  R(ut(AT_FDCWD, "f", 1L << 33, 0, 1L << 32, 0, 0)); times("f");
  R(ut(AT_FDCWD, "f", 1, 0, 1, 0, 0x4000));
  R(ut(AT_FDCWD, "missing", 0, UTIME_OMIT, 0, UTIME_OMIT, 0));
  R(ut(AT_FDCWD, "missing", 0, 0, 0, 0, 0));
  R(ut(AT_FDCWD, 0, 0, 0, 0, 0, 0));
  R(ut(99, 0, 0, 0, 0, 0, 0));
  int fd = open("f", O_RDONLY);
  R(ut(fd, 0, 20, 0, 30, 0, 0)); times("f");
  R(ut(fd, "", 21, 0, 31, 0, AT_EMPTY_PATH)); times("f");
  R(ut(fd, 0, 20, 0, 30, 0, AT_SYMLINK_NOFOLLOW));
  R(ut(open("f", O_PATH), 0, 20, 0, 30, 0, 0));
  R(syscall(SYS_utimensat, AT_FDCWD, "f", BAD, 0));
  struct timeval tv[2] = {{1, 999999}, {2, 1000000}};
  R(syscall(SYS_utimes, "f", tv));
  tv[1].tv_usec = 5;
  R(syscall(SYS_utimes, "f", tv)); times("f");
  struct utimbuf ub = {100, 200};
  R(utime("f", &ub)); times("f");
  R(syscall(SYS_utime, "f", BAD));
  /* stat and statx */
  R(stat("f", &st)); printf("%d %ld\n", (int)st.st_nlink, (long)st.st_size);
  R(stat("", &st));
  R(stat(BAD, &st));
  R(syscall(SYS_stat, "f", BAD));
  R(fstat(-1, &st));
  R(fstatat(AT_FDCWD, "", &st, AT_EMPTY_PATH)); printf("%o\n", st.st_mode);
  R(fstatat(AT_FDCWD, "f", &st, 0x8));
  R(fstatat(AT_FDCWD, "f", &st, AT_NO_AUTOMOUNT));
  R(syscall(SYS_newfstatat, fd, 0, &st, AT_EMPTY_PATH));
  R(fstatat(fd, "", &st, 0));
  R(fstatat(fd, "x", &st, 0));
  struct statx sx;
  memset(&sx, 0, sizeof sx);
  R(statx_(AT_FDCWD, "f", 0, STATX_BASIC_STATS | STATX_BTIME, &sx));
  printf("mask %x mode %o links %d uid %d gid %d size %ld blksize %d rdev %d:%d attributes mask %d\n", sx.stx_mask & 0xfff, sx.stx_mode, sx.stx_nlink, sx.stx_uid, sx.stx_gid, (long)sx.stx_size, sx.stx_blksize, sx.stx_rdev_major, sx.stx_rdev_minor, (sx.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT) != 0);
  R(statx_(AT_FDCWD, "f", 0, 0, &sx)); printf("%x\n", sx.stx_mask & 0x73f);
  R(statx_(AT_FDCWD, "/", 0, STATX_MNT_ID, &sx)); printf("%d\n", (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0);
  R(statx_(AT_FDCWD, "f", 0, 0x80000000, &sx));
  R(statx_(AT_FDCWD, "f", AT_STATX_SYNC_TYPE, STATX_SIZE, &sx));
  R(statx_(AT_FDCWD, "f", AT_STATX_DONT_SYNC, STATX_SIZE, &sx));
  R(statx_(AT_FDCWD, "f", 1, STATX_SIZE, &sx));
  R(statx_(AT_FDCWD, "f", 0, STATX_SIZE, BAD));
  R(statx_(AT_FDCWD, BAD, 0, STATX_SIZE, &sx));
  R(statx_(AT_FDCWD, "", 0, STATX_SIZE, &sx));
  R(statx_(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx));
  R(statx_(fd, 0, AT_EMPTY_PATH, STATX_SIZE, &sx));
  R(statx_(AT_FDCWD, "l", AT_SYMLINK_NOFOLLOW, STATX_TYPE, &sx)); printf("%o\n", sx.stx_mode);
  int p[2];
  pipe(p);
  fstat(p[0], &st), printf("pipe %o %d\n", st.st_mode, (int)st.st_blksize);
  stat("/dev/null", &st), printf("null %o %lx\n", st.st_mode, (long)st.st_rdev);
  stat("/dev/full", &st), printf("full %o %lx\n", st.st_mode, (long)st.st_rdev);
  stat("/dev/urandom", &st), printf("urandom %o %lx\n", st.st_mode, (long)st.st_rdev);
  stat("/dev/tty", &st), printf("tty %o %lx\n", st.st_mode & ~077, (long)st.st_rdev);
  put("big", ""), truncate("big", 100000);
  stat("big", &st), printf("blocks %d\n", (int)st.st_blocks);
  struct statfs sf;
  struct statvfs sv;
  R(statfs("/proc", &sf)); printf("%lx %ld %ld %ld\n", (long)sf.f_type, (long)sf.f_bsize, (long)sf.f_blocks, (long)sf.f_namelen);
  R(statfs("/dev/shm", &sf)); printf("%lx %ld %ld\n", (long)sf.f_type, (long)sf.f_bsize, (long)sf.f_namelen);
  R(statfs("missing", &sf));
  R(statfs(BAD, &sf));
  R(statfs(".", BAD));
  R(statfs(".", &sf)); printf("%ld %ld %d\n", (long)sf.f_bsize, (long)sf.f_namelen, sf.f_blocks >= sf.f_bfree && sf.f_bfree >= sf.f_bavail);
  R(fstatfs(-1, &sf));
  R(fstatfs(p[0], &sf)); printf("%lx\n", (long)sf.f_type);
  /* access */
  chmod("f", 0640), chown("f", 1000, 2000);
  R(access("f", R_OK | W_OK | X_OK));
  R(access("f", R_OK | W_OK));
  R(access("f", F_OK));
  R(access("f", 8));
  R(access("f", -1));
  R(access("missing", F_OK));
  R(access("dang", F_OK));
  R(access("f/", F_OK));
  R(access("", F_OK));
  R(access(BAD, F_OK));
  R(syscall(SYS_faccessat2, AT_FDCWD, "dang", F_OK, AT_SYMLINK_NOFOLLOW));
  R(syscall(SYS_faccessat2, AT_FDCWD, "dang", W_OK, AT_SYMLINK_NOFOLLOW));
  R(syscall(SYS_faccessat2, AT_FDCWD, "f", R_OK, 0x1));
  R(syscall(SYS_faccessat2, fd, "", R_OK, AT_EMPTY_PATH));
  chmod("d", 0700);
  put("d/x", "");
  AS(1000, 1, {
    R(access("f", R_OK | W_OK));
    R(access("f", X_OK));
    R(access("d/x", F_OK));
    R(access("/etc/shadow", R_OK));
    R(access("/proc/1/environ", R_OK));
  });
  AS(5, 2000, {
    R(access("f", R_OK));
    R(access("f", W_OK));
  });
  fflush(stdout);
  if (fork() == 0) {
    syscall(SYS_setgroups, 0, 0);
    syscall(SYS_setresuid, 1001, 0, 0);
    R(access("f", R_OK));
    R(eaccess("f", R_OK));
    R(open("f", O_RDONLY) < 0);
    R(setfsuid(1001));
    R(open("f", O_RDONLY) < 0);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  /* extended attributes */
  put("x", "");
  mkdir("xd", 0755);
  mkfifo("xf", 0644);
  R(setxattr("x", "user.a", "value", 5, 0));
  R(setxattr("x", "user.a", "value2", 6, XATTR_CREATE));
  R(setxattr("x", "user.b", "value2", 6, XATTR_REPLACE));
  R(setxattr("x", "user.a", "other!", 6, XATTR_REPLACE));
  R(setxattr("x", "user.a", "v", 1, 3));
  R(setxattr("x", "user.a", "v", 1, 4));
  R(setxattr("x", "user.empty", "", 0, 0));
  R(setxattr("x", "user.", "v", 1, 0));
  R(setxattr("x", "", "v", 1, 0));
  R(setxattr("x", "unknown.a", "v", 1, 0));
  R(setxattr("x", "noprefix", "v", 1, 0));
  R(setxattr("x", "trusted.t", "v", 1, 0));
  R(setxattr("x", "security.t", "v", 1, 0));
  R(setxattr("x", "user.big", buf, 65537, 0));
  R(setxattr("x", "user.a", BAD, 5, 0));
  R(setxattr("x", BAD, "v", 1, 0));
  R(setxattr("missing", "user.a", "v", 1, 0));
  R(setxattr("xf", "user.a", "v", 1, 0));
  R(lsetxattr("l", "user.a", "v", 1, 0));
  R(lsetxattr("l", "trusted.a", "v", 1, 0));
  R(setxattr("xd", "user.d", "dir", 3, 0));
  memset(buf, 'n', 300);
  memcpy(buf, "user.", 5);
  buf[255] = 0;
  R(setxattr("x", buf, "v", 1, 0));
  R(removexattr("x", buf));
  buf[255] = 'n', buf[256] = 0;
  R(setxattr("x", buf, "v", 1, 0));
  memset(buf, 0, sizeof buf);
  R(getxattr("x", "user.a", buf, 100)); puts(buf);
  R(getxattr("x", "user.a", buf, 3));
  R(getxattr("x", "user.a", buf, 0));
  R(getxattr("x", "user.a", 0, 0));
  R(getxattr("x", "user.a", BAD, 100));
  R(getxattr("x", "user.empty", buf, 100));
  R(getxattr("x", "user.none", buf, 100));
  R(getxattr("x", "system.none", buf, 100));
  R(getxattr("x", "unknown.none", buf, 100));
  R(getxattr("xf", "user.a", buf, 100));
  R(getxattr("x", "trusted.t", buf, 100));
  R(fgetxattr(open("xd", O_RDONLY), "user.d", buf, 100));
  R(fgetxattr(open("x", O_PATH), "user.a", buf, 100));
  R(fgetxattr(p[0], "user.a", buf, 100));
  R(listxattr("x", buf, 3));
  R(listxattr("x", 0, 0));
  R(listxattr("xf", buf, 100));
  R(removexattr("x", "user.empty"));
  R(removexattr("x", "user.empty"));
  R(removexattr("x", "trusted.t"));
  R(removexattr("x", "security.t"));
  R(listxattr("x", buf, 100)); puts(buf);
  chmod("x", 0644);
  AS(1000, 1000, {
    R(setxattr("x", "user.z", "v", 1, 0));
    R(getxattr("x", "user.a", buf, 100));
    R(setxattr("x", "trusted.z", "v", 1, 0));
    R(getxattr("x", "trusted.z", buf, 100));
    R(setxattr("x", "security.z", "v", 1, 0));
    R(removexattr("x", "user.a"));
  });
  end();
}
