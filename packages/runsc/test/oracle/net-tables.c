/* The sockets of a network namespace as /proc/net lists them. */
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
/* Our sockets by inode, and ports that the kernel chose. */
static long inodes[100];
static struct { char table; int port; } chosen[20];
static int chosen_count;
static const char *name_of(long inode) {
  static char text[30];
  if (inode == 0) return "nobody's";
  for (int i = 0; i < 100; i++) if (inodes[i] == inode) return sprintf(text, "fd %d", i), text;
  return "unknown";
}
/* As sockets are listed, with what differs from run to run named: inodes, chosen ports; no pointers. */
static void table(const char *name) {
  char path[100], line[500], *lines[100];
  int count = 0;
  for (int i = 0; i < 100; i++) {
    struct stat st;
    inodes[i] = fstat(i, &st) == 0 && S_ISSOCK(st.st_mode) ? (long)st.st_ino : -1;
  }
  sprintf(path, "/proc/self/net/%s", name);
  FILE *in = fopen(path, "r");
  if (!in) { printf("%s: %s\n", name, strerrorname_np(errno)); return; }
  fgets(line, sizeof line, in);
  printf("%s: %d: %s", name, (int)strlen(line), line);
  while (fgets(line, sizeof line, in)) {
    char shown[500], local[50], remote[50], state[5], queues[50], timer[50], again[50];
    long inode;
    int uid, zero, end, length = strlen(line);
    if (sscanf(line, "%*d: %49s %49s %4s %49s %49s %49s %d %d %ld%n", local, remote, state, queues, timer, again, &uid, &zero, &inode, &end) != 9) abort();
    for (int i = 0; i < chosen_count; i++) {
      char port[10];
      if (chosen[i].table != name[0]) continue;
      sprintf(port, ":%04X", chosen[i].port);
      for (int which = 0; which < 2; which++) {
        char *at = strstr(which ? remote : local, port);
        if (at) sprintf(at, ":chosen%d", i);
      }
    }
    sprintf(shown, "  %s %s %s %s %s %s %d %d %s, %s\n", local, remote, state, queues, timer, again, uid, zero, name_of(inode),
            name[0] == 't' ? strlen(name) == 3 ? length == 150 ? "filled" : "ragged" : "free" : strlen(name) == 3 ? length == 128 ? "filled" : "ragged" : "free");
    lines[count++] = strdup(shown);
  }
  fclose(in);
  qsort(lines, count, sizeof *lines, compare);
  for (int i = 0; i < count; i++) fputs(lines[i], stdout);
  fflush(stdout);
}
static void unix_table(void) {
  char line[500];
  for (int i = 0; i < 100; i++) {
    struct stat st;
    inodes[i] = fstat(i, &st) == 0 && S_ISSOCK(st.st_mode) ? (long)st.st_ino : -1;
  }
  FILE *in = fopen("/proc/net/unix", "r");
  char *lines[100];
  int count = 0;
  fgets(line, sizeof line, in);
  fputs(line, stdout);
  while (fgets(line, sizeof line, in)) {
    char flags[20], type[10], state[5], shown[600], protocol[20];
    long inode;
    int end;
    sscanf(line, "%*s %*s %19s %19s %9s %4s %ld%n", protocol, flags, type, state, &inode, &end);
    sprintf(shown, "  %s %s %s %s %s%s", protocol, flags, type, state, name_of(inode), line + end);
    lines[count++] = strdup(shown);
  }
  fclose(in);
  qsort(lines, count, sizeof *lines, compare);
  for (int i = 0; i < count; i++) fputs(lines[i], stdout);
}
static void text(const char *path, const char *only) {
  char line[500];
  FILE *in = fopen(path, "r");
  printf("%s:%s\n", path, in ? "" : strerrorname_np(errno));
  while (in && fgets(line, sizeof line, in)) {
    if (only && strncmp(line, only, strlen(only))) continue;
    /* Of all network namespaces of the machine, and what its CPUs have set aside. */
    char *memory = strstr(line, " mem ");
    if (memory) strcpy(memory, "\n");
    printf("  %s", line);
  }
  if (in) fclose(in);
  fflush(stdout);
}
static int listening(int domain, const char *host, int port, int backlog) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port)};
  struct sockaddr_in6 b = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
  inet_pton(domain, host, domain == AF_INET ? (void *)&a.sin_addr : (void *)&b.sin6_addr);
  int s = socket(domain, SOCK_STREAM, 0);
  if (bind(s, domain == AF_INET ? (void *)&a : (void *)&b, domain == AF_INET ? sizeof a : sizeof b)) perror("bind");
  if (listen(s, backlog)) perror("listen");
  return s;
}
static int connected(int domain, int type, int to) {
  struct sockaddr_storage a;
  socklen_t length = sizeof a;
  getsockname(to, (void *)&a, &length);
  int s = socket(domain, type, 0);
  if (connect(s, (void *)&a, length)) perror("connect");
  length = sizeof a;
  getsockname(s, (void *)&a, &length);
  chosen[chosen_count].table = type == SOCK_STREAM ? 't' : 'u';
  chosen[chosen_count++].port = ntohs(((struct sockaddr_in *)&a)->sin_port);
  return s;
}
static void all(const char *what) {
  printf("== %s\n", what);
  table("tcp"), table("tcp6"), table("udp"), table("udp6"), table("raw"), table("raw6");
}

int main(void) {
  setvbuf(stdout, 0, _IOLBF, 0);
  closefrom(3);
  int outside = listening(AF_INET, "127.0.0.1", 4567, 3);
  if (unshare(CLONE_NEWNET)) { perror("unshare"); return 1; }
  text("/proc/net/if_inet6", 0), text("/proc/net/route", 0), text("/proc/net/sockstat6", 0);
  int s = socket(AF_INET, SOCK_DGRAM, 0);
  struct ifreq r = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  ioctl(s, SIOCSIFFLAGS, &r);
  all("a socket without a name");
  text("/proc/net/if_inet6", 0);
  text("/proc/net/route", 0);
  int l4 = listening(AF_INET, "127.0.0.1", 4000, 5), l0 = listening(AF_INET, "0.0.0.0", 4001, 5);
  int l6 = listening(AF_INET6, "::1", 4002, 5), both = listening(AF_INET6, "::", 4003, 5), mapped = listening(AF_INET6, "::ffff:127.0.0.1", 4004, 5);
  all("listening");
  int c4 = connected(AF_INET, SOCK_STREAM, l4), c6 = connected(AF_INET6, SOCK_STREAM, l6), cm = connected(AF_INET6, SOCK_STREAM, mapped);
  write(c4, "hello", 5);
  all("connected, not accepted");
  int a4 = accept(l4, 0, 0), a6 = accept(l6, 0, 0);
  all("accepted");
  shutdown(c4, SHUT_WR);
  char room[10];
  read(a4, room, 10), read(a4, room, 10);
  /* Until the other side has acknowledged it. */
  usleep(500000);
  all("shut down on one side");
  text("/proc/net/sockstat6", 0), text("/proc/net/sockstat", "UDP:");
  struct sockaddr_in u = {.sin_family = AF_INET, .sin_port = htons(53), .sin_addr = {htonl(INADDR_LOOPBACK)}};
  struct sockaddr_in6 u6 = {.sin6_family = AF_INET6, .sin6_port = htons(54)};
  int d = socket(AF_INET, SOCK_DGRAM, 0), d6 = socket(AF_INET6, SOCK_DGRAM, 0);
  bind(d, (void *)&u, sizeof u), bind(d6, (void *)&u6, sizeof u6);
  int e = connected(AF_INET, SOCK_DGRAM, d);
  fchown(d, 1000, 1000);
  all("datagrams");
  text("/proc/net/sockstat6", 0), text("/proc/net/sockstat", "UDP:");
  puts("== unix");
  struct sockaddr_un n = {.sun_family = AF_UNIX, .sun_path = "\0name\0d"}, f = {.sun_family = AF_UNIX, .sun_path = "/tmp/oracle-net-tables"};
  int pair[2], x = socket(AF_UNIX, SOCK_DGRAM, 0), y = socket(AF_UNIX, SOCK_STREAM, 0), z = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair);
  bind(x, (void *)&n, offsetof(struct sockaddr_un, sun_path) + 7);
  unlink(f.sun_path), bind(y, (void *)&f, sizeof f), listen(y, 5), unlink(f.sun_path);
  unix_table();
  n.sun_path[1] = 'N';
  int w = socket(AF_UNIX, SOCK_STREAM, 0);
  bind(w, (void *)&n, offsetof(struct sockaddr_un, sun_path) + 7), listen(w, 5);
  int v = socket(AF_UNIX, SOCK_STREAM, 0);
  R(connect(v, (void *)&n, offsetof(struct sockaddr_un, sun_path) + 7));
  unix_table();
  int t = accept(w, 0, 0);
  unix_table();
  /* Everybody sees those of their own namespace, and of another process those of its. */
  fflush(stdout);
  pid_t other = getpid();
  if (!fork()) {
    unshare(CLONE_NEWNET);
    char path[50];
    text("/proc/self/net/unix", 0);
    text("/proc/net/tcp6", 0);
    sprintf(path, "/proc/%d/net/tcp6", other);
    FILE *in = fopen(path, "r");
    int count = 0;
    while (fgets(path, sizeof path, in)) count += strlen(path) > 0 && strchr(path, '\n') != 0;
    printf("%d lines\n", count);
    _exit(0);
  }
  wait(0);
}
