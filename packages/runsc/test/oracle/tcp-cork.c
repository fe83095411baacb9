/* TCP: what TCP_CORK and MSG_MORE hold back and what lets go of it, what is in the queues, a socket connected to itself. */
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#define SIOCINQ 0x541b
#define SIOCOUTQ 0x5411
#define SIOCATMARK 0x8905
#define SIOCOUTQNSD 0x894b

static int client, server;
static void open_pair(void) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof a;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  bind(listener, (void *)&a, sizeof a);
  listen(listener, 5);
  getsockname(listener, (void *)&a, &size);
  client = socket(AF_INET, SOCK_STREAM, 0);
  connect(client, (void *)&a, sizeof a);
  server = accept(listener, 0, 0);
  close(listener);
}
static void close_pair(void) { close(client), close(server); }
static int get(int fd, unsigned long request) {
  int value = -7;
  return ioctl(fd, request, &value) ? -errno : value;
}
static void set(int fd, int name, int value) {
  printf("%s %d: %d\n", name == TCP_CORK ? "cork" : "nodelay", value, setsockopt(fd, IPPROTO_TCP, name, &value, sizeof value));
}
/* What is there now, or comes within the time. */
static void there(const char *what, int fd) {
  char all[400];
  struct pollfd p = {fd, POLLIN};
  int ready = poll(&p, 1, 5);
  long got = recv(fd, all, sizeof all, MSG_DONTWAIT);
  printf("%s: %s %ld", what, ready ? "ready" : "nothing", got);
  if (got > 0) printf(" \"%.*s\"", (int)got, all);
  puts("");
  fflush(stdout);
}

static void corks(void) {
  char b[100];
  puts("== cork");
  open_pair();
  set(client, TCP_CORK, 1);
  R(write(client, "ab", 2));
  R(get(client, SIOCOUTQ)); R(get(server, SIOCINQ));
  there("held", server);
  R(write(client, "cd", 2));
  R(get(client, SIOCOUTQ));
  there("held", server);
  set(client, TCP_CORK, 0);
  there("let go", server);
  R(get(client, SIOCOUTQ));
  R(write(client, "ef", 2));
  there("no cork", server);
  set(client, TCP_CORK, 1);
  R(write(client, "gh", 2));
  set(client, TCP_CORK, 1);
  there("corked again", server);
  set(client, TCP_NODELAY, 1);
  there("pushed by TCP_NODELAY", server);
  R(write(client, "ij", 2));
  there("still corked", server);
  set(client, TCP_NODELAY, 1);
  there("pushed again", server);
  R(write(client, "kl", 2));
  set(client, TCP_NODELAY, 0);
  there("not pushed", server);
  struct pollfd p = {server, POLLIN};
  R(poll(&p, 1, 2000));
  there("by time", server);
  R(write(client, "mn", 2));
  R(shutdown(client, SHUT_WR));
  there("shutdown", server);
  there("end", server);
  close_pair();

  puts("== cork, close");
  open_pair();
  set(client, TCP_CORK, 1);
  R(write(client, "ab", 2));
  close(client);
  there("closed", server);
  there("end", server);
  close(server);

  puts("== more");
  open_pair();
  R(send(client, "ab", 2, MSG_MORE));
  there("held", server);
  R(send(client, "cd", 2, MSG_MORE));
  there("held", server);
  R(send(client, "ef", 2, 0));
  there("all", server);
  R(send(client, "gh", 2, MSG_MORE));
  set(client, TCP_CORK, 1);
  there("cork", server);
  set(client, TCP_CORK, 0);
  there("uncork", server);
  R(send(client, "ij", 2, MSG_MORE));
  set(client, TCP_NODELAY, 1);
  there("nodelay", server);
  R(send(client, "kl", 2, MSG_MORE));
  there("held with nodelay", server);
  R(send(client, "mn", 2, 0));
  there("all", server);
  close_pair();

  puts("== a reader that waits");
  open_pair();
  set(client, TCP_CORK, 1);
  write(client, "ab", 2), write(client, "cd", 2);
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    R(read(server, b, 100));
    _exit(0);
  }
  usleep(20000);
  set(client, TCP_CORK, 0);
  waitpid(child, 0, 0);
  puts("== full segments are not held");
  static char large[300000];
  set(client, TCP_CORK, 1);
  R(send(client, large, 200000, 0));
  long total = 0, got;
  struct pollfd q = {server, POLLIN};
  while (poll(&q, 1, 50) && (got = recv(server, large, sizeof large, MSG_DONTWAIT)) > 0) total += got;
  printf("%d\n", total > 0 && total < 200000);
  set(client, TCP_CORK, 0);
  while (poll(&q, 1, 50) && (got = recv(server, large, sizeof large, MSG_DONTWAIT)) > 0) total += got;
  printf("%ld\n", total);
  close_pair();
}

static void queues(void) {
  static char large[8 << 20];
  puts("== queues");
  open_pair();
  R(get(client, SIOCOUTQ)); R(get(client, SIOCOUTQNSD)); R(get(server, SIOCINQ)); R(get(server, SIOCATMARK));
  R(write(client, "abc", 3));
  usleep(1000);
  R(get(client, SIOCOUTQ)); R(get(client, SIOCOUTQNSD)); R(get(server, SIOCINQ)); R(get(server, FIONREAD));
  fcntl(client, F_SETFL, O_NONBLOCK);
  long first = write(client, large, sizeof large), got;
  printf("part of it: %d\n", first > 65536 && first < sizeof large);
  while (write(client, large, sizeof large) > 0 || poll(&(struct pollfd){client, POLLOUT}, 1, 50));
  int left = get(client, SIOCOUTQ);
  printf("%d %d %d\n", left > 0, get(client, SIOCOUTQNSD) > 0, get(client, SIOCOUTQNSD) <= left);
  printf("%d\n", get(server, SIOCINQ) > 0);
  shutdown(client, SHUT_WR);
  while ((got = read(server, large, sizeof large)) > 0);
  printf("end %ld\n", got);
  close_pair();
  int fresh = socket(AF_INET, SOCK_STREAM, 0);
  R(get(fresh, SIOCOUTQ)); R(get(fresh, SIOCOUTQNSD)); R(get(fresh, SIOCINQ)); R(get(fresh, SIOCATMARK));
  listen(fresh, 1);
  R(get(fresh, SIOCOUTQ)); R(get(fresh, SIOCOUTQNSD)); R(get(fresh, SIOCINQ)); R(get(fresh, SIOCATMARK));
  close(fresh);
}

static void itself(int family) {
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT}, peer;
  struct sockaddr_in four = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  void *address = family == AF_INET ? (void *)&four : &six;
  socklen_t size = family == AF_INET ? sizeof four : sizeof six, other = sizeof peer;
  char b[8];
  printf("== itself %d\n", family);
  int fd = socket(family, SOCK_STREAM, 0);
  R(bind(fd, address, size));
  getsockname(fd, address, &size);
  R(connect(fd, address, size));
  R(getpeername(fd, (void *)&peer, &other));
  R(memcmp(&peer, address, size));
  R(connect(fd, address, size));
  R(listen(fd, 1));
  R(write(fd, "echo", 4));
  there("echo", fd);
  R(get(fd, SIOCINQ));
  struct tcp_info info;
  other = sizeof info;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &other);
  printf("state %d\n", info.tcpi_state);
  R(write(fd, "last", 4));
  R(shutdown(fd, SHUT_WR));
  there("last", fd);
  there("end", fd);
  signal(SIGPIPE, SIG_IGN);
  R(write(fd, "x", 1));
  struct pollfd p = {fd, POLLIN | POLLOUT | POLLRDHUP};
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  R(getpeername(fd, (void *)&peer, &other));
  close(fd);

  fd = socket(family, SOCK_STREAM | SOCK_NONBLOCK, 0);
  if (family == AF_INET) four.sin_port = 0, four.sin_addr.s_addr = 0;
  else six.sin6_port = 0;
  bind(fd, address, size);
  getsockname(fd, address, &size);
  if (family == AF_INET) four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int result = connect(fd, address, size);
  printf("non-blocking: %d\n", result == 0 || errno == EINPROGRESS);
  usleep(10000);
  R(write(fd, "x", 1));
  there("x", fd);
  close(fd);
}

int main(void) {
  alarm(60);
  corks();
  queues();
  itself(AF_INET), itself(AF_INET6);
}
