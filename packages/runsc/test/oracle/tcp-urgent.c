/* TCP: urgent data, the mark in the stream, SIGURG. */
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#define SIOCATMARK 0x8905

static int client, server;
static void open_pair(const char *what) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  int listener = socket(AF_INET, SOCK_STREAM, 0), on = 1;
  printf("== %s\n", what);
  bind(listener, (void *)&a, sizeof a);
  listen(listener, 5);
  getsockname(listener, (void *)&a, &size);
  client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (void *)&a, sizeof a);
  server = accept(listener, 0, 0);
  setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  close(listener);
}
static void close_pair(void) { close(client), close(server); }
static void state(const char *what) {
  struct pollfd p = {server, POLLIN | POLLPRI | POLLRDBAND};
  int mark = -1, there = -1;
  usleep(2000);
  ioctl(server, SIOCATMARK, &mark), ioctl(server, FIONREAD, &there);
  p.revents = 0;
  poll(&p, 1, 0);
  printf("%s: mark %d, there %d, poll %x", what, mark, there, p.revents);
  sigset_t all;
  siginfo_t info;
  struct timespec none = {0, 0};
  sigfillset(&all);
  for (int signo; (signo = sigtimedwait(&all, &info, &none)) > 0;) printf(" %s code %d", strsignal(signo), info.si_code);
  puts("");
  fflush(stdout);
}
static void get(const char *what, int flags) {
  char b[20] = "";
  struct iovec v = {b, 10};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  errno = 0;
  long got = recvmsg(server, &m, flags | MSG_DONTWAIT);
  printf("  %s: %ld %s \"%s\" %x\n", what, got, got < 0 ? strerrorname_np(errno) : "", b, m.msg_flags);
  fflush(stdout);
}
static void put(const char *text, int flags) {
  long got = send(client, text, strlen(text), flags);
  if (got != (long)strlen(text)) printf("sent %ld of %s\n", got, text);
  usleep(2000);
}

int main(void) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, 0);
  alarm(60);

  open_pair("the last byte is urgent");
  R(fcntl(server, F_SETOWN, getpid()));
  state("nothing"), get("urgent", MSG_OOB);
  put("abc", MSG_OOB), state("abc");
  get("peeked", MSG_OOB | MSG_PEEK), get("urgent", MSG_OOB), state("read");
  get("again", MSG_OOB), get("peeked", MSG_PEEK), get("data", 0), state("at the mark");
  get("data", 0), state("past it");
  put("de", 0), state("more"), get("data", 0), get("urgent", MSG_OOB);
  close_pair();

  open_pair("data stops at the mark, which is then left out");
  R(fcntl(server, F_SETOWN, -getpgrp()));
  put("ab", 0), put("X", MSG_OOB), put("cd", 0), state("abXcd");
  get("data", MSG_PEEK), get("data", 0), state("at the mark");
  get("peeked", MSG_PEEK), state("still"), get("data", 0), state("past it"), get("urgent", MSG_OOB);
  put("Y", MSG_OOB), state("Y alone"), get("data", 0), state("looked for data"), get("urgent", MSG_OOB);
  put("Z", MSG_OOB), get("urgent", MSG_OOB), put("ef", 0), state("Zef"), get("data", 0), state("none");
  close_pair();

  open_pair("inline");
  int on = 1;
  R(setsockopt(server, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on));
  put("ab", 0), put("X", MSG_OOB), put("cd", 0), state("abXcd");
  get("urgent", MSG_OOB), get("data", 0), state("at the mark"), get("data", 0), state("past it");
  put("Y", MSG_OOB), state("Y"), get("data", 0), state("past it");
  close_pair();

  open_pair("a later one takes the place of an earlier one");
  R(fcntl(server, F_SETOWN, getpid()));
  put("aX", MSG_OOB), put("bY", MSG_OOB), state("aXbY");
  get("urgent", MSG_OOB), get("data", 0), state("at the mark"), get("data", 0);
  put("1X", MSG_OOB), get("data", 0), state("at the mark"), put("2Y", MSG_OOB), state("2Y"), get("data", 0), get("urgent", MSG_OOB), get("data", 0);
  close_pair();

  open_pair("select, no buffer, nobody to signal, the end");
  put("X", MSG_OOB);
  fd_set r, e;
  FD_ZERO(&r);
  FD_ZERO(&e);
  FD_SET(server, &r);
  FD_SET(server, &e);
  struct timeval none = {0, 0};
  R(select(server + 1, &r, 0, &e, &none));
  printf("%d %d\n", FD_ISSET(server, &r) != 0, FD_ISSET(server, &e) != 0);
  R(recv(server, 0, 0, MSG_OOB));
  get("urgent", MSG_OOB);
  R(send(client, "", 0, MSG_OOB));
  state("nothing sent");
  put("Q", MSG_OOB), shutdown(client, SHUT_WR), state("shut down"), get("urgent", MSG_OOB), get("data", 0);
  get("urgent", MSG_OOB);
  close_pair();

  open_pair("cork");
  R(setsockopt(client, IPPROTO_TCP, TCP_CORK, &on, sizeof on));
  put("ab", 0), state("held"), put("cX", MSG_OOB), state("urgent"), get("urgent", MSG_OOB), get("data", 0);
  close_pair();

  open_pair("O_ASYNC");
  R(fcntl(server, F_SETOWN, getpid()));
  R(fcntl(server, F_SETSIG, SIGUSR1));
  R(fcntl(server, F_SETFL, O_ASYNC));
  put("X", MSG_OOB);
  state("X");
  close_pair();
  int fresh = socket(AF_INET, SOCK_STREAM, 0);
  R(send(fresh, "x", 1, MSG_OOB | MSG_NOSIGNAL));
  R(recv(fresh, &on, 1, MSG_OOB));
  R(listen(fresh, 1));
  R(recv(fresh, &on, 1, MSG_OOB));
}
