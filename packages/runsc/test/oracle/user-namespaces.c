/* User namespaces: making and joining them, their maps, what capabilities in them are good for. */
#include "oracle.h"
#include <grp.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/time.h>

/* Runs `body` in a child of its own. */
#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)

static int put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return -1;
  int n = write(fd, text, strlen(text)), error = errno;
  close(fd);
  errno = error;
  return n;
}
static int put_for(pid_t pid, const char *file, const char *text) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  return put(path, text);
}
static void show(const char *path) {
  char text[4096] = "";
  int fd = open(path, O_RDONLY | O_CLOEXEC), n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  printf("%s: %s%s", path, n < 0 ? strerrorname_np(errno) : n == 0 ? "(empty)" : text, n > 0 ? "" : "\n");
  if (fd >= 0) close(fd);
}
static void show_for(pid_t pid, const char *file) {
  char path[64], text[4096] = "";
  snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
  int fd = open(path, O_RDONLY | O_CLOEXEC), n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
  printf("its %s: %s%s", file, n < 0 ? strerrorname_np(errno) : n == 0 ? "(empty)\n" : text, "");
  if (fd >= 0) close(fd);
}
static void status_lines(const char *path) {
  char line[512];
  FILE *f = fopen(path, "re");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "Uid", 3) || !strncmp(line, "Gid", 3) || !strncmp(line, "CapI", 4) ||
        !strncmp(line, "CapP", 4) || !strncmp(line, "CapE", 4) || !strncmp(line, "CapA", 4) || !strncmp(line, "Groups", 6))
      printf("%s", line);
  if (f) fclose(f);
}
static void ids(void) {
  uid_t r, e, s;
  gid_t gr, ge, gs;
  getresuid(&r, &e, &s);
  getresgid(&gr, &ge, &gs);
  printf("ids %d %d %d, %d %d %d, groups %d\n", r, e, s, gr, ge, gs, getgroups(0, 0));
  fflush(stdout);
}
static void owner(const char *path) {
  struct stat st;
  if (lstat(path, &st)) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %d %d %o\n", path, st.st_uid, st.st_gid, st.st_mode);
}

/* A child in a user namespace of its own, which waits until it is killed. */
static pid_t child_in(int flags) {
  int ready[2];
  char c;
  pipe(ready);
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(flags)) printf("unshare %x: %s\n", flags, strerrorname_np(errno)), fflush(stdout);
    write(ready[1], "", 1);
    pause();
    _exit(0);
  }
  read(ready[0], &c, 1);
  close(ready[0]);
  close(ready[1]);
  return pid;
}
static void end(pid_t pid) { kill(pid, SIGKILL); waitpid(pid, 0, 0); }

/* Alone: before a map, then with the one that everybody may write. */
static void alone(void) {
  puts("-- alone");
  uid_t uid = geteuid();
  gid_t gid = getegid();
  char text[64];
  OK(unshare(CLONE_NEWUSER));
  ids();
  status_lines("/proc/self/status");
  show("/proc/self/uid_map");
  show("/proc/self/setgroups");
  owner("/");
  R(setuid(0));
  R(setuid(65534));
  R(setgroups(0, 0));
  R(chown("/tmp", 0, 0));
  R(setfsuid(-1));
  puts("maps:");
  snprintf(text, sizeof text, "0 %d 1", uid + 1);
  R(put("/proc/self/uid_map", text));
  R(put("/proc/self/uid_map", ""));
  R(put("/proc/self/uid_map", "0"));
  R(put("/proc/self/uid_map", "0 1 2 3"));
  R(put("/proc/self/uid_map", "0 0 0"));
  R(put("/proc/self/uid_map", "x 0 1"));
  R(put("/proc/self/uid_map", "0 4294967295 1"));
  R(put("/proc/self/uid_map", "4294967294 0 2"));
  R(put("/proc/self/uid_map", "0 0 1\n0 5 1"));
  R(put("/proc/self/uid_map", "0 5 1\n1 5 1"));
  R(put("/proc/self/uid_map", "0 5 1\n\n"));
  snprintf(text, sizeof text, "0 %d 1", gid);
  printf("gid_map before deny: %d\n", put("/proc/self/gid_map", text) > 0);
  R(put("/proc/self/setgroups", "x"));
  R(put("/proc/self/setgroups", "denyx"));
  R(put("/proc/self/setgroups", "deny and more"));
  R(put("/proc/self/setgroups", "allow"));
  R(put("/proc/self/setgroups", "deny\n"));
  R(put("/proc/self/setgroups", "allow"));
  R(put("/proc/self/setgroups", "deny"));
  show("/proc/self/setgroups");
  printf("gid_map after: %d\n", put("/proc/self/gid_map", text) > 0);
  snprintf(text, sizeof text, "  0\t%d 1\n", uid);
  printf("uid_map: %d\n", put("/proc/self/uid_map", text) > 0);
  R(put("/proc/self/uid_map", "0 0 1"));
  R(put("/proc/self/projid_map", "0 0 1"));
  show("/proc/self/projid_map");
  ids();
  owner("/");
  status_lines("/proc/self/status");
  R(setuid(1));
  R(setresuid(-1, 1, -1));
  R(setreuid(1, -1));
  R(setresgid(-1, 1, -1));
  R(setgroups(0, 0));
  R(setgid(0));
  R(setuid(0));
}

/* What the parent may write. */
static void by_parent(void) {
  puts("-- by the parent");
  pid_t pid = child_in(CLONE_NEWUSER);
  R(put_for(pid, "uid_map", "0 1000 10\n100 3000 1\n"));
  R(put_for(pid, "gid_map", "0 2000 10"));
  R(put_for(pid, "setgroups", "deny"));
  show_for(pid, "setgroups");
  show_for(pid, "uid_map");
  show_for(pid, "gid_map");
  R(put_for(pid, "uid_map", "0 1000 10"));
  R(put("/proc/self/uid_map", "0 0 1"));
  R(put_for(getpid(), "setgroups", "deny"));
  end(pid);
  pid = child_in(CLONE_NEWUSER);
  static char many[8192];
  int n = 0;
  for (int i = 0; i < 340; i++) n += sprintf(many + n, "%d %d 1\n", i, 2 * i);
  int fd = open("/dev/null", O_RDONLY);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/uid_map", pid);
  printf("opened %d\n", (fd = open(path, O_WRONLY)) >= 0);
  R(lseek(fd, 1, SEEK_SET));
  R(write(fd, "0 0 1", 5));
  R(lseek(fd, 0, SEEK_SET));
  R(write(fd, many, 4096));
  strcpy(many + n, "999 999 1\n");
  printf("341 lines: %d\n", (int)write(fd, many, strlen(many) < 4096 ? strlen(many) : 4095));
  close(fd);
  end(pid);
}

static uint64_t effective(void) {
  char line[256];
  uint64_t set = 0;
  FILE *f = fopen("/proc/self/status", "re");
  while (fgets(line, sizeof line, f)) sscanf(line, "CapEff: %lx", &set);
  fclose(f);
  return set;
}

/* As root with ten users, of whom one is 0 outside. */
static void as_root_inside(void) {
  puts("-- root inside");
  int go[2];
  pipe(go);
  fflush(stdout);
  close(open("/tmp/userns-foreign", O_CREAT | O_RDWR, 0600));
  chown("/tmp/userns-foreign", 7777, 7777);
  pid_t pid = fork();
  if (!pid) {
    unshare(CLONE_NEWUSER);
    write(go[1], "", 1);
    while (getuid() != 9) usleep(1000);
    R(setgid(0));
    R(setuid(0));
    R(setgroups(1, (gid_t[]){5}));
    R(setgroups(1, (gid_t[]){50}));
    ids();
    mkdir("/tmp/userns-oracle", 0777);
    int fd = open("/tmp/userns-oracle/file", O_CREAT | O_RDWR, 0600);
    owner("/tmp/userns-oracle/file");
    R(fchown(fd, 3, 4));
    R(fchown(fd, 30, 4));
    R(fchown(fd, 3, 40));
    owner("/tmp/userns-oracle/file");
    R(fchmod(fd, 06755));
    owner("/tmp/userns-oracle/file");
    owner("/tmp/userns-foreign");
    R(chown("/tmp/userns-foreign", 0, 0));
    R(chmod("/tmp/userns-foreign", 0666));
    R(open("/tmp/userns-foreign", O_RDONLY));
    R(utimensat(AT_FDCWD, "/tmp/userns-foreign", 0, 0));
    R(access("/tmp/userns-foreign", R_OK));
    R(rename("/tmp/userns-foreign", "/tmp/userns-other"));
    R(link("/tmp/userns-foreign", "/tmp/userns-other"));
    R(getpriority(PRIO_USER, 50));
    R(setpriority(PRIO_USER, 50, 1));
    R(mknod("/tmp/userns-oracle/null", S_IFCHR | 0666, 0x103));
    R(sethostname("x", 1));
    R(mount("none", "/mnt", "tmpfs", 0, 0));
    R(chroot("/"));
    R(nice(-5));
    R(setrlimit(RLIMIT_NOFILE, &(struct rlimit){1 << 21, 1 << 21}));
    R(kill(1, 0));
    R(kill(getppid(), 0));
    R(ptrace(PTRACE_ATTACH, getppid(), 0, 0));
    R(setuid(3));
    printf("effective %d\n", effective() != 0);
    R(setuid(0));
    owner("/tmp/userns-oracle/file");
    fflush(stdout);
    _exit(0);
  }
  char c;
  read(go[0], &c, 1);
  put_for(pid, "gid_map", "0 2000 9\n9 0 1");
  put_for(pid, "uid_map", "0 1000 9\n9 0 1");
  waitpid(pid, 0, 0);
  owner("/tmp/userns-oracle/file");
  owner("/tmp/userns-foreign");
  unlink("/tmp/userns-foreign");
  unlink("/tmp/userns-oracle/file");
  unlink("/tmp/userns-oracle/null");
  rmdir("/tmp/userns-oracle");
}

static void map_self(uid_t uid, gid_t gid) {
  char text[64];
  put("/proc/self/setgroups", "deny");
  snprintf(text, sizeof text, "0 %d 1", uid);
  put("/proc/self/uid_map", text);
  snprintf(text, sizeof text, "0 %d 1", gid);
  put("/proc/self/gid_map", text);
}

/* With the other kinds: these then belong to the new one. */
static void with_others(void) {
  puts("-- with others");
  uid_t uid = geteuid();
  gid_t gid = getegid();
  R(unshare(CLONE_NEWUSER | CLONE_NEWUTS | CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWPID));
  map_self(uid, gid);
  R(sethostname("inside", 6));
  R(mount("none", "/mnt", "tmpfs", 0, "uid=5"));
  R(mount("none", "/mnt", "tmpfs", 0, "size=1m,mode=755"));
  owner("/mnt");
  R(mknod("/mnt/null", S_IFCHR | 0666, 0x103));
  R(mkdir("/mnt/a", 0755));
  R(chown("/mnt/a", 1, 0));
  R(mount("/mnt/a", "/mnt/a", 0, MS_BIND, 0));
  R(umount2("/mnt/a", 0));
  R(mount("none", "/mnt", 0, MS_REMOUNT | MS_RDONLY, 0));
  R(umount2("/mnt", 0));
  R(mount("/", "/mnt", 0, MS_BIND, 0));
  R(mount("/dev", "/mnt", 0, MS_BIND | MS_REC, 0));
  R(umount2("/mnt", MNT_DETACH));
  R(umount2("/proc", 0));
  R(umount2("/proc", MNT_DETACH));
  R(mount("/proc", "/mnt", 0, MS_MOVE, 0));
  R(mount("none", "/mnt", "proc", 0, 0));
  R(mount("none", "/mnt", "mqueue", 0, 0));
  R(umount2("/mnt", 0));
  R(mount("none", "/mnt", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0));
  owner("/mnt");
  owner("/mnt/kernel");
  R(umount2("/mnt", 0));
  R(mount("none", "/mnt", "cgroup2", 0, 0));
  R(umount2("/mnt", 0));
  R(mount("none", "/mnt", "nothing", 0, 0));
  R(mount("none", "/mnt", "devpts", 0, "newinstance,ptmxmode=0666,mode=620,gid=5"));
  R(mount("none", "/mnt", "devpts", 0, "newinstance,ptmxmode=0666,mode=620"));
  owner("/mnt");
  owner("/mnt/ptmx");
  int fd = open("/mnt/ptmx", O_RDWR | O_NOCTTY);
  printf("ptmx %d\n", fd >= 0);
  owner("/mnt/0");
  close(fd);
  R(umount2("/mnt", 0));
  fflush(stdout);
  if (!fork()) {
    printf("pid %d\n", getpid());
    R(mount("none", "/mnt", "proc", 0, 0));
    owner("/mnt/1");
    owner("/mnt/uptime");
    owner("/mnt/sys/kernel/hostname");
    R(put("/mnt/sys/kernel/hostname", "other"));
    R(put("/mnt/sys/user/max_user_namespaces", "0"));
    R(unshare(CLONE_NEWUSER));
    R(put("/mnt/sys/user/max_user_namespaces", "1"));
    show("/mnt/sys/user/max_user_namespaces");
    R(unshare(CLONE_NEWUSER));
    status_lines("/mnt/self/status");
    fflush(stdout);
    _exit(0);
  }
  wait(0);
}

/* Bits of mounts that came from outside stay. */
static void locked_flags(void) {
  puts("-- locked");
  uid_t uid = geteuid();
  gid_t gid = getegid();
  if (unshare(CLONE_NEWNS) == 0) {
    R(mount("none", "/", 0, MS_REC | MS_PRIVATE, 0));
    R(mount("none", "/media", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_NOATIME, 0));
    R(mkdir("/media/below", 0777));
    R(mount("none", "/media/below", "tmpfs", MS_RDONLY, 0));
  }
  R(unshare(CLONE_NEWUSER | CLONE_NEWNS));
  map_self(uid, gid);
  R(mount("none", "/media", 0, MS_REMOUNT | MS_BIND, 0));
  R(mount("none", "/media", 0, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0));
  R(mount("none", "/media", 0, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, 0));
  R(mount("none", "/media", 0, MS_REMOUNT | MS_BIND | MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RDONLY, 0));
  R(mount("none", "/media", 0, MS_REMOUNT | MS_NOSUID | MS_NODEV | MS_NOEXEC, 0));
  R(mount("none", "/media/below", 0, MS_REMOUNT | MS_BIND, 0));
  R(umount2("/media/below", MNT_DETACH));
  R(mount("/media", "/srv", 0, MS_BIND, 0));
  R(mount("/media", "/srv", 0, MS_BIND | MS_REC, 0));
  R(umount2("/srv/below", MNT_DETACH));
  R(umount2("/srv", MNT_DETACH));
  R(umount2("/media", MNT_DETACH));
}

/* By clone, and where one may not. */
static int nothing(void *unused) { return unused != 0; }
static char stack[65536];
static void limits(void) {
  puts("-- limits");
  R(clone(nothing, stack + sizeof stack, CLONE_NEWUSER | CLONE_FS | SIGCHLD, 0));
  R(clone(nothing, stack + sizeof stack, CLONE_NEWUSER | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0));
  OK(clone(nothing, stack + sizeof stack, CLONE_NEWUSER | SIGCHLD, 0));
  wait(0);
  IN_CHILD(chroot("/tmp"); R(unshare(CLONE_NEWUSER)));
  IN_CHILD(
    int depth = 0;
    while (unshare(CLONE_NEWUSER) == 0) {
      map_self(depth ? 0 : geteuid(), 0);
      depth++;
      if (depth > 60) break;
    }
    printf("first failure after %d: %s\n", depth > 1, strerrorname_np(errno)));
  IN_CHILD(
    uid_t uid = geteuid();
    gid_t gid = getegid();
    int depth = 0;
    while (unshare(CLONE_NEWUSER) == 0 && depth < 60) {
      map_self(depth ? 0 : uid, depth ? 0 : gid);
      depth++;
    }
    printf("depth %d: %s\n", depth, strerrorname_np(errno)));
}

/* ioctls of ns files, and setns. */
static void files(void) {
  puts("-- files");
  pid_t pid = child_in(CLONE_NEWUSER | CLONE_NEWUTS);
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/user", pid);
  int user = open(path, O_RDONLY | O_CLOEXEC);
  snprintf(path, sizeof path, "/proc/%d/ns/uts", pid);
  int uts = open(path, O_RDONLY | O_CLOEXEC);
  int own = open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC);
  printf("open %d %d %d\n", user >= 0, uts >= 0, own >= 0);
  struct stat a, b;
  int parent = ioctl(user, NS_GET_PARENT), by = ioctl(uts, NS_GET_USERNS), up = ioctl(user, NS_GET_USERNS);
  printf("%d %d %d\n", parent >= 0, by >= 0, up >= 0);
  fstat(parent, &a), fstat(own, &b);
  printf("parent is own %d\n", a.st_ino == b.st_ino);
  fstat(by, &a), fstat(user, &b);
  printf("uts belongs to it %d\n", a.st_ino == b.st_ino);
  R(ioctl(own, NS_GET_PARENT));
  R(ioctl(own, NS_GET_USERNS));
  R(ioctl(uts, NS_GET_PARENT));
  uid_t uid = -1;
  R(ioctl(user, NS_GET_OWNER_UID, &uid));
  printf("owner %d\n", uid == geteuid());
  R(ioctl(uts, NS_GET_OWNER_UID, &uid));
  printf("type %d\n", ioctl(user, NS_GET_NSTYPE) == CLONE_NEWUSER);
  R(setns(own, CLONE_NEWUSER));
  R(setns(user, CLONE_NEWUTS));
  IN_CHILD(R(setns(uts, 0)); R(sethostname("y", 1)));
  IN_CHILD(R(setns(user, CLONE_NEWUSER)); ids(); status_lines("/proc/self/status"); R(setns(user, 0)); R(setns(own, 0));
           R(setns(uts, CLONE_NEWUTS)); R(sethostname("z", 1)); R(ioctl(user, NS_GET_PARENT)); R(unshare(CLONE_NEWUTS)));
  int pidfd = syscall(SYS_pidfd_open, pid, 0);
  IN_CHILD(R(setns(pidfd, CLONE_NEWUSER | CLONE_NEWUTS)); ids());
  R(kill(pid, 0));
  end(pid);
}

/* Who says whom over a socket. */
static void sockets(void) {
  puts("-- sockets");
  int pair[2], on = 1;
  R(socketpair(AF_UNIX, SOCK_DGRAM, 0, pair));
  uid_t uid = geteuid();
  gid_t gid = getegid();
  fflush(stdout);
  if (!fork()) {
    struct ucred who;
    socklen_t length = sizeof who;
    getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &who, &length);
    unshare(CLONE_NEWUSER);
    getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &who, &length);
    printf("peer unmapped %d %d\n", who.uid, who.gid);
    map_self(uid, gid);
    getsockopt(pair[1], SOL_SOCKET, SO_PEERCRED, &who, &length);
    printf("peer mapped %d %d\n", who.uid, who.gid);
    for (int claimed = 0; claimed < 2; claimed++) {
      union { char data[CMSG_SPACE(sizeof who)]; struct cmsghdr head; } control = {0};
      struct iovec iov = {"x", 1};
      struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
      control.head = (struct cmsghdr){CMSG_LEN(sizeof who), SOL_SOCKET, SCM_CREDENTIALS};
      memcpy(CMSG_DATA(&control.head), &(struct ucred){getpid(), claimed, claimed}, sizeof who);
      R(sendmsg(pair[1], &message, 0));
    }
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  union { char data[CMSG_SPACE(sizeof(struct ucred))]; struct cmsghdr head; } control = {0};
  char c;
  struct iovec iov = {&c, 1};
  struct msghdr message = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};
  R(recvmsg(pair[0], &message, MSG_DONTWAIT));
  struct ucred *who = (struct ucred *)CMSG_DATA(&control.head);
  printf("said %d %d\n", who->uid == uid, who->gid == gid);
}

/* execve keeps what root inside has, and nothing without a map. */
static void programs(const char *self) {
  puts("-- programs");
  uid_t uid = geteuid();
  gid_t gid = getegid();
  IN_CHILD(unshare(CLONE_NEWUSER); map_self(uid, gid); execl(self, self, "caps", NULL));
  IN_CHILD(unshare(CLONE_NEWUSER); execl(self, self, "caps", NULL));
  IN_CHILD(unshare(CLONE_NEWUSER); map_self(uid, gid); prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
           execl(self, self, "caps", NULL));
}

static void all(const char *self) {
  IN_CHILD(alone());
  by_parent();
  if (geteuid() == 0) as_root_inside();
  IN_CHILD(with_others());
  IN_CHILD(locked_flags());
  limits();
  files();
  sockets();
  programs(self);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    ids();
    status_lines("/proc/self/status");
    return 0;
  }
  all(argv[0]);
  puts("== as an ordinary user");
  IN_CHILD(setgroups(0, 0); setgid(1234); setuid(1234); prctl(PR_SET_DUMPABLE, 1); all(argv[0]));
  return 0;
}
