/* Who gets what is sent to a multicast group over the loopback, and where it comes from. */
#include "own-net.h"

#define GROUP "239.1.2.3"
static int membership(int s, int option, const char *group) {
  struct ip_mreqn m = {.imr_ifindex = 1};
  inet_pton(AF_INET, group, &m.imr_multiaddr);
  return setsockopt(s, SOL_IP, option, &m, sizeof m);
}
static int join(int s, const char *group) { return membership(s, IP_ADD_MEMBERSHIP, group); }
static int leave(int s, const char *group) { return membership(s, IP_DROP_MEMBERSHIP, group); }
static int by(int s, const char *local, int index) {
  struct ip_mreqn m = {.imr_ifindex = index};
  inet_pton(AF_INET, local, &m.imr_address);
  return setsockopt(s, SOL_IP, IP_MULTICAST_IF, &m, sizeof m);
}

static void ways(void) {
  int r = bound("0.0.0.0", 5000), s = udp();
  puts("== the way out");
  R(join(r, GROUP));
  R(send_to(s, "unbound", GROUP, 5000));
  R(by(s, "0.0.0.0", 1)); R(send_to(s, "by number", GROUP, 5000)); ENDS(s);
  R(by(s, "127.0.0.1", 1)); R(send_to(s, "by number and address", GROUP, 5000)); ENDS(s);
  R(by(s, "127.0.0.7", 0)); R(send_to(s, "by address", GROUP, 5000)); ENDS(s);
  R(by(s, "10.0.0.1", 1)); R(send_to(s, "another's address", GROUP, 5000)); ENDS(s);
  R(by(s, "0.0.0.0", 0)); R(send_to(s, "none again", GROUP, 5000));
  GOT(r);
  int any = bound("0.0.0.0", 5001), one = bound("127.0.0.1", 5002), nine = bound("127.0.0.9", 5002), group = bound(GROUP, 5003);
  R(send_to(any, "any", GROUP, 5000));
  R(send_to(one, "one", GROUP, 5000));
  R(send_to(nine, "nine", GROUP, 5000));
  R(send_to(group, "group", GROUP, 5000));
  R(by(any, "127.0.0.7", 0)); R(send_to(any, "any by 7", GROUP, 5000));
  R(by(one, "127.0.0.7", 0)); R(send_to(one, "one by 7", GROUP, 5000));
  R(by(group, "127.0.0.7", 0)); R(send_to(group, "group by 7", GROUP, 5000));
  ENDS(any), ENDS(one), ENDS(nine), ENDS(group);
  GOT(r);
  R(send_to(one, "nobody's", "239.1.2.4", 5000));
  R(send_to(one, "all hosts", "224.0.0.1", 5000));
  R(send_to(one, "reserved", "240.0.0.1", 5000));
  R(send_to(one, "port 0", GROUP, 0));
  GOT(r);
  R(by(s, "0.0.0.0", 1)); R(send_to(s, "local to the link", "224.0.0.1", 5000));
  GOT(r);
  close(r), close(s), close(any), close(one), close(nine), close(group);
}
static void receivers(void) {
  int any = bound("0.0.0.0", 5000), member = bound("0.0.0.0", 5000), one = bound("127.0.0.1", 5000), group = bound(GROUP, 5000), other = bound("239.1.2.4", 5000), elsewhere = bound("0.0.0.0", 5001);
  int only = bound("0.0.0.0", 5000), both = bound("0.0.0.0", 5000);
  int s = bound("127.0.0.1", 6000);
  puts("== who hears it");
  R(send_to(s, "nobody is a member", GROUP, 5000));
  R(join(member, GROUP));
  R(send_to(s, "a member", GROUP, 5000));
  R(on(only, SOL_IP, IP_MULTICAST_ALL, 0)); R(on(both, SOL_IP, IP_MULTICAST_ALL, 0)); R(join(both, GROUP));
  R(send_to(s, "own groups only", GROUP, 5000));
  GOT(any), GOT(member), GOT(one), GOT(group), GOT(other), GOT(elsewhere), GOT(only), GOT(both);
  R(join(other, "239.1.2.4"));
  R(send_to(s, "the other", "239.1.2.4", 5000));
  R(send_to(s, "elsewhere", GROUP, 5001));
  R(leave(member, GROUP));
  R(send_to(s, "one left", GROUP, 5000));
  R(leave(both, GROUP));
  R(send_to(s, "both left", GROUP, 5000));
  GOT(any), GOT(member), GOT(one), GOT(group), GOT(other), GOT(elsewhere), GOT(only), GOT(both);
  R(join(elsewhere, GROUP));
  R(send_to(s, "a member at another port", GROUP, 5000));
  close(elsewhere);
  R(send_to(s, "it closed", GROUP, 5000));
  GOT(any), GOT(member), GOT(one), GOT(group), GOT(other), GOT(only), GOT(both);
  R(join(any, GROUP));
  family = AF_INET6;
  int six = udp(), v6only = udp();
  on(six, SOL_SOCKET, SO_REUSEADDR, 1), on(v6only, SOL_SOCKET, SO_REUSEADDR, 1), on(v6only, SOL_IPV6, IPV6_V6ONLY, 1);
  R(bind(six, (void *)&address, at("::", 5000))); R(bind(v6only, (void *)&address, at("::", 5000)));
  family = AF_INET;
  R(shutdown(group, SHUT_RD));
  R(send_to(s, "to six", GROUP, 5000));
  GOT(six), GOT(v6only), GOT(any), GOT(group);
  R(on(six, SOL_IP, IP_MULTICAST_ALL, 0));
  R(send_to(s, "six: own groups only", GROUP, 5000)); GOT(six);
  R(join(six, GROUP));
  R(send_to(s, "six: a member", GROUP, 5000)); GOT(six);
  R(connect(member, (void *)&address, at("127.0.0.1", 6000))); R(connect(only, (void *)&address, at("127.0.0.1", 6001)));
  R(send_to(s, "connected", GROUP, 5000));
  GOT(member), GOT(only), GOT(any);
  close(any), close(member), close(one), close(group), close(other), close(only), close(both), close(s), close(six), close(v6only);
}
static void reuse(void) {
  int r[4], s = bound("127.0.0.1", 6000);
  puts("== ports that are shared");
  for (int i = 0; i < 4; i++) {
    r[i] = udp();
    on(r[i], SOL_SOCKET, i < 3 ? SO_REUSEPORT : SO_REUSEADDR, 1);
    R(bind(r[i], (void *)&address, at("0.0.0.0", 5000)));
    R(join(r[i], GROUP));
  }
  R(send_to(s, "to all", GROUP, 5000));
  for (int i = 0; i < 3; i++) GOT(r[i]);
  for (int i = 0; i < 4; i++) close(r[i]);
  close(s);
}
static void loop(void) {
  int s = bound("0.0.0.0", 5000), t = bound("0.0.0.0", 5000);
  puts("== to itself");
  R(join(s, GROUP));
  R(by(s, "127.0.0.1", 0));
  R(send_to(s, "one", GROUP, 5000)); GOT(s), GOT(t);
  R(on(s, SOL_IP, IP_MULTICAST_LOOP, 0));
  R(send_to(s, "two", GROUP, 5000)); GOT(s), GOT(t);
  R(on(t, SOL_IP, IP_MULTICAST_LOOP, 0));
  R(on(s, SOL_IP, IP_MULTICAST_TTL, 0));
  R(send_to(s, "three", GROUP, 5000)); GOT(s), GOT(t);
  close(s), close(t);
}
static void connections(void) {
  int r = bound("0.0.0.0", 5000), s = udp(), one = bound("127.0.0.1", 5001), group = bound(GROUP, 5002), nothing = udp();
  puts("== connected");
  R(join(r, GROUP));
  R(join_at(s, GROUP)); ENDS(s);
  R(by(s, "127.0.0.5", 0)); R(join_at(s, GROUP)); ENDS(s);
  R(send(s, "from five", 9, 0));
  R(by(s, "127.0.0.6", 0)); R(send(s, "still from five", 15, 0));
  R(join_at(one, GROUP)); ENDS(one); R(send(one, "from one", 8, 0));
  R(join_at(group, GROUP)); ENDS(group);
  R(by(group, "127.0.0.5", 0)); R(join_at(group, GROUP)); ENDS(group); R(send(group, "from the group", 14, 0));
  R(connect(group, (void *)&address, at("127.0.0.1", 5000))); ENDS(group); R(send(group, "to one", 6, 0));
  R(by(nothing, "0.0.0.0", 1)); R(join_at(nothing, GROUP)); ENDS(nothing); R(send(nothing, "by number", 9, 0));
  GOT(r);
  R(join_at(s, "239.7.7.7")); R(send(s, "nobody", 6, 0)); R(send(s, "nobody", 6, 0));
  struct sockaddr none = {AF_UNSPEC};
  R(connect(group, &none, sizeof none)); ENDS(group); R(connect(group, (void *)&address, at("127.0.0.1", 5000))); ENDS(group);
  R(by(group, "0.0.0.0", 0)); R(send_to(group, "to the group", GROUP, 5000)); R(send(group, "to one again", 12, 0)); R(send_to(group, "to own", "0.0.0.0", 5000)); GOT(r);
  R(connect(s, &none, sizeof none)); ENDS(s);
  int t = socket(AF_INET, SOCK_STREAM, 0), u = socket(AF_INET, SOCK_STREAM, 0);
  R(connect(t, (void *)&address, at(GROUP, 5000)));
  R(bind(t, (void *)&address, at(GROUP, 5000))); ENDS(t);
  R(listen(t, 5));
  R(connect(u, (void *)&address, at("127.0.0.1", 5000)));
  R(connect(u, (void *)&address, at("127.255.255.255", 5000)));
  R(connect(u, (void *)&address, at("255.255.255.255", 5000)));
  close(r), close(s), close(one), close(group), close(nothing), close(t), close(u);
}
static void details(void) {
  int r = bound("0.0.0.0", 5000), s = bound("127.0.0.4", 5001);
  char data[64], control[256];
  struct iovec v = {data, sizeof data};
  puts("== what is told of it");
  R(join(r, GROUP));
  R(on(r, SOL_IP, IP_PKTINFO, 1)); R(on(r, SOL_IP, IP_RECVTTL, 1)); R(on(r, SOL_IP, IP_RECVTOS, 1));
  R(on(s, SOL_IP, IP_TTL, 40)); R(on(s, SOL_IP, IP_TOS, 0x20));
  for (int ttl = -1; ttl < 6; ttl += 3) {
    R(on(s, SOL_IP, IP_MULTICAST_TTL, ttl));
    R(send_to(s, "x", GROUP, 5000));
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    R(recvmsg(r, &m, MSG_DONTWAIT));
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      struct in_pktinfo *p = (void *)CMSG_DATA(c);
      char a[20], b[20];
      if (c->cmsg_type == IP_PKTINFO) printf("  interface %d, ours %s, to %s\n", p->ipi_ifindex, inet_ntop(AF_INET, &p->ipi_spec_dst, a, 20), inet_ntop(AF_INET, &p->ipi_addr, b, 20));
      else printf("  type %d: %d\n", c->cmsg_type, *CMSG_DATA(c));
    }
  }
  int any = udp();
  char told_data[64], told_control[64];
  struct iovec told_v = {told_data, sizeof told_data};
  struct msghdr told_m = {.msg_iov = &told_v, .msg_iovlen = 1, .msg_control = told_control, .msg_controllen = CMSG_SPACE(12)};
  R(on(r, SOL_IP, IP_RECVTTL, 0)); R(on(r, SOL_IP, IP_RECVTOS, 0));
  R(by(any, "0.0.0.0", 1)); R(send_to(any, "from nowhere", GROUP, 5000)); R(recvmsg(r, &told_m, MSG_DONTWAIT));
  struct in_pktinfo *info = (void *)CMSG_DATA(CMSG_FIRSTHDR(&told_m));
  printf("  ours %s\n", inet_ntoa(info->ipi_spec_dst));
  R(by(any, "0.0.0.0", 0));
  struct { int index; const char *source; } told[] = {{0, "0.0.0.0"}, {1, "0.0.0.0"}, {0, "127.0.0.8"}, {1, "127.0.0.8"}, {2, "127.0.0.8"}, {1, "10.0.0.1"}, {0, "10.0.0.1"}, {0, GROUP}};
  for (int i = 0; i < 8; i++) {
    struct in_pktinfo p = {.ipi_ifindex = told[i].index};
    struct msghdr m = {.msg_name = &address, .msg_namelen = at(GROUP, 5000), .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof p)};
    inet_pton(AF_INET, told[i].source, &p.ipi_spec_dst);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    c->cmsg_level = SOL_IP, c->cmsg_type = IP_PKTINFO, c->cmsg_len = CMSG_LEN(sizeof p);
    memcpy(CMSG_DATA(c), &p, sizeof p);
    v.iov_len = sprintf(data, "%d %s", told[i].index, told[i].source);
    R(sendmsg(any, &m, 0));
  }
  GOT(r);
  close(r), close(s), close(any);
}

static void broadcast(void) {
  static const char *places[] = {"255.255.255.255", "127.255.255.255", "127.0.0.0", "127.0.0.255", "0.0.0.0", "240.0.0.1"};
  puts("== broadcast");
  for (int i = 0; i < 6; i++) {
    const char *to = places[i];
    printf("- %s\n", to);
    int any = bound("0.0.0.0", 5000), all = bound(to, 5000), one = bound("127.0.0.1", 5000), own = bound("0.0.0.0", 5000), s = udp(), b = bound("127.0.0.3", 5001);
    int member = bound("0.0.0.0", 5000);
    R(on(own, SOL_IP, IP_MULTICAST_ALL, 0));
    ENDS(all);
    R(send_to(s, "not allowed", to, 5000));
    R(send_to(b, "not allowed from three", to, 5000));
    R(join_at(s, to)); ENDS(s);
    R(on(s, SOL_SOCKET, SO_BROADCAST, 1)); R(on(b, SOL_SOCKET, SO_BROADCAST, 1)); R(on(all, SOL_SOCKET, SO_BROADCAST, 1));
    R(send_to(s, "unbound", to, 5000));
    R(send_to(b, "from three", to, 5000));
    R(send_to(all, "from all", to, 5000));
    R(send_to(b, "nobody there", to, 5009));
    R(by(s, "127.0.0.2", 0)); R(send_to(s, "by another", to, 5000));
    R(join_at(s, to)); ENDS(s);
    R(send(s, "connected", 9, 0));
    R(send(s, "connected", 9, 0));
    R(send(s, "connected", 9, 0));
    GOT(any), GOT(all), GOT(one), GOT(own), GOT(s), GOT(b);
    close(any), close(all), close(one), close(own), close(s), close(b), close(member);
  }
}

static unsigned short sum(unsigned char *data, int length) {
  unsigned total = 0;
  for (int i = 0; i < length; i += 2) total += data[i] << 8 | data[i + 1];
  return ~(total % 0xffff ? total % 0xffff : 0xffff);
}
static int echo(int s, const char *to) {
  unsigned char packet[8] = {8, 0, 0, 0, 0, 7, 0, 1};
  unsigned short check = sum(packet, 8);
  packet[2] = check >> 8, packet[3] = check;
  return sendto(s, packet, 8, 0, (void *)&address, at(to, 0));
}
static void packets(const char *who, int s) {
  unsigned char data[100];
  int length;
  printf("  %s:", who);
  while ((length = recv(s, data, sizeof data, MSG_DONTWAIT)) >= 28) printf(" %d.%d.%d.%d to %d.%d.%d.%d ttl %d type %d,", data[12], data[13], data[14], data[15], data[16], data[17], data[18], data[19], data[8], data[20]);
  printf(" %s\n", strerrorname_np(errno));
}
static void icmp(void) {
  int r = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), own = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), at_group = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), s = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  puts("== icmp");
  R(on(own, SOL_IP, IP_MULTICAST_ALL, 0));
  R(bind(at_group, (void *)&address, at(GROUP, 0)));
  R(echo(s, GROUP)); R(by(s, "127.0.0.1", 0)); R(echo(s, GROUP)); R(echo(s, "224.0.0.1"));
  packets("any", r), packets("own", own), packets("at the group", at_group), packets("sender", s);
  R(join(own, GROUP)); R(echo(s, GROUP));
  packets("any", r), packets("own", own), packets("at the group", at_group), packets("sender", s);
  R(echo(s, "127.255.255.255")); R(on(s, SOL_SOCKET, SO_BROADCAST, 1)); R(echo(s, "127.255.255.255")); R(echo(s, "255.255.255.255"));
  packets("any", r), packets("own", own), packets("at the group", at_group), packets("sender", s);
  R(join_at(s, GROUP)); ENDS(s); R(echo(s, GROUP));
  packets("any", r);
  int fd = open("/proc/sys/net/ipv4/ping_group_range", O_WRONLY);
  write(fd, "0 0", 3), close(fd);
  int ping = socket(AF_INET, SOCK_DGRAM, IPPROTO_ICMP);
  R(bind(ping, (void *)&address, at(GROUP, 0))); R(bind(ping, (void *)&address, at("127.255.255.255", 0))); R(bind(ping, (void *)&address, at("255.255.255.255", 0)));
  R(echo(ping, GROUP)); R(by(ping, "127.0.0.1", 0)); R(echo(ping, GROUP)); R(join(ping, GROUP)); R(echo(ping, "127.255.255.255"));
  packets("any", r);
  close(r), close(own), close(at_group), close(s), close(ping);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  ways();
  receivers();
  reuse();
  loop();
  connections();
  details();
  broadcast();
  icmp();
  return 0;
}
