/* /proc as programs see it: formats of the files of a process, fd links, mounts, devices. */
#include "file-oracle.h"
#include <ctype.h>
#include <poll.h>
#include <pthread.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>

static char buf[1 << 20];
static long slurp(const char *path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return printf("%s: %s\n", path, strerrorname_np(errno)), buf[0] = 0, -1;
  long n = 0, got;
  while ((got = read(fd, buf + n, sizeof buf - 1 - n)) > 0) n += got;
  if (got < 0) printf("%s: read %s\n", path, strerrorname_np(errno));
  buf[n] = 0;
  close(fd);
  return n;
}
/* Digits as 9, hexadecimal words as h: the shape of a text. */
static void shape(const char *path, int lines) {
  slurp(path);
  char last = 0;
  printf("%s:\n", path);
  for (char *c = buf; *c && lines > 0; c++) {
    char shown = isdigit(*c) ? '9' : *c;
    if (shown == '9' && last == '9') continue;
    if (shown == ' ' && last == ' ') continue;
    putchar(shown);
    last = shown;
    if (*c == '\n') lines--;
  }
}
/* "Name:\t" of each line and whether the value looks like a number, with its unit. */
static void keys(const char *path) {
  slurp(path);
  printf("%s:\n", path);
  for (char *line = strtok(buf, "\n"); line; line = strtok(0, "\n")) {
    char *colon = strchr(line, ':');
    if (!colon) { puts(line); continue; }
    char *value = colon + 1;
    printf("%.*s:%s", (int)(colon - line), line, *value == '\t' ? "\\t" : " ");
    value += strspn(value, " \t");
    int number = isdigit(*value);
    value += strcspn(value, " \t");
    printf("%s%s\n", number ? "9" : "x", strstr(value, "kB") ? " kB" : "");
  }
}
static void links(const char *path) {
  struct stat st;
  if (stat(path, &st)) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %d links\n", path, (int)st.st_nlink);
}
static void *until_told(void *fd) {
  char c;
  return read((int)(long)fd, &c, 1) == 1 ? 0 : fd;
}
/* A program that may fork only while it is alone counts its threads like this. */
static void task_links(void) {
  int told[2];
  pthread_t threads[2];
  links("/proc/self/task");
  pipe(told);
  for (int i = 0; i < 2; i++) pthread_create(&threads[i], 0, until_told, (void *)(long)told[0]);
  links("/proc/self/task");
  links("/proc/thread-self/fd");
  write(told[1], "xx", 2);
  for (int i = 0; i < 2; i++) pthread_join(threads[i], 0);
  char thread[64];
  sprintf(thread, "/proc/%d/task", getpid());
  /* A thread that was joined may not be quite gone. */
  struct stat st;
  for (int i = 0; i < 1000 && !stat(thread, &st) && st.st_nlink > 3; i++) usleep(1000);
  links("/proc/self/task");
  links("/proc/self/fd");
  links("/proc/self/fdinfo");
  links("/proc/self/ns");
  links("/proc/sys");
  links("/proc/sys/kernel");
  links("/proc/sys/kernel/random");
  links("/proc/sys/kernel/pid_max");
  close(told[0]), close(told[1]);
}
static void link_of(const char *what, int fd) {
  char path[64];
  sprintf(path, "/proc/self/fd/%d", fd);
  char target[300] = {0};
  long n = readlink(path, target, 299);
  size_t here = strlen(oracle_directory);
  int inside = !strncmp(target, oracle_directory, here);
  if (inside) memmove(target, target + here, strlen(target + here) + 1);
  char *to = target;
  for (char *c = target; *c; c++)
    if (!isdigit(*c) || to == target || to[-1] != '9') *to++ = isdigit(*c) ? '9' : *c;
  *to = 0;
  struct stat st;
  lstat(path, &st);
  printf("%s -> %s mode %o size %ld\n", what, n < 0 ? strerrorname_np(errno) : inside && !*target ? "directory" : target, st.st_mode, (long)st.st_size);
}

int main(int argc, char **argv) {
  begin();
  put("f", "text");
  /* stat, status, statm */
  prctl(PR_SET_NAME, "a (b) c");
  slurp("/proc/self/stat");
  char *after = strrchr(buf, ')');
  int fields = 0;
  for (char *c = after; *c; c++) fields += *c == ' ';
  int pid, ppid, pgrp, session;
  char state;
  sscanf(buf, "%d", &pid);
  sscanf(after + 2, "%c %d %d %d", &state, &ppid, &pgrp, &session);
  *after = 0;
  printf("%s fields %d pid %d ppid %d pgrp %d session %d state %c\n", strchr(buf, '('), fields, pid == getpid(), ppid == getppid(), pgrp == getpgrp(), session == getsid(0), state);
  prctl(PR_SET_NAME, "oracle");
  shape("/proc/self/statm", 9);
  slurp("/proc/self/status");
  char *fixed[] = {"Name", "Umask", "State", "TracerPid", "Uid", "Gid", "Groups", "Threads", "SigPnd", "ShdPnd", "SigBlk", "SigIgn", "CapAmb", "NoNewPrivs", "Seccomp", 0};
  for (char *line = buf; *line;) {
    char *end = strchr(line, '\n');
    *end = 0;
    for (int i = 0; fixed[i]; i++)
      if (!strncmp(line, fixed[i], strlen(fixed[i])) && line[strlen(fixed[i])] == ':') puts(line);
    line = end + 1;
  }
  shape("/proc/self/limits", 6);
  slurp("/proc/self/cmdline");
  printf("cmdline ends with %s\n", strrchr(buf, '/'));
  slurp("/proc/self/comm"), printf("comm %s", buf);
  R(prctl(PR_SET_NAME, "0123456789abcdefghi"));
  slurp("/proc/self/comm"), printf("comm %s", buf);
  int comm = open("/proc/self/comm", O_RDWR);
  R(write(comm, "written name too long", 21));
  slurp("/proc/self/comm"), printf("comm %s", buf);
  shape("/proc/self/oom_score_adj", 1);
  shape("/proc/self/oom_adj", 1);
  shape("/proc/self/loginuid", 1);
  shape("/proc/self/coredump_filter", 1);
  shape("/proc/self/personality", 1);
  shape("/proc/self/uid_map", 9);
  shape("/proc/self/gid_map", 9);
  shape("/proc/self/setgroups", 9);
  shape("/proc/self/wchan", 1);
  shape("/proc/self/task/../comm", 1);
  shape("/proc/loadavg", 1);
  shape("/proc/uptime", 1);
  shape("/proc/sys/kernel/pid_max", 1);
  shape("/proc/sys/kernel/ngroups_max", 1);
  shape("/proc/sys/kernel/random/uuid", 0);
  shape("/proc/sys/kernel/random/entropy_avail", 1);
  shape("/proc/sys/fs/file-nr", 1);
  shape("/proc/sys/fs/pipe-max-size", 1);
  shape("/proc/sys/net/core/somaxconn", 1);
  shape("/proc/sys/vm/overcommit_memory", 1);
  shape("/proc/sys/vm/max_map_count", 1);
  shape("/proc/filesystems", 1);
  shape("/proc/stat", 1);
  /* maps: the program's own lines */
  slurp("/proc/self/maps");
  int heap = 0, stack = 0, bad = 0, self = 0;
  for (char *line = strtok(buf, "\n"); line; line = strtok(0, "\n")) {
    unsigned long from, to, offset, inode;
    char perms[5], dev[10];
    int at = 0;
    if (sscanf(line, "%lx-%lx %4s %lx %5s %lu%n", &from, &to, perms, &offset, dev, &inode, &at) < 6 || from >= to || strlen(perms) != 4) bad++, puts(line);
    char *name = line + at;
    if (*name == ' ' && strlen(name) > 1 && name - line + strspn(name, " ") != 73) printf("column of %s\n", line);
    heap += !!strstr(line, "[heap]"), stack += !!strstr(line, "[stack]");
    self += !!strstr(line, "proc-self");
  }
  printf("heap %d stack %d bad %d self %d\n", heap, stack, bad, self > 0);
  char *page = mmap(0, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page + 4096, 4096, PROT_NONE);
  int f = open("f", O_RDWR);
  char *m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, f, 0);
  unlink("f");
  char want[64];
  for (int i = 0; i < 2; i++) {
    sprintf(want, "%lx-", (unsigned long)(i ? m : page + 4096));
    slurp("/proc/self/maps");
    char *line = strstr(buf, want);
    if (line) {
      *strchr(line, '\n') = 0;
      printf("%.4s %s\n", strchr(line, ' ') + 1, strrchr(line, '/') ? strrchr(line, '/') : "anonymous");
    } else puts("not found");
  }
  slurp("/proc/self/smaps");
  char *first = strchr(buf, '\n') + 1;
  for (char *line = strtok(first, "\n"); line && strncmp(line, "Anonymous", 9); line = strtok(0, "\n"))
    printf("%.*s%s ", (int)strcspn(line, ":"), line, strstr(line, "kB") ? " kB" : "");
  puts("");
  /* fd */
  int p[2], s[2];
  pipe(p);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  sigset_t set;
  sigemptyset(&set);
  link_of("deleted", f);
  link_of("directory", open(".", O_RDONLY));
  link_of("path", open(".", O_PATH));
  link_of("write", open("w", O_WRONLY | O_CREAT, 0600));
  link_of("pipe read", p[0]);
  link_of("pipe write", p[1]);
  link_of("socket", s[0]);
  link_of("epoll", epoll_create1(0));
  link_of("eventfd", eventfd(0, 0));
  link_of("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
  link_of("signalfd", signalfd(-1, &set, 0));
  link_of("inotify", inotify_init());
  link_of("memfd", memfd_create("mine", 0));
  link_of("tmpfile", open(".", O_TMPFILE | O_RDWR, 0600));
  link_of("proc", open("/proc/self/status", O_RDONLY));
  link_of("null", open("/dev/null", O_RDWR));
  link_of("namespace", open("/proc/self/ns/mnt", O_RDONLY));
  link_of("pidfd", syscall(SYS_pidfd_open, getpid(), 0));
  R(open("/proc/self/fd/9999", O_RDONLY));
  R(open("/proc/self/fd/x", O_RDONLY));
  R(open("/proc/self/fd/01", O_RDONLY));
  sprintf(want, "/proc/self/fdinfo/%d", p[0]);
  shape(want, 9);
  sprintf(want, "/proc/self/fd/%d", s[0]);
  R(open(want, O_RDWR));
  sprintf(want, "/proc/self/fd/%d", f);
  R(open(want, O_RDONLY) < 0);
  struct stat st;
  R(stat(want, &st));
  printf("links %d size %ld\n", (int)st.st_nlink, (long)st.st_size);
  R(rename(want, "x"));
  R(unlink(want));
  R(symlink("x", "/proc/self/fd/77"));
  R(mkdir("/proc/x", 0755));
  R(open("/proc/x", O_CREAT | O_RDWR, 0600));
  R(unlink("/proc/self/status"));
  R(rmdir("/proc/self/fd"));
  R(chmod("/proc/self/status", 0777));
  R(open("/proc/self/status", O_WRONLY) < 0);
  R(truncate("/proc/self/status", 0));
  R(open("/proc/self/mem", O_RDWR) < 0);
  int mem = open("/proc/self/mem", O_RDWR);
  strcpy(page, "in memory");
  R(pread(mem, want, 10, (long)page));
  puts(want);
  R(pwrite(mem, "IN", 2, (long)page));
  puts(page);
  R(pread(mem, want, 10, 0));
  /* environ, cwd, root, exe */
  setenv("NEW", "x", 1);
  slurp("/proc/self/environ");
  printf("environ has it %d\n", !!strstr(buf, "NEW=x"));
  R(readlink("/proc/self", want, 60) > 0);
  R(readlink("/proc/thread-self", want, 60) > 0);
  R(readlink("/proc/self/root", want, 60));
  R(readlink("/proc/self/cwd", want, 3));
  R(access("/proc/self/exe", X_OK));
  char task[64];
  sprintf(task, "/proc/self/task/%d/status", getpid());
  R(access(task, R_OK));
  R(access("/proc/self/task/1/status", R_OK));
  R(access("/proc/99999999", F_OK));
  R(access("/proc/0", F_OK));
  stat("/proc/self/status", &st), printf("status %o size %ld links %d\n", st.st_mode, (long)st.st_size, (int)st.st_nlink);
  stat("/proc/self/fd", &st), printf("fd %o\n", st.st_mode);
  lstat("/proc/self", &st), printf("self %o\n", st.st_mode);
  stat("/proc", &st), printf("proc %o ino %ld\n", st.st_mode, (long)st.st_ino);
  task_links();
  /* entries of a process's directory */
  struct dirent **names;
  char *entries[] = {"auxv", "cgroup", "cmdline", "comm", "cwd", "environ", "exe", "fd", "fdinfo", "limits", "maps", "mem", "mountinfo", "mounts", "ns", "oom_score", "root", "smaps", "stat", "statm", "status", "syscall", "task", "uid_map", "wchan"};
  for (int i = 0; i < sizeof entries / sizeof *entries; i++) {
    sprintf(want, "/proc/self/%s", entries[i]);
    lstat(want, &st);
    printf("%s %o\n", entries[i], st.st_mode);
  }
  int n;
  n = scandir("/proc/self/ns", &names, 0, alphasort);
  for (int i = 0; i < n; i++) printf("%s ", names[i]->d_name);
  puts("");
  /* a zombie */
  pid_t c = fork();
  if (!c) _exit(3);
  siginfo_t info;
  waitid(P_PID, c, &info, WEXITED | WNOWAIT);
  sprintf(want, "/proc/%d/stat", c);
  slurp(want);
  printf("zombie %c\n", strrchr(buf, ')')[2]);
  sprintf(want, "/proc/%d/cmdline", c);
  printf("cmdline %ld\n", slurp(want));
  sprintf(want, "/proc/%d/exe", c);
  R(readlink(want, buf, 100));
  sprintf(want, "/proc/%d/fd", c);
  R(open(want, O_RDONLY) < 0);
  sprintf(want, "/proc/%d/maps", c);
  printf("maps %ld\n", slurp(want));
  sprintf(want, "/proc/%d/status", c);
  int zombie = open(want, O_RDONLY);
  waitpid(c, 0, 0);
  R(read(zombie, buf, 100));
  R(access(want, F_OK));
  /* another user's view */
  AS(1000, 1000, {
    prctl(PR_SET_DUMPABLE, 1);
    sprintf(want, "/proc/%d/", getppid());
    chdir(want);
    R(open("status", O_RDONLY) < 0);
    R(open("maps", O_RDONLY));
    R(open("environ", O_RDONLY));
    R(open("mem", O_RDONLY));
    R(open("fd", O_RDONLY));
    R(readlink("exe", buf, 100));
    R(readlink("cwd", buf, 100));
    R(readlink("root", buf, 100));
    R(open("cmdline", O_RDONLY) < 0);
    R(open("stat", O_RDONLY) < 0);
    R(open("io", O_RDONLY) < 0);
    R(open("comm", O_WRONLY) < 0);
    R(open("ns/mnt", O_RDONLY) < 0);
    R(open("limits", O_RDONLY) < 0);
    R(open("/proc/sys/kernel/hostname", O_WRONLY));
    R(open("/proc/sysrq-trigger", O_WRONLY));
  });
  /* devices */
  int null = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDWR), full = open("/dev/full", O_RDWR), random = open("/dev/urandom", O_RDWR);
  R(read(null, buf, 10));
  R(write(null, buf, 10));
  R(lseek(null, 100, SEEK_SET));
  R(read(zero, buf, 10));
  R(write(zero, buf, 10));
  R(write(full, buf, 10));
  R(read(full, buf, 10));
  R(read(random, buf, 10));
  R(pread(zero, buf, 10, 1000));
  R(open("/dev/tty", O_RDWR) < 0);
  /* Of a pipe: whether standard output can be opened anew depends on what it is. */
  int ends[2];
  char end_name[32];
  pipe(ends);
  sprintf(end_name, "/dev/fd/%d", ends[1]);
  R(open(end_name, O_WRONLY) < 0);
  R(access("/dev/stdin", R_OK));
  R(access("/dev/ptmx", R_OK | W_OK));
  R(access("/dev/shm", R_OK | W_OK));
  struct pollfd pf[3] = {{null, POLLIN | POLLOUT}, {zero, POLLIN | POLLOUT}, {random, POLLIN | POLLOUT}};
  R(poll(pf, 3, 0));
  printf("%x %x %x\n", pf[0].revents, pf[1].revents, pf[2].revents);
  end();
}
