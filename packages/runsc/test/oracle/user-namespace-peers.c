/* What processes of different user namespaces do to each other, and how they call each other. */
#include "oracle.h"
#include <grp.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/xattr.h>

/* Runs `body` in a child of its own. */
#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)

static uid_t uid;
static gid_t gid;

static void put(const char *path, const char *text) {
  int fd = open(path, O_WRONLY | O_CLOEXEC);
  if (fd >= 0) write(fd, text, strlen(text)), close(fd);
}
/* A user namespace in which who was uid and gid is `inside`. */
static void enter(int flags, int inside) {
  char text[64];
  uid_t from = geteuid();
  gid_t group = getegid();
  if (unshare(CLONE_NEWUSER | flags)) printf("unshare: %s\n", strerrorname_np(errno));
  put("/proc/self/setgroups", "deny");
  snprintf(text, sizeof text, "%d %d 1", inside, from);
  put("/proc/self/uid_map", text);
  snprintf(text, sizeof text, "%d %d 1", inside, group);
  put("/proc/self/gid_map", text);
}
static void owner(const char *path) {
  struct stat st;
  if (lstat(path, &st)) printf("%s: %s\n", path, strerrorname_np(errno));
  else printf("%s: %d %d %o\n", path, st.st_uid == uid ? 0 : st.st_uid, st.st_gid == gid ? 0 : st.st_gid, st.st_mode);
}

static volatile sig_atomic_t from_uid, got;
static void on_signal(int signo, siginfo_t *info, void *context) {
  got = signo;
  from_uid = info->si_uid;
}

static void signals(void) {
  puts("-- signals");
  struct sigaction action = {.sa_sigaction = on_signal, .sa_flags = SA_SIGINFO};
  sigaction(SIGUSR1, &action, 0);
  int ready[2];
  char c;
  pipe(ready);
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    enter(0, 7);
    write(ready[1], "", 1);
    while (!got) pause();
    printf("inside: from %d\n", from_uid);
    kill(getppid(), SIGUSR1);
    fflush(stdout);
    _exit(3);
  }
  read(ready[0], &c, 1);
  kill(pid, SIGUSR1);
  siginfo_t info;
  while (waitid(P_PID, pid, &info, WEXITED)) ;
  printf("outside: from own %d, child own %d\n", from_uid == (int)uid, info.si_uid == uid);
  got = 0;
  /* From further out, and of a user without a number. */
  IN_CHILD(enter(0, 0); fflush(stdout); IN_CHILD(enter(0, 5); sigaction(SIGUSR1, &action, 0); raise(SIGUSR1);
                                                 printf("nested: from %d\n", from_uid)));
}

/* Over a process that waits, in a namespace of its own user. */
static void over(const char *who, pid_t pid) {
  struct rlimit limit;
  char path[64], text[16];
  printf("%s:\n", who);
  R(kill(pid, 0));
  R(prlimit(pid, RLIMIT_NOFILE, 0, &limit));
  R(setpriority(PRIO_PROCESS, pid, 5));
  R(sched_setaffinity(pid, sizeof(cpu_set_t), &(cpu_set_t){{1}}));
  snprintf(path, sizeof path, "/proc/%d/environ", pid);
  int fd = open(path, O_RDONLY);
  printf("environ %s\n", fd < 0 ? strerrorname_np(errno) : "ok");
  close(fd);
  snprintf(path, sizeof path, "/proc/%d/root", pid);
  printf("root %s\n", readlink(path, text, sizeof text) < 0 ? strerrorname_np(errno) : "ok");
  errno = 0;
  long traced = ptrace(PTRACE_SEIZE, pid, 0, 0);
  printf("seize %s\n", traced ? strerrorname_np(errno) : "ok");
  if (!traced) {
    ptrace(PTRACE_INTERRUPT, pid, 0, 0);
    waitpid(pid, 0, __WALL);
    ptrace(PTRACE_DETACH, pid, 0, 0);
  }
  fflush(stdout);
}
static pid_t waiting(int namespaces, int dumpable) {
  int ready[2];
  char c;
  pipe(ready);
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (int i = 0; i < namespaces; i++) enter(0, 0);
    prctl(PR_SET_DUMPABLE, dumpable);
    write(ready[1], "", 1);
    for (;;) pause();
  }
  read(ready[0], &c, 1);
  close(ready[0]);
  close(ready[1]);
  return pid;
}
static void end(pid_t pid) { kill(pid, SIGKILL); waitpid(pid, 0, 0); }

static void control(void) {
  puts("-- control");
  for (int dumpable = 0; dumpable < 2; dumpable++) {
    printf("dumpable %d\n", dumpable);
    pid_t plain = waiting(0, dumpable), once = waiting(1, dumpable), twice = waiting(2, dumpable);
    over("child", plain), over("child in one", once), over("child in two", twice);
    IN_CHILD(enter(0, 0); over("a sibling from inside", plain); over("inside to another", once));
    end(plain), end(once), end(twice);
  }
}

static void objects(void) {
  puts("-- objects");
  int id = msgget(IPC_PRIVATE, 0600);
  struct msqid_ds ds;
  msgctl(id, IPC_STAT, &ds);
  printf("owner own %d\n", ds.msg_perm.uid == uid);
  IN_CHILD(enter(0, 9); R(msgctl(id, IPC_STAT, &ds)); printf("owner %d %d, creator %d %d\n", ds.msg_perm.uid, ds.msg_perm.gid, ds.msg_perm.cuid, ds.msg_perm.cgid);
           ds.msg_perm.uid = 8; R(msgctl(id, IPC_SET, &ds)); ds.msg_perm.uid = 9; R(msgctl(id, IPC_SET, &ds)));
  IN_CHILD(unshare(CLONE_NEWUSER); R(msgctl(id, IPC_STAT, &ds)); printf("owner %d %d\n", ds.msg_perm.uid, ds.msg_perm.gid));
  IN_CHILD(enter(CLONE_NEWIPC, 0); R(msgctl(id, IPC_STAT, &ds)));
  msgctl(id, IPC_RMID, 0);
}

/* A set-user-ID program, and one with capabilities, where the file system is not trusted outside. */
static void privileges(const char *self) {
  puts("-- privileges of files");
  int ready[2], go[2];
  char c, path[64];
  pipe(ready), pipe(go);
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    enter(CLONE_NEWNS, 0);
    R(mount("none", "/media", "tmpfs", 0, "mode=755"));
    int from = open(self, O_RDONLY), to = open("/media/program", O_CREAT | O_WRONLY, 0755);
    char buffer[65536];
    for (int n; (n = read(from, buffer, sizeof buffer)) > 0;) write(to, buffer, n);
    close(to);
    R(chmod("/media/program", 06755));
    owner("/media/program");
    unsigned caps[5] = {0x02000001, 0x2000, 0, 0, 0}, back[6] = {0};
    R(setxattr("/media/program", "security.capability", caps, 12, 0));
    R(setxattr("/media/program", "security.capability", caps, sizeof caps, 0));
    R(getxattr("/media/program", "security.capability", back, sizeof back));
    printf("%x %x\n", back[0], back[1]);
    R(setxattr("/media/program", "security.other", "x", 1, 0));
    R(setxattr("/media/program", "trusted.x", "x", 1, 0));
    IN_CHILD(execl("/media/program", "program", "ids", NULL));
    write(ready[1], "", 1);
    read(go[0], &c, 1);
    fflush(stdout);
    _exit(0);
  }
  read(ready[0], &c, 1);
  snprintf(path, sizeof path, "/proc/%d/root/media/program", pid);
  IN_CHILD(execl(path, "program", "ids", NULL); printf("exec %s\n", strerrorname_np(errno)));
  write(go[1], "", 1);
  wait(0);
}

/* Files of nobody whom the namespace knows. */
static void unknown(void) {
  puts("-- unknown owners");
  if (uid) return;
  mkdir("/tmp/userns-peers", 0755);
  close(open("/tmp/userns-peers/other", O_CREAT | O_RDWR, 0644));
  chown("/tmp/userns-peers/other", 7777, 0);
  mkdir("/tmp/userns-peers/sticky", 01777);
  chmod("/tmp/userns-peers/sticky", 01777);
  chown("/tmp/userns-peers/sticky", 7777, 7777);
  close(open("/tmp/userns-peers/sticky/other", O_CREAT | O_RDWR, 0666));
  chown("/tmp/userns-peers/sticky/other", 7777, 7777);
  IN_CHILD(enter(0, 0); owner("/tmp/userns-peers/other"); R(chmod("/tmp/userns-peers/other", 0600));
           R(access("/tmp/userns-peers/other", W_OK)); R(truncate("/tmp/userns-peers/other", 0));
           R(unlink("/tmp/userns-peers/sticky/other")); R(chown("/tmp/userns-peers/other", 0, 0));
           R(mkdir("/tmp/userns-peers/sticky/own", 02755)); owner("/tmp/userns-peers/sticky/own");
           R(rmdir("/tmp/userns-peers/sticky/own")); R(rename("/tmp/userns-peers/other", "/tmp/userns-peers/moved"));
           R(rename("/tmp/userns-peers/moved", "/tmp/userns-peers/other")));
  unlink("/tmp/userns-peers/sticky/other");
  rmdir("/tmp/userns-peers/sticky");
  unlink("/tmp/userns-peers/other");
  rmdir("/tmp/userns-peers");
}

/* Whoever is not of the users of a file system makes nothing there. */
static void strangers(void) {
  puts("-- strangers");
  int ready[2], go[2];
  char c, path[64];
  pipe(ready), pipe(go);
  fflush(stdout);
  pid_t pid = fork();
  if (!pid) {
    enter(CLONE_NEWNS, 0);
    R(mount("none", "/media", "tmpfs", 0, "mode=1777"));
    write(ready[1], "", 1);
    read(go[0], &c, 1);
    _exit(0);
  }
  read(ready[0], &c, 1);
  snprintf(path, sizeof path, "/proc/%d/root/media/file", pid);
  if (uid == 0) {
    IN_CHILD(setuid(4444); int fd = open(path, O_CREAT | O_RDWR, 0600); printf("as another: %s\n", fd < 0 ? strerrorname_np(errno) : "ok"));
    printf("a device: %s\n", mknod(path, S_IFCHR | 0666, 0x103) ? strerrorname_np(errno) : "ok");
    printf("opened: %s\n", open(path, O_RDWR) < 0 ? strerrorname_np(errno) : "ok");
    unlink(path);
  }
  int fd = open(path, O_CREAT | O_RDWR, 0600);
  printf("as who mounted it: %s\n", fd < 0 ? strerrorname_np(errno) : "ok");
  close(fd);
  write(go[1], "", 1);
  wait(0);
}

static void all(const char *self) {
  uid = geteuid();
  gid = getegid();
  signals();
  control();
  objects();
  privileges(self);
  unknown();
  strangers();
}

int main(int argc, char **argv) {
  if (argc > 1) {
    char line[256];
    unsigned long set;
    FILE *f = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, f))
      if (sscanf(line, "CapEff: %lx", &set) == 1) printf("capabilities: %s\n", !set ? "none" : set == 0x2000 ? "the file's" : "root's");
    printf("ids %d %d %d %d\n", getuid(), geteuid(), getgid(), getegid());
    return 0;
  }
  all(argv[0]);
  puts("== as an ordinary user");
  IN_CHILD(setgroups(0, 0); setgid(1234); setuid(1234); prctl(PR_SET_DUMPABLE, 1); all(argv[0]));
  return 0;
}
