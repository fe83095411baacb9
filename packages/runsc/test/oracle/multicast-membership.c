/* Memberships of multicast groups: how they are asked for, what is refused, where they are shown. */
#include "own-net.h"
#include <netinet/udp.h>

#define GROUP "239.1.2.3"
static struct ip_mreqn request;
static void *mreqn(const char *group, const char *local, int interface) {
  memset(&request, 0, sizeof request);
  inet_pton(AF_INET, group, &request.imr_multiaddr);
  inet_pton(AF_INET, local, &request.imr_address);
  request.imr_ifindex = interface;
  return &request;
}
static int add(int s, const char *group, const char *local, int interface) {
  return setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, mreqn(group, local, interface), sizeof request);
}
static int drop(int s, const char *group, const char *local, int interface) {
  return setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, mreqn(group, local, interface), sizeof request);
}
static int join(int s, int option, int family_, const char *group, int interface) {
  struct group_req r = {.gr_interface = interface};
  family = family_;
  at(group, 0);
  family = AF_INET;
  r.gr_group = address;
  return setsockopt(s, SOL_IP, option, &r, sizeof r);
}
static void tables(void) { file("/proc/net/igmp"), file("/proc/net/mcfilter"), file("/proc/net/dev_mcast"); }

static void memberships(void) {
  int s = udp(), t = udp();
  puts("== by address and interface");
  R(add(s, GROUP, "0.0.0.0", 0));
  R(add(s, GROUP, "127.0.0.1", 0));
  R(add(s, GROUP, "0.0.0.0", 1));
  R(add(s, GROUP, "127.0.0.1", 1));
  R(add(t, GROUP, "127.0.0.1", 1));
  R(add(t, "239.1.2.4", "127.0.0.9", 0));
  R(add(t, "239.1.2.5", "10.0.0.1", 0));
  R(add(t, "239.1.2.5", "10.0.0.1", 1));
  R(add(t, "239.1.2.6", "127.0.0.1", 7));
  R(add(t, "239.1.2.6", "127.0.0.1", -1));
  R(add(t, "10.0.0.1", "127.0.0.1", 7));
  R(add(t, "223.255.255.255", "127.0.0.1", 1));
  R(add(t, "240.0.0.0", "127.0.0.1", 1));
  R(add(t, "255.255.255.255", "127.0.0.1", 1));
  R(add(t, "224.0.0.0", "127.0.0.1", 1));
  R(add(t, "224.0.0.1", "127.0.0.1", 1));
  R(add(t, "239.255.255.255", "127.0.0.1", 1));
  tables();
  puts("== dropped");
  R(drop(s, GROUP, "0.0.0.0", 0));
  R(drop(s, GROUP, "127.0.0.5", 0));
  R(drop(s, GROUP, "10.0.0.1", 0));
  R(drop(s, "239.1.2.9", "127.0.0.1", 0));
  R(drop(s, "10.1.2.9", "127.0.0.1", 0));
  R(drop(s, GROUP, "127.0.0.1", 7));
  R(drop(s, GROUP, "127.0.0.1", 0));
  R(drop(s, GROUP, "127.0.0.1", 0));
  R(drop(t, "239.1.2.4", "127.0.0.1", 0));
  R(drop(t, "239.1.2.5", "127.0.0.1", 1));
  R(drop(t, "224.0.0.1", "0.0.0.0", 1));
  tables();
  puts("== closed");
  close(t);
  tables();
  close(s);
}
static void sizes(void) {
  int s = udp(), t = socket(AF_INET, SOCK_STREAM, 0);
  puts("== sizes");
  for (int size = 0; size <= 16; size += 4) {
    printf("%d\n", size);
    R(setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, mreqn(GROUP, "127.0.0.1", 0), size));
    R(setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, mreqn(GROUP, "127.0.0.1", 0), size));
    R(setsockopt(s, SOL_IP, IP_MULTICAST_IF, mreqn("127.0.0.1", "127.0.0.1", 1), size));
    R(setsockopt(t, SOL_IP, IP_ADD_MEMBERSHIP, mreqn(GROUP, "127.0.0.1", 0), size));
    R(setsockopt(t, SOL_IP, IP_MULTICAST_IF, mreqn("127.0.0.1", "127.0.0.1", 1), size));
  }
  R(setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, BAD, 12));
  R(setsockopt(t, SOL_IP, IP_DROP_MEMBERSHIP, mreqn(GROUP, "127.0.0.1", 0), 12));
  struct group_req r = {0};
  for (int size = 120; size <= 136; size += 8) { printf("%d\n", size); R(setsockopt(s, SOL_IP, MCAST_JOIN_GROUP, &r, size)); }
  R(setsockopt(t, SOL_IP, MCAST_JOIN_GROUP, &r, 136));
  int value, length = 4;
  R(getsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &value, &length));
  R(getsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &value, &length));
  R(getsockopt(s, SOL_IP, MCAST_JOIN_GROUP, &value, &length));
  close(s), close(t);
}
static void limits(void) {
  int s = udp(), count = 0;
  char group[20];
  puts("== limits");
  file("/proc/sys/net/ipv4/igmp_max_memberships"), file("/proc/sys/net/ipv4/igmp_max_msf"), file("/proc/sys/net/ipv4/igmp_qrv"), file("/proc/sys/net/ipv4/igmp_link_local_mcast_reports");
  while (sprintf(group, "239.2.0.%d", count), add(s, group, "127.0.0.1", 0) == 0) count++;
  printf("%d, then %s\n", count, strerrorname_np(errno));
  R(add(s, "239.2.0.1", "127.0.0.1", 0));
  R(add(s, "10.2.0.1", "127.0.0.1", 0));
  R(add(s, "239.2.1.1", "10.0.0.1", 0));
  R(drop(s, "239.2.0.1", "127.0.0.1", 0));
  R(add(s, "239.2.1.1", "127.0.0.1", 0));
  int fd = open("/proc/sys/net/ipv4/igmp_max_memberships", O_WRONLY);
  R(write(fd, "22", 2));
  R(add(s, "239.2.2.1", "127.0.0.1", 0));
  R(add(s, "239.2.2.2", "127.0.0.1", 0));
  R(add(s, "239.2.2.3", "127.0.0.1", 0));
  R(write(fd, "9999", 4));
  for (count = 0; sprintf(group, "239.3.%d.%d", count >> 8, count & 255), add(s, group, "127.0.0.1", 0) == 0;) count++;
  printf("%d, then %s\n", count, strerrorname_np(errno));
  R(write(fd, "20", 2));
  close(fd), close(s);
  tables();
}
static void groups(void) {
  int s = udp();
  puts("== of any family");
  R(join(s, MCAST_JOIN_GROUP, AF_INET, GROUP, 1));
  R(join(s, MCAST_JOIN_GROUP, AF_INET, GROUP, 1));
  R(join(s, MCAST_JOIN_GROUP, AF_INET, GROUP, 0));
  R(join(s, MCAST_JOIN_GROUP, AF_INET, GROUP, 9));
  R(join(s, MCAST_JOIN_GROUP, AF_INET, "10.0.0.1", 1));
  R(join(s, MCAST_JOIN_GROUP, AF_INET6, "ff02::5", 1));
  R(join(s, MCAST_LEAVE_GROUP, AF_INET6, "ff02::5", 1));
  R(join(s, MCAST_LEAVE_GROUP, AF_INET, GROUP, 0));
  R(join(s, MCAST_LEAVE_GROUP, AF_INET, GROUP, 9));
  R(join(s, MCAST_LEAVE_GROUP, AF_INET, GROUP, 1));
  R(join(s, MCAST_LEAVE_GROUP, AF_INET, GROUP, 1));
  close(s);
  puts("== other sockets");
  int icmp = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), six = socket(AF_INET6, SOCK_DGRAM, 0);
  R(add(icmp, GROUP, "127.0.0.1", 0));
  R(add(icmp, GROUP, "127.0.0.1", 0));
  R(add(six, GROUP, "127.0.0.1", 0));
  R(drop(six, GROUP, "127.0.0.1", 0));
  tables();
  close(icmp), close(six);
}
static void show_interface(int s) {
  struct ip_mreqn m;
  for (int size = 0; size <= 16; size += 4) {
    socklen_t length = size;
    memset(&m, 0x55, sizeof m);
    int answer = getsockopt(s, SOL_IP, IP_MULTICAST_IF, &m, &length);
    char a[20], b[20];
    printf("  %d: %d, %d %s %s %d\n", size, answer, (int)length, inet_ntop(AF_INET, &m.imr_multiaddr, a, 20), inet_ntop(AF_INET, &m.imr_address, b, 20), m.imr_ifindex);
  }
}
static int interface(int s, const char *local, int index) { return setsockopt(s, SOL_IP, IP_MULTICAST_IF, mreqn("0.0.0.0", local, index), 12); }
static void interfaces(void) {
  int s = udp(), t = socket(AF_INET, SOCK_STREAM, 0);
  struct in_addr one;
  puts("== the interface to send by");
  show_interface(s);
  R(interface(s, "127.0.0.1", 0)); show_interface(s);
  R(interface(s, "10.0.0.1", 0));
  R(interface(s, "10.0.0.1", 1)); show_interface(s);
  R(interface(s, "127.0.0.1", 5));
  R(interface(s, "127.0.0.77", 0)); show_interface(s);
  R(interface(s, "0.0.0.0", 1)); show_interface(s);
  R(interface(s, "0.0.0.0", 0)); show_interface(s);
  inet_pton(AF_INET, "127.0.0.3", &one);
  R(setsockopt(s, SOL_IP, IP_MULTICAST_IF, &one, 4)); show_interface(s);
  one.s_addr = 1;
  R(setsockopt(s, SOL_IP, IP_MULTICAST_IF, &one, 4));
  R(interface(t, "127.0.0.1", 1)); show_interface(t);
  close(s), close(t);
}
static void value(int s, int option, const char *name) {
  int given[] = {-2, -1, 0, 1, 2, 255, 256};
  unsigned char byte = 1;
  printf("%s:", name);
  for (int i = 0; i < 8; i++) {
    int value = 77, answer = i < 7 ? on(s, SOL_IP, option, given[i]) : setsockopt(s, SOL_IP, option, &byte, 1);
    socklen_t length = i & 1 ? 4 : 1;
    if (answer < 0) printf(" %s", strerrorname_np(errno));
    else if (getsockopt(s, SOL_IP, option, &value, &length) < 0) printf(" get %s", strerrorname_np(errno));
    else printf(" %d of %d", length == 1 ? *(unsigned char *)&value : value, length);
  }
  R(setsockopt(s, SOL_IP, option, &byte, 0));
}
static void values(void) {
  int s = udp(), t = socket(AF_INET, SOCK_STREAM, 0), v = 7;
  socklen_t length = 4;
  puts("== values");
  R(getsockopt(s, SOL_IP, IP_MULTICAST_ALL, &v, &length)); printf("%d\n", v);
  R(getsockopt(s, SOL_IP, IP_MULTICAST_LOOP, &v, &length)); printf("%d\n", v);
  R(getsockopt(s, SOL_IP, IP_MULTICAST_TTL, &v, &length)); printf("%d\n", v);
  value(s, IP_MULTICAST_ALL, "all"), value(s, IP_MULTICAST_LOOP, "loop"), value(s, IP_MULTICAST_TTL, "ttl");
  value(t, IP_MULTICAST_ALL, "all"), value(t, IP_MULTICAST_LOOP, "loop"), value(t, IP_MULTICAST_TTL, "ttl");
  int six = socket(AF_INET6, SOCK_DGRAM, 0);
  R(getsockopt(six, SOL_IP, IP_MULTICAST_ALL, &v, &length)); printf("%d\n", v);
  R(getsockopt(six, SOL_IP, IP_MULTICAST_LOOP, &v, &length)); printf("%d\n", v);
  close(s), close(t), close(six);
}
/* What a closed loopback means for all of it. */
static void down(void) {
  int s = udp();
  puts("== never up");
  tables();
  R(add(s, GROUP, "127.0.0.1", 0));
  R(add(s, GROUP, "0.0.0.0", 1));
  R(interface(s, "127.0.0.1", 0));
  R(interface(s, "0.0.0.0", 1));
  tables();
  set_lo(1);
  puts("== up");
  tables();
  set_lo(0);
  puts("== down");
  tables();
  R(add(s, "239.1.2.8", "127.0.0.1", 0));
  R(drop(s, GROUP, "127.0.0.1", 1));
  tables();
  set_lo(1);
  close(s);
  tables();
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  down();
  memberships();
  sizes();
  limits();
  groups();
  interfaces();
  values();
  return 0;
}
