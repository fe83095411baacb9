/* TCP: what a connection tells of itself, with TCP_INFO and beside received data. */
#include "oracle.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#ifndef TCP_INQ
#define TCP_INQ 36
#endif

static int listener, client, server;
static void connects(void) {
  struct sockaddr_in a = {AF_INET};
  socklen_t len = sizeof a;
  listener = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(listener, (void *)&a, len);
  listen(listener, 5);
  getsockname(listener, (void *)&a, &len);
  connect(client, (void *)&a, len);
  server = accept(listener, 0, 0);
}
static void info(const char *what, int s) {
  struct tcp_info i;
  socklen_t len = sizeof i;
  memset(&i, 0xee, sizeof i);
  int result = getsockopt(s, IPPROTO_TCP, TCP_INFO, &i, &len);
  printf("%s: %d of %d, state %d, retransmits %d, lost %d, total %d, rto %s, cwnd %s, ssthresh %s, reordering %d\n", what, result, len, i.tcpi_state,
         i.tcpi_retransmits, i.tcpi_lost, i.tcpi_total_retrans, i.tcpi_rto >= 1000000 ? "a second" : i.tcpi_rto > 0 ? "less" : "none",
         i.tcpi_snd_cwnd >= 10 ? "enough" : "less", i.tcpi_snd_ssthresh == 0x7fffffff ? "infinite" : "other", i.tcpi_reordering);
}
static void receive(const char *what, int size, int flags) {
  char control[100] = {0}, data[64];
  struct iovec iov = {data, size};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(server, &m, flags);
  printf("%s: %zd", what, n);
  if (n >= 0)
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
      printf(" [%d %d: %d]", c->cmsg_level, c->cmsg_type, *(int *)CMSG_DATA(c));
  printf("\n");
  fflush(stdout);
}

int main(void) {
  char b;
  int s = socket(AF_INET, SOCK_STREAM, 0), v, one = 1, two = 2, less = -1;
  socklen_t len = sizeof v;
  info("fresh", s);
  connects();
  info("listening", listener);
  info("connected", client);
  info("accepted", server);
  R(send(client, "x", 1, 0));
  R(recv(server, &b, 1, 0));
  info("used", client);

  R(setsockopt(server, IPPROTO_TCP, TCP_INQ, &two, sizeof two));
  R(setsockopt(server, IPPROTO_TCP, TCP_INQ, &less, sizeof less));
  R(send(client, "abcdef", 6, 0));
  receive("not asked", 1, 0);
  R(setsockopt(server, IPPROTO_TCP, TCP_INQ, &one, sizeof one));
  R(getsockopt(server, IPPROTO_TCP, TCP_INQ, &v, &len));
  printf("%d of %d\n", v, len);
  receive("asked", 1, 0);
  receive("looked", 1, MSG_PEEK);
  receive("passed over", 1, MSG_TRUNC);
  receive("nothing wanted", 0, 0);
  receive("rest", 64, 0);
  receive("none", 64, MSG_DONTWAIT);
  R(send(client, "abcdef", 6, 0));
  R(shutdown(client, SHUT_WR));
  struct pollfd p = {server, POLLRDHUP};
  poll(&p, 1, 2000);
  receive("before the end", 3, 0);
  receive("rest before the end", 64, 0);
  receive("end", 64, 0);
  receive("end again", 64, 0);
  info("half closed", server);
  return 0;
}
