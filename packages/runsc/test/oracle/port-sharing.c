/* Sockets that share a port: who may, and who of them receives. */
#include "own-net.h"

static int shared(int type, int options, const char *host, int port) {
  int s = socket(family, type | SOCK_NONBLOCK, 0);
  if (options & 1) on(s, SOL_SOCKET, SO_REUSEADDR, 1);
  if (options & 2) on(s, SOL_SOCKET, SO_REUSEPORT, 1);
  if (bind(s, (void *)&address, at(host, port))) { printf("  %d %s:%d %s\n", options, host, port, strerrorname_np(errno)); close(s); return -1; }
  return s;
}
static int count(int s) {
  char data[10];
  int n = 0;
  while (recv(s, data, sizeof data, MSG_DONTWAIT) >= 0) n++;
  return n;
}
static void newest(const char *host) {
  int r[4], s = udp();
  printf("== with SO_REUSEADDR, at %s\n", host);
  for (int i = 0; i < 3; i++) r[i] = shared(SOCK_DGRAM, 1, host, 5000);
  send_to(s, "one", "127.0.0.1", 5000);
  for (int i = 0; i < 3; i++) printf(" %d", count(r[i]));
  close(r[2]), r[2] = -1;
  send_to(s, "two", "127.0.0.1", 5000);
  for (int i = 0; i < 2; i++) printf(" %d", count(r[i]));
  r[3] = shared(SOCK_DGRAM, 1, "127.0.0.1", 5000);
  r[2] = shared(SOCK_DGRAM, 1, "0.0.0.0", 5000);
  send_to(s, "three", "127.0.0.1", 5000), send_to(s, "three", "127.0.0.2", 5000);
  for (int i = 0; i < 4; i++) printf(" %d", count(r[i]));
  int c = bound("127.0.0.1", 6000);
  connect(r[0], (void *)&address, at("127.0.0.1", 6000));
  send_to(c, "four", "127.0.0.1", 5000), send_to(s, "four", "127.0.0.1", 5000);
  for (int i = 0; i < 4; i++) printf(" %d", count(r[i]));
  printf("\n");
  for (int i = 0; i < 4; i++) close(r[i]);
  close(s), close(c);
}
static void spread(int options) {
  int r[3], total = 0, each = 1, s[90];
  printf("== with SO_REUSEPORT, options %d\n", options);
  for (int i = 0; i < 3; i++) r[i] = shared(SOCK_DGRAM, options, "127.0.0.1", 5000);
  for (int i = 0; i < 90; i++) s[i] = udp(), send_to(s[i], "x", "127.0.0.1", 5000);
  for (int i = 0; i < 3; i++) { int n = count(r[i]); total += n, each &= n > 5; }
  printf("each some: %d, all %d\n", each, total);
  for (int i = 0; i < 30; i++) send_to(s[0], "x", "127.0.0.1", 5000);
  int most = 0;
  for (int i = 0; i < 3; i++) { int n = count(r[i]); if (n > most) most = n; }
  printf("of one sender: %d\n", most);
  for (int i = 0; i < 90; i++) close(s[i]);
  for (int i = 0; i < 3; i++) close(r[i]);
}
static void listeners(void) {
  int l[3], c[90], total = 0, each = 1;
  puts("== listeners");
  for (int i = 0; i < 3; i++) {
    l[i] = shared(SOCK_STREAM, 2, "127.0.0.1", 5000);
    R(listen(l[i], 90));
  }
  for (int i = 0; i < 90; i++) {
    c[i] = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(c[i], (void *)&address, at("127.0.0.1", 5000))) perror("connect");
  }
  for (int i = 0; i < 3; i++) {
    int n = 0, a;
    while ((a = accept(l[i], 0, 0)) >= 0) n++, close(a);
    total += n, each &= n > 5;
  }
  printf("each some: %d, all %d\n", each, total);
  for (int i = 0; i < 90; i++) close(c[i]);
  for (int i = 0; i < 3; i++) close(l[i]);
}
static void pairs(int type) {
  printf("== pairs of type %d\n", type);
  for (int a = 0; a < 4; a++)
    for (int b = 0; b < 4; b++) {
      int s = shared(type, a, "127.0.0.1", 5100), t = shared(type, b, "127.0.0.1", 5100), u = shared(type, b, "0.0.0.0", 5100), v = shared(type, a, "127.0.0.2", 5100);
      printf("%d %d: %s, any %s, another %s\n", a, b, t < 0 ? "no" : "yes", u < 0 ? "no" : "yes", v < 0 ? "no" : "yes");
      close(s), close(t), close(u), close(v);
    }
  puts("of another user");
  int s = shared(type, 2, "127.0.0.1", 5100);
  seteuid(1000);
  int t = shared(type, 2, "127.0.0.1", 5100), u = shared(type, 2, "0.0.0.0", 5100);
  seteuid(0);
  close(s), close(t), close(u);
  s = shared(type, 1, "127.0.0.1", 5100);
  seteuid(1000);
  t = shared(type, 1, "127.0.0.1", 5100);
  seteuid(0);
  close(s), close(t);
  puts("three");
  for (int a = 1; a < 4; a++)
    for (int b = 1; b < 4; b++)
      for (int c = 1; c < 4; c++) {
        printf("%d %d %d\n", a, b, c);
        s = shared(type, a, "0.0.0.0", 5100), t = shared(type, b, "0.0.0.0", 5100), u = shared(type, c, "0.0.0.0", 5100);
        close(s), close(t), close(u);
      }
}
static void own_address(void) {
  int r = bound("127.0.0.3", 5000), other = bound("127.0.0.1", 5000), s = bound("127.0.0.3", 5001), t = udp(), l = shared(SOCK_STREAM, 0, "127.0.0.3", 5000);
  puts("== to 0.0.0.0");
  listen(l, 5);
  R(send_to(s, "own", "0.0.0.0", 5000));
  R(send_to(t, "any", "0.0.0.0", 5000));
  R(connect(s, (void *)&address, at("0.0.0.0", 5000))); ENDS(s);
  GOT(r); GOT(other);
  int c = shared(SOCK_STREAM, 0, "127.0.0.3", 5001), d = socket(AF_INET, SOCK_STREAM, 0);
  R(fcntl(c, F_SETFL, 0));
  R(connect(c, (void *)&address, at("0.0.0.0", 5000))); ENDS(c);
  R(connect(d, (void *)&address, at("0.0.0.0", 5000)));
  close(r), close(other), close(s), close(t), close(l), close(c), close(d);
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  set_lo(1);
  newest("127.0.0.1"), newest("0.0.0.0");
  spread(2), spread(3);
  listeners();
  pairs(SOCK_DGRAM), pairs(SOCK_STREAM);
  own_address();
  return 0;
}
