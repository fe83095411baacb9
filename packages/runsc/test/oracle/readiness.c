/* epoll, eventfd, poll and select: level, edge, one shot, nesting, limits. */
#include "oracle.h"
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <time.h>

static struct epoll_event ev[20];
static void wait_for(const char *what, int e) {
  int n = epoll_wait(e, ev, 20, 10);
  printf("%s: %d", what, n);
  for (int i = 0; i < n; i++) printf(" (%x %d)", ev[i].events, ev[i].data.fd);
  printf("\n");
  fflush(stdout);
}
static int ctl(int e, int op, int fd, unsigned events) {
  struct epoll_event v = {.events = events, .data.fd = fd};
  return epoll_ctl(e, op, fd, &v);
}
int main(void) {
  int p[2], q[2], s[2], e, e2, f;
  char b[100];
  uint64_t n;
  for (int i = 3; i < 20; i++) close(i);
  R(epoll_create(0));
  R(epoll_create1(1));
  R(e = epoll_create1(EPOLL_CLOEXEC));
  pipe2(p, O_NONBLOCK);
  pipe2(q, O_NONBLOCK);
  R(epoll_wait(e, ev, 0, 0));
  R(epoll_wait(e, ev, -1, 0));
  R(epoll_wait(p[0], ev, 1, 0));
  R(epoll_wait(99, ev, 1, 0));
  R(epoll_wait(e, BAD, 1, 0));
  R(epoll_ctl(e, EPOLL_CTL_ADD, p[0], BAD));
  R(ctl(e, 9, p[0], 0));
  R(ctl(e, EPOLL_CTL_ADD, e, EPOLLIN));
  R(ctl(e, EPOLL_CTL_ADD, 99, EPOLLIN));
  R(ctl(99, EPOLL_CTL_ADD, e, EPOLLIN));
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN));
  R(ctl(e, EPOLL_CTL_DEL, p[0], EPOLLIN));
  R(ctl(e, EPOLL_CTL_ADD, open("/dev/null", 0), EPOLLIN));
  R(ctl(e, EPOLL_CTL_ADD, open("/tmp", 0), EPOLLIN));
  /* level */
  R(ctl(e, EPOLL_CTL_ADD, p[0], EPOLLIN));
  R(ctl(e, EPOLL_CTL_ADD, p[0], EPOLLIN));
  wait_for("nothing", e);
  write(p[1], "ab", 2);
  wait_for("level", e);
  R(epoll_wait(e, BAD, 1, 0));
  wait_for("level again", e);
  read(p[0], b, 100);
  wait_for("read", e);
  /* edge */
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET));
  wait_for("edge, nothing", e);
  write(p[1], "ab", 2);
  wait_for("edge", e);
  wait_for("edge again", e);
  read(p[0], b, 1);
  wait_for("after a partial read", e);
  write(p[1], "c", 1);
  wait_for("another write", e);
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLET));
  wait_for("modified", e);
  R(ctl(e, EPOLL_CTL_ADD, p[1], EPOLLOUT | EPOLLET));
  wait_for("writer", e);
  while (write(p[1], b, 100) > 0);
  wait_for("full", e);
  read(p[0], b, 100);
  wait_for("a little room", e);
  char page[4096];
  read(p[0], page, 4096);
  wait_for("a page of room", e);
  while (read(p[0], page, 4096) > 0);
  wait_for("empty", e);
  /* one shot */
  R(ctl(e, EPOLL_CTL_DEL, p[1], 0));
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT));
  write(p[1], "x", 1);
  wait_for("one shot", e);
  write(p[1], "x", 1);
  wait_for("disarmed", e);
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLONESHOT));
  wait_for("armed", e);
  R(ctl(e, EPOLL_CTL_MOD, p[0], 0));
  close(p[1]);
  wait_for("no events asked", e);
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLEXCLUSIVE));
  R(ctl(e, EPOLL_CTL_MOD, p[0], EPOLLIN | EPOLLRDHUP | EPOLLPRI));
  wait_for("hang-up with data", e);
  /* a duplicate keeps the entry */
  int d = dup(p[0]);
  close(p[0]);
  wait_for("closed, duplicate open", e);
  R(ctl(e, EPOLL_CTL_DEL, p[0], 0));
  R(ctl(e, EPOLL_CTL_ADD, d, EPOLLIN));
  wait_for("twice", e);
  close(d);
  wait_for("all closed", e);
  /* order and limits */
  f = eventfd(0, EFD_NONBLOCK);
  int g = eventfd(1, EFD_NONBLOCK), h = eventfd(2, EFD_NONBLOCK | EFD_SEMAPHORE);
  ctl(e, EPOLL_CTL_ADD, f, EPOLLIN | EPOLLOUT), ctl(e, EPOLL_CTL_ADD, g, EPOLLIN), ctl(e, EPOLL_CTL_ADD, h, EPOLLIN);
  for (int i = 0; i < 4; i++) { R(epoll_wait(e, ev, 1, 0)); printf("which %d\n", ev[0].data.fd - f); }
  wait_for("all", e);
  R(read(f, &n, 8));
  R(read(g, &n, 8));
  R(read(h, &n, 8));
  printf("semaphore %d\n", (int)n);
  R(read(h, &n, 8));
  R(read(h, &n, 8));
  n = -1;
  R(write(f, &n, 8));
  n = -2;
  R(write(f, &n, 8));
  n = 1;
  R(write(f, &n, 8));
  R(write(f, &n, 7));
  wait_for("full eventfd", e);
  R(eventfd(0, 077));
  R(syscall(SYS_eventfd2, -1, 0) >= 0);
  /* nesting */
  e2 = epoll_create1(0);
  R(ctl(e2, EPOLL_CTL_ADD, e, EPOLLIN));
  wait_for("nested", e2);
  R(ctl(e, EPOLL_CTL_ADD, e2, EPOLLIN));
  struct pollfd pf = {.fd = e, .events = POLLIN | POLLOUT};
  R(poll(&pf, 1, 0));
  printf("revents %x\n", pf.revents);
  int chain[8];
  chain[0] = epoll_create1(0);
  for (int i = 1; i < 8; i++) {
    chain[i] = epoll_create1(0);
    printf("depth %d ", i);
    R(ctl(chain[i], EPOLL_CTL_ADD, chain[i - 1], EPOLLIN));
  }
  R(ctl(e2, EPOLL_CTL_ADD, q[0], EPOLLIN | EPOLLEXCLUSIVE));
  R(ctl(e2, EPOLL_CTL_MOD, q[0], EPOLLIN));
  R(ctl(e2, EPOLL_CTL_ADD, q[1], EPOLLIN | EPOLLEXCLUSIVE | EPOLLONESHOT));
  R(ctl(e2, EPOLL_CTL_ADD, chain[0], EPOLLIN | EPOLLEXCLUSIVE));
  /* a socket pair goes through its life, edge triggered */
  int e3 = epoll_create1(0);
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
  ctl(e3, EPOLL_CTL_ADD, s[0], EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
  wait_for("pair", e3);
  write(s[1], "x", 1);
  wait_for("data", e3);
  shutdown(s[1], SHUT_WR);
  wait_for("shut", e3);
  close(s[1]);
  wait_for("closed", e3);
  wait_for("nothing more", e3);
  /* woken from another process, time-outs and masks */
  if (!fork()) { usleep(20000); write(q[1], "z", 1); _exit(0); }
  R(epoll_wait(e2, ev, 1, 1000));
  wait(0);
  struct timespec ts = {0, 1000000}, bad = {0, -1};
  R(syscall(SYS_epoll_pwait2, chain[0], ev, 1, &ts, 0, 8));
  R(syscall(SYS_epoll_pwait2, chain[0], ev, 1, &bad, 0, 8));
  sigset_t m;
  sigemptyset(&m);
  R(syscall(SYS_epoll_pwait, chain[0], ev, 1, 0, &m, 4));
  R(syscall(SYS_epoll_pwait, chain[0], ev, 1, 0, BAD, 8));
  /* poll and select */
  struct pollfd many[5] = {{q[0], POLLIN}, {q[1], POLLOUT}, {99, POLLIN}, {-1, POLLIN}, {open("/dev/null", 0), POLLIN | POLLOUT}};
  R(poll(many, 5, 0));
  for (int i = 0; i < 5; i++) printf("%x ", many[i].revents);
  printf("\n");
  R(poll(BAD, 1, 0));
  R(poll(0, 0, 0));
  R(poll(many, 1 << 30, 0));
  R(ppoll(many, 1, &bad, 0));
  R(syscall(SYS_ppoll, many, 1, &ts, &m, 4));
  fd_set r, w, x;
  FD_ZERO(&r);
  FD_ZERO(&w);
  FD_ZERO(&x);
  FD_SET(q[0], &r);
  FD_SET(q[1], &w);
  FD_SET(q[0], &x);
  struct timeval tv = {0, 0};
  R(select(30, &r, &w, &x, &tv));
  printf("%d %d %d\n", !!FD_ISSET(q[0], &r), !!FD_ISSET(q[1], &w), !!FD_ISSET(q[0], &x));
  R(select(-1, &r, 0, 0, &tv));
  R(syscall(SYS_select, 5, BAD, 0, 0, &tv));
  R(syscall(SYS_select, 5, 0, 0, 0, BAD));
  FD_ZERO(&r);
  FD_SET(63, &r);
  R(select(64, &r, 0, 0, &tv));
  struct { const void *mask; size_t size; } pair = {&m, 4};
  R(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, &pair));
  pair.mask = BAD, pair.size = 8;
  R(syscall(SYS_pselect6, 0, 0, 0, 0, &ts, &pair));
  return 0;
}
