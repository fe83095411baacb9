/* A TCP socket that connects again after it was disconnected: nothing is left of the first connection. */
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

static struct sockaddr_in address;

static int listener(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  socklen_t length = sizeof address;
  address = (struct sockaddr_in){AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
  bind(fd, (struct sockaddr *)&address, sizeof address);
  listen(fd, 8);
  getsockname(fd, (struct sockaddr *)&address, &length);
  return fd;
}

static void look(const char *when, int fd) {
  char byte[8];
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  struct pollfd entry = {fd, POLLIN | POLLOUT | POLLRDHUP, 0};
  poll(&entry, 1, 0);
  int got = recv(fd, byte, sizeof byte, MSG_DONTWAIT);
  int error = got < 0 ? errno : 0;
  getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length);
  printf("%s: poll %#x, recv %d %s, state %d\n", when, entry.revents, got, error ? strerrorname_np(error) : "-",
         info.tcpi_state);
}

static void again(const char *name, int l, int fd) {
  int result = connect(fd, (struct sockaddr *)&address, sizeof address);
  printf("%s: connect again %d %s\n", name, result, result ? strerrorname_np(errno) : "-");
  if (result != 0) return;
  int other = accept(l, 0, 0);
  look("connected again", fd);
  printf("sent %zd\n", send(other, "new", 3, 0));
  look("with data", fd);
  printf("sent back %zd\n", send(fd, "back", 4, MSG_NOSIGNAL));
  look("the other end", other);
  close(other);
  look("the other end closed", fd);
}

int main(void) {
  struct sockaddr none = {AF_UNSPEC};
  int l = listener();

  int fd = socket(AF_INET, SOCK_STREAM, 0);
  connect(fd, (struct sockaddr *)&address, sizeof address);
  int first = accept(l, 0, 0);
  send(first, "old", 3, 0);
  printf("disconnect %d\n", connect(fd, &none, sizeof none));
  look("disconnected", fd);
  look("its first peer", first);
  close(first);
  again("after a disconnect", l, fd);
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  connect(fd, (struct sockaddr *)&address, sizeof address);
  first = accept(l, 0, 0);
  close(first);
  look("first peer closed", fd);
  printf("disconnect %d\n", connect(fd, &none, sizeof none));
  again("after a peer that closed", l, fd);
  close(fd);

  fd = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in nobody = address;
  nobody.sin_port = htons(1);
  printf("nobody %d", connect(fd, (struct sockaddr *)&nobody, sizeof nobody));
  printf(" %s\n", strerrorname_np(errno));
  look("refused", fd);
  again("after a refusal", l, fd);
  close(fd);

  // One that listens, with a client that waits to be accepted.
  int other = socket(AF_INET, SOCK_STREAM, 0);
  connect(other, (struct sockaddr *)&address, sizeof address);
  printf("disconnect a listener %d\n", connect(l, &none, sizeof none));
  look("the listener", l);
  look("its client", other);
  close(other);
  socklen_t length = sizeof address;
  struct sockaddr_in before = address;
  printf("listen again %d\n", listen(l, 8));
  getsockname(l, (struct sockaddr *)&address, &length);
  printf("another port: %s\n", before.sin_port != address.sin_port ? "yes" : "no");
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  other = socket(AF_INET, SOCK_STREAM, 0);
  again("after a listener listens again", l, other);
  close(other);

  // One that is still connecting: the queue of the listener is full.
  listen(l, 0);
  int filler = socket(AF_INET, SOCK_STREAM, 0);
  connect(filler, (struct sockaddr *)&address, sizeof address);
  fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  printf("connecting %d", connect(fd, (struct sockaddr *)&address, sizeof address));
  printf(" %s\n", strerrorname_np(errno));
  printf("disconnect %d\n", connect(fd, &none, sizeof none));
  look("disconnected", fd);
  look("once more", fd);
  return 0;
}
