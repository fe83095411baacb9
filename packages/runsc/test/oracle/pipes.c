/* Pipes, FIFOs, splice and its kin: partial results, atomicity, limits, ends that go away. */
#include "oracle.h"
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/uio.h>

static char big[1 << 20];
static int got_pipe, got_alarm;
static void on_pipe(int s) { (void)s; got_pipe++; }
static void on_alarm(int s) { (void)s; got_alarm++; }
static void bits(const char *what, int fd) {
  struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM | POLLPRI};
  int n = poll(&p, 1, 0);
  printf("%s: %d %x\n", what, n, p.revents);
  fflush(stdout);
}
static int readable(int fd) { int n = -1; ioctl(fd, FIONREAD, &n); return n; }

int main(void) {
  int p[2], q[2], n;
  char buf[8192];
  struct sigaction sa = {0};
  sa.sa_handler = on_alarm;
  sigaction(SIGALRM, &sa, 0);
  signal(SIGPIPE, on_pipe);
  R(pipe(BAD));
  R(pipe2(p, 1));
  R(pipe2(p, O_NONBLOCK | O_CLOEXEC | O_DIRECT));
  R(fcntl(p[0], F_GETFL));
  R(fcntl(p[1], F_GETFL));
  R(fcntl(p[1], F_GETFD));
  /* packets */
  R(write(p[1], "hello", 5));
  R(write(p[1], "world", 5));
  R(read(p[0], buf, 3));
  R(read(p[0], buf, 100));
  R(read(p[0], buf, 100));
  R(write(p[1], big, 5000));
  R(read(p[0], buf, 8192));
  R(read(p[0], buf, 8192));
  close(p[0]);
  R(write(p[1], "x", 1));
  R(got_pipe);
  close(p[1]);
  /* sizes */
  pipe2(p, O_NONBLOCK);
  R(fcntl(p[0], F_GETPIPE_SZ));
  R(write(p[1], big, sizeof big));
  R(readable(p[0]));
  bits("full, read end", p[0]);
  bits("full, write end", p[1]);
  R(write(p[1], big, 1));
  R(read(p[0], buf, 4095));
  bits("a page less a byte", p[1]);
  R(write(p[1], big, 4096));
  R(write(p[1], big, 1));
  R(read(p[0], buf, 1));
  bits("a page", p[1]);
  R(write(p[1], big, 4096));
  R(write(p[1], big, 1));
  R(fcntl(p[1], F_SETPIPE_SZ, 4096));
  while (read(p[0], buf, sizeof buf) > 0);
  R(fcntl(p[1], F_SETPIPE_SZ, 1));
  R(fcntl(p[1], F_SETPIPE_SZ, 5000));
  R(fcntl(p[1], F_SETPIPE_SZ, 0));
  R(fcntl(p[1], F_SETPIPE_SZ, -1));
  R(fcntl(p[1], F_SETPIPE_SZ, 1 << 20));
  R(fcntl(p[1], F_SETPIPE_SZ, 8192));
  R(write(p[1], big, 8191));
  R(write(p[1], big, 2));
  R(write(p[1], big, 1));
  R(write(p[1], big, 5000));
  while (read(p[0], buf, sizeof buf) > 0);
  for (n = 0; write(p[1], "a", 1) == 1; n++);
  printf("single bytes %d\n", n);
  while (read(p[0], buf, sizeof buf) > 0);
  R(write(p[1], BAD, 1));
  R(write(p[1], big, 0));
  R(write(p[1], BAD, 0));
  R(read(p[0], BAD, 0));
  R(write(p[1], "abc", 3));
  R(read(p[0], BAD, 1));
  R(readable(p[0]));
  R(read(p[1], buf, 1));
  R(write(p[0], buf, 1));
  /* memory that ends half way */
  char *edge = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(edge + 4096, 4096);
  memset(edge, 'e', 4096);
  R(write(p[1], edge + 4090, 20));
  R(readable(p[0]));
  while (read(p[0], buf, sizeof buf) > 0);
  R(write(p[1], big, 100));
  R(read(p[0], edge + 4090, 50));
  R(readable(p[0]));
  struct iovec iov[3] = {{buf, 10}, {BAD, 10}, {buf, 10}};
  R(readv(p[0], iov, 3));
  R(readable(p[0]));
  R(writev(p[1], iov, 3));
  iov[1] = (struct iovec){BAD, 0};
  R(writev(p[1], iov, 3));
  iov[0].iov_len = -1;
  R(writev(p[1], iov, 3));
  iov[0].iov_len = SSIZE_MAX;
  R(writev(p[1], iov, 3));
  /* ends */
  bits("read end", p[0]);
  close(p[1]);
  bits("no writer, data", p[0]);
  while (read(p[0], buf, sizeof buf) > 0);
  bits("no writer", p[0]);
  R(read(p[0], buf, 1));
  close(p[0]);
  pipe(p);
  close(p[0]);
  bits("no reader", p[1]);
  close(p[1]);
  /* blocking write larger than the pipe */
  pipe(p);
  if (!fork()) {
    close(p[1]);
    long total = 0, m;
    while ((m = read(p[0], big, 10000)) > 0) { total += m; if (total < 50000) usleep(2000); }
    printf("child read %ld\n", total);
    fflush(stdout);
    _exit(0);
  }
  R(write(p[1], big, 300000));
  close(p[0]);
  close(p[1]);
  wait(0);
  /* interrupted */
  pipe(p);
  struct { long a, b, c, d; } it = {0, 0, 0, 30000};
  syscall(SYS_setitimer, 0, &it, 0);
  R(write(p[1], big, 100000));
  R(got_alarm);
  R(readable(p[0]));
  syscall(SYS_setitimer, 0, &it, 0);
  R(write(p[1], big, 1));
  /* atomic writes of several writers */
  close(p[0]), close(p[1]);
  pipe(p);
  for (int k = 0; k < 4; k++)
    if (!fork()) {
      char line[500];
      memset(line, 'a' + k, sizeof line);
      for (int i = 0; i < 200; i++) write(p[1], line, sizeof line);
      _exit(0);
    }
  close(p[1]);
  int torn = 0, lines = 0, have = 0;
  while ((n = read(p[0], big + have, sizeof big - have)) > 0) have += n;
  for (int i = 0; i + 500 <= have; i += 500, lines++)
    for (int j = 1; j < 500; j++) if (big[i + j] != big[i]) { torn++; break; }
  printf("lines %d torn %d\n", lines, torn);
  while (wait(0) > 0);
  close(p[0]);
  /* splice, tee, vmsplice, sendfile */
  pipe2(p, O_NONBLOCK);
  pipe2(q, O_NONBLOCK);
  char name[] = "/tmp/oracle-XXXXXX";
  int f = mkstemp(name);
  write(f, "0123456789", 10);
  loff_t off = 2, bad = -1;
  R(splice(f, &off, p[1], 0, 5, 0));
  printf("off %ld\n", (long)off);
  R(splice(f, &bad, p[1], 0, 5, 0));
  R(splice(f, BAD, p[1], 0, 5, 0));
  R(splice(p[0], &off, q[1], 0, 5, 0));
  R(splice(p[0], 0, q[1], &off, 5, 0));
  R(splice(f, 0, f, 0, 5, 0));
  R(splice(p[0], 0, p[1], 0, 5, 0));
  R(splice(p[1], 0, q[1], 0, 5, 0));
  R(splice(p[0], 0, q[0], 0, 5, 0));
  R(splice(99, 0, q[0], 0, 5, 0));
  R(splice(p[0], 0, q[1], 0, 0, 0));
  R(splice(p[0], 0, q[1], 0, 1, 0x100));
  R(splice(f, 0, p[1], 0, 5, 0));
  R(tee(p[0], q[1], 3, 0));
  R(tee(p[0], f, 3, 0));
  R(tee(p[0], p[1], 3, 0));
  R(read(q[0], buf, 100));
  R(splice(p[0], 0, q[1], 0, 100, 0));
  R(splice(p[0], 0, q[1], 0, 100, 0));
  R(tee(p[0], q[1], 3, 0));
  off = 20;
  R(splice(q[0], 0, f, &off, 100, 0));
  R(lseek(f, 0, SEEK_END));
  R(lseek(f, 0, SEEK_CUR));
  fcntl(f, F_SETFL, O_APPEND);
  R(splice(p[0], 0, f, 0, 5, 0));
  fcntl(f, F_SETFL, 0);
  iov[0] = (struct iovec){"vmsplice", 8};
  R(vmsplice(p[1], iov, 1, 0));
  R(vmsplice(f, iov, 1, 0));
  R(vmsplice(p[1], iov, 1, 0x20));
  R(vmsplice(p[1], iov, 1025, 0));
  iov[0] = (struct iovec){buf, 100};
  R(vmsplice(p[0], iov, 1, 0));
  off = 1;
  R(sendfile(q[1], f, &off, 4));
  printf("off %ld\n", (long)off);
  R(sendfile(f, q[0], 0, 4));
  R(sendfile(q[1], f, &bad, 4));
  R(sendfile(q[1], f, BAD, 4));
  R(sendfile(q[1], 99, 0, 4));
  R(sendfile(q[0], f, 0, 4));
  R(lseek(f, 3, SEEK_SET));
  R(sendfile(q[1], f, 0, 1000));
  R(lseek(f, 0, SEEK_CUR));
  R(readable(q[0]));
  lseek(f, 0, SEEK_SET);
  int g = open(name, O_RDWR);
  off = 0;
  R(copy_file_range(f, &off, g, 0, 5, 1));
  loff_t to = 50;
  R(copy_file_range(f, &off, g, &to, 5, 0));
  R(copy_file_range(f, &off, g, &off, 5, 0));
  R(copy_file_range(p[0], 0, g, 0, 5, 0));
  R(lseek(g, 0, SEEK_END));
  close(q[0]);
  R(splice(f, 0, q[1], 0, 5, 0));
  R(sendfile(q[1], f, 0, 5));
  got_pipe = 0;
  R(tee(p[0], q[1], 5, 0));
  R(got_pipe);
  unlink(name);
  /* FIFOs */
  strcpy(name, "/tmp/oracle-XXXXXX");
  close(mkstemp(name));
  unlink(name);
  R(mkfifo(name, 0600));
  R(mkfifo(name, 0600));
  R(open(name, O_WRONLY | O_NONBLOCK));
  int r = open(name, O_RDONLY | O_NONBLOCK);
  bits("fifo, never a writer", r);
  R(read(r, buf, 1));
  int w = open(name, O_WRONLY | O_NONBLOCK);
  bits("fifo, a writer", r);
  R(read(r, buf, 1));
  R(write(w, "ab", 2));
  R(lseek(w, 0, SEEK_SET));
  close(r);
  bits("fifo, reader gone", w);
  r = open(name, O_RDONLY | O_NONBLOCK);
  bits("fifo, reader back", r);
  R(read(r, buf, 10));
  close(w);
  bits("fifo, writer gone", r);
  R(read(r, buf, 10));
  int rw = open(name, O_RDWR);
  bits("fifo, both", rw);
  bits("fifo, reader", r);
  close(rw), close(r);
  if (!fork()) { usleep(20000); w = open(name, O_WRONLY); write(w, "late", 4); _exit(0); }
  r = open(name, O_RDONLY);
  R(read(r, buf, 10));
  R(read(r, buf, 10));
  wait(0);
  syscall(SYS_setitimer, 0, &it, 0);
  close(r);
  R(open(name, O_RDONLY));
  R(open(name, O_RDONLY | O_TRUNC | O_NONBLOCK) >= 0);
  unlink(name);
  /* descriptors run out */
  struct rlimit few = {40, 40};
  setrlimit(RLIMIT_NOFILE, &few);
  while (dup(0) >= 0);
  R(pipe(p));
  close(39);
  R(pipe(p));
  R(dup(0));
  R(dup2(0, 40));
  R(dup2(0, -1));
  R(dup2(77, 3));
  R(dup3(0, 39, 1));
  R(fcntl(0, F_DUPFD, 39));
  R(fcntl(0, F_DUPFD, 40));
  R(open("/dev/null", 0));
  R(syscall(SYS_close_range, 30, 20, 0));
  R(syscall(SYS_close_range, 30, ~0u, 8));
  R(syscall(SYS_close_range, 30, ~0u, 4));
  R(fcntl(35, F_GETFD));
  R(syscall(SYS_close_range, 10, ~0u, 2));
  R(fcntl(35, F_GETFD));
  R(close(35));
  return 0;
}
