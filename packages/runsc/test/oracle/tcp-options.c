/* TCP options: which values are taken, and what is read back. */
#include "oracle.h"
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

static const struct { int option; const char *name; } options[] = {
#define O(name) {name, #name}
    O(TCP_NODELAY), O(TCP_CORK), O(TCP_KEEPIDLE), O(TCP_KEEPINTVL), O(TCP_KEEPCNT), O(TCP_SYNCNT), O(TCP_LINGER2),
    O(TCP_DEFER_ACCEPT), O(TCP_WINDOW_CLAMP), O(TCP_QUICKACK), O(TCP_USER_TIMEOUT), O(TCP_FASTOPEN), O(TCP_NOTSENT_LOWAT),
};
static const int values[] = {-2, -1, 0, 1, 2, 5, 59, 60, 120, 121, 127, 128, 255, 256, 1151, 1152, 32767, 32768, 65536};

static void congestion(int s, const char *name, int size) {
  char now[32] = {0};
  socklen_t len = sizeof now;
  int set = setsockopt(s, IPPROTO_TCP, TCP_CONGESTION, name, size);
  printf("%s: %s", name, set ? strerrorname_np(errno) : "ok");
  getsockopt(s, IPPROTO_TCP, TCP_CONGESTION, now, &len);
  printf(", now %s of %d\n", now, len);
}
int main(void) {
  int s;
  for (unsigned i = 0; i < sizeof options / sizeof *options; i++) {
    s = socket(AF_INET, SOCK_STREAM, 0);
    printf("%s:", options[i].name);
    for (unsigned j = 0; j < sizeof values / sizeof *values; j++) {
      int got = -99;
      socklen_t len = 4;
      int set = setsockopt(s, IPPROTO_TCP, options[i].option, &values[j], 4);
      printf(" %d %s", values[j], set ? strerrorname_np(errno) : "ok");
      getsockopt(s, IPPROTO_TCP, options[i].option, &got, &len);
      printf(" %d", got);
    }
    printf("\n");
    close(s);
  }
  s = socket(AF_INET, SOCK_STREAM, 0);
  congestion(s, "reno", 4);
  congestion(s, "missing", 7);
  congestion(s, "cubic", 5);
  congestion(s, "reno", 5);
  congestion(s, "", 0);
  int too_small = 8, too_large = 40000;
  R(setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &too_small, 4));
  R(setsockopt(s, IPPROTO_TCP, TCP_MAXSEG, &too_large, 4));
  /* A time-out of less than nothing. */
  struct timeval before = {-1, 0}, now = {7, 7};
  socklen_t len = sizeof now;
  int pair[2];
  char b;
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  R(setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &before, sizeof before));
  R(getsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &now, &len));
  printf("%ld %ld\n", (long)now.tv_sec, (long)now.tv_usec);
  R((int)read(pair[0], &b, 1));
  return 0;
}
