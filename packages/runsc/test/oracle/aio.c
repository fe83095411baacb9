/* Linux AIO: contexts and their limits, every request, waiting, cancelling, ends. */
#include "oracle.h"
#include <linux/aio_abi.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>

struct ring { unsigned id, nr, head, tail, magic, compat, incompat, header_length; struct io_event events[]; };

static int io_setup(unsigned nr, aio_context_t *ctx) { return syscall(SYS_io_setup, nr, ctx); }
static int io_destroy(aio_context_t ctx) { return syscall(SYS_io_destroy, ctx); }
static int io_submit(aio_context_t ctx, long nr, struct iocb **list) { return syscall(SYS_io_submit, ctx, nr, list); }
static int io_cancel(aio_context_t ctx, struct iocb *cb, struct io_event *ev) { return syscall(SYS_io_cancel, ctx, cb, ev); }
static int io_getevents(aio_context_t ctx, long min, long nr, struct io_event *ev, struct timespec *ts) {
  return syscall(SYS_io_getevents, ctx, min, nr, ev, ts);
}
struct sigarg { const sigset_t *mask; size_t size; };
static int io_pgetevents(aio_context_t ctx, long min, long nr, struct io_event *ev, struct timespec *ts, struct sigarg *sig) {
  return syscall(SYS_io_pgetevents, ctx, min, nr, ev, ts, sig);
}

static struct io_event got[256];
static aio_context_t ctx;
static struct timespec at_once = {0, 0}, a_moment = {0, 20000000}, before = {-1, 0};

static struct iocb iocb(int op, int fd, void *buf, size_t n, long long off) {
  return (struct iocb){.aio_data = 0xfedcba9876543210, .aio_lio_opcode = op, .aio_fildes = fd, .aio_buf = (uintptr_t)buf, .aio_nbytes = n, .aio_offset = off};
}
/* Submits one request and prints what comes of it. */
static void one(const char *what, struct iocb cb) {
  struct iocb *list[] = {&cb};
  cb.aio_key = 77;
  errno = 0;
  int n = io_submit(ctx, 1, list);
  printf("%s: %d %s key %u", what, n, n < 0 ? strerrorname_np(errno) : "", cb.aio_key);
  if (n == 1) {
    struct timespec second = {5, 0};
    n = io_getevents(ctx, 1, 1, got, &second);
    printf(", events %d, res %lld %lld, data %llx, obj %d", n, (long long)got[0].res, (long long)got[0].res2,
           (unsigned long long)got[0].data, got[0].obj == (uintptr_t)&cb);
  }
  printf("\n");
  fflush(stdout);
}
static int aio_nr(void) {
  char text[32] = "";
  int fd = open("/proc/sys/fs/aio-nr", O_RDONLY);
  if (read(fd, text, 31) < 0) abort();
  close(fd);
  return atoi(text);
}

static void contexts(void) {
  R(io_setup(1, BAD));
  R(io_setup(0, &ctx));
  ctx = 5;
  R(io_setup(1, &ctx));
  ctx = 0;
  R(io_setup(0x10000000, &ctx));
  R(io_setup(0x80000000, &ctx));
  R(io_setup(0xffffffff, &ctx));
  R(io_setup(65537, &ctx));
  int was = aio_nr();
  R(io_setup(600, &ctx));
  printf("counted: %d\n", aio_nr() - was);
  struct ring *ring = (struct ring *)ctx;
  printf("ring: nr %u head %u tail %u magic %x compat %u incompat %u header %u\n", ring->nr, ring->head, ring->tail, ring->magic,
         ring->compat, ring->incompat, ring->header_length);
  char line[256], perms[8];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    unsigned long from;
    if (sscanf(line, "%lx-%*x %7s", &from, perms) == 2 && from == ctx) printf("maps: %s %s", perms, strchr(line, '/'));
  }
  fclose(maps);
  aio_context_t other = 0;
  R(io_setup(1, &other));
  R(io_destroy(other));
  R(io_destroy(other));
  R(io_destroy(0));
  R(io_destroy(ctx + 4096));
  R(io_getevents(other, 0, 1, got, 0));
  struct iocb *none[1];
  R(io_submit(other, 0, none));
  R(io_submit(ctx, 0, none));
  R(io_submit(ctx, -1, none));
  R(io_submit(ctx, 1, BAD));
  none[0] = BAD;
  R(io_submit(ctx, 1, none));
}

static void requests(void) {
  char data[64] = "0123456789abcdef", in[64] = "";
  int file = open("aio-test", O_RDWR | O_CREAT | O_TRUNC, 0600), reader = open("aio-test", O_RDONLY), writer = open("aio-test", O_WRONLY);
  int place = open("aio-test", O_PATH), directory = open(".", O_RDONLY), append = open("aio-test", O_WRONLY | O_APPEND);
  int event = eventfd(0, EFD_NONBLOCK);
  struct iovec vector[2] = {{data, 3}, {data + 8, 4}}, into[2] = {{in, 2}, {in + 10, 30}}, wrong[1] = {{data, -1}};
  one("pwrite", iocb(IOCB_CMD_PWRITE, file, data, 16, 0));
  one("pwritev", iocb(IOCB_CMD_PWRITEV, file, vector, 2, 20));
  one("pread", iocb(IOCB_CMD_PREAD, file, in, 64, 4));
  printf("%.12s\n", in);
  one("preadv", iocb(IOCB_CMD_PREADV, file, into, 2, 18));
  printf("%d %d %.9s\n", in[0], in[1], in + 10);
  one("pread at the end", iocb(IOCB_CMD_PREAD, file, in, 64, 1000));
  one("pread nothing", iocb(IOCB_CMD_PREAD, file, in, 0, 0));
  one("pread bad buffer", iocb(IOCB_CMD_PREAD, file, BAD, 10, 0));
  one("pread kernel buffer", iocb(IOCB_CMD_PREAD, file, (void *)-4096, 10, 0));
  one("pread huge", iocb(IOCB_CMD_PREAD, file, in, -1, 0));
  one("pread before", iocb(IOCB_CMD_PREAD, file, in, 10, -1));
  one("pread far", iocb(IOCB_CMD_PREAD, file, in, 10, INT64_MAX - 2));
  one("preadv bad vector", iocb(IOCB_CMD_PREADV, file, BAD, 1, 0));
  one("preadv long vector", iocb(IOCB_CMD_PREADV, file, vector, 1025, 0));
  one("preadv negative", iocb(IOCB_CMD_PREADV, file, wrong, 1, 0));
  one("pread of a writer", iocb(IOCB_CMD_PREAD, writer, in, 10, 0));
  one("pwrite to a reader", iocb(IOCB_CMD_PWRITE, reader, in, 10, 0));
  one("pread of a place", iocb(IOCB_CMD_PREAD, place, in, 10, 0));
  one("pread of a directory", iocb(IOCB_CMD_PREAD, directory, in, 10, 0));
  one("pread of nothing", iocb(IOCB_CMD_PREAD, 999, in, 10, 0));
  one("append", iocb(IOCB_CMD_PWRITE, append, data, 6, 0));
  printf("size %ld\n", (long)lseek(file, 0, SEEK_END));
  one("fsync", iocb(IOCB_CMD_FSYNC, file, 0, 0, 0));
  one("fdsync", iocb(IOCB_CMD_FDSYNC, file, 0, 0, 0));
  one("fsync with a buffer", iocb(IOCB_CMD_FSYNC, file, data, 0, 0));
  one("fsync with an offset", iocb(IOCB_CMD_FSYNC, file, 0, 0, 8));
  one("fsync of an eventfd", iocb(IOCB_CMD_FSYNC, event, 0, 0, 0));
  one("noop", iocb(IOCB_CMD_NOOP, file, 0, 0, 0));
  one("operation 4", iocb(4, file, 0, 0, 0));
  one("operation 99", iocb(99, file, 0, 0, 0));
  struct iocb cb = iocb(IOCB_CMD_PREAD, file, in, 4, 0);
  cb.aio_reserved2 = 1;
  one("reserved", cb);
  cb.aio_reserved2 = 0;
  cb.aio_flags = IOCB_FLAG_RESFD;
  cb.aio_resfd = event;
  one("with an eventfd", cb);
  uint64_t count = 0;
  R(read(event, &count, 8));
  printf("count %d\n", (int)count);
  cb.aio_resfd = file;
  one("with a file as eventfd", cb);
  cb.aio_resfd = 999;
  one("with a bad eventfd", cb);
  cb.aio_flags = IOCB_FLAG_IOPRIO;
  cb.aio_reqprio = 2 << 13 | 4;
  one("best effort", cb);
  cb.aio_reqprio = 5 << 13;
  one("no such class", cb);
  cb.aio_flags = 0;
  cb.aio_rw_flags = 0x40000000;
  one("unknown flag", cb);
  cb.aio_rw_flags = 0x10 | 0x20;
  one("both appends", cb);
  cb = iocb(IOCB_CMD_PWRITE, file, data, 4, 0);
  cb.aio_rw_flags = 0x10 | 0x2;
  one("write that appends, synchronously", cb);
  printf("size %ld\n", (long)lseek(file, 0, SEEK_END));

  int p[2], nb[2];
  if (pipe(p) || pipe2(nb, O_NONBLOCK)) abort();
  one("write to a pipe", iocb(IOCB_CMD_PWRITE, p[1], data, 5, 0));
  one("write to a pipe, with an offset", iocb(IOCB_CMD_PWRITE, p[1], data, 5, 100));
  one("read from a pipe", iocb(IOCB_CMD_PREAD, p[0], in, 20, 50));
  one("read from an empty pipe", iocb(IOCB_CMD_PREAD, nb[0], in, 20, 0));
  one("poll of a pipe", iocb(IOCB_CMD_POLL, p[1], (void *)(POLLIN | POLLOUT), 0, 0));
  one("poll with a length", iocb(IOCB_CMD_POLL, p[1], (void *)POLLOUT, 1, 0));
  one("poll with an offset", iocb(IOCB_CMD_POLL, p[1], (void *)POLLOUT, 0, 1));
  one("poll of too much", iocb(IOCB_CMD_POLL, p[1], (void *)0x10000, 0, 0));
  one("poll of a file", iocb(IOCB_CMD_POLL, file, (void *)POLLIN, 0, 0));
  close(nb[1]);
  one("poll of a pipe without writers", iocb(IOCB_CMD_POLL, nb[0], (void *)0, 0, 0));
  close(p[0]);
  signal(SIGPIPE, SIG_IGN);
  one("write to nobody", iocb(IOCB_CMD_PWRITE, p[1], data, 5, 0));

  struct iocb a = iocb(IOCB_CMD_PREAD, file, in, 4, 0), b = a, c = a;
  b.aio_lio_opcode = 42;
  struct iocb *three[] = {&a, &b, &c}, *last[] = {&b, &a};
  R(io_submit(ctx, 3, three));
  R(io_submit(ctx, 2, last));
  R(io_getevents(ctx, 0, 10, got, &at_once));
  unlink("aio-test");
  close(file), close(reader), close(writer), close(place), close(directory), close(append), close(event), close(p[1]), close(nb[0]);
}

static void *later(void *fd) {
  usleep(30000);
  if (write((int)(long)fd, "x", 1) != 1) abort();
  return 0;
}
static void *destroys(void *arg) {
  usleep(30000);
  return (void *)(long)io_destroy(*(aio_context_t *)arg);
}
static void hit(int signo) { printf("signal %d\n", signo); }

static void waiting(void) {
  int p[2];
  pthread_t thread;
  if (pipe(p)) abort();
  struct iocb cb = iocb(IOCB_CMD_POLL, p[0], (void *)POLLIN, 0, 0), *list[] = {&cb};
  R(io_getevents(ctx, 2, 1, got, 0));
  R(io_getevents(ctx, -1, 1, got, 0));
  R(io_getevents(ctx, 0, -1, got, 0));
  R(io_getevents(ctx, 0, 1, BAD, 0));
  R(io_getevents(ctx, 1, 1, got, BAD));
  R(io_getevents(ctx, 1, 1, got, &at_once));
  R(io_getevents(ctx, 1, 1, got, &a_moment));
  R(io_submit(ctx, 1, list));
  R(io_getevents(ctx, 1, 1, got, &at_once));
  pthread_create(&thread, 0, later, (void *)(long)p[1]);
  R(io_getevents(ctx, 1, 1, BAD, 0));
  R(io_getevents(ctx, 1, 1, got, 0));
  pthread_join(thread, 0);
  printf("ready %lld\n", (long long)got[0].res & POLLIN);
  R(read(p[0], got, 1));

  R(io_submit(ctx, 1, list));
  struct iocb other = cb;
  R(io_cancel(ctx, BAD, got));
  R(io_cancel(ctx, &other, got));
  R(io_cancel(0, &cb, got));
  R(io_cancel(ctx, &cb, BAD));
  R(io_getevents(ctx, 1, 1, got, 0));
  printf("cancelled: res %lld\n", (long long)got[0].res);
  R(io_cancel(ctx, &cb, got));
  cb.aio_key = 3;
  R(io_cancel(ctx, &cb, got));

  /* A read of a pipe sleeps in io_submit. */
  cb = iocb(IOCB_CMD_PREAD, p[0], got, 1, 0);
  pthread_create(&thread, 0, later, (void *)(long)p[1]);
  R(io_submit(ctx, 1, list));
  pthread_join(thread, 0);
  R(io_getevents(ctx, 1, 1, got, 0));
  printf("res %lld\n", (long long)got[0].res);

  struct sigaction action = {.sa_handler = hit, .sa_flags = SA_RESTART};
  sigaction(SIGALRM, &action, 0);
  ualarm(30000, 0);
  R(io_submit(ctx, 1, list));
  R(io_getevents(ctx, 1, 1, got, 0));
  printf("interrupted: res %lld\n", (long long)got[0].res);
  ualarm(30000, 0);
  R(io_getevents(ctx, 1, 1, got, 0));
  ualarm(30000, 0);
  R(io_pgetevents(ctx, 1, 1, got, 0, 0));
  ualarm(30000, 0);
  R(io_getevents(ctx, 1, 1, got, &before));
  sigset_t all, none;
  sigfillset(&all);
  sigemptyset(&none);
  struct sigarg block = {&all, 8}, open_all = {&none, 8}, odd = {&all, 4}, bad = {BAD, 8}, empty = {0, 4};
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, BAD));
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &odd));
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &bad));
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &empty));
  ualarm(10000, 0);
  struct timespec longer = {0, 300000000};
  R(io_pgetevents(ctx, 1, 1, got, &longer, &block));
  sigprocmask(SIG_BLOCK, &all, 0);
  raise(SIGALRM);
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &block));
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &open_all));
  raise(SIGALRM);
  int file = open("/proc/self/exe", O_RDONLY);
  cb = iocb(IOCB_CMD_PREAD, file, got, 1, 0);
  R(io_submit(ctx, 1, list));
  R(io_pgetevents(ctx, 1, 1, got, &a_moment, &open_all));
  sigprocmask(SIG_UNBLOCK, &all, 0);

  /* The end of a context under a thread that waits. */
  aio_context_t short_lived = 0;
  R(io_setup(4, &short_lived));
  cb = iocb(IOCB_CMD_POLL, p[0], (void *)POLLIN, 0, 0);
  int event = cb.aio_resfd = eventfd(0, 0);
  cb.aio_flags = IOCB_FLAG_RESFD;
  R(io_submit(short_lived, 1, list));
  pthread_create(&thread, 0, destroys, &short_lived);
  R(io_getevents(short_lived, 2, 2, got, 0));
  void *destroyed;
  pthread_join(thread, &destroyed);
  printf("destroyed: %ld\n", (long)destroyed);
  R(read(event, got, 8));
  R(io_destroy(short_lived));
  close(p[0]), close(p[1]), close(event), close(file);
}

/* As many requests as there is room for; the ring as libraries use it. */
static void full(void) {
  aio_context_t small = 0;
  int p[2], room = 0;
  if (pipe(p)) abort();
  R(io_setup(100, &small));
  struct ring *ring = (struct ring *)small;
  struct iocb cb = iocb(IOCB_CMD_POLL, p[1], (void *)POLLOUT, 0, 0), *list[] = {&cb};
  while (io_submit(small, 1, list) == 1) room++;
  printf("full: %s, as many as asked for %d\n", strerrorname_np(errno), room >= 100 && room < (int)ring->nr);
  printf("user space finds all %d\n", (int)(ring->tail - ring->head) == room);
  int taken = 0;
  for (; ring->head != ring->tail; taken++) {
    if (ring->events[ring->head].res != POLLOUT) printf("event %u is wrong\n", ring->head);
    ring->head = (ring->head + 1) % ring->nr;
  }
  printf("took all %d\n", taken == room);
  R(io_getevents(small, 0, 1, got, 0));
  for (int i = 0; i < 50; i++)
    if (io_submit(small, 1, list) != 1) printf("submit %d failed\n", i);
  R(io_getevents(small, 1, 256, got, 0));
  ring->head = 0xfffffff0;
  OK(io_getevents(small, 0, 256, got, 0));
  R(munmap(ring, 4096));
  R(io_submit(small, 1, list));
  R(io_destroy(small));
  close(p[0]), close(p[1]);
}

static void moves(void) {
  aio_context_t old = 0;
  R(io_setup(1, &old));
  struct ring *ring = (struct ring *)old;
  size_t size = (32 + 32 * ring->nr + 4095) / 4096 * 4096;
  void *place = mmap(0, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  aio_context_t new = (aio_context_t)mremap((void *)old, size, size, MREMAP_MAYMOVE | MREMAP_FIXED, place);
  R(new == (aio_context_t)place);
  R(io_getevents(old, 0, 1, got, 0));
  R(io_getevents(new, 0, 1, got, 0));
  R(mremap((void *)new, size, size + 4096, MREMAP_MAYMOVE) == MAP_FAILED);
  pid_t child = fork();
  if (child == 0) {
    R(io_getevents(new, 0, 1, got, 0));
    R(((struct ring *)new)->magic == 0xa10a10a1);
    R(io_destroy(new));
    aio_context_t own = 0;
    R(io_setup(1, &own));
    _exit(0);
  }
  waitpid(child, 0, 0);
  R(io_destroy(new));
}

/* What a process leaves when it execs or ends. */
static void ends(char **argv) {
  int event = eventfd(0, 0), p[2];
  if (pipe(p)) abort();
  int was = aio_nr();
  pid_t child = fork();
  if (child == 0) {
    aio_context_t own = 0;
    struct iocb cb = iocb(IOCB_CMD_POLL, p[0], (void *)POLLIN, 0, 0), *list[] = {&cb};
    cb.aio_flags = IOCB_FLAG_RESFD;
    cb.aio_resfd = event;
    R(io_setup(50, &own));
    R(io_submit(own, 1, list));
    char number[32];
    sprintf(number, "%d", was);
    execl("/proc/self/exe", argv[0], number, (char *)0);
    _exit(1);
  }
  int status;
  waitpid(child, &status, 0);
  printf("status %x, counted %d\n", status, aio_nr() - was);
  R(read(event, got, 8));
  child = fork();
  if (child == 0) {
    aio_context_t own = 0;
    struct iocb cb = iocb(IOCB_CMD_PREAD, p[0], got, 1, 0), *list[] = {&cb};
    io_setup(50, &own);
    io_submit(own, 1, list);
    _exit(1);
  }
  usleep(30000);
  kill(child, SIGKILL);
  waitpid(child, &status, 0);
  for (int i = 0; i < 100 && aio_nr() != was; i++) usleep(10000);
  printf("status %x, counted %d\n", status, aio_nr() - was);
}

int main(int argc, char **argv) {
  if (argc > 1) {
    printf("after exec: counted %d\n", aio_nr() - atoi(argv[1]));
    return 0;
  }
  contexts();
  requests();
  waiting();
  full();
  moves();
  ends(argv);
  return 0;
}
