/* Control groups: making, joining, freezing, killing, and limits of tasks. */
#include "oracle.h"
#include <dirent.h>
#include <poll.h>
#include <sched.h>
#include <sys/mount.h>

static char top[64], buf[4096];
static volatile int *shared;

/* What a write(2) of the text answers. */
static int put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (fd < 0) return -1;
  int n = write(fd, text, strlen(text)), saved = errno;
  close(fd);
  errno = saved;
  return n < 0 ? -1 : 0;
}
static int number(const char *path, int value) {
  char text[20];
  sprintf(text, "%d", value);
  return put(path, text);
}
static char *get(const char *path) {
  int fd = open(path, O_RDONLY);
  int n = fd < 0 ? -1 : read(fd, buf, sizeof buf - 1);
  if (n < 0) return strcpy(buf, strerrorname_np(errno));
  close(fd);
  buf[n] = 0;
  return buf;
}
static void show(const char *path) { printf("%s: %s\n", path, get(path)); }
/* One line of a file of several. */
static void line(const char *path, const char *name) {
  char *at = strstr(get(path), name);
  printf("%s: %.*s\n", path, at ? (int)strcspn(at, "\n") : 0, at);
}
/* Whether a file lists that number alone. */
static int only(const char *path, int value) {
  char text[20];
  sprintf(text, "%d\n", value);
  return !strcmp(get(path), text);
}
/* Where a process is in the hierarchy of these controllers, below our own top. */
static void where(int pid, const char *controllers) {
  char path[40], want[40];
  sprintf(path, "/proc/%d/cgroup", pid);
  sprintf(want, ":%s:", controllers);
  char *at = strstr(get(path), want);
  at = at ? strstr(at, top) : 0;
  printf("it is in %.*s\n", at ? (int)strcspn(at + strlen(top), "\n") : 1, at ? at + strlen(top) : "?");
}
static int child(void) {
  int pid = fork();
  if (pid) return pid;
  for (;;) ++*shared;
}
static int counts(void) {
  int before = *shared;
  for (int i = 0; i < 100; i++) {
    usleep(10000);
    if (*shared != before) return 1;
  }
  return 0;
}
static int ended(int pid) {
  int status = -1;
  waitpid(pid, &status, 0);
  return status;
}

static void names(void) {
  const char *files[] = {"cgroup.controllers", "cgroup.events", "cgroup.freeze", "cgroup.kill", "cgroup.procs", "cgroup.stat", "cgroup.subtree_control", "cgroup.threads", "cgroup.type", "cpu.stat", "tasks"};
  struct stat st;
  OK(mkdir("a", 0750));
  for (unsigned i = 0; i < sizeof files / sizeof *files; i++) {
    char path[60];
    sprintf(path, "a/%s", files[i]);
    printf("%s: %o\n", path, stat(path, &st) ? 0 : st.st_mode & 0777 & (strstr(path, ".type") || strstr(path, ".events") ? 0444 : 0777));
  }
  R(mkdir("a", 0755));
  R(mkdir("a/cgroup.procs", 0755));
  R(mkdir("a\nb", 0755));
  R(mkdir("a/b", 0755));
  R(mkdir("a/b/c", 0755));
  R(stat("a", &st));
  printf("mode %o, links %d, owner %d\n", st.st_mode, (int)st.st_nlink, st.st_uid);
  R(open("a/new", O_CREAT | O_WRONLY, 0644));
  R(unlink("a/cgroup.procs"));
  R(symlink("x", "a/link"));
  R(rmdir("a/cgroup.procs"));
  R(rmdir("a/none"));
  R(rmdir("a/b"));
  R(chown("a/cgroup.procs", 5, 6));
  R(chmod("a/cgroup.procs", 0600));
  R(stat("a/cgroup.procs", &st));
  printf("mode %o, owner %d %d\n", st.st_mode, st.st_uid, st.st_gid);
  line("a/cgroup.stat", "nr_descendants");
  show("a/cgroup.type");
  show("a/cgroup.procs");
  int kept = open("a/b/c/cgroup.procs", O_RDWR), dir = open("a/b/c", O_DIRECTORY);
  R(rmdir("a/b/c"));
  R(rmdir("a/b"));
  R(rmdir("a"));
  R(access("a", F_OK));
  R(read(kept, buf, 10));
  R(write(kept, "0", 1));
  R(mkdirat(dir, "d", 0755));
  R(openat(dir, "cgroup.procs", O_RDONLY));
  close(kept);
  close(dir);
}

static void members(void) {
  OK(mkdir("m", 0755));
  OK(mkdir("m/n", 0755));
  R(put("m/cgroup.procs", "x"));
  R(put("m/cgroup.procs", "-1"));
  R(put("m/cgroup.procs", "4194303"));
  R(put("m/cgroup.procs", "99999999999"));
  R(put("m/cgroup.subtree_control", "+nosuch"));
  R(put("m/cgroup.subtree_control", "+cpuset"));
  R(put("m/cgroup.subtree_control", "+io"));
  R(put("m/cgroup.subtree_control", "-io"));
  R(put("m/cgroup.subtree_control", "pids"));
  R(put("m/cgroup.type", "other"));
  R(put("m/cgroup.freeze", "2"));
  R(put("m/cgroup.freeze", "x"));
  R(put("m/cgroup.kill", "0"));
  R(put("m/cgroup.events", "1"));
  line("m/cgroup.events", "populated");
  int pid = child();
  R(number("m/n/cgroup.procs", pid));
  where(pid, "");
  printf("listed %d %d\n", only("m/n/cgroup.procs", pid), only("m/n/cgroup.threads", pid));
  show("m/cgroup.procs");
  line("m/cgroup.events", "populated");
  R(number("m/cgroup.threads", pid));
  R(number("m/n/cgroup.threads", pid));
  R(rmdir("m/n"));
  R(put("m/cgroup.freeze", "1"));
  show("m/cgroup.freeze");
  show("m/n/cgroup.freeze");
  usleep(300000);
  line("m/n/cgroup.events", "frozen");
  printf("counts %d\n", counts());
  R(number("cgroup.procs", pid));
  printf("counts outside %d\n", counts());
  R(number("m/n/cgroup.procs", pid));
  usleep(300000);
  printf("counts inside %d\n", counts());
  R(put("m/cgroup.freeze", "0"));
  printf("counts %d\n", counts());
  R(put("m/n/cgroup.freeze", "1"));
  usleep(100000);
  kill(pid, SIGKILL);
  printf("frozen, ended with %d\n", ended(pid));
  R(put("m/n/cgroup.freeze", "0"));

  int events = open("m/cgroup.events", O_RDONLY);
  struct pollfd polled = {events, POLLPRI, 0};
  pread(events, buf, sizeof buf, 0);
  R(poll(&polled, 1, 0));
  int first = child(), second = child();
  R(number("m/cgroup.procs", first));
  R(number("m/n/cgroup.procs", second));
  R(poll(&polled, 1, 1000));
  R(put("m/cgroup.kill", "1"));
  printf("killed %d %d\n", ended(first), ended(second));
  line("m/cgroup.events", "populated");
  close(events);
  pid = fork();
  if (pid == 0) {
    put("m/cgroup.procs", "0");
    where(getpid(), "");
    if (fork() == 0) {
      where(getpid(), "");
      _exit(0);
    }
    wait(0);
    _exit(3);
  }
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  show("m/cgroup.procs");
  R(rmdir("m/n"));
  R(rmdir("m"));
  printf("ended with %d\n", ended(pid));
}

static void limits(const char *controllers) {
  OK(mkdir("p", 0755));
  OK(mkdir("p/q", 0755));
  int v2 = !*controllers;
  if (v2) put("p/cgroup.subtree_control", "+pids");
  show("p/q/pids.max");
  show("p/q/pids.current");
  R(put("p/q/pids.max", "-1"));
  R(put("p/q/pids.max", "x"));
  R(put("p/q/pids.max", "99999999"));
  R(put("p/q/pids.max", "0"));
  show("p/q/pids.max");
  R(put("p/q/pids.max", "max"));
  R(put("p/pids.max", "3"));
  int pid = fork();
  if (pid == 0) {
    put("p/q/cgroup.procs", "0");
    where(getpid(), controllers);
    int one = child(), two = child();
    show("p/q/pids.current");
    R(fork());
    if (!v2) line("p/pids.events", "max"), line("p/q/pids.events", "max");
    put("p/pids.max", "1");
    show("p/pids.current");
    kill(one, SIGKILL);
    kill(two, SIGKILL);
    ended(one);
    ended(two);
    show("p/pids.current");
    put("p/pids.max", "2");
    one = fork();
    if (one == 0) _exit(7);
    printf("again: %d\n", ended(one));
    R(rmdir("p/q"));
    _exit(0);
  }
  printf("ended with %d\n", ended(pid));
  show("p/pids.current");
  R(rmdir("p/q"));
  R(rmdir("p"));
}

/* Runs in a group of our own at the top of that hierarchy. */
static void inGroup(const char *type, const char *options, void (*test)(void)) {
  char directory[] = "/tmp/oracle-cgroups-XXXXXX";
  mkdtemp(directory);
  if (mount("none", directory, type, 0, options) == 0) {
    chdir(directory);
    mkdir(top, 0755);
    chdir(top);
    if (test) test();
    else limits(options ? options : "");
    chdir("..");
    printf("gone: %d\n", rmdir(top));
    chdir("/");
    umount(directory);
  } else if (options) {
    /* A machine without version 1. */
    inGroup("cgroup2", 0, test);
  } else printf("mount: %s\n", strerrorname_np(errno));
  rmdir(directory);
}

int main(void) {
  sprintf(top, "oracle-%d", getpid());
  shared = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  unshare(CLONE_NEWNS);
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  inGroup("cgroup2", 0, names);
  inGroup("cgroup2", 0, members);
  inGroup("cgroup", "pids", 0);
}
