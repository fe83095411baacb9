/* What else might be had with sockets that a guest was given: 3 and 6 listen on TCP, 4 on a unix socket, 5 is connected.
   `give SECRET PATH COMMAND…` makes them and becomes the command; its child is the peer outside, which sends a
   descriptor of the secret. Else the arguments are the token, an address of the host and a port that tells it. */
#include "attack.h"
#include <arpa/inet.h>
#include <linux/filter.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <sys/un.h>

#define CALLS 400
#define SO_PEERPIDFD 77
#define SIOCUNIXFILE 0x89e0
#define SIOCGSKNS 0x894c

static struct sockaddr_in listener(int number) {
  struct sockaddr_in address = { AF_INET };
  socklen_t length = sizeof address;
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, (void *)&address, length) || listen(fd, 1000)) perror("listen"), exit(1);
  getsockname(fd, (void *)&address, &length);
  if (fd != number) dup2(fd, number), close(fd);
  return address;
}
/* One byte, with a descriptor or credentials beside it. */
static long send_beside(int fd, int type, const void *what, size_t size) {
  char space[64] = { 0 }, byte = 'x';
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = CMSG_SPACE(size) };
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){ CMSG_LEN(size), SOL_SOCKET, type };
  memcpy(CMSG_DATA(header), what, size);
  return sendmsg(fd, &message, MSG_NOSIGNAL);
}
static int receive_beside(int fd) {
  char space[64] = { 0 }, byte;
  int got = -1;
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = space, .msg_controllen = sizeof space };
  if (recvmsg(fd, &message, 0) != 1) perror("recvmsg");
  if (CMSG_FIRSTHDR(&message)) memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
  return got;
}
static void give(const char *secret, const char *path, char **command) {
  struct sockaddr_un local = { AF_UNIX };
  int pair[2], fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strcpy(local.sun_path, path);
  if (bind(fd, (void *)&local, sizeof local) || listen(fd, 8)) perror("bind"), exit(1);
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  int unix_fd = fcntl(fd, F_DUPFD, 20), near = fcntl(pair[0], F_DUPFD, 20), far = fcntl(pair[1], F_DUPFD, 20);
  for (int i = 3; i < 9; i++) close(i);
  struct sockaddr_in address = listener(3);
  listener(6);
  if (fork() == 0) {
    char byte;
    int file = fcntl(open(secret, O_RDONLY), F_DUPFD, 20);
    alarm(60);
    close(near);
    close(3), close(6);
    for (int i = 0; i < CALLS; i++) if (connect(socket(AF_INET, SOCK_STREAM, 0), (void *)&address, sizeof address)) perror("connect"), exit(1);
    send_beside(far, SCM_RIGHTS, &file, sizeof file);
    while (read(far, &byte, 1) > 0);
    exit(0);
  }
  dup2(unix_fd, 4);
  dup2(near, 5);
  close(unix_fd), close(near), close(far);
  execvp(command[0], command);
  perror(command[0]);
  exit(1);
}

/* What is accepted and never closed: how many, and what the next one says; then one in place of another. */
static void keep_all(void) {
  int last = -1, fd, count = 0;
  receive_beside(5);
  fcntl(3, F_SETFL, O_NONBLOCK);
  while ((fd = accept(3, NULL, NULL)) >= 0) last = fd, count++;
  printf("accepted %d, %s\n", count, strerrorname_np(errno));
  close(last);
  printf("one more: %s\n", accept(3, NULL, NULL) >= 0 ? "yes" : strerrorname_np(errno));
}

int main(int argc, char **argv) {
  struct sockaddr nowhere = { AF_UNSPEC };
  struct sockaddr_in host = { AF_INET }, here = { AF_INET };
  int other, size = sizeof other;
  struct { int pid; unsigned uid, gid; } peer;
  struct sock_filter all = { BPF_RET | BPF_K, 0, 0, 0xffff };
  struct sock_fprog program = { 1, &all };

  if (!strcmp(argv[1], "give")) give(argv[2], argv[3], argv + 4);
  if (!strcmp(argv[1], "keep")) return keep_all(), 0;
  token = argv[1];
  inet_pton(AF_INET, argv[2], &host.sin_addr);
  host.sin_port = htons(atoi(argv[3]));

  report("a descriptor that the peer sends", has_token(receive_beside(5)));
  ATTEMPT("a descriptor to the peer", send_beside(5, SCM_RIGHTS, &(int){ 5 }, sizeof(int)));
  ATTEMPT("credentials to the peer", send_beside(5, SCM_CREDENTIALS, (int[]){ getpid(), 0, 0 }, 12));
  socklen_t length = sizeof peer;
  report("the process of the peer", getsockopt(5, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid != 0);
  length = size;
  ATTEMPT("a descriptor of that process", getsockopt(5, SOL_SOCKET, SO_PEERPIDFD, &other, &length));
  ATTEMPT("the file of the socket", ioctl(4, SIOCUNIXFILE, 0));
  ATTEMPT("its network namespace", ioctl(3, SIOCGSKNS, 0));
  ATTEMPT("a filter", setsockopt(5, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program));
  ATTEMPT("to bind it to an interface", setsockopt(3, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));

  int accepted = accept(3, NULL, NULL);
  connect(accepted, &nowhere, sizeof nowhere);
  report("to connect an accepted one", connect(accepted, (void *)&host, sizeof host) == 0 && has_token(accepted));
  accepted = accept(3, NULL, NULL);
  connect(accepted, &nowhere, sizeof nowhere);
  report("to listen elsewhere", bind(accepted, (void *)&here, sizeof here) == 0 && listen(accepted, 1) == 0);
  shutdown(6, SHUT_RD);
  report("to send to another address", sendto(6, "x", 1, MSG_FASTOPEN | MSG_NOSIGNAL, (void *)&host, sizeof host) == 1 && has_token(dup(6)));
  connect(3, &nowhere, sizeof nowhere);
  report("to connect a listener", connect(3, (void *)&host, sizeof host) == 0 && has_token(dup(3)));
  return 0;
}
