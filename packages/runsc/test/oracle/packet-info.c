/* What a receiver may learn of a datagram beside its bytes, and what a sender may say of one. */
#include "oracle.h"
#include "inet-address.h"
#include <linux/in6.h>
#include <netinet/ip.h>
#include <sys/socket.h>
#include <sys/un.h>

#ifndef SO_TIMESTAMP_NEW
#define SO_TIMESTAMP_NEW 63
#define SO_TIMESTAMPNS_NEW 64
#endif
#define P_IP_PKTINFO 8
#define P_IPV6_RECVPKTINFO 49
#define P_IPV6_PKTINFO 50

static int port_of(int s) {
  struct sockaddr_in6 a;
  socklen_t length = sizeof a;
  getsockname(s, (void *)&a, &length);
  return ntohs(a.sin6_port);
}
static int on(int s, int level, int name, int value) { return setsockopt(s, level, name, &value, sizeof value); }

static void recent(long seconds) { printf(" %s", labs(seconds - time(NULL)) < 5 ? "now" : "another time"); }
static void show_control(struct cmsghdr *c) {
  unsigned char *d = CMSG_DATA(c);
  long length = c->cmsg_len - CMSG_LEN(0);
  char text[60];
  printf("  level %d type %d of %ld:", c->cmsg_level, c->cmsg_type, length);
  if (c->cmsg_level == SOL_SOCKET && (c->cmsg_type == SO_TIMESTAMP || c->cmsg_type == SO_TIMESTAMPNS || c->cmsg_type == SO_TIMESTAMP_NEW || c->cmsg_type == SO_TIMESTAMPNS_NEW)) {
    long *t = (void *)d;
    recent(t[0]);
    printf(" %d", t[1] >= 0 && t[1] < 1000000000);
  } else if (c->cmsg_level == SOL_IP && c->cmsg_type == P_IP_PKTINFO && length >= 12) {
    printf(" interface %d", *(int *)d);
    printf(" %s", inet_ntop(AF_INET, d + 4, text, sizeof text));
    printf(" %s", inet_ntop(AF_INET, d + 8, text, sizeof text));
  } else if (c->cmsg_level == SOL_IPV6 && c->cmsg_type == P_IPV6_PKTINFO && length >= 20) {
    printf(" %s interface %d", inet_ntop(AF_INET6, d, text, sizeof text), *(int *)(d + 16));
  } else for (int i = 0; i < length && i < 24; i++) printf(" %02x", d[i]);
  printf("\n");
}
static void receive(const char *what, int s, int room, int flags) {
  char data[64], control[512];
  struct sockaddr_storage from;
  struct iovec v = {data, sizeof data};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = room};
  long got = recvmsg(s, &m, MSG_DONTWAIT | flags);
  printf("%s: %ld", what, got);
  if (got < 0) { printf(" %s\n", strerrorname_np(errno)); return; }
  char text[60] = "";
  if (from.ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)&from)->sin_addr, text, sizeof text);
  if (from.ss_family == AF_INET6) inet_ntop(AF_INET6, &((struct sockaddr_in6 *)&from)->sin6_addr, text, sizeof text);
  printf(" flags %#x from %s control %ld\n", m.msg_flags, text, (long)m.msg_controllen);
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) show_control(c);
}
/* Sends with one control message of `length` bytes. */
static void send_with(const char *what, int s, const char *host, int port, int level, int type, const void *body, int length) {
  char control[128] = {0};
  struct iovec v = {"hello", 5};
  struct msghdr m = {.msg_name = &address, .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(length)};
  m.msg_namelen = at(host, port);
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = level, c->cmsg_type = type, c->cmsg_len = CMSG_LEN(length);
  memcpy(CMSG_DATA(c), body, length);
  long sent = sendmsg(s, &m, 0);
  printf("%s: %ld %s\n", what, sent, sent < 0 ? strerrorname_np(errno) : "");
}

static void version4(void) {
  family = AF_INET;
  int r = socket(AF_INET, SOCK_DGRAM, 0), s = socket(AF_INET, SOCK_DGRAM, 0);
  bind(r, (void *)&address, at("0.0.0.0", 0));
  int port = port_of(r);
  sendto(s, "one", 3, 0, (void *)&address, at("127.0.0.1", port));
  receive("nothing asked", r, 512, 0);
  R(on(r, SOL_IP, P_IP_PKTINFO, 1));
  sendto(s, "two", 3, 0, (void *)&address, at("127.0.0.5", port));
  receive("packet info", r, 512, MSG_PEEK);
  receive("again", r, 512, 0);
  R(on(r, SOL_IP, IP_RECVTTL, 1)); R(on(r, SOL_IP, IP_RECVTOS, 1)); R(on(r, SOL_SOCKET, SO_TIMESTAMP, 1));
  R(on(s, SOL_IP, IP_TTL, 33)); R(on(s, SOL_IP, IP_TOS, 0x20));
  for (int room = 0; room <= 120; room += 12) {
    char what[30];
    sendto(s, "three", 5, 0, (void *)&address, at("127.0.0.1", port));
    sprintf(what, "all, room for %d", room);
    receive(what, r, room, 0);
  }
  R(on(s, SOL_IP, IP_TTL, 0)); R(on(s, SOL_IP, IP_TTL, 256)); R(on(s, SOL_IP, IP_TTL, -1)); R(on(s, SOL_IP, IP_TTL, -2));
  R(on(s, SOL_IP, IP_TOS, 300));
  int value = 0; socklen_t length = 4;
  R(getsockopt(s, SOL_IP, IP_TTL, &value, &length)); printf("ttl %d\n", value);
  R(getsockopt(s, SOL_IP, IP_TOS, &value, &length)); printf("tos %d\n", value);
  int five = 5, zero = 0, much = 300;
  unsigned char tos = 0x48;
  send_with("ttl 5", s, "127.0.0.1", port, SOL_IP, IP_TTL, &five, 4), receive("it", r, 512, 0);
  send_with("ttl 0", s, "127.0.0.1", port, SOL_IP, IP_TTL, &zero, 4);
  send_with("ttl 300", s, "127.0.0.1", port, SOL_IP, IP_TTL, &much, 4);
  send_with("ttl of a byte", s, "127.0.0.1", port, SOL_IP, IP_TTL, &five, 1);
  send_with("tos of a byte", s, "127.0.0.1", port, SOL_IP, IP_TOS, &tos, 1), receive("it", r, 512, 0);
  send_with("tos of an int", s, "127.0.0.1", port, SOL_IP, IP_TOS, &five, 4), receive("it", r, 512, 0);
  send_with("tos 300", s, "127.0.0.1", port, SOL_IP, IP_TOS, &much, 4);
  send_with("tos of two bytes", s, "127.0.0.1", port, SOL_IP, IP_TOS, &five, 2);
  struct { int interface; struct in_addr source, to; } info = {0};
  inet_pton(AF_INET, "127.0.0.9", &info.source);
  send_with("a source", s, "127.0.0.1", port, SOL_IP, P_IP_PKTINFO, &info, 12), receive("it", r, 512, 0);
  info.interface = 1;
  send_with("and the interface", s, "127.0.0.1", port, SOL_IP, P_IP_PKTINFO, &info, 12), receive("it", r, 512, 0);
  info.interface = 77;
  send_with("no such interface", s, "127.0.0.1", port, SOL_IP, P_IP_PKTINFO, &info, 12);
  info.interface = 0, inet_pton(AF_INET, "203.0.113.7", &info.source);
  send_with("a source that is not ours", s, "127.0.0.1", port, SOL_IP, P_IP_PKTINFO, &info, 12);
  send_with("info too short", s, "127.0.0.1", port, SOL_IP, P_IP_PKTINFO, &info, 8);
  send_with("unknown", s, "127.0.0.1", port, SOL_IP, 99, &five, 4);
  send_with("of another level", s, "127.0.0.1", port, IPPROTO_UDP, 99, &five, 4), receive("it", r, 512, 0);
  send_with("of version 6", s, "127.0.0.1", port, SOL_IPV6, IPV6_HOPLIMIT, &five, 4), receive("it", r, 512, 0);
  send_with("unknown of the socket", s, "127.0.0.1", port, SOL_SOCKET, 99, &five, 4);
  send_with("a descriptor", s, "127.0.0.1", port, SOL_SOCKET, SCM_RIGHTS, &zero, 4), receive("it", r, 512, 0);
  close(r), close(s);
}

static void version6(void) {
  family = AF_INET6;
  int r = socket(AF_INET6, SOCK_DGRAM, 0), s = socket(AF_INET6, SOCK_DGRAM, 0);
  bind(r, (void *)&address, at("::", 0));
  int port = port_of(r);
  R(on(r, SOL_IPV6, P_IPV6_RECVPKTINFO, 1)); R(on(r, SOL_IPV6, IPV6_RECVHOPLIMIT, 1)); R(on(r, SOL_IPV6, IPV6_RECVTCLASS, 1));
  R(on(s, SOL_IPV6, IPV6_UNICAST_HOPS, 44)); R(on(s, SOL_IPV6, IPV6_TCLASS, 0x30));
  sendto(s, "six", 3, 0, (void *)&address, at("::1", port)), receive("all", r, 512, 0);
  sendto(s, "four", 4, 0, (void *)&address, at("::ffff:127.0.0.3", port)), receive("of version 4", r, 512, 0);
  R(on(r, SOL_IP, P_IP_PKTINFO, 1)); R(on(r, SOL_IP, IP_RECVTTL, 1)); R(on(r, SOL_IP, IP_RECVTOS, 1)); R(on(r, SOL_SOCKET, SO_TIMESTAMPNS, 1));
  sendto(s, "four", 4, 0, (void *)&address, at("::ffff:127.0.0.3", port)), receive("of version 4, all", r, 512, 0);
  sendto(s, "six", 3, 0, (void *)&address, at("::1", port)), receive("of version 6, all", r, 512, 0);
  int five = 5, much = 300, low = -2, initial = -1;
  send_with("hops 5", s, "::1", port, SOL_IPV6, IPV6_HOPLIMIT, &five, 4), receive("it", r, 512, 0);
  send_with("hops -1", s, "::1", port, SOL_IPV6, IPV6_HOPLIMIT, &initial, 4), receive("it", r, 512, 0);
  send_with("hops 300", s, "::1", port, SOL_IPV6, IPV6_HOPLIMIT, &much, 4);
  send_with("class 5", s, "::1", port, SOL_IPV6, IPV6_TCLASS, &five, 4), receive("it", r, 512, 0);
  send_with("class -2", s, "::1", port, SOL_IPV6, IPV6_TCLASS, &low, 4);
  send_with("class of a byte", s, "::1", port, SOL_IPV6, IPV6_TCLASS, &five, 1);
  struct { struct in6_addr source; int interface; } info = {0};
  inet_pton(AF_INET6, "::1", &info.source);
  send_with("a source", s, "::1", port, SOL_IPV6, P_IPV6_PKTINFO, &info, 20), receive("it", r, 512, 0);
  info.interface = 77;
  send_with("no such interface", s, "::1", port, SOL_IPV6, P_IPV6_PKTINFO, &info, 20);
  info.interface = 0, inet_pton(AF_INET6, "2001:db8::7", &info.source);
  send_with("a source that is not ours", s, "::1", port, SOL_IPV6, P_IPV6_PKTINFO, &info, 20);
  send_with("info too short", s, "::1", port, SOL_IPV6, P_IPV6_PKTINFO, &info, 12);
  send_with("unknown", s, "::1", port, SOL_IPV6, 199, &five, 4);
  close(r), close(s);
}

static void times(int s, const char *which) {
  int names[] = {SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMP_NEW, SO_TIMESTAMPNS_NEW};
  printf("%s:", which);
  for (int i = 0; i < 4; i++) {
    int value = 9; socklen_t length = 4;
    if (getsockopt(s, SOL_SOCKET, names[i], &value, &length) < 0) printf(" %s", strerrorname_np(errno));
    else printf(" %d", value);
  }
  printf("\n");
}
static void timestamps(void) {
  int pair[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  times(pair[0], "none");
  send(pair[1], "early", 5, 0);
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMP, 1)); times(pair[0], "microseconds");
  receive("sent before it was asked for", pair[0], 512, 0);
  send(pair[1], "late", 4, 0), receive("microseconds", pair[0], 512, 0);
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMPNS, 7)); times(pair[0], "nanoseconds");
  send(pair[1], "late", 4, 0), receive("nanoseconds", pair[0], 512, 0);
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMP_NEW, 1)); times(pair[0], "new");
  send(pair[1], "late", 4, 0), receive("new", pair[0], 512, 0);
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMPNS_NEW, 1)); times(pair[0], "new nanoseconds");
  send(pair[1], "late", 4, 0), receive("new nanoseconds", pair[0], 512, 0);
  R(on(pair[0], SOL_SOCKET, SO_PASSCRED, 1));
  send(pair[1], "late", 4, 0), receive("room for none", pair[0], 10, 0);
  R(on(pair[0], SOL_SOCKET, SO_PASSCRED, 0));
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMPNS, 0)); times(pair[0], "off");
  send(pair[1], "late", 4, 0), receive("off", pair[0], 512, 0);
  close(pair[0]), close(pair[1]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  R(on(pair[0], SOL_SOCKET, SO_TIMESTAMP, 1));
  send(pair[1], "late", 4, 0), receive("a stream", pair[0], 512, 0);
  close(pair[0]), close(pair[1]);
}

static void values(int family_, int type, int level, const char *name, int option) {
  int given[] = {-2, -1, 0, 1, 2, 5, 255, 256, 300};
  int s = socket(family_, type, 0);
  printf("%s:", name);
  for (int i = 0; i < 9; i++) {
    int value = 77; socklen_t length = 4;
    if (on(s, level, option, given[i]) < 0) printf(" %s", strerrorname_np(errno));
    else if (getsockopt(s, level, option, &value, &length) < 0) printf(" get %s", strerrorname_np(errno));
    else printf(" %d", value);
  }
  printf("\n");
  close(s);
}
#define V4(option) values(AF_INET, SOCK_DGRAM, SOL_IP, #option, option), values(AF_INET, SOCK_STREAM, SOL_IP, "stream", option)
#define V6(option) values(AF_INET6, SOCK_DGRAM, SOL_IPV6, #option, option), values(AF_INET6, SOCK_STREAM, SOL_IPV6, "stream", option)
static void all_values(void) {
  V4(IP_TTL), V4(IP_TOS), V4(P_IP_PKTINFO), V4(IP_RECVTTL), V4(IP_RECVTOS), V4(IP_RECVERR), V4(IP_FREEBIND);
  V4(IP_MULTICAST_TTL), V4(IP_MULTICAST_LOOP), V4(IP_MTU_DISCOVER);
  V6(IPV6_UNICAST_HOPS), V6(IPV6_TCLASS), V6(P_IPV6_RECVPKTINFO), V6(IPV6_RECVHOPLIMIT), V6(IPV6_RECVTCLASS), V6(IPV6_RECVERR);
  V6(IPV6_MULTICAST_HOPS), V6(IPV6_MULTICAST_LOOP), V6(IPV6_V6ONLY);
}

int main(void) {
  version4();
  version6();
  timestamps();
  all_values();
  return 0;
}
