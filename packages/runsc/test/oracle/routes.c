/* rtnetlink: routes and rules of a network namespace that has lo alone. */
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int netlink;
static unsigned sequence;

static void hex(const void *data, int length) {
  for (int i = 0; i < length; i++) printf("%02x", ((const unsigned char *)data)[i]);
}
/* Head and attributes. Times since something happened vary. */
static void show(struct nlmsghdr *h, int head) {
  printf("  type %d flags %x: ", h->nlmsg_type, h->nlmsg_flags);
  hex(NLMSG_DATA(h), head);
  struct rtattr *a = (void *)((char *)NLMSG_DATA(h) + NLMSG_ALIGN(head));
  for (int left = h->nlmsg_len - NLMSG_LENGTH(NLMSG_ALIGN(head)); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
    printf(" %d=", a->rta_type);
    if (h->nlmsg_type == RTM_NEWROUTE && a->rta_type == RTA_CACHEINFO) printf("cacheinfo/%d", (int)RTA_PAYLOAD(a));
    else hex(RTA_DATA(a), RTA_PAYLOAD(a));
  }
  puts("");
}
static void ask(const char *what, int type, int flags, const void *body, int length, int head) {
  char buffer[32768], request[512] = {0};
  struct nlmsghdr *h = (void *)request;
  printf("%s:\n", what);
  *h = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(length), .nlmsg_type = type, .nlmsg_flags = NLM_F_REQUEST | flags, .nlmsg_seq = ++sequence};
  memcpy(NLMSG_DATA(h), body, length);
  send(netlink, request, h->nlmsg_len, 0);
  for (int done = 0; !done;) {
    int got = recv(netlink, buffer, sizeof buffer, 0);
    if (got < 0) { printf("  receive: %s\n", strerrorname_np(errno)); return; }
    for (h = (void *)buffer; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
        int code = -*(int *)NLMSG_DATA(h);
        printf("  %s %s\n", h->nlmsg_type == NLMSG_DONE ? "done" : "answer", code ? strerrorname_np(code) : "0");
        done = 1;
        continue;
      }
      show(h, head);
      if (!(h->nlmsg_flags & NLM_F_MULTI)) done = 1;
    }
  }
  fflush(stdout);
}
static void dump(const char *what, int type, int family) {
  struct rtmsg r = {.rtm_family = family};
  ask(what, type, NLM_F_DUMP, &r, sizeof r, sizeof r);
}
static void get(const char *host, int flags) {
  struct { struct rtmsg r; struct rtattr head; unsigned char address[16]; } q = {.r = {.rtm_family = strchr(host, ':') ? AF_INET6 : AF_INET, .rtm_flags = flags}};
  int length = q.r.rtm_family == AF_INET ? 4 : 16;
  q.r.rtm_dst_len = length * 8;
  q.head = (struct rtattr){.rta_len = RTA_LENGTH(length), .rta_type = RTA_DST};
  inet_pton(q.r.rtm_family, host, q.address);
  ask(host, RTM_GETROUTE, 0, &q, sizeof q.r + RTA_LENGTH(length), sizeof q.r);
}
static void all(void) {
  dump("rules", RTM_GETRULE, AF_INET);
  dump("rules, version 6", RTM_GETRULE, AF_INET6);
  dump("routes", RTM_GETROUTE, AF_INET);
  dump("routes, version 6", RTM_GETROUTE, AF_INET6);
  dump("routes of all", RTM_GETROUTE, 0);
  dump("neighbours", RTM_GETNEIGH, 0);
  get("127.0.0.1", 0), get("127.1.2.3", 0), get("127.255.255.255", 0), get("8.8.8.8", 0), get("0.0.0.0", 0);
  get("::1", 0), get("::", 0), get("2001:db8::1", 0), get("fe80::1", 0), get("224.0.0.1", 0), get("255.255.255.255", 0);
  get("127.0.0.1", RTM_F_LOOKUP_TABLE), get("127.0.0.1", RTM_F_FIB_MATCH);
}

int main(void) {
  if (unshare(CLONE_NEWNET)) return 1;
  netlink = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  connect(netlink, (void *)&kernel, sizeof kernel);
  puts("-- down");
  all();
  struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int control = socket(AF_INET, SOCK_DGRAM, 0);
  ioctl(control, SIOCSIFFLAGS, &lo);
  puts("-- up");
  all();
  lo.ifr_flags = 0;
  ioctl(control, SIOCSIFFLAGS, &lo);
  puts("-- down again");
  all();
  return 0;
}
