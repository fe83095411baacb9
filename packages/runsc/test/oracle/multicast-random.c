/*
 * Random sequences of what sockets do with groups and broadcast addresses. Linux forgets to leave a group on
 * the interface when a drop names the address of another one; these sequences do not come to that.
 */
#include "own-net.h"

#define COUNT 6
static const char *hosts[] = {"0.0.0.0", "127.0.0.1", "127.0.0.2", "239.1.1.1", "239.1.1.2", "224.0.0.1", "127.255.255.255", "255.255.255.255", "10.0.0.1", "127.0.0.1"};
static const int devices[] = {0, 0, 0, 1, 1, 7};
static int sockets[COUNT];
static unsigned state;

static int below(int n) {
  state = state * 1103515245 + 12345;
  return (state >> 16) % n;
}
static const char *host(void) { return hosts[below(10)]; }
static int device(void) { return devices[below(6)]; }
static void told(const char *what, int i, long r) { printf("%s %d = %ld %s\n", what, i, r, r < 0 ? strerrorname_np(errno) : ""); }

/* Refusals are limited in number by time, so they do not count. */
static void receive(int i) {
  char data[64], control[256];
  struct sockaddr_storage from;
  struct iovec v = {data, sizeof data};
  for (;;) {
    struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int n = recvmsg(sockets[i], &m, MSG_DONTWAIT);
    if (n < 0 && errno == ECONNREFUSED) continue;
    if (n < 0 && errno != EAGAIN) printf("  %d: %s\n", i, strerrorname_np(errno));
    if (n < 0) return;
    printf("  %d: '%.*s' from %s", i, n, data, show_address(&from));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      struct in_pktinfo *p = (void *)CMSG_DATA(c);
      if (c->cmsg_type != IP_PKTINFO) { printf(" %d:%d", c->cmsg_type, *CMSG_DATA(c)); continue; }
      printf(" interface %d ours %s", p->ipi_ifindex, inet_ntoa(p->ipi_spec_dst));
      printf(" to %s", inet_ntoa(p->ipi_addr));
    }
    puts("");
  }
}
static void renew(int i) {
  close(sockets[i]);
  sockets[i] = udp();
  on(sockets[i], SOL_SOCKET, SO_REUSEADDR, below(4) > 0), on(sockets[i], SOL_IP, IP_PKTINFO, below(2)), on(sockets[i], SOL_IP, IP_RECVTTL, 1);
}
static void attach(int i) {
  struct sockaddr none = {AF_UNSPEC};
  const char *to = host();
  int port = 5000 + below(3), s = sockets[i];
  switch (below(8)) {
    case 0: told("disconnect", i, connect(s, &none, sizeof none)); break;
    case 1: case 2: printf("%s:%d ", to, port), told("connect", i, connect(s, (void *)&address, at(to, port))); break;
    default: printf("%s:%d ", to, 5000 + port % 2), told("bind", i, bind(s, (void *)&address, at(to, 5000 + port % 2)));
  }
  ends("socket", s);
}
static void source(int i) {
  struct ip_mreq_source q;
  int option = IP_UNBLOCK_SOURCE + below(4);
  inet_pton(AF_INET, host(), &q.imr_multiaddr), inet_pton(AF_INET, host(), &q.imr_interface), inet_pton(AF_INET, host(), &q.imr_sourceaddr);
  printf("option %d ", option), told("source", i, setsockopt(sockets[i], SOL_IP, option, &q, sizeof q));
}
static void set(int i) {
  struct ip_mreqn m = {.imr_ifindex = device()};
  int s = sockets[i], size = below(2) ? 12 : 8;
  inet_pton(AF_INET, host(), &m.imr_multiaddr), inet_pton(AF_INET, host(), &m.imr_address);
  switch (below(9)) {
    case 0: case 1: told("add", i, setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &m, 12)); break;
    case 2: told("drop", i, setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &m, size)); break;
    case 3: told("interface", i, setsockopt(s, SOL_IP, IP_MULTICAST_IF, &m, size)); break;
    case 4: told("all", i, on(s, SOL_IP, IP_MULTICAST_ALL, below(2))); break;
    case 5: told("ttl", i, on(s, SOL_IP, IP_MULTICAST_TTL, below(5) - 1)); break;
    case 6: told("broadcast", i, on(s, SOL_SOCKET, SO_BROADCAST, below(3))); break;
    case 7: told("device", i, on(s, SOL_SOCKET, 62, device())); break;
    default: source(i);
  }
}
static void send_some(int i, int serial) {
  char text[20], control[64];
  const char *to = host();
  int port = 5000 + below(2), s = sockets[i], length = sprintf(text, "%d", serial);
  struct in_pktinfo p = {.ipi_ifindex = device()};
  struct iovec v = {text, length};
  struct msghdr m = {.msg_name = &address, .msg_namelen = at(to, port), .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof p)};
  inet_pton(AF_INET, host(), &p.ipi_spec_dst);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_IP, c->cmsg_type = IP_PKTINFO, c->cmsg_len = CMSG_LEN(sizeof p);
  memcpy(CMSG_DATA(c), &p, sizeof p);
  switch (below(8)) {
    case 0: told("send", i, send(s, text, length, 0)); break;
    case 1: printf("%s:%d by %d from %s ", to, port, p.ipi_ifindex, inet_ntoa(p.ipi_spec_dst)), told("sendmsg", i, sendmsg(s, &m, 0)); break;
    default: printf("%s:%d %s ", to, port, text), told("sendto", i, sendto(s, text, length, 0, (void *)&address, m.msg_namelen));
  }
}
static void sequence(int seed) {
  printf("== %d\n", seed);
  state = seed;
  for (int i = 0; i < COUNT; i++) sockets[i] = udp();
  for (int step = 0; step < 1500; step++) {
    int i = below(COUNT), what = below(22);
    if (what == 0) renew(i);
    else if (what < 5) attach(i);
    else if (what < 14) set(i);
    else send_some(i, step);
    for (int j = 0; j < COUNT; j++) receive(j);
    if (step % 100 == 0) file("/proc/net/igmp"), file("/proc/net/mcfilter");
  }
  for (int i = 0; i < COUNT; i++) close(sockets[i]);
}

int main(int count, char **given) {
  setvbuf(stdout, 0, _IOFBF, 1 << 16);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  int first = count > 1 ? atoi(given[1]) : 4;
  for (int seed = first; seed < first + 3; seed++) sequence(seed);
  return 0;
}
