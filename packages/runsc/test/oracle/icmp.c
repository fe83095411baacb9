/* Echoes over the loopback: ping sockets and raw ones. */
#include "oracle.h"
#include "inet-address.h"
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>

static void show_address(const char *what, int result) {
  char text[60];
  if (result < 0) { printf("%s: %s\n", what, strerrorname_np(errno)); return; }
  inet_ntop(address.ss_family, address.ss_family == AF_INET ? (void *)&((struct sockaddr_in *)&address)->sin_addr : (void *)&((struct sockaddr_in6 *)&address)->sin6_addr, text, sizeof text);
  printf("%s: %s %d\n", what, text, ntohs(((struct sockaddr_in *)&address)->sin_port));
}
static void names(int s) {
  socklen_t length = sizeof address;
  show_address("local", getsockname(s, (void *)&address, &length));
  length = sizeof address;
  show_address("peer", getpeername(s, (void *)&address, &length));
}
static void set_lo(int up) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0};
  ioctl(s, SIOCSIFFLAGS, &r);
  close(s);
}
static void set_groups(const char *range) {
  int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY);
  R(write(fd, range, strlen(range)));
  close(fd);
}
static unsigned char packet[100];
static int request(int type, int code, int id, int sequence, int sum) {
  memset(packet, 0, sizeof packet);
  packet[0] = type, packet[1] = code, packet[4] = id >> 8, packet[5] = id, packet[7] = sequence;
  strcpy((char *)packet + 8, "hello");
  if (sum) {
    unsigned total = 0;
    for (int i = 0; i < 14; i += 2) total += packet[i] << 8 | packet[i + 1];
    while (total >> 16) total = (total & 0xffff) + (total >> 16);
    total = ~total;
    packet[2] = total >> 8, packet[3] = total;
  }
  return 14;
}
/* Everything that has come, with what came beside it. */
static void received(int s, int is_raw) {
  struct pollfd p = {s, POLLIN};
  while (poll(&p, 1, 100) == 1) {
    unsigned char room[200], control[200];
    memset(&address, 0, sizeof address);
    struct iovec data = {room, sizeof room};
    struct msghdr m = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    int n = recvmsg(s, &m, MSG_DONTWAIT);
    if (n < 0) { printf("  %s\n", strerrorname_np(errno)); return; }
    unsigned char *icmp = room;
    if (is_raw && family == AF_INET) {
      printf("  version %d, %d bytes, ttl %d, protocol %d, %d.%d.%d.%d to %d.%d.%d.%d\n", room[0], room[2] << 8 | room[3], room[8], room[9], room[12], room[13], room[14], room[15], room[16], room[17], room[18], room[19]);
      icmp += 20;
    }
    printf("  %d bytes: type %d code %d sum %d id %x sequence %d %.5s flags %x\n", n, icmp[0], icmp[1], icmp[2] << 8 | icmp[3], icmp[4] << 8 | icmp[5], icmp[7], icmp + 8, m.msg_flags);
    show_address("  from", 0);
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) printf("  control %d %d: %d\n", c->cmsg_level, c->cmsg_type, *(int *)CMSG_DATA(c));
  }
}
static void ping(void) {
  int echo = family == AF_INET ? 8 : 128, on = 1;
  int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  const char *lo = family == AF_INET ? "127.0.0.1" : "::1";
  int s = socket(family, SOCK_DGRAM, protocol);
  names(s);
  socklen_t length = at(lo, 0x1234);
  R(bind(s, (void *)&address, length));
  names(s);
  int t = socket(family, SOCK_DGRAM, protocol), reuse;
  socklen_t size = sizeof reuse;
  R(getsockopt(t, SOL_SOCKET, SO_REUSEADDR, &reuse, &size));
  printf("reuse %d\n", reuse), reuse = 0;
  R(setsockopt(t, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse));
  R(bind(t, (void *)&address, length));
  /* The younger one hears all. */
  int u = socket(family, SOCK_DGRAM, protocol);
  R(bind(u, (void *)&address, length));
  R(sendto(s, packet, request(echo, 0, 77, 1, 0), 0, (void *)&address, length));
  received(s, 0), received(u, 0);
  close(u);
  at(lo, 0);
  R(sendto(s, packet, request(echo, 0, 77, 1, 0), 0, (void *)&address, length));
  received(s, 0);
  R(setsockopt(s, family == AF_INET ? SOL_IP : SOL_IPV6, family == AF_INET ? IP_RECVTTL : IPV6_RECVHOPLIMIT, &on, sizeof on));
  at(lo, 99);
  R(sendto(s, packet, request(echo, 0, 77, 2, 0), 0, (void *)&address, length));
  received(s, 0);
  at(lo, 0);
  R(sendto(s, packet, request(echo, 1, 77, 2, 0), 0, (void *)&address, length));
  R(sendto(s, packet, request(family == AF_INET ? 0 : 129, 0, 77, 2, 0), 0, (void *)&address, length));
  R(sendto(s, packet, 7, 0, (void *)&address, length));
  R(sendto(s, packet, 8, 0, (void *)&address, length));
  R(send(s, packet, request(echo, 0, 77, 3, 0), 0));
  R(connect(s, (void *)&address, length));
  names(s);
  R(send(s, packet, request(echo, 0, 77, 3, 0), 0));
  R(send(s, packet, request(echo, 0, 77, 4, 0), 0));
  received(s, 0);
  at(family == AF_INET ? "10.0.0.1" : "2001:db8::1", 0);
  R(sendto(t, packet, request(echo, 0, 77, 5, 0), 0, (void *)&address, length));
  char line[200];
  FILE *in = fopen(family == AF_INET ? "/proc/net/icmp" : "/proc/net/icmp6", "r");
  int others = 0;
  while (fgets(line, sizeof line, in)) {
    if (strstr(line, ":1234 ") || strstr(line, "address")) printf("%.*s\n", family == AF_INET ? 45 : 90, line + 6);
    else others++;
  }
  printf("and %d whose identifier the kernel chose\n", others);
  fclose(in);
  close(s), close(t);
}
static void raw(void) {
  int echo = family == AF_INET ? 8 : 128, sum = family == AF_INET;
  int protocol = family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6;
  const char *lo = family == AF_INET ? "127.0.0.1" : "::1";
  int s = socket(family, SOCK_RAW, protocol), t = socket(family, SOCK_RAW, protocol);
  names(s);
  socklen_t length = at(lo, 0);
  R(sendto(s, packet, request(echo, 0, 0x4321, 1, sum), 0, (void *)&address, length));
  received(s, 1);
  puts("the other");
  received(t, 1);
  if (family == AF_INET) {
    struct icmp_filter only = {~(1u << ICMP_ECHOREPLY)};
    R(setsockopt(s, SOL_RAW, ICMP_FILTER, &only, sizeof only));
    R(sendto(s, packet, request(echo, 0, 0x4321, 2, 0), 0, (void *)&address, length));
  } else {
    unsigned char only[32];
    memset(only, 0xff, 32), only[129 / 8] &= ~(1 << 129 % 8);
    R(setsockopt(s, SOL_ICMPV6, 1, only, sizeof only));
  }
  at(lo, 0);
  R(sendto(s, packet, request(echo, 0, 0x4321, 3, sum), 0, (void *)&address, length));
  received(s, 1);
  R(bind(s, (void *)&address, length));
  names(s);
  at(family == AF_INET ? "10.0.0.1" : "2001:db8::1", 0);
  R(bind(s, (void *)&address, length));
  R(sendto(s, packet, request(echo, 0, 0x4321, 4, sum), 0, (void *)&address, length));
  R(send(s, packet, request(echo, 0, 0x4321, 5, sum), 0));
  at(lo, 0);
  R(connect(s, (void *)&address, length));
  R(send(s, packet, request(echo, 0, 0x4321, 6, sum), 0));
  received(s, 1);
  R(listen(s, 1));
  close(s), close(t);
}
static void unprivileged(void) {
  R(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP) >= 0);
  R(socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) >= 0);
  R(socket(AF_INET, SOCK_RAW, 0) >= 0);
  R(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP) >= 0);
  R(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMPV6) >= 0);
  R(socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMPV6) >= 0);
  R(socket(AF_INET6, SOCK_DGRAM, IPPROTO_ICMP) >= 0);
}
static void as(int uid, int gid) {
  fflush(stdout);
  if (!fork()) {
    setresgid(gid, gid, gid), setresuid(uid, uid, uid);
    printf("as %d:%d\n", uid, gid);
    unprivileged();
    fflush(stdout);
    _exit(0);
  }
  wait(0);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  as(0, 0), as(1234, 1234);
  set_groups("1000 2000");
  as(0, 0), as(1234, 1234), as(1234, 2001);
  set_groups("0 2000000000");
  for (int i = 0; i < 2; i++) {
    family = i ? AF_INET6 : AF_INET;
    puts(i ? "== version 6" : "== version 4");
    ping();
    raw();
  }
  puts("== down");
  family = AF_INET;
  int s = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP), t = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  set_lo(0);
  socklen_t length = at("127.0.0.1", 0);
  R(sendto(s, packet, request(8, 0, 1, 1, 1), 0, (void *)&address, length));
  R(sendto(t, packet, request(8, 0, 1, 1, 1), 0, (void *)&address, length));
  received(s, 0), received(t, 1);
}
