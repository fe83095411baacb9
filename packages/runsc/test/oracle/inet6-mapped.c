/* Sockets of version 6 and addresses of version 4; and the port of a connect that was refused. */
#include "own-net.h"

static struct sockaddr_in6 to(const char *host, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, host, &a.sin6_addr);
  return a;
}
static int bind_at(int s, const char *host, int port) {
  struct sockaddr_in6 a = to(host, port);
  return bind(s, (void *)&a, sizeof a);
}
static int connect_at(int s, const char *host, int port) {
  struct sockaddr_in6 a = to(host, port);
  return connect(s, (void *)&a, sizeof a);
}
static int send_at(int s, const char *host, int port) {
  struct sockaddr_in6 a = to(host, port);
  return sendto(s, "x", 1, 0, (void *)&a, sizeof a);
}

static void only6(int type) {
  printf("== only version 6, type %d\n", type);
  int s = socket(AF_INET6, type, 0);
  R(on(s, SOL_IPV6, IPV6_V6ONLY, 1));
  R(bind_at(s, "::ffff:127.0.0.1", 5001));
  R(connect_at(s, "::ffff:127.0.0.1", 5001));
  if (type == SOCK_DGRAM) R(send_at(s, "::ffff:127.0.0.1", 5001));
  R(bind_at(s, "::1", 5001));
  close(s);
}
static void bound4(int type) {
  printf("== bound to version 4, type %d\n", type);
  int s = socket(AF_INET6, type, 0), other = socket(AF_INET6, type, 0);
  R(bind_at(other, "::", 5003));
  if (type == SOCK_STREAM) R(listen(other, 4));
  R(bind_at(s, "::ffff:127.0.0.1", 5002));
  if (type == SOCK_DGRAM) R(send_at(s, "::1", 5003));
  R(connect_at(s, "::1", 5003));
  R(connect_at(s, "::", 5003));
  ENDS(s);
  close(s), close(other);
}
static void refused(int flags) {
  printf("== refused, flags %#x\n", flags);
  struct sockaddr_in nobody = {AF_INET, htons(5009), {htonl(INADDR_LOOPBACK)}}, own = {AF_INET, htons(5004), {htonl(INADDR_LOOPBACK)}};
  for (int named = 0; named < 2; named++) {
    int s = socket(AF_INET, SOCK_STREAM | flags, 0);
    if (named) R(bind(s, (void *)&own, sizeof own));
    R(connect(s, (void *)&nobody, sizeof nobody));
    R(bind(s, (void *)&own, sizeof own));
    ENDS(s);
    close(s);
  }
}

int main(void) {
  unshare(CLONE_NEWNET);
  set_lo(1);
  only6(SOCK_DGRAM), only6(SOCK_STREAM);
  bound4(SOCK_DGRAM), bound4(SOCK_STREAM);
  refused(0), refused(SOCK_NONBLOCK);
}
