/* Members of a multicast group that choose whom they hear: source filters. */
#include "own-net.h"

#define GROUP "239.1.2.3"
static int sender[4];
static int source(int s, int option, const char *group, const char *from, const char *local) {
  struct ip_mreq_source m;
  inet_pton(AF_INET, group, &m.imr_multiaddr), inet_pton(AF_INET, from, &m.imr_sourceaddr), inet_pton(AF_INET, local, &m.imr_interface);
  return setsockopt(s, SOL_IP, option, &m, sizeof m);
}
static int add(int s, const char *from) { return source(s, IP_ADD_SOURCE_MEMBERSHIP, GROUP, from, "127.0.0.1"); }
static int drop(int s, const char *from) { return source(s, IP_DROP_SOURCE_MEMBERSHIP, GROUP, from, "127.0.0.1"); }
static int block(int s, const char *from) { return source(s, IP_BLOCK_SOURCE, GROUP, from, "127.0.0.1"); }
static int unblock(int s, const char *from) { return source(s, IP_UNBLOCK_SOURCE, GROUP, from, "127.0.0.1"); }
static int join(int s) {
  struct ip_mreqn m = {.imr_ifindex = 1};
  inet_pton(AF_INET, GROUP, &m.imr_multiaddr);
  return setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &m, sizeof m);
}
static int leave(int s) {
  struct ip_mreqn m = {.imr_ifindex = 1};
  inet_pton(AF_INET, GROUP, &m.imr_multiaddr);
  return setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &m, sizeof m);
}
static void all_send(void) {
  for (int i = 0; i < 4; i++) {
    char text[2] = {'1' + i};
    send_to(sender[i], text, GROUP, 5000);
  }
}
static void show_filter(int s) {
  for (int room = 0; room < 4; room += 1) {
    char data[100];
    struct ip_msfilter *f = (void *)data;
    socklen_t length = IP_MSFILTER_SIZE(room);
    memset(data, 0x55, sizeof data);
    inet_pton(AF_INET, GROUP, &f->imsf_multiaddr), inet_pton(AF_INET, "127.0.0.1", &f->imsf_interface);
    f->imsf_numsrc = room;
    if (getsockopt(s, SOL_IP, IP_MSFILTER, f, &length)) { printf("  filter: %s\n", strerrorname_np(errno)); return; }
    printf("  filter: %d bytes, mode %d, %d sources", length, f->imsf_fmode, f->imsf_numsrc);
    for (int i = 0; i < room && i < f->imsf_numsrc; i++) { char a[20]; printf(" %s", inet_ntop(AF_INET, &f->imsf_slist[i], a, 20)); }
    printf("\n");
  }
}
static void tables(void) { file("/proc/net/igmp"), file("/proc/net/mcfilter"); }

static void including(void) {
  int r = bound("0.0.0.0", 5000), any = bound("0.0.0.0", 5000);
  puts("== including");
  R(add(r, "127.0.0.1")); show_filter(r); tables();
  all_send(); GOT(r); GOT(any);
  R(add(r, "127.0.0.1"));
  R(add(r, "127.0.0.3"));
  R(add(r, "203.0.113.9"));
  R(add(r, "224.0.0.1"));
  R(add(r, "0.0.0.0"));
  show_filter(r); tables();
  all_send(); GOT(r); GOT(any);
  R(block(r, "127.0.0.1"));
  R(unblock(r, "127.0.0.1"));
  R(drop(r, "127.0.0.2"));
  R(drop(r, "127.0.0.1"));
  all_send(); GOT(r); GOT(any);
  R(drop(r, "203.0.113.9")); R(drop(r, "224.0.0.1")); R(drop(r, "0.0.0.0"));
  show_filter(r); tables();
  R(drop(r, "127.0.0.3")); show_filter(r); tables();
  R(drop(r, "127.0.0.3"));
  R(join(r));
  R(add(r, "127.0.0.2")); show_filter(r);
  R(leave(r)); show_filter(r); tables();
  close(r), close(any);
}
static void excluding(void) {
  int r = bound("0.0.0.0", 5000), two = bound("0.0.0.0", 5000), any = bound("0.0.0.0", 5000);
  puts("== excluding");
  R(block(r, "127.0.0.1"));
  R(unblock(r, "127.0.0.1"));
  R(join(r)); show_filter(r);
  R(unblock(r, "127.0.0.1"));
  R(block(r, "127.0.0.1"));
  R(block(r, "127.0.0.1"));
  R(block(r, "127.0.0.2")); show_filter(r); tables();
  all_send(); GOT(r); GOT(any);
  R(add(r, "127.0.0.3"));
  R(drop(r, "127.0.0.1"));
  puts("- and another that includes one");
  R(add(two, "127.0.0.2")); tables();
  all_send(); GOT(r); GOT(two); GOT(any);
  R(unblock(r, "127.0.0.1")); R(unblock(r, "127.0.0.2")); show_filter(r);
  R(add(r, "127.0.0.4"));
  R(block(r, "127.0.0.4"));
  all_send(); GOT(r); GOT(two); GOT(any);
  puts("- and another that excludes one");
  R(leave(two)); R(join(two)); R(block(two, "127.0.0.4")); R(block(two, "127.0.0.2")); tables();
  all_send(); GOT(r); GOT(two); GOT(any);
  close(r); tables();
  all_send(); GOT(two); GOT(any);
  close(two); tables();
  all_send(); GOT(any);
  close(any);
}
static void refused(void) {
  int s = udp(), t = socket(AF_INET, SOCK_STREAM, 0), count = 0;
  char from[20];
  puts("== refused");
  R(source(s, IP_ADD_SOURCE_MEMBERSHIP, "10.0.0.1", "127.0.0.1", "127.0.0.1"));
  R(source(s, IP_ADD_SOURCE_MEMBERSHIP, GROUP, "127.0.0.1", "10.0.0.1"));
  R(source(s, IP_ADD_SOURCE_MEMBERSHIP, GROUP, "127.0.0.1", "0.0.0.0"));
  R(source(s, IP_DROP_SOURCE_MEMBERSHIP, "10.0.0.1", "127.0.0.1", "127.0.0.1"));
  R(source(s, IP_DROP_SOURCE_MEMBERSHIP, GROUP, "127.0.0.1", "10.0.0.1"));
  R(source(s, IP_BLOCK_SOURCE, GROUP, "127.0.0.1", "0.0.0.0"));
  R(source(t, IP_ADD_SOURCE_MEMBERSHIP, GROUP, "127.0.0.1", "127.0.0.1"));
  R(source(t, IP_DROP_SOURCE_MEMBERSHIP, GROUP, "127.0.0.1", "127.0.0.1"));
  struct ip_mreq_source m = {0};
  for (int size = 8; size <= 16; size += 4) {
    printf("%d\n", size);
    R(setsockopt(s, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, &m, size));
    R(setsockopt(s, SOL_IP, IP_BLOCK_SOURCE, &m, size));
  }
  while (sprintf(from, "10.0.0.%d", count), add(s, from) == 0) count++;
  printf("%d, then %s\n", count, strerrorname_np(errno));
  R(add(s, "10.0.0.1"));
  R(drop(s, "10.0.0.1")); R(add(s, "10.0.0.99")); R(add(s, "10.0.0.100"));
  tables();
  close(s), close(t);
}
static int filter(int s, const char *group, int mode, int count, int told, int length) {
  char data[400] = {0};
  struct ip_msfilter *f = (void *)data;
  inet_pton(AF_INET, group, &f->imsf_multiaddr), inet_pton(AF_INET, "127.0.0.1", &f->imsf_interface);
  f->imsf_fmode = mode, f->imsf_numsrc = told;
  for (int i = 0; i < count; i++) f->imsf_slist[i].s_addr = htonl(0x7f000001 + i);
  return setsockopt(s, SOL_IP, IP_MSFILTER, f, length);
}
static int exactly(int s, int mode, int count) { return filter(s, GROUP, mode, count, count, IP_MSFILTER_SIZE(count)); }
static void filters(void) {
  int r = bound("0.0.0.0", 5000), t = socket(AF_INET, SOCK_STREAM, 0);
  puts("== a whole filter");
  R(exactly(r, MCAST_INCLUDE, 1)); R(exactly(r, MCAST_EXCLUDE, 1)); R(exactly(r, MCAST_INCLUDE, 0));
  show_filter(r);
  R(join(r));
  R(exactly(r, MCAST_INCLUDE, 2)); show_filter(r); tables();
  all_send(); GOT(r);
  R(exactly(r, MCAST_EXCLUDE, 3)); show_filter(r); tables();
  all_send(); GOT(r);
  R(exactly(r, MCAST_EXCLUDE, 0)); show_filter(r); tables();
  all_send(); GOT(r);
  R(exactly(r, MCAST_INCLUDE, 10)); R(exactly(r, MCAST_INCLUDE, 11)); R(exactly(r, 2, 1));
  R(filter(r, GROUP, MCAST_INCLUDE, 0, 3, 16)); R(filter(r, GROUP, MCAST_INCLUDE, 0, 3, 28)); R(filter(r, GROUP, MCAST_INCLUDE, 0, 0, 12)); R(filter(r, GROUP, MCAST_INCLUDE, 1, 1, 200));
  R(filter(r, "10.0.0.1", MCAST_INCLUDE, 1, 1, 20)); R(filter(r, "239.0.0.9", MCAST_INCLUDE, 1, 1, 20)); R(filter(r, "239.0.0.9", MCAST_INCLUDE, 0, 0, 16));
  R(exactly(t, MCAST_INCLUDE, 1));
  show_filter(r);
  R(exactly(r, MCAST_INCLUDE, 0)); show_filter(r); tables();
  close(r), close(t);
}
static struct sockaddr_storage *of(const char *host) {
  static struct sockaddr_storage out[4];
  static int turn;
  at(host, 0);
  out[turn %= 4] = address;
  return &out[turn++];
}
static int choose(int s, int option, const char *group, const char *from, int interface) {
  struct group_source_req r = {.gsr_interface = interface};
  r.gsr_group = *of(group), r.gsr_source = *of(from);
  return setsockopt(s, SOL_IP, option, &r, sizeof r);
}
static int group_filter(int s, const char *group, int interface, int mode, int count) {
  char data[4000] = {0};
  struct group_filter *f = (void *)data;
  f->gf_interface = interface, f->gf_group = *of(group), f->gf_fmode = mode, f->gf_numsrc = count;
  for (int i = 0; i < count; i++) {
    char from[20];
    sprintf(from, "127.0.0.%d", i + 1);
    f->gf_slist[i] = *of(from);
  }
  return setsockopt(s, SOL_IP, MCAST_MSFILTER, f, GROUP_FILTER_SIZE(count));
}
static void show_group_filter(int s, int interface) {
  for (int room = 0; room < 4; room++) {
    char data[1000];
    struct group_filter *f = (void *)data;
    socklen_t length = GROUP_FILTER_SIZE(room);
    memset(data, 0x55, sizeof data);
    f->gf_interface = interface, f->gf_group = *of(GROUP), f->gf_numsrc = room;
    if (getsockopt(s, SOL_IP, MCAST_MSFILTER, f, &length)) { printf("  group filter: %s\n", strerrorname_np(errno)); return; }
    printf("  group filter: %d bytes, mode %d, %d sources", length, f->gf_fmode, f->gf_numsrc);
    for (int i = 0; i < room && i < f->gf_numsrc; i++) printf(" %s", show_address((void *)&f->gf_slist[i]));
    printf("\n");
  }
}
static void group_sources(void) {
  int r = bound("0.0.0.0", 5000), s = udp();
  puts("== of any family");
  R(choose(r, MCAST_JOIN_SOURCE_GROUP, GROUP, "127.0.0.1", 1)); show_group_filter(r, 1); show_group_filter(r, 0); show_filter(r);
  R(choose(r, MCAST_JOIN_SOURCE_GROUP, GROUP, "127.0.0.2", 1));
  R(choose(r, MCAST_JOIN_SOURCE_GROUP, GROUP, "127.0.0.3", 9));
  R(choose(r, MCAST_JOIN_SOURCE_GROUP, GROUP, "127.0.0.3", 0));
  R(choose(r, MCAST_JOIN_SOURCE_GROUP, "10.0.0.1", "127.0.0.3", 1));
  all_send(); GOT(r);
  R(choose(r, MCAST_LEAVE_SOURCE_GROUP, GROUP, "127.0.0.3", 1)); R(choose(r, MCAST_LEAVE_SOURCE_GROUP, GROUP, "127.0.0.1", 1)); R(choose(r, MCAST_LEAVE_SOURCE_GROUP, GROUP, "127.0.0.2", 1));
  show_group_filter(r, 1); tables();
  R(join(r));
  R(choose(r, MCAST_BLOCK_SOURCE, GROUP, "127.0.0.4", 1)); R(choose(r, MCAST_BLOCK_SOURCE, GROUP, "127.0.0.4", 2)); show_group_filter(r, 1);
  all_send(); GOT(r);
  R(choose(r, MCAST_UNBLOCK_SOURCE, GROUP, "127.0.0.4", 1)); show_group_filter(r, 1);
  R(group_filter(r, GROUP, 1, MCAST_INCLUDE, 3)); show_group_filter(r, 1); tables();
  all_send(); GOT(r);
  R(group_filter(r, GROUP, 1, MCAST_INCLUDE, 11)); R(group_filter(r, GROUP, 2, MCAST_INCLUDE, 1)); R(group_filter(r, "10.0.0.1", 1, MCAST_INCLUDE, 1)); R(group_filter(r, GROUP, 1, 7, 1));
  R(group_filter(r, GROUP, 1, MCAST_INCLUDE, 0)); show_group_filter(r, 1); tables();
  family = AF_INET6;
  R(choose(s, MCAST_JOIN_SOURCE_GROUP, "ff02::7", "::1", 1)); R(group_filter(s, "ff02::7", 1, MCAST_INCLUDE, 0));
  family = AF_INET;
  struct group_source_req q = {0};
  R(setsockopt(s, SOL_IP, MCAST_JOIN_SOURCE_GROUP, &q, sizeof q - 8)); R(setsockopt(s, SOL_IP, MCAST_JOIN_SOURCE_GROUP, &q, sizeof q));
  close(r), close(s);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  for (int i = 0; i < 4; i++) {
    char host[20];
    sprintf(host, "127.0.0.%d", i + 1);
    sender[i] = bound(host, 6000);
  }
  including();
  excluding();
  refused();
  filters();
  group_sources();
  return 0;
}
