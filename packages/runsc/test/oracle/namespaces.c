/* Namespaces: making them, joining them by file and by pidfd, what their files say. */
#include "oracle.h"
#include <linux/nsfs.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <sys/syscall.h>

static const struct { const char *name; int flag; } kinds[] = {
  {"cgroup", CLONE_NEWCGROUP}, {"ipc", CLONE_NEWIPC}, {"mnt", CLONE_NEWNS},   {"net", CLONE_NEWNET},
  {"pid", CLONE_NEWPID},       {"time", CLONE_NEWTIME}, {"user", CLONE_NEWUSER}, {"uts", CLONE_NEWUTS},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

static int open_ns(pid_t pid, const char *name) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/%s", pid, name);
  return open(path, O_RDONLY | O_CLOEXEC);
}
static ino_t ino_of(int fd) {
  struct stat st;
  return fstat(fd, &st) ? 0 : st.st_ino;
}
static ino_t ns_ino(pid_t pid, const char *name) {
  int fd = open_ns(pid, name);
  ino_t ino = ino_of(fd);
  close(fd);
  return ino;
}
/* Which kinds another process has that this one has not. */
static void compare(pid_t pid) {
  printf("differs:");
  for (int i = 0; i < KINDS; i++)
    if (ns_ino(pid, kinds[i].name) != ns_ino(getpid(), kinds[i].name)) printf(" %s", kinds[i].name);
  printf("\n");
  fflush(stdout);
}

/* A child that has done `unshare(flags)`, and waits until it is killed. */
static pid_t child_in(int flags) {
  int ready[2];
  char c;
  pipe(ready);
  pid_t pid = fork();
  if (!pid) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (unshare(flags)) printf("unshare %x: %s\n", flags, strerrorname_np(errno)), fflush(stdout);
    write(ready[1], "", 1);
    pause();
  }
  read(ready[0], &c, 1);
  close(ready[0]);
  close(ready[1]);
  return pid;
}
static void end(pid_t pid) { kill(pid, SIGKILL); waitpid(pid, 0, 0); }
/* Runs `body` in a child of its own. */
#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)

static void files(void) {
  puts("-- files");
  for (int i = 0; i < KINDS; i++) {
    int fd = open_ns(getpid(), kinds[i].name);
    struct stat st, again;
    fstat(fd, &st);
    char path[64], text[64], expected[64];
    snprintf(path, sizeof path, "/proc/self/ns/%s", kinds[i].name);
    int n = readlink(path, text, sizeof text - 1);
    text[n < 0 ? 0 : n] = 0;
    snprintf(expected, sizeof expected, "%s:[%lu]", kinds[i].name, (unsigned long)st.st_ino);
    stat(path, &again);
    printf("%s: mode %o, link %d, same %d, dev %d\n", kinds[i].name, st.st_mode, !strcmp(text, expected),
           st.st_ino == again.st_ino && st.st_dev == again.st_dev, st.st_dev == again.st_dev);
    printf("type %d\n", ioctl(fd, NS_GET_NSTYPE) == kinds[i].flag);
    uid_t uid = -1;
    R(ioctl(fd, NS_GET_OWNER_UID, &uid));
    printf("uid %d\n", (int)uid);
    int user = ioctl(fd, NS_GET_USERNS);
    printf("userns %s, flags %d, %d\n", user < 0 ? strerrorname_np(errno) : "ok", user < 0 ? 0 : fcntl(user, F_GETFD),
           user >= 0 && ino_of(user) == ns_ino(getpid(), "user"));
    close(user);
    OK(ioctl(fd, NS_GET_PARENT));
    R(ioctl(fd, 0xb7ff));
    R(ioctl(fd, FIONREAD, &uid));
    R(read(fd, text, 1));
    R(write(fd, text, 1));
    R(lseek(fd, 1, SEEK_SET));
    close(fd);
  }
  R(open("/proc/self/ns/ipc", O_RDWR));
  R(open("/proc/self/ns/nothing", O_RDONLY));
}

static void bad_flags(void) {
  puts("-- flags");
  R(unshare(0));
  R(unshare(1));
  R(unshare(CLONE_PARENT));
  R(unshare(CLONE_NEWIPC | CLONE_VFORK));
  R(syscall(SYS_clone, CLONE_NEWNS | CLONE_FS | SIGCHLD, 0, 0, 0, 0));
  R(syscall(SYS_clone, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, 0, 0, 0, 0));
  R(syscall(SYS_clone, CLONE_NEWPID | CLONE_THREAD | CLONE_SIGHAND | CLONE_VM, 0, 0, 0, 0));
  int fd = open_ns(getpid(), "ipc"), null = open("/dev/null", O_RDONLY);
  int self = syscall(SYS_pidfd_open, getpid(), 0);
  R(setns(-1, 0));
  R(setns(999, CLONE_NEWIPC));
  R(setns(null, 0));
  R(setns(fd, CLONE_NEWNET));
  R(setns(fd, CLONE_NEWNET | CLONE_NEWIPC));
  R(setns(fd, -1));
  R(setns(self, 0));
  R(setns(self, 1));
  R(setns(self, CLONE_NEWIPC | 1));
  R(setns(self, CLONE_NEWUSER));
  R(setns(self, CLONE_NEWUSER | CLONE_NEWIPC));
  R(setns(self, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWPID));
  R(setns(fd, 0));
  R(setns(fd, CLONE_NEWIPC));
  pid_t dead = fork();
  if (!dead) _exit(0);
  int gone = syscall(SYS_pidfd_open, dead, 0);
  siginfo_t info;
  waitid(P_PID, dead, &info, WEXITED | WNOWAIT);
  R(setns(gone, CLONE_NEWIPC));
  R(open_ns(dead, "ipc"));
  R(open_ns(dead, "mnt"));
  OK(open_ns(dead, "pid"));
  OK(open_ns(dead, "user"));
  R(open_ns(dead, "pid_for_children"));
  waitpid(dead, 0, 0);
  R(setns(gone, CLONE_NEWIPC));
  close(gone), close(self), close(null), close(fd);
}

static void without_rights(void) {
  puts("-- without rights");
  pid_t other = child_in(CLONE_NEWIPC | CLONE_NEWNET);
  int fd = open_ns(other, "ipc"), pidfd = syscall(SYS_pidfd_open, other, 0);
  IN_CHILD({
    setresuid(1234, 1234, 1234);
    R(unshare(CLONE_NEWIPC));
    R(unshare(CLONE_NEWNET));
    R(unshare(CLONE_NEWCGROUP));
    R(unshare(CLONE_NEWUTS));
    R(syscall(SYS_clone, CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0));
    R(syscall(SYS_clone, CLONE_NEWIPC | CLONE_SYSVSEM | SIGCHLD, 0, 0, 0, 0));
    R(setns(fd, 0));
    R(setns(fd, CLONE_NEWNET));
    R(setns(pidfd, CLONE_NEWIPC));
    R(open_ns(other, "ipc"));
    R(open_ns(getppid(), "net"));
  });
  close(fd), close(pidfd);
  end(other);
}

static void joining(void) {
  puts("-- joining");
  for (int i = 0; i < KINDS; i++) {
    int flag = kinds[i].flag;
    if (flag & (CLONE_NEWPID | CLONE_NEWTIME | CLONE_NEWUSER)) continue;
    printf("%s\n", kinds[i].name);
    pid_t other = child_in(flag);
    compare(other);
    int fd = open_ns(other, kinds[i].name), pidfd = syscall(SYS_pidfd_open, other, 0);
    int own = open_ns(getpid(), kinds[i].name);
    IN_CHILD({
      R(setns(fd, 0));
      compare(other);
      compare(getppid());
      R(setns(own, flag));
      compare(getppid());
      R(setns(pidfd, flag));
      compare(other);
    });
    end(other);
    /* The file keeps it. */
    IN_CHILD({
      R(setns(fd, flag));
      printf("%d\n", ns_ino(getpid(), kinds[i].name) == ino_of(fd));
    });
    close(fd), close(pidfd), close(own);
  }
  pid_t other = child_in(CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS);
  compare(other);
  int pidfd = syscall(SYS_pidfd_open, other, 0);
  IN_CHILD({
    R(setns(pidfd, CLONE_NEWIPC | CLONE_NEWUTS));
    compare(other);
    R(setns(pidfd, CLONE_NEWNET | CLONE_NEWCGROUP | CLONE_NEWNS));
    compare(other);
  });
  close(pidfd);
  end(other);
}

static void by_clone(void) {
  puts("-- clone");
  int flags = CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNS | CLONE_NEWPID;
  fflush(stdout);
  pid_t pid = syscall(SYS_clone, flags | SIGCHLD, 0, 0, 0, 0);
  if (!pid) pause();
  compare(pid);
  end(pid);
}

static void *thread(void *unused) {
  (void)unused;
  printf("thread: ");
  R(unshare(CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWUTS));
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/ns/net", (int)gettid());
  struct stat st;
  stat(path, &st);
  printf("own %d\n", st.st_ino != ns_ino(getpid(), "net"));
  stat("/proc/thread-self/ns/ipc", &st);
  printf("own %d\n", st.st_ino != ns_ino(getpid(), "ipc"));
  return 0;
}
static void threads(void) {
  puts("-- threads");
  pthread_t t;
  IN_CHILD({
    pthread_create(&t, 0, thread, 0);
    pthread_join(t, 0);
  });
}

static void numbers(void) {
  puts("-- process numbers");
  IN_CHILD({
    ino_t before = ns_ino(getpid(), "pid");
    R(unshare(CLONE_NEWPID));
    R(unshare(CLONE_NEWPID));
    char text[64];
    R(readlink("/proc/self/ns/pid_for_children", text, sizeof text));
    printf("same %d\n", ns_ino(getpid(), "pid") == before);
    pid_t pid = fork();
    if (!pid) pause();
    printf("child's differs %d, children's is the child's %d\n", ns_ino(pid, "pid") != before,
           ns_ino(getpid(), "pid_for_children") == ns_ino(pid, "pid"));
    int fd = open_ns(pid, "pid"), own = open_ns(getpid(), "pid");
    int parent = ioctl(fd, NS_GET_PARENT);
    printf("parent is ours %d\n", ino_of(parent) == before);
    OK(ioctl(own, NS_GET_PARENT));
    R(setns(own, 0));
    printf("children's %d\n", ns_ino(getpid(), "pid_for_children") == before);
    R(setns(fd, CLONE_NEWPID));
    int done[2];
    pipe(done);
    pid_t second = fork();
    if (!second) {
      printf("I am %d\n", (int)getpid());
      R(setns(own, 0));
      R(ioctl(fd, NS_GET_PARENT));
      fflush(stdout);
      _exit(0);
    }
    waitpid(second, 0, 0);
    end(pid);
  });
}

static void mounted(void) {
  puts("-- mounted");
  IN_CHILD({
    unshare(CLONE_NEWNS);
    mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
    mkdir("/tmp/oracle-ns", 0700);
    close(open("/tmp/oracle-ns/ipc", O_CREAT | O_WRONLY, 0600));
    pid_t other = child_in(CLONE_NEWIPC);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/ns/ipc", other);
    ino_t ino = ns_ino(other, "ipc");
    R(mount(path, "/tmp/oracle-ns/ipc", 0, MS_BIND, 0));
    end(other);
    int fd = open("/tmp/oracle-ns/ipc", O_RDONLY);
    printf("same %d\n", ino_of(fd) == ino);
    R(setns(fd, 0));
    printf("same %d\n", ns_ino(getpid(), "ipc") == ino);
    close(fd);
    R(umount("/tmp/oracle-ns/ipc"));
    unlink("/tmp/oracle-ns/ipc");
    rmdir("/tmp/oracle-ns");
  });
}

/* Mounts of mount namespaces, which could keep each other. */
#define NSFS "/tmp/oracle-nsfs/"
static void bind_mnt(pid_t pid, const char *target) {
  char path[64];
  snprintf(path, sizeof path, "/proc/%d/ns/mnt", pid);
  printf("%s: ", target);
  R(mount(path, target, 0, MS_BIND, 0));
}
static int open_mnt_tree(pid_t pid) {
  int fd = open_ns(pid, "mnt");
  int tree = syscall(SYS_open_tree, fd, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
  close(fd);
  return tree;
}
static void move_to(int tree, const char *target) {
  R(syscall(SYS_move_mount, tree, "", AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH));
  close(tree);
}
static void is_nsfs(const char *path) {
  struct statfs s;
  printf("%s is nsfs %d\n", path, !statfs(path, &s) && s.f_type == NSFS_MAGIC);
}
static void mount_namespaces(void) {
  puts("-- mount namespaces, mounted");
  IN_CHILD({
    /* Linux numbers them by batches of each CPU: only those made on one are in order. */
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(sched_getcpu(), &one);
    sched_setaffinity(0, sizeof one, &one);
    pid_t older = child_in(CLONE_NEWNS);
    unshare(CLONE_NEWNS);
    mount("none", "/", 0, MS_REC | MS_PRIVATE, 0);
    mkdir("/tmp/oracle-nsfs", 0700);
    mount("none", "/tmp/oracle-nsfs", "tmpfs", 0, 0);
    close(open(NSFS "a", O_CREAT | O_WRONLY, 0600));
    mkdir(NSFS "copy", 0700);
    pid_t other = child_in(CLONE_NEWNS);
    bind_mnt(getpid(), NSFS "a");
    bind_mnt(older, NSFS "a");
    bind_mnt(other, NSFS "a");
    is_nsfs(NSFS "a");
    puts("not in copies");
    IN_CHILD({
      unshare(CLONE_NEWNS);
      is_nsfs(NSFS "a");
      R(mount(NSFS, NSFS "copy", 0, MS_BIND | MS_REC, 0));
      is_nsfs(NSFS "copy/a");
    });
    puts("copied by hand");
    R(mount(NSFS, NSFS "copy", 0, MS_BIND | MS_REC, 0));
    is_nsfs(NSFS "copy/a");
    R(umount2(NSFS "copy", MNT_DETACH));
    puts("kept");
    ino_t ino = ns_ino(other, "mnt");
    end(other);
    int fd = open(NSFS "a", O_RDONLY);
    IN_CHILD({
      R(setns(fd, CLONE_NEWNS));
      printf("same %d\n", ns_ino(getpid(), "mnt") == ino);
      is_nsfs(NSFS "a");
    });
    close(fd);
    R(umount(NSFS "a"));
    puts("by tree");
    other = child_in(CLONE_NEWNS);
    move_to(open_mnt_tree(getpid()), NSFS "a");
    move_to(open_mnt_tree(older), NSFS "a");
    move_to(open_mnt_tree(other), NSFS "a");
    R(umount(NSFS "a"));
    int tree = open_mnt_tree(other);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", tree);
    printf("bound from there ");
    errno = 0;
    printf("%d", mount(path, NSFS "a", 0, MS_BIND, 0));
    printf(" %s\n", strerrorname_np(errno));
    close(tree);
    R(umount(NSFS "a"));
    puts("where others hear of it");
    R(mount(0, "/tmp/oracle-nsfs", 0, MS_SHARED, 0));
    bind_mnt(other, NSFS "a");
    R(umount(NSFS "a"));
    R(mount(NSFS, NSFS "copy", 0, MS_BIND, 0));
    bind_mnt(other, NSFS "a");
    is_nsfs(NSFS "copy/a");
    R(umount(NSFS "copy"));
    end(other);
    end(older);
    R(umount2("/tmp/oracle-nsfs", MNT_DETACH));
    rmdir("/tmp/oracle-nsfs");
  });
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  files();
  bad_flags();
  without_rights();
  joining();
  by_clone();
  threads();
  numbers();
  mounted();
  mount_namespaces();
}
