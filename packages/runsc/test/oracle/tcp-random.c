/*
 * Random sequences of what the two ends of a TCP connection do, or a socket that is connected to itself. When a
 * segment is acknowledged is a matter of time: what depends on that is not compared. That is what MSG_MORE and
 * TCP_CORK hold back between two sockets, and which of the two FIN_WAIT states it is.
 */
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#define SEQUENCES 60
#define STEPS 50
enum { SELF = 1, SHUTDOWN = 2, URGENT = 4, HOLD = 8 };

static int ends[2], mode;
static unsigned state;
static char next;

static int below(int n) {
  state = state * 1103515245 + 12345;
  return (state >> 16) % n;
}
static int on(int fd, int level, int name, int value) { return setsockopt(fd, level, name, &value, sizeof value); }

static void connect_ends(void) {
  struct sockaddr_in a = {AF_INET, 0, {htonl(INADDR_LOOPBACK)}};
  socklen_t length = sizeof a;
  int s = socket(AF_INET, SOCK_STREAM, 0);
  bind(s, (void *)&a, sizeof a);
  getsockname(s, (void *)&a, &length);
  if (mode & SELF) {
    connect(s, (void *)&a, sizeof a);
    ends[0] = s, ends[1] = dup(s);
  } else {
    listen(s, 1);
    ends[0] = socket(AF_INET, SOCK_STREAM, 0);
    connect(ends[0], (void *)&a, sizeof a);
    ends[1] = accept(s, 0, 0);
    close(s);
  }
  for (int i = 0; i < 2; i++) on(ends[i], SOL_TCP, TCP_NODELAY, 1);
}

static long send_some(int fd) {
  char data[8];
  int count = 1 + below(6), flags = MSG_DONTWAIT;
  for (int i = 0; i < count; i++) data[i] = next = next == 'z' ? 'a' : next + 1;
  if (mode & HOLD && below(3) == 0) flags |= MSG_MORE;
  if (mode & URGENT && below(4) == 0) flags |= MSG_OOB;
  printf("send %d%s%s", count, flags & MSG_MORE ? " more" : "", flags & MSG_OOB ? " urgent" : "");
  return send(fd, data, count, flags);
}
static long receive(int fd) {
  char data[16];
  int count = below(9), flags = MSG_DONTWAIT;
  if (below(4) == 0) flags |= MSG_PEEK;
  else if (below(8) == 0) flags |= MSG_TRUNC;
  long got = recv(fd, data, count, flags);
  printf("receive %d%s%s '%.*s'", count, flags & MSG_PEEK ? " peek" : "", flags & MSG_TRUNC ? " trunc" : "", got > 0 && !(flags & MSG_TRUNC) ? (int)got : 0, data);
  return got;
}
static long receive_urgent(int fd) {
  char data = '-';
  struct iovec v = {&data, below(2)};
  struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1};
  int flags = MSG_DONTWAIT | MSG_OOB | (below(3) == 0 ? MSG_PEEK : 0);
  long got = recvmsg(fd, &m, flags);
  printf("urgent %d%s %c flags %#x", (int)v.iov_len, flags & MSG_PEEK ? " peek" : "", data, got < 0 ? 0 : m.msg_flags);
  return got;
}
static long counted(int fd, const char *name, unsigned request) {
  int n = -1;
  long result = ioctl(fd, request, &n);
  printf("%s %d", name, n);
  return result;
}
static long turned(int fd, const char *name, int level, int option) {
  int value = below(2);
  printf("%s %d", name, value);
  return on(fd, level, option, value);
}
static long polled(int fd) {
  struct pollfd p = {fd, POLLIN | POLLPRI | POLLRDHUP | POLLOUT};
  long result = poll(&p, 1, 0);
  printf("poll %#x", p.revents);
  return result;
}
static long error_of(int fd) {
  int value = 0;
  socklen_t length = sizeof value;
  long result = getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length);
  printf("error %s", strerrorname_np(value));
  return result;
}
static long state_of(int fd) {
  struct tcp_info info = {0};
  socklen_t length = sizeof info;
  long result = getsockopt(fd, SOL_TCP, TCP_INFO, &info, &length);
  printf("state %d", info.tcpi_state == TCP_FIN_WAIT1 ? TCP_FIN_WAIT2 : info.tcpi_state);
  return result;
}
static long shut(int fd) {
  int how = below(3);
  printf("shutdown %d", how);
  return shutdown(fd, how);
}

static long step(int fd) {
  switch (below(mode & SHUTDOWN ? 17 : 14)) {
    case 0: case 1: case 2: return send_some(fd);
    case 3: case 4: case 5: return receive(fd);
    case 6: return receive_urgent(fd);
    case 7: return mode & HOLD ? turned(fd, "cork", SOL_TCP, TCP_CORK) : polled(fd);
    case 8: return turned(fd, "inline", SOL_SOCKET, SO_OOBINLINE);
    case 9: return counted(fd, "unread", FIONREAD);
    case 10: return counted(fd, "mark", SIOCATMARK);
    case 11: return counted(fd, "unsent", SIOCOUTQNSD);
    case 12: return polled(fd);
    case 13: return state_of(fd);
    case 14: return below(3) ? polled(fd) : shut(fd);
    default: return error_of(fd);
  }
}

int main(void) {
  const int modes[] = {0, URGENT, SHUTDOWN, SELF | SHUTDOWN | URGENT, SELF | SHUTDOWN | HOLD};
  signal(SIGPIPE, SIG_IGN);
  setvbuf(stdout, 0, _IOFBF, 1 << 16);
  for (int m = 0; m < sizeof modes / sizeof *modes; m++)
    for (int sequence = 0; sequence < SEQUENCES; sequence++) {
      mode = modes[m], state = sequence * 7919 + m, next = 'z';
      connect_ends();
      for (int i = 0; i < STEPS; i++) {
        int end = below(2);
        printf("%d %d.%d end %d ", mode, sequence, i, end);
        errno = 0;
        long result = step(ends[end]);
        printf(" = %ld %s\n", result, result < 0 ? strerrorname_np(errno) : "");
      }
      close(ends[0]), close(ends[1]);
    }
}
