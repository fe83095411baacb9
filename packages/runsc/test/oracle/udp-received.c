/* UDP: when the last datagram came, where it was sent to, and that nobody was there, by mapped addresses, too. */
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#ifndef IP_RECVORIGDSTADDR
#define IP_RECVORIGDSTADDR 20
#endif
#ifndef IPV6_RECVORIGDSTADDR
#define IPV6_RECVORIGDSTADDR 74
#endif
#define GSTAMP_OLD 0x8906
#define GSTAMPNS_OLD 0x8907
#define GSTAMP_NEW 0x80108906UL
#define GSTAMPNS_NEW 0x80108907UL

static struct sockaddr_in6 v6(const char *text, int port) {
  struct sockaddr_in6 a = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(AF_INET6, text, &a.sin6_addr);
  return a;
}
static struct sockaddr_in v4(const char *text, int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  inet_pton(AF_INET, text, &a.sin_addr);
  return a;
}
static int port_of(int fd) {
  struct sockaddr_in6 a;
  socklen_t size = sizeof a;
  getsockname(fd, (void *)&a, &size);
  return ntohs(a.sin6_port);
}
static void option(int fd, int level, int name, int value) {
  socklen_t size = sizeof value;
  printf("set %d:%d = %d: %s", level, name, value, setsockopt(fd, level, name, &value, size) ? strerrorname_np(errno) : "ok");
  value = -1;
  int got = getsockopt(fd, level, name, &value, &size);
  printf(", %d\n", got ? -errno : value);
}
static void control(int fd) {
  char data[100], space[300] = {0}, text[60];
  struct iovec v = {data, sizeof data};
  struct sockaddr_in6 from;
  struct msghdr m = {&from, sizeof from, &v, 1, space, sizeof space};
  printf("received %ld:", (long)recvmsg(fd, &m, MSG_DONTWAIT));
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
    struct sockaddr_in *four = (void *)CMSG_DATA(c);
    struct sockaddr_in6 *six = (void *)CMSG_DATA(c);
    printf(" %d:%d length %d", c->cmsg_level, c->cmsg_type, (int)c->cmsg_len);
    if (c->cmsg_type != IP_RECVORIGDSTADDR && c->cmsg_type != IPV6_RECVORIGDSTADDR) continue;
    inet_ntop(four->sin_family, four->sin_family == AF_INET ? (void *)&four->sin_addr : &six->sin6_addr, text, sizeof text);
    printf(" %s port %s", text, ntohs(four->sin_port) == port_of(fd) ? "mine" : "other");
    if (four->sin_family == AF_INET6) printf(" scope %d flow %x", six->sin6_scope_id, six->sin6_flowinfo);
  }
  puts("");
}

static void originals(void) {
  puts("== original destination");
  struct sockaddr_in any = v4("0.0.0.0", 0), to;
  struct sockaddr_in6 any6 = v6("::", 0), to6;
  int fd = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0), sender6 = socket(AF_INET6, SOCK_DGRAM, 0);
  bind(fd, (void *)&any, sizeof any);
  option(fd, SOL_IP, IP_RECVORIGDSTADDR, 1);
  to = v4("127.0.0.1", port_of(fd));
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  to = v4("127.1.2.3", port_of(fd));
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  option(fd, SOL_IP, IP_PKTINFO, 1);
  option(fd, SOL_IP, IP_RECVTTL, 1);
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  option(fd, SOL_IP, IP_RECVORIGDSTADDR, 0);
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  close(fd);
  fd = socket(AF_INET6, SOCK_DGRAM, 0);
  bind(fd, (void *)&any6, sizeof any6);
  option(fd, SOL_IPV6, IPV6_RECVORIGDSTADDR, 1);
  option(fd, SOL_IP, IP_RECVORIGDSTADDR, 1);
  to6 = v6("::1", port_of(fd));
  sendto(sender6, "x", 1, 0, (void *)&to6, sizeof to6), control(fd);
  to = v4("127.0.0.1", port_of(fd));
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  option(fd, SOL_IPV6, IPV6_RECVPKTINFO, 1);
  sendto(sender6, "x", 1, 0, (void *)&to6, sizeof to6), control(fd);
  option(fd, SOL_IPV6, IPV6_RECVORIGDSTADDR, 0);
  sendto(sender, "x", 1, 0, (void *)&to, sizeof to), control(fd);
  close(fd);
  fd = socket(AF_INET, SOCK_STREAM, 0);
  option(fd, SOL_IP, IP_RECVORIGDSTADDR, 1);
  close(fd), close(sender), close(sender6);
}

static void stamps(int type) {
  printf("== stamps %d\n", type);
  struct timespec t = {0}, fine = {0}, before;
  struct sockaddr_in any = v4("127.0.0.1", 0);
  char b[8];
  int fd = socket(AF_INET, type, 0);
  bind(fd, (void *)&any, sizeof any);
  R(ioctl(fd, GSTAMP_OLD, &t));
  R(ioctl(fd, GSTAMPNS_OLD, &t));
  if (type == SOCK_DGRAM) {
    any = v4("127.0.0.1", port_of(fd));
    clock_gettime(CLOCK_REALTIME, &before);
    for (int i = 0; i < 2; i++) {
      sendto(fd, "x", 1, 0, (void *)&any, sizeof any);
      R(ioctl(fd, GSTAMP_OLD, &t));
      recv(fd, b, 1, 0);
      R(ioctl(fd, GSTAMP_OLD, &t));
      R(ioctl(fd, GSTAMPNS_OLD, &fine));
      printf("%d %d\n", t.tv_sec - before.tv_sec < 9, fine.tv_nsec / 1000 == t.tv_nsec);
      R(ioctl(fd, GSTAMP_NEW, &t));
      R(ioctl(fd, GSTAMPNS_NEW, &fine));
      printf("%d\n", fine.tv_nsec / 1000 == t.tv_nsec);
    }
  }
  R(ioctl(fd, GSTAMP_OLD, BAD));
  close(fd);
}

static void refused(const char *what, int family, void *to, socklen_t size) {
  printf("== nobody at %s\n", what);
  int fd = socket(family, SOCK_DGRAM, 0);
  char b[8];
  R(connect(fd, to, size));
  R(send(fd, "x", 1, 0));
  usleep(1000);
  struct pollfd p = {fd, POLLIN};
  R(poll(&p, 1, 0));
  printf("%x\n", p.revents);
  R(recv(fd, b, 8, MSG_DONTWAIT));
  R(recv(fd, b, 8, MSG_DONTWAIT));
  R(send(fd, "x", 1, 0));
  usleep(1000);
  R(send(fd, "x", 1, 0));
  usleep(1000);
  int error = -1;
  socklen_t length = sizeof error;
  R(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
  printf("%s\n", strerrorname_np(error));
  R(getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length));
  printf("%d\n", error);
  R(sendto(fd, "x", 1, 0, to, size));
  usleep(1000);
  R(recv(fd, b, 8, MSG_DONTWAIT));
  close(fd);
  fd = socket(family, SOCK_DGRAM, 0);
  R(sendto(fd, "x", 1, 0, to, size));
  usleep(1000);
  R(recv(fd, b, 8, MSG_DONTWAIT));
  close(fd);
}

int main(void) {
  originals();
  stamps(SOCK_DGRAM), stamps(SOCK_STREAM);
  struct sockaddr_in four = v4("127.0.0.1", 9);
  struct sockaddr_in6 six = v6("::1", 9), mapped = v6("::ffff:127.0.0.1", 9), any = v6("::", 9), mapped_any = v6("::ffff:0.0.0.0", 9);
  refused("127.0.0.1", AF_INET, &four, sizeof four);
  refused("::1", AF_INET6, &six, sizeof six);
  refused("::ffff:127.0.0.1", AF_INET6, &mapped, sizeof mapped);
  refused("::", AF_INET6, &any, sizeof any);
  refused("::ffff:0.0.0.0", AF_INET6, &mapped_any, sizeof mapped_any);
}
