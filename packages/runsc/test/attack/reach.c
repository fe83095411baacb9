/* Host processes, sockets and descriptors. Arguments: the token, a host process, an address in its memory, the name
   of an abstract socket, that of a socket file, an address of the host, a TCP port. The working directory has
   `planted.sock`, a socket of the host; descriptor 9 is open on the host. */
#include "attack.h"
#include <arpa/inet.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>

static int unix_connect(const char *name, int is_abstract) {
  struct sockaddr_un address = { AF_UNIX };
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);
  strncpy(address.sun_path + is_abstract, name, sizeof address.sun_path - 2);
  socklen_t length = offsetof(struct sockaddr_un, sun_path) + is_abstract + strlen(name);
  /* Some bind an abstract name with all the zeros behind it. */
  if (connect(fd, (void *)&address, length) && connect(fd, (void *)&address, sizeof address)) return 0;
  return has_token(fd);
}
static int tcp_connect(const char *host, int port) {
  struct sockaddr_in address = { AF_INET, htons(port) };
  struct timeval patience = { 2 };
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  inet_pton(AF_INET, host, &address.sin_addr);
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  return connect(fd, (void *)&address, sizeof address) == 0 && has_token(fd);
}
static long vm_read(pid_t pid, void *address) {
  char byte;
  struct iovec here = { &byte, 1 }, there = { address, 1 };
  return process_vm_readv(pid, &here, 1, &there, 1, 0);
}
static long vm_write(pid_t pid, void *address) {
  char byte;
  struct iovec here = { &byte, 1 }, there = { address, 1 };
  /* What is there already, for the host's sake. */
  if (vm_read(pid, address) != 1) byte = 0;
  return process_vm_writev(pid, &here, 1, &there, 1, 0);
}
static int stranger(void) {
  for (int fd = 3; fd < 1024; fd++) if (fcntl(fd, F_GETFD) != -1) return 1;
  return 0;
}

int main(int argc, char **argv) {
  token = argv[1];
  pid_t pid = atoi(argv[2]);
  void *address = (void *)strtoul(argv[3], NULL, 16);
  cpu_set_t cpus;
  struct rlimit limit;

  report("an inherited descriptor", stranger());
  report("to read from one", has_token(dup(9)));
  ATTEMPT("to pass one on", pass_on(9));
  report("abstract socket", unix_connect(argv[4], 1));
  report("socket file", unix_connect(argv[5], 0));
  report("socket file in its own root", unix_connect("planted.sock", 0));
  report("TCP to loopback", tcp_connect("127.0.0.1", atoi(argv[7])));
  report("TCP to the host", tcp_connect(argv[6], atoi(argv[7])));
  ATTEMPT("packet socket", socket(AF_PACKET, SOCK_RAW, htons(3)));
  ATTEMPT("kill", kill(pid, 0));
  ATTEMPT("tgkill", syscall(SYS_tgkill, pid, pid, 0));
  ATTEMPT("sigqueue", sigqueue(pid, 0, (union sigval){ 0 }));
  ATTEMPT("pidfd_open", syscall(SYS_pidfd_open, pid, 0));
  ATTEMPT("pidfd_getfd", syscall(438, syscall(SYS_pidfd_open, pid, 0), 0, 0));
  ATTEMPT("process_vm_readv", vm_read(pid, address));
  ATTEMPT("process_vm_writev", vm_write(pid, address));
  ATTEMPT("getpgid", getpgid(pid));
  ATTEMPT("getsid", getsid(pid));
  ATTEMPT("getpriority", (errno = 0, getpriority(PRIO_PROCESS, pid), errno ? -1 : 0));
  ATTEMPT("sched_getaffinity", sched_getaffinity(pid, sizeof cpus, &cpus));
  ATTEMPT("sched_setaffinity", sched_setaffinity(pid, sizeof cpus, &cpus));
  ATTEMPT("prlimit", prlimit(pid, RLIMIT_NOFILE, NULL, &limit));
  ATTEMPT("setns", setns(syscall(SYS_pidfd_open, pid, 0), CLONE_NEWUTS));
  report("ptrace", CHILD(ptrace(PTRACE_SEIZE, pid, 0, 0) == 0));
  return 0;
}
