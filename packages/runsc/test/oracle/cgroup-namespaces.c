/* Cgroup namespaces: paths from their roots, what a mount shows, and clone3 into a group. */
#include "oracle.h"
#include <linux/sched.h>
#include <sched.h>
#include <sys/mount.h>

#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)
#define TOP "/tmp/oracle-cgroup"

/* The unified hierarchy's path of a process. */
static void place(const char *what, pid_t pid) {
  char path[64], line[4096];
  snprintf(path, sizeof path, "/proc/%d/cgroup", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "0::", 3)) printf("%s: %s", what, line + 3);
  if (f) fclose(f);
}
/* Root and place of the mounts below TOP. */
static void mounts(void) {
  char line[4096], root[4096], point[4096];
  FILE *f = fopen("/proc/self/mountinfo", "r");
  while (fgets(line, sizeof line, f))
    if (sscanf(line, "%*d %*d %*s %4095s %4095s", root, point) == 2 && !strncmp(point, TOP, strlen(TOP)))
      printf("mount %s at %s\n", root, point);
  fclose(f);
}
static int put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  int n = write(fd, text, strlen(text)), error = errno;
  close(fd);
  errno = error;
  return n;
}

static void roots(void) {
  puts("-- roots");
  IN_CHILD({
    R(put(TOP "/here/oracle-a/cgroup.procs", "0"));
    pid_t parent = getppid();
    R(unshare(CLONE_NEWCGROUP));
    place("self", getpid());
    place("parent", parent);
    mounts();
    mkdir(TOP "/here/oracle-a/inner", 0700);
    IN_CHILD({
      R(put(TOP "/here/oracle-a/inner/cgroup.procs", "0"));
      place("inner", getpid());
      place("its parent", getppid());
    });
    IN_CHILD({
      R(put(TOP "/here/oracle-b/cgroup.procs", "0"));
      place("beside", getpid());
      R(unshare(CLONE_NEWCGROUP));
      place("beside", getpid());
      place("first", getppid());
    });
    R(mount("none", TOP "/there", "cgroup2", 0, 0));
    mounts();
    R(access(TOP "/there/inner", F_OK));
    R(access(TOP "/there/oracle-a", F_OK));
    R(access(TOP "/there/cgroup.freeze", F_OK));
    R(umount(TOP "/there"));
    int fs = syscall(SYS_fsopen, "cgroup2", 0);
    R(syscall(SYS_fsconfig, fs, FSCONFIG_CMD_CREATE, 0, 0, 0));
    int tree = syscall(SYS_fsmount, fs, 0, 0);
    R(syscall(SYS_move_mount, tree, "", AT_FDCWD, TOP "/there", MOVE_MOUNT_F_EMPTY_PATH));
    mounts();
    close(fs), close(tree);
    R(umount(TOP "/there"));
    rmdir(TOP "/here/oracle-a/inner");
  });
}

static long clone_into(int fd, unsigned long flags) {
  struct clone_args args = {.flags = CLONE_INTO_CGROUP | flags, .exit_signal = SIGCHLD, .cgroup = fd};
  return syscall(SYS_clone3, &args, sizeof args);
}
static void into(void) {
  puts("-- clone3");
  int a = open(TOP "/here/oracle-a", O_PATH | O_DIRECTORY), b = open(TOP "/here/oracle-b", O_RDONLY | O_DIRECTORY);
  int null = open("/dev/null", O_RDONLY), tmp = open("/tmp", O_RDONLY), file = open(TOP "/here/oracle-a/cgroup.procs", O_RDONLY);
  R(clone_into(-1, 0));
  R(clone_into(999, 0));
  R(clone_into(null, 0));
  R(clone_into(tmp, 0));
  R(clone_into(file, 0));
  struct clone_args args = {.flags = CLONE_INTO_CGROUP, .exit_signal = SIGCHLD, .cgroup = a};
  R(syscall(SYS_clone3, &args, CLONE_ARGS_SIZE_VER1));
  args.cgroup = 1ul << 32;
  R(syscall(SYS_clone3, &args, sizeof args));
  fflush(stdout);
  IN_CHILD({
    R(put(TOP "/here/oracle-b/cgroup.procs", "0"));
    R(unshare(CLONE_NEWCGROUP));
    for (int i = 0; i < 2; i++) {
      fflush(stdout);
      if (!clone_into(i ? b : a, 0)) {
        place("child", getpid());
        place("parent", getppid());
        fflush(stdout);
        _exit(0);
      }
      wait(0);
    }
    /* The new namespace begins where the child is. */
    if (!clone_into(a, CLONE_NEWCGROUP)) {
      place("child", getpid());
      fflush(stdout);
      _exit(0);
    }
    wait(0);
  });
  R(put(TOP "/here/oracle-a/pids.max", "0") >= -1);
  mkdir(TOP "/here/oracle-a/sub", 0700);
  int sub = open(TOP "/here/oracle-a/sub", O_RDONLY | O_DIRECTORY);
  IN_CHILD({
    setresuid(1234, 1234, 1234);
    R(clone_into(a, 0));
  });
  rmdir(TOP "/here/oracle-a/sub");
  R(clone_into(sub, 0));
  close(sub), close(a), close(b), close(null), close(tmp), close(file);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  unshare(CLONE_NEWNS | CLONE_NEWCGROUP);
  mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdir(TOP, 0700);
  R(mount("none", TOP, "tmpfs", 0, 0));
  mkdir(TOP "/here", 0700);
  mkdir(TOP "/there", 0700);
  R(mount("none", TOP "/here", "cgroup2", 0, 0));
  mounts();
  mkdir(TOP "/here/oracle-a", 0700);
  mkdir(TOP "/here/oracle-b", 0700);
  roots();
  into();
  R(rmdir(TOP "/here/oracle-a"));
  R(rmdir(TOP "/here/oracle-b"));
  R(umount(TOP "/here"));
  R(umount(TOP));
  R(rmdir(TOP));
}
