/* Limits of what a socket may say of groups: lengths, sources that are named twice, memory. */
#include "own-net.h"

#define MOST 4000
static void write_to(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (write(fd, text, strlen(text)) < 0) printf("%s: %s\n", path, strerrorname_np(errno));
  close(fd);
}
static struct sockaddr_storage storage(const char *text) {
  struct sockaddr_in a = {.sin_family = AF_INET};
  struct sockaddr_storage all = {0};
  inet_pton(AF_INET, text, &a.sin_addr);
  memcpy(&all, &a, sizeof a);
  return all;
}
static int join(int s, unsigned group) {
  struct ip_mreqn m = {.imr_multiaddr.s_addr = htonl(0xef010000 + group), .imr_ifindex = 1};
  return setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &m, sizeof m);
}
static int leave(int s, unsigned group) {
  struct ip_mreqn m = {.imr_multiaddr.s_addr = htonl(0xef010000 + group), .imr_ifindex = 1};
  return setsockopt(s, SOL_IP, IP_DROP_MEMBERSHIP, &m, sizeof m);
}
/* A filter of so many sources: 1, 2, 3 …, or all the same. */
static int filter(int s, unsigned group, int count, int step) {
  static char data[IP_MSFILTER_SIZE(MOST)];
  struct ip_msfilter *f = (void *)data;
  f->imsf_multiaddr.s_addr = htonl(0xef010000 + group);
  f->imsf_interface.s_addr = htonl(INADDR_LOOPBACK);
  f->imsf_fmode = MCAST_EXCLUDE;
  f->imsf_numsrc = count;
  for (int i = 0; i < count; i++) (&f->imsf_slist[0])[i].s_addr = htonl(0x0a000000 + i * step);
  return setsockopt(s, SOL_IP, IP_MSFILTER, f, IP_MSFILTER_SIZE(count));
}
static int source(int s, int option, unsigned group, unsigned from) {
  struct ip_mreq_source m = {.imr_multiaddr.s_addr = htonl(0xef010000 + group), .imr_interface.s_addr = htonl(INADDR_LOOPBACK), .imr_sourceaddr.s_addr = htonl(0x0a000000 + from)};
  return setsockopt(s, SOL_IP, option, &m, sizeof m);
}

static void lengths(void) {
  struct group_source_req r = {.gsr_interface = 1, .gsr_group = storage("239.1.0.1"), .gsr_source = storage("10.0.0.1")};
  char data[sizeof r + 4] = {0};
  memcpy(data, &r, sizeof r);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  for (int more = -1; more < 3; more++) R(setsockopt(s, SOL_IP, MCAST_JOIN_SOURCE_GROUP, data, sizeof r + more));
  for (int more = -1; more < 3; more++) R(setsockopt(s, SOL_IP, MCAST_LEAVE_SOURCE_GROUP, data, sizeof r + more));
  close(s);
}

static void twice(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0), other = socket(AF_INET, SOCK_DGRAM, 0);
  R(join(s, 1));
  R(join(other, 1));
  R(filter(s, 1, 2, 0));
  file("/proc/net/mcfilter");
  R(source(s, IP_UNBLOCK_SOURCE, 1, 0));
  file("/proc/net/mcfilter");
  R(source(s, IP_UNBLOCK_SOURCE, 1, 0));
  file("/proc/net/mcfilter");
  R(source(s, IP_UNBLOCK_SOURCE, 1, 0));
  close(s), close(other);
}

static void memory(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0), joined = 0, filtered = 0;
  write_to("/proc/sys/net/ipv4/igmp_max_memberships", "100000");
  write_to("/proc/sys/net/ipv4/igmp_max_msf", "100000");
  while (join(s, joined) == 0) joined++;
  printf("%d groups, then %s\n", joined, strerrorname_np(errno));
  R(filter(s, 0, 1, 1));
  for (int i = 0; i < joined; i++) leave(s, i);
  for (joined = 0; joined < 100; joined++) join(s, joined);
  while (filtered < joined && filter(s, filtered, MOST, 1) == 0) filtered++;
  printf("%d filters, then %s\n", filtered, strerrorname_np(errno));
  R(filter(s, 0, MOST, 1));
  R(filter(s, 0, 0, 1));
  R(filter(s, 0, MOST, 1));
  int more = 0;
  while (source(s, IP_BLOCK_SOURCE, 50, more) == 0) more++;
  printf("%d sources, then %s\n", more, strerrorname_np(errno));
  R(leave(s, 1));
  while (source(s, IP_BLOCK_SOURCE, 50, more) == 0) more++;
  printf("%d sources, then %s\n", more, strerrorname_np(errno));
  close(s);
}

int main(void) {
  unshare(CLONE_NEWNET);
  set_lo(1);
  lengths();
  twice();
  memory();
}
