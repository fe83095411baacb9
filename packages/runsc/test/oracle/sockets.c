/* Unix and loopback sockets: states, addresses, ancillary data, options, poll bits. */
#include "oracle.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <stddef.h>

static char big[1 << 20];
static void bits(const char *what, int fd) {
  struct pollfd p = {.fd = fd, .events = 0x7fff};
  int n = poll(&p, 1, 0);
  printf("%s: %d %x\n", what, n, p.revents);
  fflush(stdout);
}
static void name_of(const char *what, struct sockaddr_un *a, socklen_t len) {
  printf("%s: len %d family %d ", what, len, len >= 2 ? a->sun_family : -1);
  for (int i = 2; i < (int)len && i < 20; i++) printf("%c", a->sun_path[i - 2] ? a->sun_path[i - 2] : '@');
  printf("\n");
}
static socklen_t un(struct sockaddr_un *a, const char *name) {
  memset(a, 0, sizeof *a);
  a->sun_family = AF_UNIX;
  strcpy(a->sun_path + (*name == '@'), name + (*name == '@'));
  return offsetof(struct sockaddr_un, sun_path) + strlen(name);
}
static ssize_t send_fds(int s, int *fds, int n, const char *data, int len, int flags) {
  char control[CMSG_SPACE(sizeof(int) * 300)] = {0};
  struct iovec iov = {(char *)data, len};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(sizeof(int) * n)};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_RIGHTS;
  c->cmsg_len = CMSG_LEN(sizeof(int) * n);
  memcpy(CMSG_DATA(c), fds, sizeof(int) * n);
  return sendmsg(s, &m, flags);
}
static void receive(const char *what, int s, int len, int control_len, int flags) {
  char control[4096] = {0}, data[4096];
  struct sockaddr_un from;
  struct iovec iov = {data, len};
  struct msghdr m = {.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = control_len};
  errno = 0;
  ssize_t n = recvmsg(s, &m, flags);
  printf("%s: %zd %s flags %x controllen %zu namelen %d", what, n, n < 0 ? strerrorname_np(errno) : "", n < 0 ? 0 : m.msg_flags, n < 0 ? 0 : (size_t)m.msg_controllen, n < 0 ? 0 : m.msg_namelen);
  if (n >= 0)
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c)) {
      printf(" [%d %d len %zu", c->cmsg_level, c->cmsg_type, (size_t)c->cmsg_len);
      if (c->cmsg_type == SCM_RIGHTS) {
        int k = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (int i = 0; i < k; i++) { int fd = ((int *)CMSG_DATA(c))[i]; printf(" %s%s", fcntl(fd, F_GETFD) >= 0 ? "ok" : "bad", fcntl(fd, F_GETFD) > 0 ? "+" : ""); close(fd); }
      } else if (c->cmsg_type == SCM_CREDENTIALS) {
        struct ucred *u = (struct ucred *)CMSG_DATA(c);
        printf(" pid %s uid %d gid %d", u->pid == getpid() ? "mine" : "other", u->uid, u->gid);
      }
      printf("]");
    }
  printf("\n");
  fflush(stdout);
}
static void unix_sockets(void) {
  int s[2], one = 1, n;
  char buf[100];
  struct sockaddr_un a, b;
  socklen_t len;
  R(socketpair(AF_INET, SOCK_STREAM, 0, s));
  R(socketpair(AF_UNIX, SOCK_RAW, 0, s));
  R(socketpair(AF_UNIX, 77, 0, s));
  R(socketpair(AF_UNIX, SOCK_STREAM, 5, s));
  R(socketpair(AF_UNIX, SOCK_STREAM | 0x10, 0, s));
  R(socketpair(AF_UNIX, SOCK_STREAM, 0, BAD));
  R(socket(999, SOCK_STREAM, 0));
  R(socket(AF_UNIX, SOCK_STREAM, 99));
  R(socketpair(AF_UNIX, SOCK_STREAM, 0, s));
  bits("pair", s[0]);
  R(send(s[0], "abc", 3, 0));
  bits("with data", s[1]);
  R(ioctl(s[1], FIONREAD, &n));
  printf("n %d\n", n);
  R(recv(s[1], buf, 10, MSG_PEEK));
  R(recv(s[1], buf, 2, 0));
  R(recv(s[1], buf, 10, MSG_TRUNC));
  R(recv(s[1], buf, 10, MSG_DONTWAIT));
  R(recv(s[1], buf, 10, MSG_DONTWAIT));
  R(shutdown(s[0], 3));
  R(shutdown(s[0], SHUT_WR));
  bits("peer shut its writing", s[1]);
  bits("shut writing", s[0]);
  R(read(s[1], buf, 10));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  R(send(s[1], "x", 1, MSG_NOSIGNAL));
  close(s[1]);
  bits("peer closed with unread data of ours", s[0]);
  R(read(s[0], buf, 10));
  R(read(s[0], buf, 10));
  R(send(s[0], "x", 1, MSG_NOSIGNAL));
  close(s[0]);
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  send(s[0], "abc", 3, 0);
  close(s[1]);
  bits("peer closed, data lost", s[0]);
  R(read(s[0], buf, 10));
  R(read(s[0], buf, 10));
  close(s[0]);
  /* addresses */
  int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  bits("fresh", l);
  R(listen(l, 5));
  R(bind(l, (void *)&a, 1));
  len = un(&a, "/tmp/oracle-socket");
  unlink(a.sun_path);
  R(connect(c, (void *)&a, len));
  R(bind(l, (void *)&a, 1000));
  R(bind(l, (void *)&a, len));
  R(bind(l, (void *)&a, len));
  R(bind(c, (void *)&a, len));
  R(connect(c, (void *)&a, len));
  R(accept(l, 0, 0));
  R(listen(l, 0));
  bits("listening", l);
  R(connect(c, (void *)&a, len));
  R(connect(c, (void *)&a, len));
  bits("connection waits", l);
  int c2 = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  R(connect(c2, (void *)&a, len));
  int c3 = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
  R(connect(c3, (void *)&a, len));
  len = sizeof b;
  int d = accept4(l, (void *)&b, &len, 0);
  name_of("accepted", &b, len);
  len = sizeof b;
  R(getsockname(d, (void *)&b, &len));
  name_of("name", &b, len);
  len = sizeof b;
  R(getpeername(c, (void *)&b, &len));
  name_of("peer", &b, len);
  len = 5;
  R(getpeername(c, (void *)&b, &len));
  name_of("cut", &b, len);
  R(getpeername(l, (void *)&b, &len));
  len = -1;
  R(getsockname(c, (void *)&b, &len));
  R(getsockname(c, BAD, &len));
  R(connect(c2, (void *)&a, un(&a, "/tmp/oracle-socket")));
  fcntl(l, F_SETFL, O_NONBLOCK);
  R(accept4(l, 0, 0, 0x1));
  R(accept(l, BAD, &len));
  close(l);
  bits("client of a closed listener", c);
  bits("client never accepted", c2);
  R(read(c2, buf, 1));
  unlink("/tmp/oracle-socket");
  int ds = socket(AF_UNIX, SOCK_DGRAM, 0), dc = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
  len = un(&a, "@oracle-abstract");
  R(bind(ds, (void *)&a, len));
  R(bind(dc, (void *)&a, len));
  R(connect(c3, (void *)&a, len));
  R(sendto(dc, "datagram", 8, 0, (void *)&a, len));
  R(send(dc, "x", 1, 0));
  R(connect(dc, (void *)&a, len));
  R(send(dc, "", 0, 0));
  R(recvfrom(ds, buf, 4, MSG_TRUNC, (void *)&b, &len));
  name_of("from", &b, len);
  R(recv(ds, buf, 4, 0));
  a.sun_family = AF_UNIX;
  R(bind(dc, (void *)&a, 2));
  len = sizeof b;
  R(getsockname(dc, (void *)&b, &len));
  printf("autobind len %d first %d\n", len, b.sun_path[0]);
  for (n = 0; send(dc, "fill", 4, 0) == 4; n++);
  printf("queue %d %s\n", n, strerrorname_np(errno));
  bits("full datagram", dc);
  R(recv(ds, buf, 4, 0));
  bits("room again", dc);
  close(ds);
  R(send(dc, "x", 1, 0));
  R(send(dc, "x", 1, 0));
  struct sockaddr none = {AF_UNSPEC};
  R(connect(dc, &none, sizeof none));
  /* descriptors */
  socketpair(AF_UNIX, SOCK_STREAM, 0, s);
  int fds[300];
  for (int i = 0; i < 300; i++) fds[i] = 1;
  R(send_fds(s[0], fds, 2, "ab", 2, 0));
  receive("two", s[1], 10, 100, 0);
  R(send_fds(s[0], fds, 2, "ab", 2, 0));
  receive("cloexec", s[1], 10, 100, MSG_CMSG_CLOEXEC);
  R(send_fds(s[0], fds, 3, "ab", 2, 0));
  receive("room for one", s[1], 10, CMSG_LEN(4), 0);
  R(send_fds(s[0], fds, 3, "ab", 2, 0));
  receive("no room", s[1], 10, 0, 0);
  R(send_fds(s[0], fds, 1, "ab", 2, 0));
  receive("one byte", s[1], 1, 100, 0);
  receive("the other", s[1], 1, 100, 0);
  R(send(s[0], "plain", 5, 0));
  R(send_fds(s[0], fds, 1, "ab", 2, 0));
  R(send(s[0], "plain", 5, 0));
  receive("before", s[1], 100, 100, 0);
  receive("with", s[1], 100, 100, 0);
  receive("after", s[1], 100, 100, MSG_DONTWAIT);
  R(send_fds(s[0], fds, 1, "ab", 2, 0));
  receive("peek", s[1], 100, 100, MSG_PEEK);
  receive("take", s[1], 100, 100, 0);
  R(send_fds(s[0], fds, 253, "ab", 2, 0));
  R(send_fds(s[0], fds, 254, "ab", 2, 0));
  receive("many", s[1], 100, 4000, 0);
  fds[0] = 999;
  R(send_fds(s[0], fds, 1, "ab", 2, 0));
  fds[0] = -1;
  R(send_fds(s[0], fds, 1, "ab", 2, 0));
  R(send_fds(s[0], s, 1, "", 0, 0));
  R(setsockopt(s[1], SOL_SOCKET, SO_PASSCRED, &one, 4));
  R(send(s[0], "cred", 4, 0));
  receive("credentials", s[1], 100, 100, 0);
  fds[0] = 0;
  R(send_fds(s[0], fds, 1, "both", 4, 0));
  receive("both", s[1], 100, 100, 0);
  struct ucred cr;
  len = sizeof cr;
  R(getsockopt(s[0], SOL_SOCKET, SO_PEERCRED, &cr, &len));
  printf("peer pid %d uid %d\n", cr.pid == getpid(), cr.uid);
  /* seqpacket */
  R(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, s));
  R(send(s[0], "one", 3, 0));
  R(send(s[0], "two", 3, 0));
  receive("packet", s[1], 2, 0, 0);
  receive("packet", s[1], 20, 0, 0);
  shutdown(s[0], SHUT_WR);
  receive("end", s[1], 20, 0, 0);
  R(send(s[1], big, 300000, 0));
  /* buffers */
  socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, s);
  len = 4;
  R(getsockopt(s[0], SOL_SOCKET, SO_SNDBUF, &n, &len));
  printf("sndbuf %d\n", n);
  long total = 0;
  while ((n = write(s[0], big, 4096)) > 0) total += n;
  printf("total %ld\n", total);
  bits("full", s[0]);
  while (read(s[1], big, sizeof big) > 0);
  bits("empty", s[0]);
  R(write(s[0], big, sizeof big));
  R(ioctl(s[0], TIOCOUTQ, &n));
  /* How much can be read: of datagrams the next one, of packets all. */
  for (int type = SOCK_DGRAM; type <= SOCK_SEQPACKET; type += SOCK_SEQPACKET - SOCK_DGRAM) {
    socketpair(AF_UNIX, type, 0, s);
    write(s[0], "abc", 3), write(s[0], "defg", 4);
    R(ioctl(s[1], FIONREAD, &n));
    printf("type %d: %d\n", type, (int)n);
    R(read(s[1], big, 1));
    R(ioctl(s[1], FIONREAD, &n));
    printf("then %d\n", (int)n);
  }
}
static void options(int s) {
  static const int names[] = {SO_DEBUG, SO_REUSEADDR, SO_TYPE, SO_ERROR, SO_DONTROUTE, SO_BROADCAST, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE, SO_OOBINLINE, SO_PRIORITY, SO_REUSEPORT, SO_PASSCRED, SO_RCVLOWAT, SO_SNDLOWAT, SO_TIMESTAMP, SO_ACCEPTCONN, SO_PROTOCOL, SO_DOMAIN, SO_MARK, SO_BUSY_POLL, SO_INCOMING_CPU + 1000};
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++) {
    int v = -7, w = 1;
    socklen_t len = 4;
    errno = 0;
    int r = getsockopt(s, SOL_SOCKET, names[i], &v, &len);
    printf("option %d: %d %s %d len %d", names[i], r, r ? strerrorname_np(errno) : "", r || names[i] == SO_SNDBUF || names[i] == SO_RCVBUF ? 0 : v, len);
    errno = 0;
    r = setsockopt(s, SOL_SOCKET, names[i], &w, 4);
    printf(" set %d %s", r, r ? strerrorname_np(errno) : "");
    len = 4;
    getsockopt(s, SOL_SOCKET, names[i], &v, &len);
    printf(" now %d\n", v);
  }
  struct linger l = {1, 5};
  struct timeval tv = {1, 500000}, bad = {0, 1000000};
  socklen_t len = sizeof l;
  R(setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l));
  l = (struct linger){0};
  R(getsockopt(s, SOL_SOCKET, SO_LINGER, &l, &len));
  printf("%d %d %d\n", l.l_onoff, l.l_linger, len);
  l.l_onoff = 0;
  setsockopt(s, SOL_SOCKET, SO_LINGER, &l, sizeof l);
  R(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv));
  R(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &bad, sizeof bad));
  R(setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, 4));
  len = sizeof tv;
  R(getsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &tv, &len));
  printf("%ld %ld\n", tv.tv_sec, (long)tv.tv_usec);
  R(setsockopt(s, SOL_SOCKET, SO_RCVBUF, BAD, 4));
  R(setsockopt(s, SOL_SOCKET, SO_RCVBUF, &l, 3));
  R(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &l, BAD));
  len = -1;
  R(getsockopt(s, SOL_SOCKET, SO_RCVBUF, &l, &len));
  R(setsockopt(s, 999, 1, &l, 4));
}
static int connected(int *server) {
  struct sockaddr_in a = {AF_INET};
  socklen_t len = sizeof a;
  int l = socket(AF_INET, SOCK_STREAM, 0), c = socket(AF_INET, SOCK_STREAM, 0);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(l, (void *)&a, len);
  listen(l, 5);
  getsockname(l, (void *)&a, &len);
  connect(c, (void *)&a, len);
  *server = accept(l, 0, 0);
  close(l);
  return c;
}
static void internet(void) {
  int one = 1, n, s, c;
  char buf[100];
  struct sockaddr_in a = {AF_INET}, b;
  socklen_t len = sizeof a;
  int l = socket(AF_INET, SOCK_STREAM, 0);
  c = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  bits("tcp fresh", c);
  R(send(c, "x", 1, MSG_NOSIGNAL));
  R(recv(c, buf, 1, 0));
  R(shutdown(c, 0));
  R(getpeername(c, (void *)&b, &len));
  a.sin_addr.s_addr = htonl(0x08080808);
  R(bind(l, (void *)&a, len));
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  R(bind(l, (void *)&a, 8));
  R(bind(l, (void *)&a, len));
  R(bind(l, (void *)&a, len));
  R(getsockname(l, (void *)&a, &len));
  printf("port %d addr %x\n", a.sin_port != 0, ntohl(a.sin_addr.s_addr));
  R(bind(c, (void *)&a, len));
  R(connect(c, (void *)&a, len));
  n = -1;
  len = 4;
  poll(&(struct pollfd){.fd = c, .events = POLLOUT}, 1, 1000);
  R(getsockopt(c, SOL_SOCKET, SO_ERROR, &n, &len));
  printf("error %d\n", n);
  R(listen(l, 1));
  bits("tcp listening", l);
  len = sizeof a;
  R(connect(c, (void *)&a, len) == 0 || errno == EINPROGRESS);
  poll(&(struct pollfd){.fd = c, .events = POLLOUT}, 1, 1000);
  len = sizeof a;
  R(connect(c, (void *)&a, len) == 0 || errno == EINPROGRESS);
  poll(&(struct pollfd){.fd = c, .events = POLLOUT}, 1, 1000);
  bits("connected", c);
  bits("to accept", l);
  R(connect(c, (void *)&a, len));
  R((s = accept4(l, (void *)&b, &len, SOCK_NONBLOCK)) >= 0);
  printf("family %d len %d flags %x\n", b.sin_family, len, fcntl(s, F_GETFL));
  R(recv(s, buf, 10, 0));
  R(send(c, "hello", 5, 0));
  poll(&(struct pollfd){.fd = s, .events = POLLIN}, 1, 1000);
  R(recv(s, buf, 3, MSG_PEEK));
  R(recv(s, buf, 3, MSG_TRUNC));
  R(ioctl(s, FIONREAD, &n));
  printf("n %d\n", n);
  R(recv(s, buf, 10, MSG_WAITALL));
  R(shutdown(c, SHUT_WR));
  usleep(10000);
  bits("half closed, other side", s);
  bits("half closed", c);
  R(recv(s, buf, 1, 0));
  R(send(s, "y", 1, 0));
  R(send(c, "y", 1, MSG_NOSIGNAL));
  usleep(10000);
  R(recv(c, buf, 5, 0));
  R(shutdown(s, SHUT_WR));
  usleep(10000);
  bits("both closed", c);
  R(shutdown(s, SHUT_RDWR));
  close(s);
  R(recv(c, buf, 5, 0));
  close(c);
  /* reset */
  c = connected(&s);
  struct linger lg = {1, 0};
  setsockopt(s, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
  close(s);
  usleep(10000);
  bits("reset", c);
  R(recv(c, buf, 1, 0));
  R(recv(c, buf, 1, 0));
  R(send(c, "x", 1, MSG_NOSIGNAL));
  close(c);
  /* reset before it is accepted: accept still tells whose it was */
  struct sockaddr_in from = {AF_INET};
  socklen_t from_length = sizeof from;
  int early = socket(AF_INET, SOCK_STREAM, 0);
  c = socket(AF_INET, SOCK_STREAM, 0);
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(early, (void *)&from, from_length);
  listen(early, 5);
  getsockname(early, (void *)&from, &from_length);
  connect(c, (void *)&from, from_length);
  setsockopt(c, SOL_SOCKET, SO_LINGER, &lg, sizeof lg);
  close(c);
  usleep(10000);
  from = (struct sockaddr_in){0};
  s = accept(early, (void *)&from, &from_length);
  printf("accepted: %d, family %d, %u, port %d\n", s >= 0, from.sin_family, from_length, from.sin_port != 0);
  R(getpeername(s, (void *)&from, &from_length));
  R(recv(s, buf, 1, 0));
  close(s);
  close(early);
  c = connected(&s);
  send(c, "unread", 6, 0);
  usleep(10000);
  close(s);
  usleep(10000);
  bits("closed with unread data", c);
  R(recv(c, buf, 1, 0));
  close(c);
  c = connected(&s);
  close(s);
  usleep(10000);
  bits("closed", c);
  R(send(c, "1", 1, MSG_NOSIGNAL));
  usleep(10000);
  R(send(c, "2", 1, MSG_NOSIGNAL));
  R(recv(c, buf, 1, 0));
  close(c);
  c = connected(&s);
  options(c);
  R(setsockopt(c, IPPROTO_TCP, TCP_NODELAY, &one, 4));
  len = 4;
  R(getsockopt(c, IPPROTO_TCP, TCP_NODELAY, &n, &len));
  printf("nodelay %d\n", n);
  R(setsockopt(c, IPPROTO_TCP, TCP_KEEPIDLE, &one, 4));
  R(setsockopt(c, IPPROTO_TCP, 9999, &one, 4));
  R(getsockopt(c, IPPROTO_TCP, 9999, &n, &len));
  struct tcp_info ti;
  len = sizeof ti;
  R(getsockopt(c, IPPROTO_TCP, TCP_INFO, &ti, &len));
  printf("state %d\n", ti.tcpi_state);
  struct timeval tv = {0, 20000};
  setsockopt(c, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  R(recv(c, buf, 1, 0));
  close(c), close(s);
  /* udp */
  int u = socket(AF_INET, SOCK_DGRAM, 0), v = socket(AF_INET, SOCK_DGRAM, 0);
  bits("udp", u);
  a = (struct sockaddr_in){AF_INET};
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  R(send(u, "x", 1, 0));
  bind(u, (void *)&a, sizeof a);
  len = sizeof a;
  getsockname(u, (void *)&a, &len);
  R(sendto(v, "hello", 5, 0, (void *)&a, len));
  R(sendto(v, "", 0, 0, (void *)&a, len));
  R(sendto(v, big, 65507, 0, (void *)&a, len));
  R(sendto(v, big, 65508, 0, (void *)&a, len));
  R(sendto(v, "x", 1, 0, (void *)&a, 8));
  R(ioctl(u, FIONREAD, &n));
  printf("n %d\n", n);
  R(recvfrom(u, buf, 3, MSG_TRUNC, (void *)&b, &len));
  printf("from %x %d\n", ntohl(b.sin_addr.s_addr), b.sin_port != 0);
  R(recv(u, buf, 3, 0));
  R(recv(u, big, sizeof big, 0));
  R(recv(u, buf, 3, MSG_DONTWAIT));
  R(connect(v, (void *)&a, len));
  R(send(v, "x", 1, 0));
  R(connect(u, (void *)&b, sizeof b));
  close(u);
  R(send(v, "x", 1, 0));
  usleep(5000);
  bits("refused", v);
  R(send(v, "x", 1, 0));
  R(recv(v, buf, 1, MSG_DONTWAIT));
  R(recv(v, buf, 1, MSG_DONTWAIT));
  options(v);
  struct mmsghdr mm[3] = {0};
  struct iovec iov[3] = {{buf, 1}, {buf, 2}, {buf, 3}};
  int sp[2];
  socketpair(AF_UNIX, SOCK_DGRAM, 0, sp);
  for (int i = 0; i < 3; i++) mm[i].msg_hdr.msg_iov = &iov[i], mm[i].msg_hdr.msg_iovlen = 1;
  R(sendmmsg(sp[0], mm, 3, 0));
  R(recvmmsg(sp[1], mm, 2, MSG_WAITFORONE, 0));
  printf("%d %d\n", mm[0].msg_len, mm[1].msg_len);
  R(recvmmsg(sp[1], mm, 3, MSG_WAITFORONE, 0));
  R(recvmmsg(sp[1], mm, 3, MSG_DONTWAIT, 0));
  R(sendmmsg(sp[0], BAD, 3, 0));
  R(sendmsg(sp[0], BAD, 0));
  struct msghdr odd = {.msg_iov = iov, .msg_iovlen = 2000};
  R(sendmsg(sp[0], &odd, 0));
  odd.msg_iovlen = 1;
  odd.msg_control = buf;
  odd.msg_controllen = 8;
  R(sendmsg(sp[0], &odd, 0));
  odd.msg_controllen = 20;
  memset(buf, 0, 20);
  R(sendmsg(sp[0], &odd, 0));
}
int main(void) {
  signal(SIGPIPE, SIG_IGN);
  for (int i = 3; i < 20; i++) close(i);
  unix_sockets();
  internet();
  return 0;
}
