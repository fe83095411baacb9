/* Multicast of version 6: memberships and their sources, options, and where nothing leads. */
#include "own-net.h"

#define GROUP "ff05::1:3"
#define P_IPV6_MULTICAST_ALL 29
static struct sockaddr_storage of(const char *host) {
  at(host, 0);
  return address;
}
static int membership(int s, int option, const char *group, int index) {
  struct ipv6_mreq m = {.ipv6mr_interface = index};
  inet_pton(AF_INET6, group, &m.ipv6mr_multiaddr);
  return setsockopt(s, SOL_IPV6, option, &m, sizeof m);
}
static int join(int s, const char *group, int index) { return membership(s, IPV6_ADD_MEMBERSHIP, group, index); }
static int leave(int s, const char *group, int index) { return membership(s, IPV6_DROP_MEMBERSHIP, group, index); }
static int group(int s, int option, const char *host, int index) {
  struct group_req r = {.gr_interface = index, .gr_group = of(host)};
  return setsockopt(s, SOL_IPV6, option, &r, sizeof r);
}
static int source(int s, int option, const char *host, const char *from, int index) {
  struct group_source_req r = {.gsr_interface = index, .gsr_group = of(host), .gsr_source = of(from)};
  return setsockopt(s, SOL_IPV6, option, &r, sizeof r);
}
static int filter(int s, const char *host, int index, int mode, int count) {
  static char data[20000];
  struct group_filter *f = (void *)data;
  memset(data, 0, sizeof data);
  f->gf_interface = index, f->gf_group = of(host), f->gf_fmode = mode, f->gf_numsrc = count;
  for (int i = 0; i < count; i++) {
    char from[30];
    sprintf(from, "2001:db8::%x", i + 1);
    f->gf_slist[i] = of(from);
  }
  return setsockopt(s, SOL_IPV6, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(count));
}
static void show_filter(int s, const char *host, int index) {
  for (int room = 0; room < 4; room++) {
    char data[1000];
    struct group_filter *f = (void *)data;
    socklen_t length = GROUP_FILTER_SIZE(room);
    memset(data, 0x55, sizeof data);
    f->gf_interface = index, f->gf_group = of(host), f->gf_numsrc = room;
    if (getsockopt(s, SOL_IPV6, MCAST_MSFILTER, f, &length)) { printf("  filter: %s\n", strerrorname_np(errno)); return; }
    printf("  filter: %d bytes, mode %d, %d sources", length, f->gf_fmode, f->gf_numsrc);
    for (int i = 0; i < room && i < f->gf_numsrc; i++) printf(" %s", show_address((void *)&f->gf_slist[i]));
    printf("\n");
  }
}
static void tables(void) { file("/proc/net/igmp6"), file("/proc/net/mcfilter6"), file("/proc/net/igmp"); }

static void memberships(void) {
  int s = udp(), t = udp(), tcp = socket(AF_INET6, SOCK_STREAM, 0);
  puts("== memberships");
  R(join(s, GROUP, 0)); R(join(s, GROUP, 1)); R(join(s, GROUP, 1)); R(join(s, GROUP, 7)); R(join(s, GROUP, -1));
  R(join(t, GROUP, 1)); R(join(t, "ff02::1", 1)); R(join(t, "ff02::7", 1)); R(join(t, "ff01::9", 1)); R(join(t, "ff00::1", 1)); R(join(t, "::1", 1)); R(join(t, "::ffff:239.1.2.3", 1));
  R(join(tcp, GROUP, 1)); R(leave(tcp, GROUP, 1)); R(group(tcp, MCAST_JOIN_GROUP, GROUP, 1)); R(group(tcp, MCAST_LEAVE_GROUP, GROUP, 1));
  tables();
  R(leave(s, GROUP, 7)); R(leave(s, GROUP, 0)); R(leave(s, GROUP, 1)); R(leave(s, "::1", 1));
  R(leave(t, GROUP, 0)); R(leave(t, "ff02::1", 1)); R(leave(t, "ff02::1", 1));
  tables();
  R(group(s, MCAST_JOIN_GROUP, GROUP, 1)); R(group(s, MCAST_JOIN_GROUP, GROUP, 1)); R(group(s, MCAST_JOIN_GROUP, GROUP, 0)); R(group(s, MCAST_JOIN_GROUP, "::1", 1)); R(group(s, MCAST_JOIN_GROUP, GROUP, 3));
  family = AF_INET;
  R(group(s, MCAST_JOIN_GROUP, "239.1.2.3", 1)); R(group(s, MCAST_LEAVE_GROUP, "239.1.2.3", 1));
  R(setsockopt(udp(), SOL_IPV6, IPV6_ADD_MEMBERSHIP, &s, 4));
  family = AF_INET6;
  R(group(s, MCAST_LEAVE_GROUP, GROUP, 3)); R(group(s, MCAST_LEAVE_GROUP, GROUP, 1)); R(group(s, MCAST_LEAVE_GROUP, GROUP, 1));
  struct ipv6_mreq m = {.ipv6mr_interface = 1};
  inet_pton(AF_INET6, GROUP, &m.ipv6mr_multiaddr);
  for (int size = 16; size <= 24; size += 4) { printf("%d\n", size); R(setsockopt(s, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &m, size)); R(setsockopt(s, SOL_IPV6, IPV6_DROP_MEMBERSHIP, &m, size)); }
  char room[140] = {0};
  R(setsockopt(s, SOL_IPV6, MCAST_JOIN_GROUP, room, 128)); R(setsockopt(s, SOL_IPV6, MCAST_JOIN_GROUP, room, 136));
  int value; socklen_t length = 4;
  R(getsockopt(s, SOL_IPV6, IPV6_ADD_MEMBERSHIP, &value, &length)); R(getsockopt(s, SOL_IPV6, MCAST_JOIN_GROUP, &value, &length));
  close(t); tables();
  close(s), close(tcp);
}
static void many(void) {
  int s = udp(), count = 0;
  char host[30];
  puts("== many");
  while (count < 5000 && (sprintf(host, "ff05::9:%x", count), join(s, host, 1) == 0)) count++;
  printf("%d %s\n", count, strerrorname_np(errno));
  close(s);
}
static void sources(void) {
  int s = udp(), t = udp();
  puts("== sources");
  R(source(s, MCAST_JOIN_SOURCE_GROUP, GROUP, "::1", 1)); R(source(s, MCAST_JOIN_SOURCE_GROUP, GROUP, "::1", 1)); R(source(s, MCAST_JOIN_SOURCE_GROUP, GROUP, "2001:db8::5", 1)); show_filter(s, GROUP, 1); show_filter(s, GROUP, 0); show_filter(s, "::1", 1); show_filter(s, "ff05::77", 1);
  tables();
  R(source(s, MCAST_BLOCK_SOURCE, GROUP, "::1", 1)); R(source(s, MCAST_LEAVE_SOURCE_GROUP, GROUP, "2001:db8::6", 1)); R(source(s, MCAST_LEAVE_SOURCE_GROUP, GROUP, "2001:db8::5", 1)); R(source(s, MCAST_LEAVE_SOURCE_GROUP, GROUP, "::1", 1)); R(source(s, MCAST_LEAVE_SOURCE_GROUP, GROUP, "::1", 1));
  R(source(s, MCAST_JOIN_SOURCE_GROUP, GROUP, "::1", 0)); R(source(s, MCAST_JOIN_SOURCE_GROUP, GROUP, "::1", 9)); R(source(s, MCAST_JOIN_SOURCE_GROUP, "::1", "::1", 1));
  R(source(t, MCAST_BLOCK_SOURCE, GROUP, "::1", 1)); R(join(t, GROUP, 1)); R(source(t, MCAST_BLOCK_SOURCE, GROUP, "::1", 1)); R(source(t, MCAST_BLOCK_SOURCE, GROUP, "::1", 1)); R(source(t, MCAST_UNBLOCK_SOURCE, GROUP, "::5", 1)); R(source(t, MCAST_BLOCK_SOURCE, GROUP, "::1", 0)); show_filter(t, GROUP, 1); tables();
  R(source(t, MCAST_UNBLOCK_SOURCE, GROUP, "::1", 1)); show_filter(t, GROUP, 1);
  R(filter(t, GROUP, 1, MCAST_INCLUDE, 3)); show_filter(t, GROUP, 1); tables();
  R(filter(t, GROUP, 1, MCAST_EXCLUDE, 2)); show_filter(t, GROUP, 1); tables();
  R(filter(t, GROUP, 1, MCAST_EXCLUDE, 64)); R(filter(t, GROUP, 1, MCAST_EXCLUDE, 65)); R(filter(t, GROUP, 1, 5, 1)); R(filter(t, GROUP, 2, MCAST_INCLUDE, 1)); R(filter(t, "::1", 1, MCAST_INCLUDE, 1)); R(filter(s, GROUP, 1, MCAST_INCLUDE, 1)); R(filter(s, GROUP, 1, MCAST_INCLUDE, 0));
  R(filter(t, GROUP, 1, MCAST_INCLUDE, 0)); show_filter(t, GROUP, 1); tables();
  family = AF_INET;
  R(source(s, MCAST_JOIN_SOURCE_GROUP, "239.1.2.3", "127.0.0.1", 1)); R(filter(s, "239.1.2.3", 1, MCAST_INCLUDE, 0)); show_filter(s, "239.1.2.3", 1);
  family = AF_INET6;
  struct group_source_req q = {0};
  R(setsockopt(s, SOL_IPV6, MCAST_JOIN_SOURCE_GROUP, &q, sizeof q - 8)); R(setsockopt(s, SOL_IPV6, MCAST_JOIN_SOURCE_GROUP, &q, sizeof q)); R(setsockopt(s, SOL_IPV6, MCAST_MSFILTER, &q, 100));
  close(s), close(t);
}
static void value(int type, int option, const char *name) {
  int given[] = {-2, -1, 0, 1, 2, 7, 255, 256}, s = socket(AF_INET6, type, 0), value = 77;
  socklen_t length = 4;
  printf("%s:", name);
  if (getsockopt(s, SOL_IPV6, option, &value, &length)) printf(" %s,", strerrorname_np(errno)); else printf(" %d,", value);
  for (int i = 0; i < 8; i++) {
    if (on(s, SOL_IPV6, option, given[i])) printf(" %s", strerrorname_np(errno));
    else if (getsockopt(s, SOL_IPV6, option, &value, &length)) printf(" get %s", strerrorname_np(errno));
    else printf(" %d", value);
  }
  printf("\n");
  if (type == SOCK_DGRAM) R(setsockopt(s, SOL_IPV6, option, &value, 2));
  close(s);
}
static void values(void) {
  puts("== values");
  for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) value(type, IPV6_MULTICAST_IF, "interface"), value(type, IPV6_MULTICAST_LOOP, "loop"), value(type, IPV6_MULTICAST_HOPS, "hops"), value(type, P_IPV6_MULTICAST_ALL, "all");
  int s = udp();
  R(on(s, SOL_SOCKET, 62, 7)); R(on(s, SOL_IPV6, IPV6_MULTICAST_IF, 1)); R(on(s, SOL_SOCKET, 62, 1)); R(on(s, SOL_IPV6, IPV6_MULTICAST_IF, 1));
  R(on(s, SOL_IPV6, IPV6_MULTICAST_IF, 0));
  close(s);
}
static int bind_at(int s, const char *host, int scope) {
  socklen_t length = at(host, 5000);
  ((struct sockaddr_in6 *)&address)->sin6_scope_id = scope;
  return bind(s, (void *)&address, length);
}
static int connect_at(int s, const char *host, int scope) {
  socklen_t length = at(host, 5000);
  ((struct sockaddr_in6 *)&address)->sin6_scope_id = scope;
  return connect(s, (void *)&address, length);
}
static int send_at(int s, const char *host, int scope) {
  socklen_t length = at(host, 5000);
  ((struct sockaddr_in6 *)&address)->sin6_scope_id = scope;
  return sendto(s, "x", 1, 0, (void *)&address, length);
}
static int bound_interface(int s) {
  int value; socklen_t length = 4;
  return getsockopt(s, SOL_SOCKET, 62, &value, &length) ? -1 : value;
}
static int shown_scope(int s) {
  socklen_t length = sizeof address;
  getsockname(s, (void *)&address, &length);
  return ((struct sockaddr_in6 *)&address)->sin6_scope_id;
}
static void places(const char *what) {
  static const char *hosts[] = {GROUP, "ff02::7", "ff02::1", "ff01::1", "ff00::1", "ff0e::1", "ff12::1"};
  printf("== %s: places\n", what);
  for (int i = 0; i < 7; i++) {
    int s = udp(), t = socket(AF_INET6, SOCK_STREAM, 0), u = udp(), v = udp(), raw = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    printf("- %s\n", hosts[i]);
    R(bind_at(s, hosts[i], 0)); ENDS(s); R(bind_at(t, hosts[i], 1)); R(bind_at(v, hosts[i], 7)); R(bind_at(v, hosts[i], 1)); ENDS(v); R(bound_interface(v)); R(shown_scope(v)); R(bind_at(raw, hosts[i], 0));
    R(send_at(v, "::1", 0)); R(connect_at(v, "::1", 0)); ENDS(v);
    R(send_at(u, hosts[i], 0)); R(send_at(u, hosts[i], 1)); R(send_at(u, hosts[i], 7));
    R(connect_at(u, hosts[i], 0)); R(bound_interface(u)); R(connect_at(u, hosts[i], 1)); R(bound_interface(u)); R(connect_at(t, hosts[i], 0)); R(connect_at(t, hosts[i], 1));
    close(u), u = udp();
    R(on(u, SOL_IPV6, IPV6_MULTICAST_IF, 1)); R(send_at(u, hosts[i], 0)); R(connect_at(u, hosts[i], 0)); R(bound_interface(u));
    close(s), close(t), close(u), close(v), close(raw);
  }
}

/* Addresses of one link that are nobody's. */
static void links(void) {
  puts("== of a link");
  int s = udp(), t = socket(AF_INET6, SOCK_STREAM, 0), u = udp();
  R(bind_at(s, "fe80::1", 0)); R(bind_at(s, "fe80::1", 1)); R(bound_interface(s)); R(bind_at(s, "fe80::1", 3)); R(bound_interface(s));
  R(connect_at(t, "fe80::1", 0)); R(connect_at(t, "fe80::1", 1)); R(bound_interface(t)); R(connect_at(t, "fe80::1", 2));
  R(connect_at(u, "fe80::1", 0)); R(send_at(u, "fe80::1", 0)); R(send_at(u, "fe80::1", 1)); R(connect_at(u, "fe80::1", 1)); R(bound_interface(u)); R(connect_at(u, "fe80::1", 2));
  R(connect_at(u, "ff02::1", 2)); R(connect_at(u, "fec0::1", 2));
  close(s), close(t), close(u);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  family = AF_INET6;
  puts("== down");
  tables();
  int s = udp();
  R(join(s, GROUP, 1)); tables();
  set_lo(1);
  puts("== up"); tables();
  set_lo(0);
  puts("== down again"); tables();
  places("down again");
  set_lo(1); tables();
  close(s);
  memberships();
  many();
  sources();
  values();
  places("up");
  links();
  return 0;
}
