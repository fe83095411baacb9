/* Sockets that a program is given: 3 listens on TCP, 4 on a unix socket, 5 is connected. `give PATH LOG COMMAND…` makes
   them and becomes the command; its child is the client outside, which writes what it sees to LOG. `serve` is the
   program: it prints what it sees. Each byte on 5 lets the client take its next step. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define BIG (3 << 20)
static char big[BIG];

static const char *failed(long result) {
  static char text[64];
  if (result >= 0) snprintf(text, sizeof text, "%ld", result);
  else snprintf(text, sizeof text, "-1 %s", strerrorname_np(errno));
  return text;
}
#define SHOW(name, call) printf("%s: %s\n", name, failed((errno = 0, call)))
static int is_readable(int fd, int timeout) {
  struct pollfd one = { fd, POLLIN | POLLRDHUP };
  poll(&one, 1, timeout);
  return one.revents;
}
static void read_all(int fd, char *to, size_t length) {
  for (ssize_t got; length > 0 && (got = read(fd, to, length)) > 0; to += got) length -= got;
}
static unsigned sum(const char *data, size_t length) {
  unsigned total = 0;
  for (size_t i = 0; i < length; i++) total = total * 31 + (unsigned char)data[i];
  return total;
}

/* The client. */
static struct sockaddr_in tcp_address = { AF_INET };
static struct sockaddr_un unix_address = { AF_UNIX };
static int control;
static int step(void) {
  char byte;
  return read(control, &byte, 1) == 1;
}
static int call_tcp(void) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (void *)&tcp_address, sizeof tcp_address)) printf("connect: %s\n", strerrorname_np(errno));
  return fd;
}
static int call_unix(void) {
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  if (connect(fd, (void *)&unix_address, sizeof unix_address)) printf("connect: %s\n", strerrorname_np(errno));
  return fd;
}
static void show_reply(const char *name, int fd) {
  char text[64] = { 0 };
  int got = read(fd, text, sizeof text - 1);
  printf("%s: %d %s\n", name, got, got < 0 ? strerrorname_np(errno) : text);
}
static void client(void) {
  step();
  int fd = call_tcp();
  write(fd, "hello", 5);
  show_reply("first reply", fd);
  write(fd, "01234", 5);
  usleep(100000);
  write(fd, "56789discarded.", 15);
  step();
  read_all(fd, big, BIG);
  printf("received: %u\n", sum(big, BIG));
  write(fd, big, BIG);
  shutdown(fd, SHUT_WR);
  show_reply("after their shutdown", fd);
  close(fd);
  step();
  int one = call_tcp(), two = call_tcp();
  show_reply("of two, one", one);
  show_reply("of two, other", two);
  close(one);
  close(two);
  step();
  fd = call_tcp();
  show_reply("of a child", fd);
  show_reply("passed to a child", fd);
  close(fd);
  step();
  fd = call_tcp();
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &(struct linger){ 1, 0 }, sizeof(struct linger));
  close(fd);
  write(control, "x", 1);
  step();
  fd = call_unix();
  write(fd, "hello", 5);
  show_reply("unix reply", fd);
  close(fd);
  write(control, "x", 1);
}
static void give(char *path, char *log, char **command) {
  int pair[2], tcp = socket(AF_INET, SOCK_STREAM, 0), local = socket(AF_UNIX, SOCK_STREAM, 0);
  socklen_t length = sizeof tcp_address;
  tcp_address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  bind(tcp, (void *)&tcp_address, length);
  getsockname(tcp, (void *)&tcp_address, &length);
  strcpy(unix_address.sun_path, path);
  if (bind(local, (void *)&unix_address, sizeof unix_address)) perror("bind"), exit(1);
  listen(tcp, 8);
  listen(local, 8);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  /* Out of the way first. */
  int from[3] = { fcntl(tcp, F_DUPFD, 20), fcntl(local, F_DUPFD, 20), fcntl(pair[0], F_DUPFD, 20) };
  control = fcntl(pair[1], F_DUPFD, 20);
  for (int i = 3; i < 20; i++) close(i);
  if (fork() == 0) {
    for (int i = 0; i < 3; i++) close(from[i]);
    freopen(log, "w", stdout);
    alarm(60);
    client();
    exit(0);
  }
  close(control);
  for (int i = 0; i < 3; i++) dup2(from[i], 3 + i), close(from[i]);
  execvp(command[0], command);
  perror(command[0]);
  exit(1);
}

/* The program. */
static volatile int pipes;
static void count(int signal) { pipes++; }
static void describe(int fd) {
  int options[] = { SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR }, value;
  char link[64] = { 0 }, path[32];
  struct stat status;
  fstat(fd, &status);
  printf("%d: mode %o, flags %o, options", fd, status.st_mode & S_IFMT, fcntl(fd, F_GETFL));
  for (int i = 0; i < 5; i++) {
    socklen_t length = sizeof value;
    getsockopt(fd, SOL_SOCKET, options[i], &value, &length);
    printf(" %d", value);
  }
  snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
  readlink(path, link, sizeof link - 1);
  printf(", %.8s\n", link);
}
static void show_name(const char *what, int (*call)(int, struct sockaddr *, socklen_t *), int fd) {
  struct sockaddr_storage address = { 0 };
  socklen_t length = sizeof address;
  int result = call(fd, (void *)&address, &length);
  struct sockaddr_in *in = (void *)&address;
  if (result) printf("%s of %d: %s\n", what, fd, strerrorname_np(errno));
  else if (address.ss_family == AF_INET) printf("%s of %d: %s, port %s, %u\n", what, fd, inet_ntoa(in->sin_addr), in->sin_port ? "some" : "none", length);
  else printf("%s of %d: family %d, %u, path %s\n", what, fd, address.ss_family, length, length > 2 ? "some" : "none");
}
static void talk(int fd) {
  char text[64] = { 0 };
  int on = 1, value = -1;
  socklen_t length = sizeof value;
  struct iovec pieces[2] = { { "one ", 4 }, { "two", 3 } };
  printf("readable: %x\n", is_readable(fd, 5000));
  SHOW("FIONREAD", ioctl(fd, FIONREAD, &value));
  printf("bytes: %d\n", value);
  SHOW("peek", recv(fd, text, 2, MSG_PEEK));
  SHOW("read", read(fd, text, sizeof text));
  printf("text: %s\n", text);
  SHOW("recv MSG_DONTWAIT", recv(fd, text, 1, MSG_DONTWAIT));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 0, 50000 }, sizeof(struct timeval));
  SHOW("recv, SO_RCVTIMEO", recv(fd, text, 1, 0));
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &(struct timeval){ 0 }, sizeof(struct timeval));
  SHOW("set TCP_NODELAY", setsockopt(fd, SOL_TCP, TCP_NODELAY, &on, sizeof on));
  SHOW("TCP_NODELAY", getsockopt(fd, SOL_TCP, TCP_NODELAY, &value, &length));
  printf("value: %d\n", value);
  SHOW("writev", writev(fd, pieces, 2));
}
static int wait_for(int listener) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int fd = accept4(listener, (void *)&address, &length, SOCK_CLOEXEC);
  printf("accepted: %s, family %d, %u, close on exec %d\n", fd < 0 ? strerrorname_np(errno) : "yes", address.ss_family, length, fcntl(fd, F_GETFD));
  return fd;
}
static void serve_two(void) {
  int epoll = epoll_create1(0);
  struct epoll_event event = { EPOLLIN, { .fd = 3 } };
  SHOW("epoll_ctl", epoll_ctl(epoll, EPOLL_CTL_ADD, 3, &event));
  write(5, "x", 1);
  for (int i = 0; i < 2; i++) {
    SHOW("epoll_wait", epoll_wait(epoll, &event, 1, 5000));
    int fd = accept(3, NULL, NULL);
    write(fd, "yes", 3);
    close(fd);
  }
  close(epoll);
}
static void serve_by_child(void) {
  int pair[2], fd;
  char space[CMSG_SPACE(sizeof fd)] = { 0 }, byte = 'x';
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space };
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  write(5, "x", 1);
  if (fork() == 0) {
    fd = accept(3, NULL, NULL);
    write(fd, "child", 5);
    usleep(100000);
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    _exit(sendmsg(pair[0], &message, 0) == 1 ? 0 : 1);
  }
  SHOW("recvmsg", recvmsg(pair[1], &message, 0));
  memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
  wait(NULL);
  SHOW("write", write(fd, "parent", 6));
  close(fd);
}
static void serve(void) {
  char text[64] = { 0 };
  setvbuf(stdout, NULL, _IOLBF, 0);
  /* The first process of a container does not die of it by itself. */
  signal(SIGALRM, _exit);
  alarm(60);
  signal(SIGPIPE, count);
  for (int fd = 3; fd < 6; fd++) {
    describe(fd);
    show_name("name", getsockname, fd);
    show_name("peer", getpeername, fd);
    SHOW("recv MSG_DONTWAIT", recv(fd, text, 1, MSG_DONTWAIT));
    SHOW("shutdown 3", shutdown(fd, 3));
    SHOW("open", open("/proc/self/fd/3", O_RDWR));
  }
  SHOW("listen", listen(3, 5));
  SHOW("bind", bind(3, (void *)&tcp_address, sizeof tcp_address));
  SHOW("lseek", lseek(3, 0, SEEK_SET));
  SHOW("send", send(3, "x", 1, MSG_NOSIGNAL));
  fcntl(3, F_SETFL, O_NONBLOCK);
  printf("flags: %o\n", fcntl(3, F_GETFL));
  SHOW("accept, nonblocking", accept(3, NULL, NULL));
  fcntl(3, F_SETFL, 0);
  printf("readable: %x\n", is_readable(3, 0));
  write(5, "x", 1);
  int fd = wait_for(3);
  describe(fd);
  show_name("name", getsockname, fd);
  show_name("peer", getpeername, fd);
  talk(fd);
  SHOW("recv MSG_WAITALL", recv(fd, text, 10, MSG_WAITALL));
  printf("text: %.10s\n", text);
  SHOW("recv MSG_TRUNC", recv(fd, NULL, 10, MSG_TRUNC));
  for (size_t i = 0; i < BIG; i++) big[i] = i * 7 + i / 251;
  write(5, "x", 1);
  SHOW("write", write(fd, big, BIG));
  memset(big, 0, BIG);
  read_all(fd, big, BIG);
  printf("sum: %u\n", sum(big, BIG));
  SHOW("read at the end", read(fd, text, 1));
  printf("readable: %x\n", is_readable(fd, 0));
  SHOW("shutdown", shutdown(fd, SHUT_WR));
  SHOW("write", write(fd, "x", 1));
  printf("SIGPIPE: %d\n", pipes);
  close(fd);
  serve_two();
  serve_by_child();
  write(5, "x", 1);
  read(5, text, 1);
  fd = wait_for(3);
  SHOW("read", read(fd, text, 1));
  SHOW("send", send(fd, "x", 1, MSG_NOSIGNAL));
  close(fd);
  write(5, "x", 1);
  fd = wait_for(4);
  describe(fd);
  show_name("name", getsockname, fd);
  show_name("peer", getpeername, fd);
  SHOW("TCP_NODELAY", setsockopt(fd, SOL_TCP, TCP_NODELAY, &fd, sizeof fd));
  SHOW("recv MSG_TRUNC", recv(fd, text, 10, MSG_TRUNC));
  SHOW("sendto", sendto(fd, "x", 1, 0, (void *)&(struct sockaddr_un){ AF_UNIX, "/" }, sizeof(struct sockaddr_un)));
  SHOW("write", write(fd, "unix", 4));
  read(5, text, 1);
  SHOW("read at the end", read(fd, text, 1));
  SHOW("write", write(fd, "x", 1));
  printf("SIGPIPE: %d\n", pipes);
}

int main(int argc, char **argv) {
  if (argc == 2) serve();
  else give(argv[2], argv[3], argv + 4);
  return 0;
}
