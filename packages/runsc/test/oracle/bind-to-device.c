/* Sockets that are bound to an interface: SO_BINDTODEVICE, SO_BINDTOIFINDEX. */
#include "own-net.h"
#include <linux/capability.h>
#include <sys/un.h>

#ifndef SO_BINDTOIFINDEX
#define SO_BINDTOIFINDEX 62
#endif
static int device(int s, const char *name, int length) { return setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, length); }
static int index_of(int s) {
  int value = 77;
  socklen_t length = sizeof value;
  return getsockopt(s, SOL_SOCKET, SO_BINDTOIFINDEX, &value, &length) ? -1 : value;
}
static int to(int s, int index) { return on(s, SOL_SOCKET, SO_BINDTOIFINDEX, index); }
static void show(int s) {
  for (int room = 0; room < 20; room += room < 14 ? 7 : 1) {
    char name[30];
    socklen_t length = room;
    memset(name, 'x', sizeof name);
    int answer = getsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, name, &length);
    printf("  %d: %d %s %d %.6s\n", room, answer, answer ? strerrorname_np(errno) : "", length, name);
  }
  printf("  number %d\n", index_of(s));
}
static void names(int s) {
  show(s);
  R(device(s, "lo", 3)); show(s);
  R(device(s, "nothing", 8));
  R(device(s, "", 1)); show(s);
  R(device(s, "lo", 2)); R(device(s, "lo", 0)); R(index_of(s));
  R(device(s, "l", 1)); R(device(s, "lox", 3)); R(device(s, "lo\0x", 4)); R(device(s, "lo\0aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40)); R(index_of(s));
  R(device(s, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", 40)); R(device(s, "lo", -1));
  R(to(s, 0)); R(to(s, 1)); R(to(s, -1)); R(to(s, 7)); show(s); R(to(s, 1));
  int value = 1;
  R(setsockopt(s, SOL_SOCKET, SO_BINDTOIFINDEX, &value, 2)); R(setsockopt(s, SOL_SOCKET, SO_BINDTOIFINDEX, &value, 8));
  R(setsockopt(s, SOL_SOCKET, SO_BINDTODEVICE, BAD, 3));
  close(s);
}
static void options(void) {
  puts("== udp"), names(udp());
  puts("== tcp"), names(socket(AF_INET6, SOCK_STREAM, 0));
  puts("== unix"), names(socket(AF_UNIX, SOCK_DGRAM, 0));
  puts("== without privilege");
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct all[2], few[2];
  syscall(SYS_capget, &header, all);
  memcpy(few, all, sizeof all);
  few[0].effective &= ~(1u << CAP_NET_RAW);
  int s = udp();
  syscall(SYS_capset, &header, few);
  R(device(s, "lo", 3)); R(device(s, "lo", 3)); R(device(s, "", 0)); R(to(s, 0)); R(to(s, -1)); R(to(s, 1)); R(device(s, "nothing", 8)); R(index_of(s));
  syscall(SYS_capset, &header, all);
  R(device(s, "", 0)); R(index_of(s));
  close(s);
}
static int at_port(int type, int index, int options, const char *host) {
  int s = socket(family, type | SOCK_NONBLOCK, 0);
  if (options & 1) on(s, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options & 2) on(s, SOL_SOCKET, SO_REUSEPORT, 1);
  if (index && to(s, index)) perror("index");
  if (bind(s, (void *)&address, at(host, 5100))) { close(s); return -1; }
  return s;
}
static void ports(int type) {
  printf("== ports of type %d\n", type);
  for (int options = 0; options < 4; options++)
    for (int a = 0; a < 3; a++) {
      printf("%d %d:", options, a);
      for (int b = 0; b < 3; b++) {
        int s = at_port(type, a, 0, "127.0.0.1"), t = at_port(type, b, options, "127.0.0.1"), u = at_port(type, b, 0, "0.0.0.0");
        printf(" %d%s%s%s", b, s < 0 ? "-" : "+", t < 0 ? "-" : "+", u < 0 ? "-" : "+");
        close(s), close(t), close(u);
        s = at_port(type, a, options, "127.0.0.1"), t = at_port(type, b, options, "127.0.0.1"), u = at_port(type, b, 0, "0.0.0.0");
        printf("%s%s%s", s < 0 ? "-" : "+", t < 0 ? "-" : "+", u < 0 ? "-" : "+");
        close(s), close(t), close(u);
      }
      printf("\n");
    }
}
static void datagrams(void) {
  int any = at_port(SOCK_DGRAM, 0, 1, "127.0.0.1"), lo = at_port(SOCK_DGRAM, 1, 1, "127.0.0.1"), last = at_port(SOCK_DGRAM, 0, 1, "127.0.0.1"), seven = at_port(SOCK_DGRAM, 7, 1, "127.0.0.1"), s = udp();
  puts("== datagrams");
  R(send_to(s, "one", "127.0.0.1", 5100));
  GOT(any); GOT(lo); GOT(last); GOT(seven);
  R(to(lo, 7)); R(send_to(s, "two", "127.0.0.1", 5100));
  GOT(any); GOT(lo); GOT(last); GOT(seven);
  R(send_to(seven, "from seven", "127.0.0.1", 5100));
  R(connect(seven, (void *)&address, at("127.0.0.1", 5100)));
  R(to(s, 1)); R(send_to(s, "three", "127.0.0.1", 5100)); GOT(last);
  R(to(s, 7)); R(send_to(s, "four", "127.0.0.1", 5100)); R(send_to(s, "four", "0.0.0.0", 5100)); R(send_to(s, "four", "10.0.0.1", 5100)); R(connect(s, (void *)&address, at("127.0.0.1", 5100)));
  R(to(s, 0)); R(connect(s, (void *)&address, at("127.0.0.1", 5100)));
  close(any), close(last), close(lo);
  R(send(s, "nobody", 6, 0)); R(send(s, "refused", 7, 0));
  R(to(seven, 1)); R(send(s, "five", 4, 0)); GOT(seven);
  close(seven), close(s);
}
static void beyond(void) {
  int any = bound("0.0.0.0", 5100), one = bound("127.0.0.1", 5100), s = udp(), t = bound("127.0.0.5", 0);
  puts("== elsewhere, over the loopback");
  R(to(s, 1)); R(to(t, 1));
  R(send_to(s, "a", "10.0.0.1", 5100)); R(send_to(t, "b", "10.0.0.1", 5100)); R(send_to(s, "c", "240.0.0.1", 5100));
  R(send_to(s, "d", "0.0.0.0", 5100)); R(send_to(s, "e", "127.0.0.1", 5100));
  GOT(any); GOT(one);
  on(t, SOL_SOCKET, SO_BROADCAST, 1), on(s, SOL_SOCKET, SO_BROADCAST, 1);
  R(send_to(s, "f", "255.255.255.255", 5100)); R(send_to(t, "g", "255.255.255.255", 5100)); R(send_to(s, "h", "127.255.255.255", 5100));
  GOT(any); GOT(one);
  R(connect(s, (void *)&address, at("10.0.0.1", 5100))); ENDS(s);
  R(connect(t, (void *)&address, at("10.0.0.1", 5100))); ENDS(t); R(send(t, "i", 1, 0));
  GOT(any);
  close(any), close(one), close(s), close(t);
}
static int member(int s, int index) {
  struct ip_mreqn m = {.imr_ifindex = index};
  inet_pton(AF_INET, "239.1.2.3", &m.imr_multiaddr);
  return setsockopt(s, SOL_IP, IP_ADD_MEMBERSHIP, &m, sizeof m);
}
static int by(int s, int index, const char *local) {
  struct ip_mreqn m = {.imr_ifindex = index};
  inet_pton(AF_INET, local, &m.imr_address);
  return setsockopt(s, SOL_IP, IP_MULTICAST_IF, &m, sizeof m);
}
static void groups(void) {
  int r = bound("0.0.0.0", 5100), lo = bound("0.0.0.0", 5100), seven = bound("0.0.0.0", 5100), s = udp(), t = bound("127.0.0.1", 0);
  puts("== groups");
  R(member(r, 1)); R(to(lo, 1)); R(to(seven, 7)); R(member(seven, 1));
  R(to(s, 1)); R(send_to(s, "a", "239.1.2.3", 5100));
  R(by(s, 0, "127.0.0.4")); R(send_to(s, "b", "239.1.2.3", 5100));
  R(to(t, 7)); R(by(t, 1, "0.0.0.0")); R(by(t, 0, "127.0.0.1")); R(by(t, 0, "0.0.0.0")); R(send_to(t, "c", "239.1.2.3", 5100));
  R(connect(t, (void *)&address, at("239.1.2.3", 5100)));
  R(to(t, 0)); R(by(t, 1, "0.0.0.0")); R(to(t, 7)); R(send_to(t, "d", "239.1.2.3", 5100));
  R(connect(s, (void *)&address, at("239.1.2.3", 5100))); ENDS(s); R(send(s, "e", 1, 0));
  GOT(r); GOT(lo); GOT(seven);
  close(r), close(lo), close(seven), close(s), close(t);
}
static void connections(void) {
  int lo = at_port(SOCK_STREAM, 1, 0, "127.0.0.1"), seven = at_port(SOCK_STREAM, 7, 0, "127.0.0.1"), c = socket(AF_INET, SOCK_STREAM, 0), d = socket(AF_INET, SOCK_STREAM, 0);
  puts("== connections");
  R(listen(seven, 5)); R(connect(c, (void *)&address, at("127.0.0.1", 5100)));
  R(listen(lo, 5)); R(connect(c, (void *)&address, at("127.0.0.1", 5100)));
  int a = accept(lo, 0, 0);
  R(index_of(a)); R(index_of(c)); R(accept(seven, 0, 0));
  R(to(d, 7)); R(connect(d, (void *)&address, at("127.0.0.1", 5100)));
  R(to(d, 1)); R(connect(d, (void *)&address, at("127.0.0.1", 5100)));
  R(write(c, "x", 1)); R(to(c, 1)); R(write(c, "x", 1));
  close(a), close(c), close(d), close(lo), close(seven);
  int both = at_port(SOCK_STREAM, 0, 2, "127.0.0.1"), own = at_port(SOCK_STREAM, 1, 2, "127.0.0.1");
  R(listen(both, 5)); R(listen(own, 5));
  for (int i = 0; i < 3; i++) c = socket(AF_INET, SOCK_STREAM, 0), connect(c, (void *)&address, at("127.0.0.1", 5100)), close(c);
  R(accept(both, 0, 0));
  for (int i = 0; i < 3; i++) close(accept(own, 0, 0));
  R(accept(own, 0, 0));
  close(both), close(own);
}
static void packets(void) {
  int any = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP), lo = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP), seven = socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP);
  unsigned char packet[8] = {0, 0, 0xff, 0xff};
  char data[100];
  puts("== packets");
  R(to(lo, 1)); R(to(seven, 7));
  R(sendto(lo, packet, 8, 0, (void *)&address, at("127.0.0.1", 0))); R(sendto(seven, packet, 8, 0, (void *)&address, at("127.0.0.1", 0)));
  R(recv(any, data, 100, 0)); R(recv(lo, data, 100, 0)); R(recv(seven, data, 100, 0)); R(recv(any, data, 100, 0));
  R(connect(seven, (void *)&address, at("127.0.0.1", 0)));
  close(any), close(lo), close(seven);
}
static void version6(void) {
  family = AF_INET6;
  int any = at_port(SOCK_DGRAM, 0, 1, "::1"), lo = at_port(SOCK_DGRAM, 1, 1, "::1"), last = at_port(SOCK_DGRAM, 0, 1, "::1"), seven = at_port(SOCK_DGRAM, 7, 1, "::1"), s = udp();
  puts("== version 6");
  R(send_to(s, "one", "::1", 5100));
  R(to(s, 1)); R(send_to(s, "two", "::1", 5100));
  R(to(s, 7)); R(send_to(s, "three", "::1", 5100)); R(connect(s, (void *)&address, at("::1", 5100)));
  GOT(any); GOT(lo); GOT(last); GOT(seven);
  R(send_to(s, "four", "::ffff:127.0.0.1", 5100));
  int t = socket(AF_INET6, SOCK_STREAM, 0);
  R(to(t, 7)); R(connect(t, (void *)&address, at("::1", 5100)));
  R(to(t, 1)); R(connect(t, (void *)&address, at("::1", 5100)));
  close(any), close(lo), close(last), close(seven), close(s), close(t);
  family = AF_INET;
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  options();
  ports(SOCK_DGRAM), ports(SOCK_STREAM);
  datagrams();
  beyond();
  groups();
  connections();
  packets();
  version6();
  return 0;
}
