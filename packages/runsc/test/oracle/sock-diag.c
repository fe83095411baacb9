/* NETLINK_SOCK_DIAG: the sockets of a network namespace as ss(8) asks for them. */
#include "oracle.h"
#include <arpa/inet.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/unix_diag.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>

#define ALL 0xfff
static int diag;
static unsigned sequence;

/* What differs from run to run has a name: inodes, ports that the kernel chose. */
static const char *inode(unsigned ino) {
  static char text[30];
  if (ino == 0) return "nobody's";
  for (int i = 0; i < 100; i++) {
    struct stat st;
    if (fstat(i, &st) == 0 && S_ISSOCK(st.st_mode) && st.st_ino == ino) return sprintf(text, "fd %d", i), text;
  }
  return "unknown";
}
static const char *port(int number) {
  static char texts[2][20];
  static int turn;
  char *text = texts[turn ^= 1];
  if (number >= 20000) strcpy(text, "chosen");
  else sprintf(text, "%d", number);
  return text;
}

static char *lines[200];
static int count;
static int compare(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }
static void flush_lines(void) {
  qsort(lines, count, sizeof *lines, compare);
  for (int i = 0; i < count; i++) printf("  %s\n", lines[i]), free(lines[i]);
  count = 0;
  fflush(stdout);
}

static void inet_line(struct nlmsghdr *h) {
  struct inet_diag_msg *m = NLMSG_DATA(h);
  char text[600], from[60], to[60];
  inet_ntop(m->idiag_family, m->id.idiag_src, from, sizeof from);
  inet_ntop(m->idiag_family, m->id.idiag_dst, to, sizeof to);
  int n = sprintf(text, "family %d state %d timer %d,%d,%d %s %s -> %s %s if %d cookie %s queues %u,%u uid %u of %s:", m->idiag_family,
                  m->idiag_state, m->idiag_timer, m->idiag_retrans, m->idiag_expires, from, port(ntohs(m->id.idiag_sport)), to,
                  port(ntohs(m->id.idiag_dport)), m->id.idiag_if, m->id.idiag_cookie[0] || m->id.idiag_cookie[1] ? "some" : "none",
                  m->idiag_rqueue, m->idiag_wqueue, m->idiag_uid, inode(m->idiag_inode));
  struct rtattr *a = (void *)(m + 1);
  for (int left = h->nlmsg_len - NLMSG_LENGTH(sizeof *m); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
    /* That of the control group of version 2 that made it, where there are any; what some congestion controls tell. */
    if (a->rta_type == INET_DIAG_CGROUP_ID || a->rta_type == INET_DIAG_BBRINFO || a->rta_type == INET_DIAG_VEGASINFO) continue;
    n += sprintf(text + n, " %d", a->rta_type);
    /* What the congestion control is called, and how long its figures are, is the machine's affair. */
    if (a->rta_type != INET_DIAG_CONG && a->rta_type != INET_DIAG_INFO) n += sprintf(text + n, "/%d", (int)RTA_PAYLOAD(a));
    if (RTA_PAYLOAD(a) == 1) n += sprintf(text + n, "=%d", *(unsigned char *)RTA_DATA(a));
    if (a->rta_type == INET_DIAG_MARK) n += sprintf(text + n, "=%u", *(unsigned *)RTA_DATA(a));
    if (a->rta_type == INET_DIAG_SOCKOPT) n += sprintf(text + n, "=%x", *(unsigned short *)RTA_DATA(a));
    if (a->rta_type == INET_DIAG_INFO) n += sprintf(text + n, "=%d", ((struct tcp_info *)RTA_DATA(a))->tcpi_state);
  }
  lines[count++] = strdup(text);
}
static void unix_line(struct nlmsghdr *h) {
  struct unix_diag_msg *m = NLMSG_DATA(h);
  char text[600];
  int n = sprintf(text, "family %d type %d state %d pad %d cookie %s of %s:", m->udiag_family, m->udiag_type, m->udiag_state, m->pad,
                  m->udiag_cookie[0] || m->udiag_cookie[1] ? "some" : "none", inode(m->udiag_ino));
  struct rtattr *a = (void *)(m + 1);
  for (int left = h->nlmsg_len - NLMSG_LENGTH(sizeof *m); RTA_OK(a, left); a = RTA_NEXT(a, left)) {
    unsigned *words = RTA_DATA(a);
    int length = RTA_PAYLOAD(a);
    n += sprintf(text + n, " %d/%d", a->rta_type, length);
    if (a->rta_type == UNIX_DIAG_NAME) {
      text[n++] = '=';
      for (int i = 0; i < length; i++) n += sprintf(text + n, ((char *)words)[i] ? "%c" : "\\0", ((char *)words)[i]);
    }
    if (a->rta_type == UNIX_DIAG_VFS) {
      struct stat st;
      n += sprintf(text + n, "=%s", stat("socket", &st) == 0 && words[0] == (unsigned)st.st_ino ? "socket" : "another");
    }
    if (a->rta_type == UNIX_DIAG_PEER) n += sprintf(text + n, "=%s", inode(words[0]));
    if (a->rta_type == UNIX_DIAG_ICONS) for (int i = 0; i < length / 4; i++) n += sprintf(text + n, "=%s", inode(words[i]));
    if (a->rta_type == UNIX_DIAG_RQLEN) n += sprintf(text + n, "=%s,%s", words[0] ? words[0] == 5 ? "5" : "some" : "0", words[1] ? "some" : "0");
    if (a->rta_type == UNIX_DIAG_SHUTDOWN) n += sprintf(text + n, "=%d", *(unsigned char *)words);
    if (a->rta_type == UNIX_DIAG_UID) n += sprintf(text + n, "=%u", words[0]);
  }
  lines[count++] = strdup(text);
}

/* Sends a request and prints what comes. */
static void ask(const char *what, int type, int flags, const void *body, int length) {
  char buffer[32768], request[4096] = {0};
  struct nlmsghdr *h = (void *)request;
  printf("%s:\n", what);
  *h = (struct nlmsghdr){.nlmsg_len = NLMSG_LENGTH(length), .nlmsg_type = type, .nlmsg_flags = flags, .nlmsg_seq = ++sequence};
  memcpy(NLMSG_DATA(h), body, length);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK};
  if (sendto(diag, request, h->nlmsg_len, 0, (void *)&kernel, sizeof kernel) < 0) { printf("  send: %s\n", strerrorname_np(errno)); return; }
  for (int done = 0; !done;) {
    int got = recv(diag, buffer, sizeof buffer, 0);
    if (got < 0) { printf("  receive: %s\n", strerrorname_np(errno)); return; }
    for (h = (void *)buffer; NLMSG_OK(h, got); h = NLMSG_NEXT(h, got)) {
      if (h->nlmsg_seq != sequence) { printf("  of another request\n"); continue; }
      if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR) {
        flush_lines();
        int code = -*(int *)NLMSG_DATA(h);
        printf("  %s %s\n", h->nlmsg_type == NLMSG_DONE ? "done" : "answer", code ? strerrorname_np(code) : "0");
        done = 1;
        continue;
      }
      if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY && h->nlmsg_type != TCPDIAG_GETSOCK) { printf("  type %d\n", h->nlmsg_type); continue; }
      if (*(unsigned char *)NLMSG_DATA(h) == AF_UNIX) unix_line(h);
      else inet_line(h);
      if (!(h->nlmsg_flags & NLM_F_MULTI)) flush_lines(), done = 1;
    }
  }
  fflush(stdout);
}

#define DUMP (NLM_F_REQUEST | NLM_F_DUMP)
static void inet(const char *what, int family, int protocol, unsigned states, int ext) {
  struct inet_diag_req_v2 r = {.sdiag_family = family, .sdiag_protocol = protocol, .idiag_ext = ext, .idiag_states = states};
  ask(what, SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
}
static void unix_sockets(const char *what, unsigned states, unsigned show) {
  struct unix_diag_req r = {.sdiag_family = AF_UNIX, .udiag_states = states, .udiag_show = show};
  ask(what, SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
}
static void tables(void) {
  inet("tcp", AF_INET, IPPROTO_TCP, ALL, 0);
  inet("tcp, version 6", AF_INET6, IPPROTO_TCP, ALL, 0);
  inet("udp", AF_INET, IPPROTO_UDP, ALL, 0);
  inet("udp, version 6", AF_INET6, IPPROTO_UDP, ALL, 0);
  unix_sockets("unix", ALL, UDIAG_SHOW_NAME | UDIAG_SHOW_VFS | UDIAG_SHOW_PEER | UDIAG_SHOW_ICONS | UDIAG_SHOW_RQLEN | UDIAG_SHOW_UID);
}

/* As ss translates "sport = :5000" and the like. */
struct filter { struct inet_diag_req_v2 request; struct rtattr head; struct inet_diag_bc_op ops[12]; };
static void filtered(const char *what, int family, const struct inet_diag_bc_op *ops, int bytes) {
  struct filter f = {.request = {.sdiag_family = family, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ALL},
                     .head = {.rta_len = RTA_LENGTH(bytes), .rta_type = INET_DIAG_REQ_BYTECODE}};
  memcpy(f.ops, ops, bytes);
  ask(what, SOCK_DIAG_BY_FAMILY, DUMP, &f, offsetof(struct filter, ops) + bytes);
}
#define OP(c, y, n) {.code = c, .yes = y, .no = n}
static void filters(void) {
#define F(what, family, ...) do { struct inet_diag_bc_op ops[] = {__VA_ARGS__}; filtered(what, family, ops, sizeof ops); } while (0)
  F("local port at least 5000", AF_INET, OP(INET_DIAG_BC_S_GE, 8, 12), OP(0, 0, 5000));
  F("local port at most 5000", AF_INET, OP(INET_DIAG_BC_S_LE, 8, 12), OP(0, 0, 5000));
  F("remote port at least 5000", AF_INET, OP(INET_DIAG_BC_D_GE, 8, 12), OP(0, 0, 5000));
  F("remote port 5000", AF_INET, OP(INET_DIAG_BC_D_EQ, 8, 12), OP(0, 0, 5000));
  F("local port 5000 or remote", AF_INET, OP(INET_DIAG_BC_S_EQ, 8, 12), OP(0, 0, 5000), OP(INET_DIAG_BC_JMP, 4, 12), OP(INET_DIAG_BC_D_EQ, 8, 12), OP(0, 0, 5000));
  F("port chosen", AF_INET, OP(INET_DIAG_BC_AUTO, 4, 8));
  F("nothing to do", AF_INET, OP(INET_DIAG_BC_NOP, 4, 0));
  F("jump out", AF_INET, OP(INET_DIAG_BC_JMP, 4, 8));
  F("jump on", AF_INET, OP(INET_DIAG_BC_JMP, 4, 4));
  F("beyond the end", AF_INET, OP(INET_DIAG_BC_JMP, 4, 12));
  F("backwards", AF_INET, OP(INET_DIAG_BC_JMP, 0, 4));
  F("uneven", AF_INET, OP(INET_DIAG_BC_JMP, 5, 8));
  F("into the middle", AF_INET, OP(INET_DIAG_BC_JMP, 4, 8), OP(INET_DIAG_BC_S_EQ, 8, 12), OP(0, 0, 5000));
  F("no operand", AF_INET, OP(INET_DIAG_BC_S_EQ, 8, 8));
  F("no such operation", AF_INET, OP(99, 4, 8));
  F("no condition", AF_INET, OP(INET_DIAG_BC_S_COND, 4, 8));
  F("interface 1", AF_INET, OP(INET_DIAG_BC_DEV_COND, 8, 12), OP(1, 0, 0));
  F("interface none", AF_INET, OP(INET_DIAG_BC_DEV_COND, 8, 12), OP(0, 0, 0));
  F("mark 0", AF_INET, OP(INET_DIAG_BC_MARK_COND, 12, 16), OP(0, 0, 0), OP(0xff, 0, 0));
  F("mark 1", AF_INET, OP(INET_DIAG_BC_MARK_COND, 12, 16), OP(1, 0, 0), OP(0xff, 0, 0));
  struct { struct inet_diag_bc_op op; struct inet_diag_hostcond cond; unsigned char address[16]; } host = {
    OP(INET_DIAG_BC_D_COND, 16, 20), {.family = AF_INET, .prefix_len = 32, .port = -1}, {127, 0, 0, 1}};
  filtered("remote host", AF_INET, (void *)&host, 16);
  host.cond.prefix_len = 8, host.address[3] = 9;
  filtered("remote network", AF_INET, (void *)&host, 16);
  filtered("remote network, version 6", AF_INET6, (void *)&host, 16);
  host.cond.port = 5000;
  filtered("remote network and port", AF_INET, (void *)&host, 16);
  host.op.code = INET_DIAG_BC_S_COND, host.cond.prefix_len = 0, host.address[0] = 7;
  filtered("local port, any host", AF_INET, (void *)&host, 16);
  host.cond.prefix_len = 33;
  filtered("prefix too long", AF_INET, (void *)&host, 16);
  host.cond.family = AF_INET6, host.cond.prefix_len = 128, host.cond.port = -1, host.op.yes = 28, host.op.no = 32;
  memset(host.address, 0, 16), host.address[15] = 1;
  filtered("local host, version 6", AF_INET6, (void *)&host, 28);
  host.cond.family = AF_UNIX;
  filtered("another family", AF_INET, (void *)&host, 28);
  host.cond.family = AF_UNSPEC, host.cond.prefix_len = 0, host.cond.port = 5000, host.op.yes = 12, host.op.no = 16;
  filtered("any family", AF_INET, (void *)&host, 12);
  filtered("cut off", AF_INET, (void *)&host, 8);
  filtered("too short", AF_INET, (void *)&host, 2);
}

static void errors(void) {
  struct inet_diag_req_v2 r = {.sdiag_family = AF_INET, .sdiag_protocol = IPPROTO_TCP, .idiag_states = ALL};
  unsigned char family[2] = {AF_INET, IPPROTO_TCP};
  ask("no family", SOCK_DIAG_BY_FAMILY, DUMP, family, 1);
  ask("family alone", SOCK_DIAG_BY_FAMILY, DUMP, family, 2);
  ask("one byte less", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r - 1);
  ask("not even a family, with an answer", SOCK_DIAG_BY_FAMILY, DUMP | NLM_F_ACK, family, 0);
  r.sdiag_family = AF_MAX;
  ask("family beyond all", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.sdiag_family = AF_ROSE;
  ask("family without answers", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.sdiag_family = 0;
  ask("no family at all", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.sdiag_family = AF_INET, r.sdiag_protocol = 200;
  ask("protocol without answers", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  ask("protocol without answers, one", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
  ask("no such request", 30, NLM_F_REQUEST, &r, sizeof r);
  ask("no such request, dump", 30, DUMP, &r, sizeof r);
  ask("below all", 5, NLM_F_REQUEST | NLM_F_ACK, &r, sizeof r);
  ask("no request", SOCK_DIAG_BY_FAMILY, NLM_F_DUMP | NLM_F_ACK, &r, sizeof r);
  r.sdiag_protocol = IPPROTO_TCP, r.idiag_states = 0;
  ask("no state", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.idiag_states = ~0;
  ask("every state", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.idiag_states = 1 << TCP_LISTEN;
  ask("listeners", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.idiag_states = ALL, r.id.idiag_sport = htons(5000);
  ask("a local port", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.id.idiag_sport = 0, r.id.idiag_dport = htons(5000);
  ask("a remote port", SOCK_DIAG_BY_FAMILY, DUMP, &r, sizeof r);
  r.id.idiag_dport = 0;
  ask("half of a dump", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST | NLM_F_ROOT, &r, sizeof r);
}

static void one(const char *what, int family, int protocol, const char *from, int sport, const char *to, int dport, unsigned cookie) {
  struct inet_diag_req_v2 r = {.sdiag_family = family, .sdiag_protocol = protocol, .idiag_states = ALL};
  inet_pton(family, from, r.id.idiag_src), inet_pton(family, to, r.id.idiag_dst);
  r.id.idiag_sport = htons(sport), r.id.idiag_dport = htons(dport);
  r.id.idiag_cookie[0] = r.id.idiag_cookie[1] = cookie;
  ask(what, SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
}
static void exact(int listener, int pair) {
  one("the listener", AF_INET, IPPROTO_TCP, "127.0.0.1", 5000, "0.0.0.0", 0, INET_DIAG_NOCOOKIE);
  one("the listener by its own address", AF_INET, IPPROTO_TCP, "0.0.0.0", 5000, "0.0.0.0", 0, INET_DIAG_NOCOOKIE);
  one("with another cookie", AF_INET, IPPROTO_TCP, "127.0.0.1", 5000, "0.0.0.0", 0, 12345);
  one("nobody", AF_INET, IPPROTO_TCP, "127.0.0.1", 5999, "0.0.0.0", 0, INET_DIAG_NOCOOKIE);
  one("a connection", AF_INET, IPPROTO_TCP, "127.0.0.1", 5010, "127.0.0.1", 5000, INET_DIAG_NOCOOKIE);
  one("its other end", AF_INET, IPPROTO_TCP, "127.0.0.1", 5000, "127.0.0.1", 5010, INET_DIAG_NOCOOKIE);
  one("a datagram socket", AF_INET, IPPROTO_UDP, "127.0.0.1", 5001, "127.0.0.1", 1, INET_DIAG_NOCOOKIE);
  one("a datagram socket, the other way round", AF_INET, IPPROTO_UDP, "127.0.0.1", 1, "127.0.0.1", 5001, INET_DIAG_NOCOOKIE);
  struct stat st;
  struct unix_diag_req r = {.sdiag_family = AF_UNIX, .udiag_states = ALL, .udiag_show = UDIAG_SHOW_PEER, .udiag_cookie = {INET_DIAG_NOCOOKIE, INET_DIAG_NOCOOKIE}};
  fstat(pair, &st);
  r.udiag_ino = st.st_ino;
  ask("one of a pair", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
  r.udiag_cookie[0] = 12345;
  ask("with another cookie", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
  r.udiag_ino = 0;
  ask("without a number", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
  fstat(listener, &st);
  r.udiag_ino = st.st_ino;
  ask("a number of another family", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r);
  ask("too short", SOCK_DIAG_BY_FAMILY, NLM_F_REQUEST, &r, sizeof r - 1);
}

static int tcp4(int local, int remote) {
  int s = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(local), .sin_addr.s_addr = htonl(remote ? INADDR_LOOPBACK : INADDR_ANY)};
  if (local) bind(s, (void *)&a, sizeof a);
  a.sin_port = htons(remote);
  if (remote) OK(connect(s, (void *)&a, sizeof a));
  return s;
}

int main(void) {
  char place[] = "/tmp/sock-diag-XXXXXX";
  closefrom(3);
  if (unshare(CLONE_NEWNET) || !mkdtemp(place) || chdir(place)) return 1;
  struct ifreq lo = {.ifr_name = "lo", .ifr_flags = IFF_UP};
  int control = socket(AF_INET, SOCK_DGRAM, 0);
  ioctl(control, SIOCSIFFLAGS, &lo);
  close(control);
  R(socket(AF_NETLINK, SOCK_STREAM, NETLINK_SOCK_DIAG));
  diag = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
  puts("-- nothing");
  tables();

  puts("-- some");
  int listener = tcp4(5000, 0);
  listen(listener, 7);
  int client = tcp4(5010, 5000), server = accept(listener, 0, 0);
  write(client, "hello", 5);
  int waits = tcp4(0, 5000);
  int bound = tcp4(5002, 0), fresh = tcp4(0, 0);
  struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons(5003), .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int listener6 = socket(AF_INET6, SOCK_STREAM, 0), client6 = socket(AF_INET6, SOCK_STREAM, 0);
  bind(listener6, (void *)&six, sizeof six), listen(listener6, 3), connect(client6, (void *)&six, sizeof six);
  int only6 = socket(AF_INET6, SOCK_STREAM, 0), one = 1;
  setsockopt(only6, SOL_IPV6, IPV6_V6ONLY, &one, sizeof one);
  six.sin6_port = htons(5004), six.sin6_addr = in6addr_any;
  bind(only6, (void *)&six, sizeof six), listen(only6, 3);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(5001), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  int udp = socket(AF_INET, SOCK_DGRAM, 0), sender = socket(AF_INET, SOCK_DGRAM, 0), udp6 = socket(AF_INET6, SOCK_DGRAM, 0);
  bind(udp, (void *)&a, sizeof a), connect(sender, (void *)&a, sizeof a);
  six.sin6_port = htons(5005);
  bind(udp6, (void *)&six, sizeof six);
  int pair[2], datagrams[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair), socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams);
  write(pair[0], "12345", 5);
  struct sockaddr_un name = {.sun_family = AF_UNIX, .sun_path = "socket"}, hidden = {.sun_family = AF_UNIX, .sun_path = "\0hidden"};
  int named = socket(AF_UNIX, SOCK_STREAM, 0), caller = socket(AF_UNIX, SOCK_STREAM, 0), abstract = socket(AF_UNIX, SOCK_SEQPACKET, 0);
  bind(named, (void *)&name, sizeof name), listen(named, 5), connect(caller, (void *)&name, sizeof name);
  bind(abstract, (void *)&hidden, offsetof(struct sockaddr_un, sun_path) + 7);
  tables();
  inet("tcp with details", AF_INET, IPPROTO_TCP, 1 << TCP_ESTABLISHED, 0xff);
  inet("tcp, version 6, with details", AF_INET6, IPPROTO_TCP, ALL, 0xff);
  inet("udp with details", AF_INET, IPPROTO_UDP, ALL, 0xff);
  unix_sockets("unix memory", 1 << TCP_CLOSE, UDIAG_SHOW_MEMINFO);
  unix_sockets("unix listeners", 1 << TCP_LISTEN, 0);
  unix_sockets("unix, unconnected", 1 << TCP_CLOSE, UDIAG_SHOW_NAME);

  puts("-- shut down");
  shutdown(client, SHUT_WR), shutdown(pair[1], SHUT_RDWR);
  shutdown(listener6, SHUT_RD);
  /* An acknowledgement may take its time. */
  usleep(300000);
  tables();
  char buffer[10];
  read(server, buffer, 10), read(server, buffer, 10), read(pair[1], buffer, 10);
  inet("tcp, read to the end", AF_INET, IPPROTO_TCP, 1 << TCP_CLOSE_WAIT, 1 << (INET_DIAG_INFO - 1));
  unix_sockets("unix pairs", 1 << TCP_ESTABLISHED, UDIAG_SHOW_RQLEN);

  puts("-- filters");
  filters();
  puts("-- errors");
  errors();
  puts("-- one");
  exact(listener, pair[0]);

  puts("-- closed");
  close(server), close(client), close(waits), close(bound), close(fresh), close(listener), close(listener6), close(client6), close(only6);
  close(udp), close(sender), close(udp6), close(pair[0]), close(caller), close(named), close(abstract), close(datagrams[0]);
  inet("udp", AF_INET, IPPROTO_UDP, ALL, 0);
  unix_sockets("unix", ALL, UDIAG_SHOW_PEER | UDIAG_SHOW_NAME);
  unlink("socket"), chdir("/"), rmdir(place);
  return 0;
}
