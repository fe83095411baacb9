/* Network namespaces: a loopback that is down at first, ports, names and settings of their own. */
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#define IN_CHILD(...) do { fflush(stdout); if (!fork()) { __VA_ARGS__; fflush(stdout); _exit(0); } wait(0); } while (0)

static struct sockaddr_in at(const char *host, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, host, &a.sin_addr);
  return a;
}
static struct sockaddr_in6 at6(const char *host, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, host, &a.sin6_addr);
  return a;
}
static void try4(const char *what, const char *host, int port) {
  /* What is sent over a loopback that has been taken down vanishes. */
  int later = strcmp(what, "down") ? 0 : SOCK_NONBLOCK;
  struct sockaddr_in a = at(host, port);
  int tcp = socket(AF_INET, SOCK_STREAM, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
  printf("%s %s\n", what, host);
  R(bind(tcp, (void *)&a, sizeof a));
  R(bind(udp, (void *)&a, sizeof a));
  close(tcp), close(udp);
  tcp = socket(AF_INET, SOCK_STREAM | later, 0), udp = socket(AF_INET, SOCK_DGRAM, 0);
  R(connect(tcp, (void *)&a, sizeof a));
  R(connect(udp, (void *)&a, sizeof a));
  R(sendto(udp, "x", 1, 0, (void *)&a, sizeof a));
  close(tcp), close(udp);
}
static void try6(const char *what, const char *host, int port) {
  /* What is sent over a loopback that has been taken down vanishes. */
  int later = strcmp(what, "down") ? 0 : SOCK_NONBLOCK;
  struct sockaddr_in6 a = at6(host, port);
  int tcp = socket(AF_INET6, SOCK_STREAM, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0);
  printf("%s %s\n", what, host);
  R(bind(tcp, (void *)&a, sizeof a));
  R(bind(udp, (void *)&a, sizeof a));
  close(tcp), close(udp);
  tcp = socket(AF_INET6, SOCK_STREAM | later, 0), udp = socket(AF_INET6, SOCK_DGRAM, 0);
  R(connect(tcp, (void *)&a, sizeof a));
  R(connect(udp, (void *)&a, sizeof a));
  R(sendto(udp, "x", 1, 0, (void *)&a, sizeof a));
  close(tcp), close(udp);
}
static void addresses(const char *what) {
  try4(what, "127.0.0.1", 4321);
  try4(what, "127.1.2.3", 4321);
  try4(what, "0.0.0.0", 4321);
  try4(what, "10.1.2.3", 4321);
  try6(what, "::1", 4321);
  try6(what, "::", 4321);
  try6(what, "::ffff:127.0.0.1", 4321);
  try6(what, "2001:db8::1", 4321);
}

/* What ioctls say. */
static void interface(void) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo"};
  R(ioctl(s, SIOCGIFFLAGS, &r));
  printf("flags %x\n", r.ifr_flags & 0xffff);
  R(ioctl(s, SIOCGIFADDR, &r));
  R(ioctl(s, SIOCGIFNETMASK, &r));
  R(ioctl(s, SIOCGIFMTU, &r));
  printf("mtu %d\n", r.ifr_mtu);
  R(ioctl(s, SIOCGIFINDEX, &r));
  printf("index %d\n", r.ifr_ifindex);
  char room[400];
  struct ifconf c = {.ifc_len = sizeof room, .ifc_buf = room};
  R(ioctl(s, SIOCGIFCONF, &c));
  printf("%d bytes\n", c.ifc_len);
  c.ifc_buf = 0;
  R(ioctl(s, SIOCGIFCONF, &c));
  printf("%d bytes\n", c.ifc_len);
  close(s);
}
static int set_flags(int set, int clear) {
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo"};
  ioctl(s, SIOCGIFFLAGS, &r);
  r.ifr_flags = (r.ifr_flags | set) & ~clear;
  int result = ioctl(s, SIOCSIFFLAGS, &r), error = errno;
  close(s);
  errno = error;
  return result;
}

/* What netlink says: each message in a line. */
static void print_message(struct nlmsghdr *h) {
  if (h->nlmsg_type == NLMSG_ERROR) {
    int e = ((struct nlmsgerr *)NLMSG_DATA(h))->error;
    printf("  error %s\n", e ? strerrorname_np(-e) : "0");
  } else if (h->nlmsg_type == NLMSG_DONE) {
    printf("  done\n");
  } else if (h->nlmsg_type == RTM_NEWLINK) {
    struct ifinfomsg *i = NLMSG_DATA(h);
    int left = h->nlmsg_len - NLMSG_LENGTH(sizeof *i), state = -1;
    for (struct rtattr *a = IFLA_RTA(i); RTA_OK(a, left); a = RTA_NEXT(a, left))
      if (a->rta_type == IFLA_OPERSTATE) state = *(unsigned char *)RTA_DATA(a);
    printf("  link %d type %d flags %x state %d\n", i->ifi_index, i->ifi_type, i->ifi_flags, state);
  } else if (h->nlmsg_type == RTM_NEWADDR) {
    struct ifaddrmsg *i = NLMSG_DATA(h);
    printf("  address family %d /%d scope %d on %d\n", i->ifa_family, i->ifa_prefixlen, i->ifa_scope, i->ifa_index);
  } else printf("  type %d\n", h->nlmsg_type);
}
static void ask(int s, int type, int flags, void *body, int length) {
  struct { struct nlmsghdr h; char body[128]; } q = {0};
  q.h = (struct nlmsghdr){NLMSG_LENGTH(length), type, NLM_F_REQUEST | flags, 7, 0};
  memcpy(q.body, body, length);
  send(s, &q, q.h.nlmsg_len, 0);
  for (int more = 1; more;) {
    static char room[32768];
    int n = recv(s, room, sizeof room, 0);
    more = flags & NLM_F_DUMP;
    for (struct nlmsghdr *h = (void *)room; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
      print_message(h);
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) more = 0;
    }
  }
}
static void netlink(void) {
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  struct ifinfomsg link = {.ifi_index = 1};
  struct rtgenmsg any = {AF_UNSPEC};
  printf("links\n"), ask(s, RTM_GETLINK, NLM_F_DUMP, &link, sizeof link);
  printf("lo\n"), ask(s, RTM_GETLINK, 0, &link, sizeof link);
  printf("addresses\n"), ask(s, RTM_GETADDR, NLM_F_DUMP, &any, sizeof any);
  close(s);
}
static void change_link(int index, int flags, int change) {
  int s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  struct ifinfomsg link = {.ifi_index = index, .ifi_flags = flags, .ifi_change = change};
  printf("set %d to %x of %x\n", index, flags, change), ask(s, RTM_NEWLINK, NLM_F_ACK, &link, sizeof link);
  close(s);
}

static void loopback(void) {
  puts("-- loopback");
  IN_CHILD({
    unshare(CLONE_NEWNET);
    interface();
    netlink();
    addresses("fresh");
    IN_CHILD({
      setresuid(1234, 1234, 1234);
      R(set_flags(IFF_UP, 0));
      change_link(1, IFF_UP, IFF_UP);
    });
    R(set_flags(IFF_UP, 0));
    interface();
    netlink();
    addresses("up");
    R(set_flags(0, IFF_UP));
    interface();
    netlink();
    addresses("down");
    change_link(1, IFF_UP, IFF_UP);
    netlink();
    change_link(1, 0, IFF_UP);
    netlink();
    change_link(9, IFF_UP, IFF_UP);
    change_link(1, IFF_UP, 0);
    interface();
    R(set_flags(IFF_PROMISC | IFF_NOARP, IFF_UP));
    interface();
  });
}

/* A connect that nobody hears is given up. */
static void unheard(void) {
  puts("-- unheard");
  IN_CHILD({
    unshare(CLONE_NEWNET);
    set_flags(IFF_UP, 0), set_flags(0, IFF_UP);
    struct sockaddr_in a = at("127.0.0.1", 4323);
    int once = 1, tries, error;
    socklen_t length = sizeof tries;
    int s = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), waits = socket(AF_INET, SOCK_STREAM, 0);
    R(getsockopt(s, IPPROTO_TCP, TCP_SYNCNT, &tries, &length));
    printf("%d tries\n", tries);
    R(setsockopt(s, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once));
    R(setsockopt(waits, IPPROTO_TCP, TCP_SYNCNT, &once, sizeof once));
    R(connect(s, (void *)&a, sizeof a));
    R(connect(s, (void *)&a, sizeof a));
    struct timespec before, after;
    clock_gettime(CLOCK_MONOTONIC, &before);
    R(connect(waits, (void *)&a, sizeof a));
    clock_gettime(CLOCK_MONOTONIC, &after);
    double took = after.tv_sec - before.tv_sec + (after.tv_nsec - before.tv_nsec) / 1e9;
    printf("after 3 s: %s\n", took > 2.9 && took < 6 ? "yes" : "no");
    struct pollfd p = {s, POLLIN | POLLOUT | POLLRDHUP};
    R(poll(&p, 1, 2000));
    printf("ready %x\n", p.revents);
    R(getsockopt(s, SOL_SOCKET, SO_ERROR, &error, &length));
    printf("error %s\n", strerrorname_np(error));
    R(getpeername(s, (void *)&a, &length));
    R(getpeername(waits, (void *)&a, &length));
    set_flags(IFF_UP, 0);
    R(connect(waits, (void *)&a, sizeof a));
  });
}

static void ports(void) {
  puts("-- ports");
  IN_CHILD({
    unshare(CLONE_NEWNET);
    set_flags(IFF_UP, 0);
    struct sockaddr_in a = at("127.0.0.1", 4322);
    int outer = socket(AF_INET, SOCK_STREAM, 0), datagrams = socket(AF_INET, SOCK_DGRAM, 0);
    int waiting = socket(AF_INET, SOCK_STREAM, 0);
    R(bind(outer, (void *)&a, sizeof a));
    R(listen(outer, 1));
    R(bind(datagrams, (void *)&a, sizeof a));
    int before = open("/proc/self/ns/net", O_RDONLY);
    unshare(CLONE_NEWNET);
    set_flags(IFF_UP, 0);
    int inner = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    R(connect(client, (void *)&a, sizeof a));
    R(bind(inner, (void *)&a, sizeof a));
    int d = socket(AF_INET, SOCK_DGRAM, 0);
    R(bind(d, (void *)&a, sizeof a));
    /* A socket stays where it was made. */
    R(connect(waiting, (void *)&a, sizeof a));
    int accepted = accept(outer, 0, 0);
    R(write(waiting, "hello", 5));
    char text[8];
    R(read(accepted, text, 8));
    R(setns(before, CLONE_NEWNET));
    int other = socket(AF_INET, SOCK_STREAM, 0);
    R(bind(other, (void *)&a, sizeof a));
    R(connect(other, (void *)&a, sizeof a));
  });
}

static void names(void) {
  puts("-- names");
  IN_CHILD({
    struct sockaddr_un a = {.sun_family = AF_UNIX, .sun_path = "\0oracle-net-ns"};
    struct sockaddr_un path = {.sun_family = AF_UNIX, .sun_path = "/tmp/oracle-net-ns"};
    socklen_t length = offsetof(struct sockaddr_un, sun_path) + 14;
    int s = socket(AF_UNIX, SOCK_STREAM, 0), p = socket(AF_UNIX, SOCK_STREAM, 0);
    R(bind(s, (void *)&a, length));
    R(listen(s, 1));
    unlink(path.sun_path);
    R(bind(p, (void *)&path, sizeof path));
    R(listen(p, 5));
    int c = socket(AF_UNIX, SOCK_STREAM, 0);
    R(unshare(CLONE_NEWNET));
    int t = socket(AF_UNIX, SOCK_STREAM, 0);
    R(connect(t, (void *)&a, length));
    R(connect(t, (void *)&path, sizeof path));
    close(t);
    t = socket(AF_UNIX, SOCK_STREAM, 0);
    R(bind(t, (void *)&a, length));
    R(connect(c, (void *)&a, length));
    unlink(path.sun_path);
  });
}

static void settings(void) {
  puts("-- settings");
  IN_CHILD({
    unshare(CLONE_NEWNET);
    set_flags(IFF_UP, 0);
    int fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_RDWR);
    R(write(fd, "80", 2));
    close(fd);
    fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_RDWR);
    R(write(fd, "5000 5001", 9));
    close(fd);
    struct sockaddr_in a;
    IN_CHILD({
      setresuid(1234, 1234, 1234);
      a = at("127.0.0.1", 80);
      R(bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a));
      a = at("127.0.0.1", 79);
      R(bind(socket(AF_INET, SOCK_STREAM, 0), (void *)&a, sizeof a));
    });
    a = at("127.0.0.1", 0);
    R(bind(socket(AF_INET, SOCK_DGRAM, 0), (void *)&a, sizeof a));
    R(bind(socket(AF_INET, SOCK_DGRAM, 0), (void *)&a, sizeof a));
    R(bind(socket(AF_INET, SOCK_DGRAM, 0), (void *)&a, sizeof a));
    unshare(CLONE_NEWNET);
    char text[64] = "";
    fd = open("/proc/sys/net/ipv4/ip_unprivileged_port_start", O_RDONLY);
    read(fd, text, 63);
    printf("%s", text);
    close(fd);
    fd = open("/proc/sys/net/ipv4/ip_local_port_range", O_RDONLY);
    read(fd, text, 63);
    printf("%s", text);
  });
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  loopback();
  unheard();
  ports();
  names();
  settings();
}
