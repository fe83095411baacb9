/* Credentials beside the messages of unix sockets: which messages have them, and which are read as one. */
#include "oracle.h"
#include <sys/socket.h>
#include <sys/un.h>

static const int one = 1, zero = 0;
static const char *to_text(char *text, struct ucred *u) {
  sprintf(text, "pid %s uid %d gid %d", u->pid == getpid() ? "own" : u->pid == 0 ? "0" : "other", u->uid, u->gid);
  return text;
}
static void receive(int s, int flags) {
  char control[200] = {0}, data[64] = {0}, text[100];
  struct iovec iov = {data, sizeof data - 1};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  ssize_t n = recvmsg(s, &m, flags | MSG_DONTWAIT);
  printf("  %s", n < 0 ? strerrorname_np(errno) : data);
  if (n >= 0)
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&m); c; c = CMSG_NXTHDR(&m, c))
      printf(" [%s]", c->cmsg_type == SCM_CREDENTIALS ? to_text(text, (struct ucred *)CMSG_DATA(c)) : "files");
  printf("\n");
  fflush(stdout);
}
static void told(int s, const char *data, int uid) {
  char control[CMSG_SPACE(sizeof(struct ucred))] = {0};
  struct iovec iov = {(char *)data, strlen(data)};
  struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *c = CMSG_FIRSTHDR(&m);
  c->cmsg_level = SOL_SOCKET;
  c->cmsg_type = SCM_CREDENTIALS;
  c->cmsg_len = CMSG_LEN(sizeof(struct ucred));
  *(struct ucred *)CMSG_DATA(c) = (struct ucred){getpid(), uid, getgid()};
  if (sendmsg(s, &m, 0) < 0) printf("  %s\n", strerrorname_np(errno));
}
static void by_child(int s, const char *data) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(send(s, data, strlen(data), 0) < 0);
  waitpid(child, 0, 0);
}
static void pass(int s, const int *on) { setsockopt(s, SOL_SOCKET, SO_PASSCRED, on, sizeof *on); }
static void all(int s) {
  receive(s, MSG_PEEK);
  for (int i = 0; i < 4; i++) receive(s, 0);
}

int main(void) {
  static const struct { int type; const char *name; } types[] = {{SOCK_STREAM, "stream"}, {SOCK_DGRAM, "datagram"}, {SOCK_SEQPACKET, "seqpacket"}};
  for (int i = 0; i < 3; i++) {
    int s[2];
    socketpair(AF_UNIX, types[i].type, 0, s);
    printf("%s: nobody asks\n", types[i].name);
    send(s[0], "own", 3, 0);
    by_child(s[0], "child");
    send(s[0], "own", 3, 0);
    all(s[1]);
    printf("%s: the receiver asks later\n", types[i].name);
    send(s[0], "own", 3, 0);
    by_child(s[0], "child");
    pass(s[1], &one);
    all(s[1]);
    printf("%s: the receiver asks\n", types[i].name);
    send(s[0], "own", 3, 0);
    by_child(s[0], "child");
    send(s[0], "a", 1, 0);
    send(s[0], "b", 1, 0);
    all(s[1]);
    printf("%s: it asked before, and not now\n", types[i].name);
    send(s[0], "own", 3, 0);
    by_child(s[0], "child");
    pass(s[1], &zero);
    all(s[1]);
    printf("%s: before and after\n", types[i].name);
    send(s[0], "without", 7, 0);
    pass(s[1], &one);
    send(s[0], "with", 4, 0);
    all(s[1]);
    pass(s[1], &zero);
    printf("%s: the sender asks\n", types[i].name);
    pass(s[0], &one);
    send(s[0], "own", 3, 0);
    by_child(s[0], "child");
    pass(s[0], &zero);
    pass(s[1], &one);
    all(s[1]);
    pass(s[1], &zero);
    printf("%s: the sender says\n", types[i].name);
    told(s[0], "told", getuid());
    send(s[0], "own", 3, 0);
    told(s[0], "other", 1000);
    told(s[0], "again", 1000);
    pass(s[1], &one);
    all(s[1]);
    close(s[0]), close(s[1]);
  }
  /* One that is not accepted yet may still ask. */
  for (int asks = 0; asks < 2; asks++) {
    struct sockaddr_un a = {AF_UNIX, {0, 'c', 'r', 'e', 'd', asks}};
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0), s, on;
    socklen_t len = sizeof on;
    if (asks) pass(l, &one);
    bind(l, (void *)&a, 8);
    listen(l, 1);
    connect(c, (void *)&a, 8);
    send(c, "before", 6, 0);
    s = accept(l, 0, 0);
    send(c, "after", 5, 0);
    getsockopt(s, SOL_SOCKET, SO_PASSCRED, &on, &len);
    printf("accepted, asks: %d\n", on);
    pass(s, &one);
    all(s);
    close(l), close(c), close(s);
  }
  return 0;
}
