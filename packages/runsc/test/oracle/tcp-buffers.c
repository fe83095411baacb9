/* TCP: how much a sender can leave for a peer that does not read, and when it may go on. */
#include "oracle.h"
#include <netinet/in.h>
#include <poll.h>
#include <sys/sendfile.h>
#include <sys/socket.h>

static char chunk[4096];

/* Connected sockets, their buffers set before where `send` or `receive` is not 0. */
static int pair(int *server, int send, int receive) {
  struct sockaddr_in a = {AF_INET};
  socklen_t len = sizeof a;
  int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
  if (send) setsockopt(c, SOL_SOCKET, SO_SNDBUF, &send, sizeof send);
  if (receive) setsockopt(l, SOL_SOCKET, SO_RCVBUF, &receive, sizeof receive);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(l, (void *)&a, len);
  listen(l, 5);
  getsockname(l, (void *)&a, &len);
  connect(c, (void *)&a, len);
  *server = accept(l, 0, 0);
  close(l);
  return c;
}
static long fill(int c, int size) {
  long total = 0, n;
  while ((n = send(c, chunk, size, MSG_DONTWAIT)) > 0) total += n;
  printf("%s, ", strerrorname_np(errno));
  return total;
}
static long drain(int s) {
  static char big[65536];
  long total = 0, n;
  struct pollfd p = {s, POLLIN};
  while (poll(&p, 1, 300) > 0 && (n = recv(s, big, sizeof big, MSG_DONTWAIT)) > 0) total += n;
  return total;
}
static int writable(int s, int patience) {
  struct pollfd p = {s, POLLOUT};
  return poll(&p, 1, patience);
}
static const char *amount(long n) {
  return n < 1024 ? "less than 1K" : n < 16384 ? "less than 16K" : n < 100000 ? "less than 100K" : n < 300000 ? "less than 300K" : "more";
}
static void capacity(int send, int receive, int size) {
  int s, c = pair(&s, send, receive);
  printf("%d and %d, %d at a time: ", send, receive, size);
  long sent = fill(c, size);
  printf("%s, writable %d", amount(sent), writable(c, 0));
  printf(", all read %d", drain(s) == sent);
  printf(", writable %d\n", writable(c, 2000));
  close(c), close(s);
}
static void wake(int sig) {}

int main(void) {
  int s, c, status, size = 1024;
  capacity(1024, 1024, 4096);
  capacity(1024, 1024, 500);
  capacity(16384, 16384, 4096);
  capacity(65536, 65536, 4096);

  /* What is read makes room, if it is enough. */
  c = pair(&s, 16384, 16384);
  fill(c, 4096);
  printf("full: %d\n", writable(c, 0));
  R(recv(s, chunk, 1, 0));
  printf("a byte read: %d\n", writable(c, 0));
  close(c), close(s);

  /* A larger buffer lets a blocked sender go on. */
  c = pair(&s, 1024, 1024);
  fill(c, 4096);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    alarm(20);
    long n = send(c, chunk, sizeof chunk, 0);
    _exit(n == sizeof chunk ? 0 : 1);
  }
  usleep(200000);
  printf("blocked: %d\n", waitpid(child, &status, WNOHANG) == 0);
  size = 100000;
  R(setsockopt(c, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
  waitpid(child, &status, 0);
  printf("went on: %d\n", WIFEXITED(status) && WEXITSTATUS(status) == 0);
  close(c), close(s);

  /* A file does not go past a peer that closes in the middle. */
  int file = memfd_create("file", 0);
  ftruncate(file, 262144);
  c = pair(&s, 4096, 4096);
  fcntl(c, F_SETFL, O_NONBLOCK);
  signal(SIGPIPE, SIG_IGN);
  long n, sent = 0;
  while ((n = sendfile(c, file, 0, 262144)) > 0) sent += n;
  printf("sendfile: %s, %s\n", strerrorname_np(errno), amount(sent));
  recv(s, chunk, 1024, 0);
  close(s);
  writable(c, 2000);
  n = sendfile(c, file, 0, 262144);
  printf("closed: %ld %s\n", n, strerrorname_np(errno));

  /* Data passed over, and data only looked at. */
  char buf[9] = "-------";
  c = pair(&s, 0, 0);
  send(c, "abcdef", 6, 0);
  R(recv(s, buf, 3, MSG_PEEK | MSG_TRUNC));
  printf("%s\n", buf);
  R(recv(s, buf, 100, MSG_PEEK | MSG_TRUNC));
  R(recv(s, 0, 2, MSG_TRUNC));
  printf("%s\n", buf);
  R(recv(s, buf, 2, MSG_PEEK));
  printf("%s\n", buf);
  R(recv(s, buf, 8, 0));
  printf("%s\n", buf);
  return 0;
}
