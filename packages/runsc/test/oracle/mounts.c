/* Mounts inside: tmpfs, bind, move, pivot_root, chroot, umount, namespaces; what mountinfo shows. */
#include "file-oracle.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>

static char buf[8192];
static void show(const char *path) {
  int fd = open(path, O_RDONLY);
  long n = fd < 0 ? -1 : read(fd, buf, 200);
  if (n < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %.*s\n", path, (int)n, buf);
  close(fd);
}
/* Mount points below the working directory: fields 4 (root) and 5, options, type. */
static void mounts(void) {
  char cwd[200];
  getcwd(cwd, sizeof cwd);
  FILE *in = fopen("/proc/self/mountinfo", "r");
  char line[1000];
  while (fgets(line, sizeof line, in)) {
    char root[300], point[300], options[300];
    sscanf(line, "%*d %*d %*s %299s %299s %299s", root, point, options);
    if (strncmp(point, cwd, strlen(cwd))) continue;
    char *type = strstr(line, " - ");
    char *at = strstr(root, "oracle-");
    printf("mount %s on .%s %s %.6s\n", at ? at + 13 : root, point + strlen(cwd), options, type + 3);
  }
  fclose(in);
}

/* What mountinfo says of how the file system on "m" is written to. */
static void writing(void) {
  FILE *in = fopen("/proc/self/mountinfo", "r");
  char line[1000], last[1000] = "";
  while (fgets(line, sizeof line, in)) {
    char point[300];
    sscanf(line, "%*d %*d %*s %*s %299s", point);
    if (!strcmp(point + strlen(point) - 2, "/m")) strcpy(last, strstr(line, " - "));
  }
  fclose(in);
  printf("m:%s%s\n", strstr(last, "rw,sync") ? " sync" : "", strstr(last, ",dirsync") ? " dirsync" : "");
}

int main(void) {
  begin();
  /* Its mounts end with it, and only then the directory can go. */
  pid_t all = fork();
  if (all > 0) {
    int status = -1;
    waitpid(all, &status, 0);
    end();
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
  }
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdir("t", 0755), mkdir("b", 0755), mkdir("m", 0755), put("file", "below"), put("target", "");
  symlink("t", "lt");
  put("t/hidden", "hidden");
  struct stat st;
  R(mount("none", "t", "tmpfs", 0, "size=64k,mode=0700"));
  S("t");
  show("t/hidden");
  put("t/x", "in tmpfs");
  show("lt/x");
  stat("t", &st);
  struct stat up;
  stat("t/..", &up);
  printf("devices differ %d, .. is below %d\n", st.st_dev != up.st_dev, (int)up.st_nlink > 0);
  int big = open("t/big", O_CREAT | O_RDWR, 0600);
  memset(buf, 'b', sizeof buf);
  long total = 0, n;
  while ((n = write(big, buf, sizeof buf)) > 0) total += n;
  printf("fills with %s at most 64k: %d\n", strerrorname_np(errno), total <= 65536 && total > 0);
  R(ftruncate(big, 0));
  close(big);
  R(mount("none", "t", "tmpfs", MS_REMOUNT, "size=128k"));
  R(mount("t", "b", 0, MS_BIND, 0));
  show("b/x");
  stat("b", &up);
  R(st.st_dev == up.st_dev && st.st_ino == up.st_ino);
  R(link("t/x", "b/linked"));
  R(rename("t/x", "b/x2"));
  R(mount("b", "b", 0, MS_BIND | MS_REMOUNT | MS_RDONLY, 0));
  R(open("b/x", O_RDWR));
  R(open("b/new", O_CREAT | O_RDWR, 0600));
  R(mkdir("b/d", 0700));
  R(unlink("b/x"));
  R(rename("b/x", "b/y"));
  R(chmod("b/x", 0600));
  R(chown("b/x", 1, 1));
  R(truncate("b/x", 0));
  R(access("b/x", W_OK));
  R(access("b/x", R_OK));
  R(utimensat(AT_FDCWD, "b/x", 0, 0));
  R(symlink("x", "b/s"));
  R(link("b/x", "b/h"));
  R(rmdir("b/nothing"));
  R(mkdir("b/x", 0700));
  R(open("b/x", O_CREAT | O_RDONLY, 0600) < 0);
  R(close(open("t/y", O_CREAT | O_RDWR, 0600)));
  mounts();
  R(umount("missing"));
  R(umount("m"));
  R(umount("file"));
  R(umount(BAD));
  R(umount2("b", 0x100));
  R(umount2("b", MNT_EXPIRE | MNT_DETACH));
  int fd = open("b/y", O_RDONLY);
  R(umount("b"));
  close(fd);
  R(umount("b"));
  R(umount("b"));
  chdir("t");
  R(umount("../t"));
  chdir("..");
  R(umount2("lt", UMOUNT_NOFOLLOW));
  /* a file on a file */
  R(mount("file", "target", 0, MS_BIND, 0));
  show("target");
  R(unlink("target"));
  R(rename("target", "t2"));
  R(rename("file", "target"));
  R(mount("file", "m", 0, MS_BIND, 0));
  R(mount("m", "target", 0, MS_BIND, 0));
  R(umount("target"));
  R(rmdir("t"));
  R(rename("t", "t3"));
  R(unlink("t"));
  /* mount flags */
  R(mount("none", "m", "tmpfs", MS_NODEV | MS_NOSUID | MS_NOEXEC, 0));
  mknod("m/null", S_IFCHR | 0666, 0x103);
  R(open("m/null", O_RDWR));
  put("m/run", "#!/bin/sh\n"), chmod("m/run", 0755);
  R(execl("m/run", "run", (char *)0));
  R(access("m/run", X_OK));
  R((long)mmap(0, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, open("m/run", O_RDONLY), 0));
  struct statvfs sv;
  statvfs("m", &sv);
  printf("%lx\n", sv.f_flag & (ST_NODEV | ST_NOSUID | ST_NOEXEC | ST_RDONLY));
  R(umount2("m", MNT_DETACH));
  R(mount("none", "m", "tmpfs", MS_RDONLY, 0));
  R(mkdir("m/x", 0755));
  R(umount("m"));
  R(mount("none", "m", "tmpfs", MS_SYNCHRONOUS | MS_DIRSYNC, 0));
  writing();
  R(mount(0, "m", 0, MS_REMOUNT, 0));
  writing();
  R(umount("m"));
  R(mount("none", "m", "nosuchfs", 0, 0));
  R(mount("none", "m", 0, 0, 0));
  R(mount("none", "m", BAD, 0, 0));
  R(mount("none", "missing", "tmpfs", 0, 0));
  R(mount("none", "file", "tmpfs", 0, 0));
  R(mount("none", "m", "tmpfs", 0, "size=bad"));
  R(mount("none", "m", "tmpfs", 0, "unknown=1"));
  R(mount("none", "m", 0, MS_REMOUNT, 0));
  R(mount("missing", "m", 0, MS_BIND, 0));
  R(mount(0, "m", 0, MS_BIND, 0));
  R(mount(0, "m", 0, MS_PRIVATE, 0));
  R(mount(0, "t", 0, MS_PRIVATE | MS_SHARED, 0));
  R(mount("proc", "m", "proc", 0, 0));
  R(access("m/self/status", R_OK));
  R(umount("m"));
  /* stacking and recursion */
  R(mount("none", "m", "tmpfs", 0, 0));
  put("m/first", "1");
  R(mount("none", "m", "tmpfs", 0, 0));
  R(access("m/first", F_OK));
  mkdir("m/sub", 0755);
  R(mount("none", "m/sub", "tmpfs", 0, 0));
  put("m/sub/deep", "d");
  R(umount("m"));
  R(mount("m", "b", 0, MS_BIND, 0));
  R(access("b/sub/deep", F_OK));
  R(umount("b"));
  R(mount("m", "b", 0, MS_BIND | MS_REC, 0));
  R(access("b/sub/deep", F_OK));
  mounts();
  R(umount2("b", MNT_DETACH));
  R(umount("m/sub"));
  R(umount("m"));
  R(access("m/first", F_OK));
  mkdir("place", 0755);
  R(mount("m", "place", 0, MS_MOVE, 0));
  R(access("m/first", F_OK));
  R(access("place/first", F_OK));
  R(mount("place", "place", 0, MS_MOVE, 0));
  mkdir("place/in", 0755);
  R(mount("place", "place/in", 0, MS_MOVE, 0));
  R(mount("b", "m", 0, MS_MOVE, 0));
  R(umount("place"));
  /* an unmounted file system lives while it is used */
  mount("none", "m", "tmpfs", 0, 0);
  put("m/kept", "kept");
  fd = open("m", O_RDONLY | O_DIRECTORY);
  R(umount2("m", MNT_DETACH));
  R(access("m/kept", F_OK));
  R(faccessat(fd, "kept", F_OK, 0));
  R(openat(fd, "..", O_RDONLY) < 0);
  R(mount("m", "b", 0, MS_BIND, 0));
  close(fd);
  R(umount("b"));
  /* permissions */
  AS(1000, 1000, {
    R(mount("none", "m", "tmpfs", 0, 0));
    R(umount("t"));
    R(umount("m"));
    R(chroot("."));
    R(unshare(CLONE_NEWNS));
    R(syscall(SYS_pivot_root, ".", "."));
  });
  /* another namespace: its mounts are its own */
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    R(unshare(CLONE_NEWNS));
    R(mount("none", "m", "tmpfs", 0, 0));
    put("m/private", "p");
    R(access("m/private", F_OK));
    R(umount("t"));
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  R(access("m/private", F_OK));
  R(access("t/y", F_OK));
  /* chroot */
  mkdir("root", 0755), mkdir("root/etc", 0755), put("root/etc/passwd", "inside"), symlink("/etc/passwd", "root/link"), symlink("../../../etc/passwd", "root/up");
  fflush(stdout);
  c = fork();
  if (!c) {
    int out = open(".", O_RDONLY);
    R(chroot("missing"));
    R(chroot("file"));
    R(chroot(BAD));
    R(chroot("root"));
    R(getcwd(buf, sizeof buf) == 0);
    R(syscall(SYS_getcwd, buf, sizeof buf) > 0);
    printf("%.13s\n", buf);
    R(chdir("/"));
    show("/etc/passwd");
    show("/link");
    show("up");
    show("../../etc/passwd");
    R(access("/../file", F_OK));
    R(faccessat(out, "file", F_OK, 0));
    R(fchdir(out));
    R(access("../tmp", F_OK));
    R(access("file", F_OK));
    puts(getcwd(buf, sizeof buf) ? buf : strerrorname_np(errno));
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  /* pivot_root */
  fflush(stdout);
  c = fork();
  if (!c) {
    R(unshare(CLONE_NEWNS));
    R(syscall(SYS_pivot_root, "root", "root/etc"));
    R(mount("root", "root", 0, MS_BIND, 0));
    mkdir("root/old", 0755);
    R(syscall(SYS_pivot_root, "missing", "root/old"));
    R(syscall(SYS_pivot_root, "file", "root/old"));
    R(syscall(SYS_pivot_root, "root", "b"));
    R(syscall(SYS_pivot_root, "root", "root/old"));
    R(chdir("/"));
    show("/etc/passwd");
    R(access("/old/usr", F_OK));
    R(umount2("/old", MNT_DETACH));
    R(access("/old/usr", F_OK));
    show("/link");
    R(umount("/"));
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  /* Over the working directory. */
  R(mkdir("under", 0755));
  R(chdir("under"));
  R(mount("over", "../under", "tmpfs", 0, 0));
  R(mount("over", "../under", "tmpfs", 0, 0));
  R(umount("."));
  R(umount("."));
  R(umount("."));
  R(chdir(".."));
  R(umount("t"));
  show("t/hidden");
}
