/* Options of levels that a socket does not have, and of IP where there is room for less than an int. */
#include "oracle.h"
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <sys/socket.h>

static void levels(const char *name, int s) {
  const int all[] = {SOL_IP, 2, IPPROTO_TCP, IPPROTO_UDP, SOL_IPV6, IPPROTO_ICMPV6, 132, SOL_RAW, 256, 263, 270, 300, -1};
  for (int i = 0; i < sizeof all / sizeof *all; i++) {
    int value = 0;
    socklen_t length = sizeof value;
    errno = 0;
    int got = getsockopt(s, all[i], 9999, &value, &length);
    printf("%s, level %d: %s", name, all[i], got ? strerrorname_np(errno) : "ok");
    int set = setsockopt(s, all[i], 9999, &value, sizeof value);
    printf(", %s\n", set ? strerrorname_np(errno) : "ok");
  }
}
static void room(const char *name, int s, int option, int value) {
  setsockopt(s, SOL_IP, option, &value, sizeof value);
  for (int size = 0; size < 6; size++) {
    unsigned char answer[6] = {9, 9, 9, 9, 9, 9};
    socklen_t length = size;
    errno = 0;
    int got = getsockopt(s, SOL_IP, option, answer, &length);
    printf("%s, option %d, %d bytes: %s, %d: %d %d %d %d\n", name, option, size, got ? strerrorname_np(errno) : "ok", length, answer[0], answer[1], answer[2], answer[3]);
  }
}

int main(void) {
  const struct { const char *name; int domain, type, protocol; } kinds[] = {
    {"tcp", AF_INET, SOCK_STREAM, 0}, {"udp", AF_INET, SOCK_DGRAM, 0}, {"raw", AF_INET, SOCK_RAW, IPPROTO_ICMP},
    {"tcp6", AF_INET6, SOCK_STREAM, 0}, {"udp6", AF_INET6, SOCK_DGRAM, 0}, {"raw6", AF_INET6, SOCK_RAW, IPPROTO_ICMPV6}};
  for (int i = 0; i < sizeof kinds / sizeof *kinds; i++) {
    int s = socket(kinds[i].domain, kinds[i].type, kinds[i].protocol);
    levels(kinds[i].name, s);
    room(kinds[i].name, s, IP_TTL, 200);
    room(kinds[i].name, s, IP_TOS, 0x10);
    room(kinds[i].name, s, IP_MULTICAST_ALL, 1);
    room(kinds[i].name, s, IP_MULTICAST_IF, 0);
    room(kinds[i].name, s, IP_RECVTOS, 1);
    R(setsockopt(s, SOL_IP, IP_TTL, &(int){3}, 4));
    close(s);
  }
}
