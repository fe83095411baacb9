/* Netlink sockets: options and memberships; dumps that any of the two flags asks for. */
#include "oracle.h"
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>

static void get(int fd, int option, int size) {
  unsigned words[20];
  socklen_t length = size;
  memset(words, 0xee, sizeof words);
  errno = 0;
  int result = getsockopt(fd, SOL_NETLINK, option, words, &length);
  printf("get %d of %d = %d %s, length %d:", option, size, result, result ? strerrorname_np(errno) : "", (int)length);
  for (int i = 0; i < 4; i++) printf(" %x", words[i]);
  puts("");
  fflush(stdout);
}
static void set(int fd, int option, int value, int size) {
  errno = 0;
  int result = setsockopt(fd, SOL_NETLINK, option, &value, size);
  printf("set %d to %d in %d = %d %s\n", option, value, size, result, result ? strerrorname_np(errno) : "");
  fflush(stdout);
}
static void name(int fd) {
  struct sockaddr_nl a;
  socklen_t size = sizeof a;
  getsockname(fd, (void *)&a, &size);
  printf("groups %x\n", a.nl_groups);
}
static void options(int protocol) {
  printf("== protocol %d\n", protocol);
  int fd = socket(AF_NETLINK, SOCK_RAW, protocol);
  for (int option = 1; option <= 13; option++) get(fd, option, 4);
  get(fd, NETLINK_PKTINFO, 3), get(fd, NETLINK_PKTINFO, 8), get(fd, NETLINK_LIST_MEMBERSHIPS, 0);
  for (int option = 3; option <= 13; option++) {
    if (option == NETLINK_LISTEN_ALL_NSID || option == NETLINK_LIST_MEMBERSHIPS) continue;
    set(fd, option, 7, 4), get(fd, option, 4), set(fd, option, 0, 4), get(fd, option, 4);
    set(fd, option, 1, 2), set(fd, option, 1, 0);
  }
  set(fd, NETLINK_ADD_MEMBERSHIP, 0, 4), set(fd, NETLINK_ADD_MEMBERSHIP, -1, 4), set(fd, NETLINK_ADD_MEMBERSHIP, 9999, 4);
  set(fd, NETLINK_ADD_MEMBERSHIP, 3, 4), set(fd, NETLINK_ADD_MEMBERSHIP, 3, 4);
  get(fd, NETLINK_LIST_MEMBERSHIPS, 4), get(fd, NETLINK_LIST_MEMBERSHIPS, 3), get(fd, NETLINK_LIST_MEMBERSHIPS, 0), get(fd, NETLINK_LIST_MEMBERSHIPS, 64);
  name(fd);
  set(fd, NETLINK_ADD_MEMBERSHIP, 32, 4), get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  set(fd, NETLINK_ADD_MEMBERSHIP, 33, 4), get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  set(fd, NETLINK_DROP_MEMBERSHIP, 3, 4), set(fd, NETLINK_DROP_MEMBERSHIP, 3, 4), set(fd, NETLINK_DROP_MEMBERSHIP, 0, 4);
  get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  name(fd);
  struct sockaddr_nl a = {.nl_family = AF_NETLINK, .nl_groups = 0x11};
  R(bind(fd, (void *)&a, sizeof a));
  name(fd), get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  a.nl_groups = 0;
  R(bind(fd, (void *)&a, sizeof a));
  name(fd), get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  close(fd);
  fd = socket(AF_NETLINK, SOCK_RAW, protocol);
  a.nl_groups = 2;
  R(bind(fd, (void *)&a, sizeof a));
  get(fd, NETLINK_LIST_MEMBERSHIPS, 16);
  close(fd);
}

static void ask(int type, int flags) {
  struct { struct nlmsghdr h; struct rtmsg body; char rest[16]; } q = {{.nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = 1}};
  if (type == RTM_GETRULE) q.body.rtm_family = AF_INET;
  q.h.nlmsg_len = NLMSG_LENGTH(type == RTM_GETLINK ? 16 : sizeof q.body);
  int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  char buffer[32768];
  send(fd, &q, q.h.nlmsg_len, 0);
  printf("type %d flags %x:", type, flags);
  for (int done = 0, got; !done && (got = recv(fd, buffer, sizeof buffer, MSG_DONTWAIT)) > 0;)
    for (struct nlmsghdr *h = (void *)buffer; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
      printf(" %d/%x", h->nlmsg_type, h->nlmsg_flags);
      if (h->nlmsg_type == NLMSG_ERROR) printf("(%s)", strerrorname_np(-*(int *)NLMSG_DATA(h)) ?: "0");
      done |= h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR;
    }
  puts("");
  fflush(stdout);
  close(fd);
}

int main(void) {
  if (unshare(CLONE_NEWNET)) return 1;
  options(NETLINK_ROUTE);
  static const int types[] = {RTM_GETLINK, RTM_GETADDR, RTM_GETROUTE, RTM_GETRULE, RTM_GETNEIGH};
  static const int flags[] = {NLM_F_ROOT, NLM_F_MATCH, NLM_F_DUMP, NLM_F_DUMP | NLM_F_ACK};
  for (int t = 0; t < 5; t++)
    for (int f = 0; f < 4; f++) ask(types[t], flags[f]);
  ask(RTM_NEWRULE + 80, NLM_F_ROOT);
  ask(RTM_GETRULE + 80, NLM_F_ROOT);
}
