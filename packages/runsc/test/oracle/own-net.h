/* A network namespace of its own, sockets that receive, and what each of them has got. */
#include "oracle.h"
#include "inet-address.h"
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>

static void set_lo(int up) {
  struct ifreq r = {.ifr_name = "lo", .ifr_flags = up ? IFF_UP : 0};
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  if (ioctl(s, SIOCSIFFLAGS, &r)) perror("lo");
  close(s);
}
static int on(int s, int level, int name, int value) { return setsockopt(s, level, name, &value, sizeof value); }
static int udp(void) { return socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0); }
static int bound(const char *host, int port) {
  int s = udp();
  on(s, SOL_SOCKET, SO_REUSEADDR, 1);
  if (bind(s, (void *)&address, at(host, port))) printf("bind %s %s\n", host, strerrorname_np(errno));
  return s;
}
static int send_to(int s, const char *text, const char *host, int port) {
  return sendto(s, text, strlen(text), 0, (void *)&address, at(host, port));
}
static int join_at(int s, const char *host) { return connect(s, (void *)&address, at(host, 5000)); }
static const char *show_address(struct sockaddr_storage *a) {
  static char text[2][80];
  static int turn;
  char *out = text[turn ^= 1];
  if (a->ss_family == AF_INET) inet_ntop(AF_INET, &((struct sockaddr_in *)a)->sin_addr, out, 80);
  else inet_ntop(AF_INET6, &((struct sockaddr_in6 *)a)->sin6_addr, out, 80);
  return out;
}
/* All that waits, with the sender's address. */
static void got(const char *who, int s) {
  char data[64];
  struct sockaddr_storage from;
  socklen_t length;
  int count;
  printf("  %s:", who);
  while (length = sizeof from, (count = recvfrom(s, data, sizeof data, MSG_DONTWAIT, (void *)&from, &length)) >= 0)
    printf(" '%.*s' from %s", count, data, show_address(&from));
  printf(" %s\n", errno == EAGAIN ? "" : strerrorname_np(errno));
}
#define GOT(s) got(#s, s)
static void ends(const char *who, int s) {
  struct sockaddr_storage a;
  socklen_t length = sizeof a;
  getsockname(s, (void *)&a, &length);
  printf("  %s at %s", who, show_address(&a));
  length = sizeof a;
  if (getpeername(s, (void *)&a, &length) == 0) printf(" to %s", show_address(&a));
  printf("\n");
}
#define ENDS(s) ends(#s, s)
static void file(const char *path) {
  char line[300];
  FILE *in = fopen(path, "r");
  printf("%s%s\n", path, in ? "" : " is not there");
  if (!in) return;
  while (fgets(line, sizeof line, in)) printf("  %s", line);
  fclose(in);
}
