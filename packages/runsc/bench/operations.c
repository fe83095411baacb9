/*
 * What one operation costs a guest. Prints a line for each: name, tab, nanoseconds.
 *
 *   operations [MILLISECONDS] [NAME ...]     default: 50 ms each, all of them
 *
 * Each operation runs in batches that grow until one lasts half of its time; the last batch counts.
 * Build: cc -O2 -static -pthread -o operations operations.c
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { PAGE = 4096, MEBI = 1 << 20 };

static char file[128];
static char self[256];
static char buffer[MEBI];

static void need(int holds, const char *what) {
  if (holds) return;
  perror(what);
  exit(1);
}

static long clock_ns(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * 1000000000L + t.tv_nsec;
}

/* Calls that only go in and out. */
static void getppid_(long n) { while (n--) syscall(SYS_getppid); }
static void clock_(long n) { while (n--) clock_ns(); }

/* Files. */
static void with_file(const char *name, int flags, long n, ssize_t (*once)(int, long)) {
  int fd = open(name, flags);
  need(fd >= 0, name);
  while (n--) need(once(fd, n) > 0, name);
  close(fd);
}
static ssize_t read_1(int fd, long i) { (void)i; return read(fd, buffer, 1); }
static ssize_t write_page(int fd, long i) { (void)i; return write(fd, buffer, PAGE); }
static ssize_t pread_page(int fd, long i) { return pread(fd, buffer, PAGE, i % 64 * PAGE); }
static ssize_t pwrite_page(int fd, long i) { return pwrite(fd, buffer, PAGE, i % 64 * PAGE); }
static ssize_t pread_mebi(int fd, long i) { (void)i; return pread(fd, buffer, MEBI, 0); }
static ssize_t pwrite_mebi(int fd, long i) { (void)i; return pwrite(fd, buffer, MEBI, 0); }
static void read_zero(long n) { with_file("/dev/zero", O_RDONLY, n, read_1); }
static void write_null(long n) { with_file("/dev/null", O_WRONLY, n, write_page); }
static void pread_4k(long n) { with_file(self, O_RDONLY, n, pread_page); }
static void pwrite_4k(long n) { with_file(file, O_RDWR, n, pwrite_page); }
static void pread_1m(long n) { with_file(file, O_RDWR, n, pread_mebi); }
static void pwrite_1m(long n) { with_file(file, O_RDWR, n, pwrite_mebi); }

static void stat_(long n) { struct stat s; while (n--) need(stat(file, &s) == 0, "stat"); }
static void stat_missing(long n) { struct stat s; while (n--) need(stat("/tmp/a/b/c", &s) < 0, "stat"); }
static void open_close(long n) { while (n--) close(open(file, O_RDONLY)); }
static void open_rootfs(long n) { while (n--) close(open(self, O_RDONLY)); }
static void create_unlink(long n) {
  char name[160];
  while (n--) {
    snprintf(name, sizeof name, "%s.%ld", file, n % 64);
    int fd = open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    need(fd >= 0, name);
    close(fd);
    unlink(name);
  }
}

/* Two processes or threads that take turns. */
static void echo(long n, int in, int out) {
  char c;
  while (n--) if (read(in, &c, 1) != 1 || write(out, &c, 1) != 1) _exit(1);
}
static void turns(long n, int mine[2], int its[2]) {
  char c = 0;
  pid_t child = fork();
  need(child >= 0, "fork");
  if (child == 0) { echo(n, its[0], its[1]); _exit(0); }
  while (n--) need(write(mine[1], &c, 1) == 1 && read(mine[0], &c, 1) == 1, "turn");
  waitpid(child, 0, 0);
}
static void pipe_turns(long n) {
  int a[2], b[2];
  need(pipe(a) == 0 && pipe(b) == 0, "pipe");
  turns(n, (int[]){b[0], a[1]}, (int[]){a[0], b[1]});
  for (int i = 0; i < 2; i++) close(a[i]), close(b[i]);
}
static void unix_turns(long n) {
  int s[2];
  need(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0, "socketpair");
  turns(n, (int[]){s[0], s[0]}, (int[]){s[1], s[1]});
  close(s[0]);
  close(s[1]);
}

static int turn;
static void await(int value) {
  while (__atomic_load_n(&turn, __ATOMIC_SEQ_CST) != value) syscall(SYS_futex, &turn, 128, !value, 0);
}
static void pass(int value) {
  __atomic_store_n(&turn, value, __ATOMIC_SEQ_CST);
  syscall(SYS_futex, &turn, 129, 1);
}
static void *partner(void *count) {
  for (long n = (long)count; n--; pass(0)) await(1);
  return 0;
}
static void futex_turns(long n) {
  pthread_t thread;
  need(pthread_create(&thread, 0, partner, (void *)n) == 0, "thread");
  while (n--) pass(1), await(0);
  pthread_join(thread, 0);
}

static void epoll_ready(long n) {
  int p[2], e = epoll_create1(0);
  struct epoll_event event = {.events = EPOLLIN};
  need(pipe(p) == 0 && epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event) == 0, "epoll");
  need(write(p[1], "x", 1) == 1, "write");
  while (n--) need(epoll_wait(e, &event, 1, -1) == 1, "epoll_wait");
  close(e), close(p[0]), close(p[1]);
}
static void handler(int signal) { (void)signal; }
static void signal_self(long n) {
  signal(SIGUSR1, handler);
  while (n--) kill(getpid(), SIGUSR1);
}

/* Processes, threads, memory. */
static void *nothing(void *a) { return a; }
static void thread_(long n) {
  pthread_t t;
  while (n--) need(pthread_create(&t, 0, nothing, 0) == 0 && pthread_join(t, 0) == 0, "thread");
}
static void fork_(long n) {
  while (n--) {
    pid_t child = fork();
    if (child == 0) _exit(0);
    need(waitpid(child, 0, 0) == child, "wait");
  }
}
static void reap(pid_t child) {
  int status;
  need(child > 0 && waitpid(child, &status, 0) == child && status == 0, "exec");
}
static void become_self(void) {
  execl(self, "operations", "exit", (char *)0);
  _exit(127);
}
static void fork_exec(long n) {
  while (n--) {
    pid_t child = fork();
    if (child == 0) become_self();
    reap(child);
  }
}
static void vfork_exec(long n) {
  while (n--) {
    pid_t child = vfork();
    if (child == 0) become_self();
    reap(child);
  }
}
static char *memory(size_t length) {
  char *p = mmap(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  need(p != MAP_FAILED, "mmap");
  return p;
}
static void mmap_munmap(long n) { while (n--) munmap(memory(16 * PAGE), 16 * PAGE); }
/* One operation is one page. */
static void first_touch(long n) {
  char *p = memory(n * PAGE);
  madvise(p, n * PAGE, MADV_NOHUGEPAGE);
  for (long i = 0; i < n; i++) p[i * PAGE] = 1;
  munmap(p, n * PAGE);
}
static void copied_touch(long n) {
  char *p = memory(n * PAGE);
  madvise(p, n * PAGE, MADV_NOHUGEPAGE);
  memset(p, 1, n * PAGE);
  pid_t child = fork();
  if (child == 0) {
    long start = clock_ns();
    for (long i = 0; i < n; i++) p[i * PAGE] = 2;
    _exit(clock_ns() < start);
  }
  waitpid(child, 0, 0);
  munmap(p, n * PAGE);
}

static const struct { const char *name; void (*run)(long); long first, most; } operations[] = {
  {"getppid", getppid_, 500, 1L << 30}, {"clock_gettime", clock_, 1000, 1L << 30},
  {"read /dev/zero", read_zero, 500, 1L << 30}, {"write /dev/null 4K", write_null, 500, 1L << 30},
  {"stat", stat_, 200, 1L << 30}, {"stat, missing", stat_missing, 200, 1L << 30},
  {"open, close", open_close, 200, 1L << 30}, {"open, close: rootfs", open_rootfs, 200, 1L << 30},
  {"create, close, unlink", create_unlink, 100, 1L << 30},
  {"pread 4K: rootfs", pread_4k, 200, 1L << 30}, {"pwrite 4K", pwrite_4k, 200, 1L << 30},
  {"pread 1M", pread_1m, 4, 1L << 30}, {"pwrite 1M", pwrite_1m, 4, 1L << 30},
  {"pipe, both ways", pipe_turns, 100, 1L << 30}, {"socket, both ways", unix_turns, 100, 1L << 30},
  {"futex, both ways", futex_turns, 100, 1L << 30}, {"epoll_wait, ready", epoll_ready, 200, 1L << 30},
  {"kill self, handler", signal_self, 200, 1L << 30}, {"thread, join", thread_, 20, 1L << 30},
  {"fork, exit, wait", fork_, 10, 1L << 30}, {"fork, exec, wait", fork_exec, 5, 1L << 30},
  {"vfork, exec, wait", vfork_exec, 5, 1L << 30}, {"mmap, munmap", mmap_munmap, 100, 1L << 30},
  {"page, first touch", first_touch, 4096, 1 << 15}, {"page, copied", copied_touch, 4096, 1 << 13},
};

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "exit") == 0) _exit(0);
  long budget = (argc > 1 ? atol(argv[1]) : 50) * 1000000;
  const char *tmp = getenv("OPERATIONS_TMP");
  snprintf(file, sizeof file, "%s/operations.%d", tmp ? tmp : "/tmp", getpid());
  need(readlink("/proc/self/exe", self, sizeof self - 1) > 0, "/proc/self/exe");
  int fd = open(file, O_CREAT | O_RDWR, 0600);
  need(fd >= 0 && write(fd, buffer, MEBI) == MEBI, file);
  close(fd);
  for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
    int wanted = argc < 3;
    for (int k = 2; k < argc; k++) wanted |= strcmp(argv[k], operations[i].name) == 0;
    if (!wanted) continue;
    long n = operations[i].first, took;
    for (;;) {
      long start = clock_ns();
      operations[i].run(n);
      took = clock_ns() - start;
      if (took >= budget / 2 || n >= operations[i].most) break;
      long more = took > 0 ? budget / took : 8;
      n *= more < 2 ? 2 : more > 8 ? 8 : more;
      if (n > operations[i].most) n = operations[i].most;
    }
    printf("%s\t%.1f\n", operations[i].name, (double)took / n);
    fflush(stdout);
  }
  unlink(file);
  return 0;
}
