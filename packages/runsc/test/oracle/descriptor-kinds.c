/* The same calls on a descriptor of every kind. */
#include "oracle.h"
#include <poll.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/xattr.h>

static void probe(const char *name, int fd) {
  char b[64] = {0};
  int n = -1;
  struct stat s;
  printf("--- %s\n", name);
  if (fd < 0) { printf("none\n"); return; }
  fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
  R(fcntl(fd, F_GETFL));
  R(fcntl(fd, F_GETFD));
  fstat(fd, &s);
  printf("mode %o size %ld blocks %ld\n", s.st_mode & ~0777, (long)s.st_size, (long)s.st_blocks);
  R(lseek(fd, 0, SEEK_SET));
  R(lseek(fd, 5, SEEK_CUR));
  R(lseek(fd, -5, SEEK_SET));
  R(lseek(fd, 5, SEEK_END));
  R(lseek(fd, 0, SEEK_DATA));
  R(lseek(fd, 0, SEEK_HOLE));
  R(lseek(fd, 0, 9));
  R(lseek(fd, 0, SEEK_SET));
  R(read(fd, b, 0));
  R(write(fd, b, 0));
  R(pread(fd, b, 0, 0));
  R(pwrite(fd, b, 0, 0));
  R(pread(fd, b, 1, -1));
  R(pwrite(fd, b, 1, -1));
  R(preadv2(fd, 0, 0, -1, 0));
  R(preadv2(fd, 0, 0, 0, 0x100000));
  struct iovec iov = {BAD, 8}, many = {b, 8};
  R(readv(fd, &iov, 1));
  R(writev(fd, &iov, 1));
  R(readv(fd, &many, -1));
  R(readv(fd, &many, 1025));
  R(readv(fd, BAD, 1));
  R(fsync(fd));
  R(fdatasync(fd));
  R(ftruncate(fd, 0));
  R(ftruncate(fd, -1));
  R(fallocate(fd, 0, 0, 10));
  R(fallocate(fd, 0, -1, 10));
  R(fallocate(fd, 0x100, 0, 10));
  R(posix_fadvise(fd, 0, 0, 0));
  R(posix_fadvise(fd, 0, 0, 99));
  R(readahead(fd, 0, 0));
  R(sync_file_range(fd, 0, 0, 7));
  R(sync_file_range(fd, 0, 0, 8));
  R(syncfs(fd));
  R(fcntl(fd, F_GETPIPE_SZ));
  R(fcntl(fd, F_GET_SEALS));
  R(fcntl(fd, F_GETOWN));
  R(fcntl(fd, F_GETSIG));
  R(fcntl(fd, F_GETLEASE));
  R(fcntl(fd, 9999));
  struct flock l = {.l_type = F_WRLCK};
  R(fcntl(fd, F_SETLK, &l));
  l.l_type = F_UNLCK;
  R(fcntl(fd, F_SETLK, &l));
  l.l_type = F_RDLCK;
  R(fcntl(fd, F_GETLK, &l));
  printf("lock %d\n", l.l_type);
  if (strcmp(name, "tcp")) {
  void *m = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
  printf("private %s\n", m == MAP_FAILED ? strerrorname_np(errno) : "ok");
  m = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  printf("shared %s\n", m == MAP_FAILED ? strerrorname_np(errno) : "ok");
  }
  R(flock(fd, LOCK_EX | LOCK_NB));
  R(flock(fd, LOCK_UN));
  R(flock(fd, 77));
  R(ioctl(fd, TCGETS, b));
  R(ioctl(fd, FIONREAD, &n));
  printf("n %d\n", n);
  R(ioctl(fd, FIONBIO, BAD));
  R(ioctl(fd, FIOASYNC, BAD));
  n = 0;
  R(ioctl(fd, FIOASYNC, &n));
  n = 1;
  R(ioctl(fd, FIONBIO, &n));
  R(ioctl(fd, FIOCLEX));
  R(fcntl(fd, F_GETFD));
  R(ioctl(fd, FIONCLEX));
  R(ioctl(fd, FIOQSIZE, b));
  R(ioctl(fd, 12345, b));
  R(ioctl(fd, 0, 0));
  R(fchmod(fd, s.st_mode & 07777));
  R(fchdir(fd));
  R(getxattr("/proc/self/exe", "user.x", b, 8) == -1);
  R(fgetxattr(fd, "user.x", b, 8));
  R(fgetxattr(fd, "bad", b, 8));
  struct pollfd p = {.fd = fd, .events = 0x7fff};
  R(poll(&p, 1, 0));
  printf("poll %x\n", p.revents);
  int e = epoll_create1(0);
  struct epoll_event ev = {.events = EPOLLIN};
  R(epoll_ctl(e, EPOLL_CTL_ADD, fd, &ev));
  close(e);
  R(accept(fd, 0, 0));
  R(listen(fd, 1));
  socklen_t len = 4;
  R(getsockopt(fd, SOL_SOCKET, SO_TYPE, &n, &len));
  R(recv(fd, b, 0, MSG_DONTWAIT));
  struct itimerspec its;
  R(timerfd_gettime(fd, &its));
  R(inotify_rm_watch(fd, 1));
  R(epoll_ctl(fd, EPOLL_CTL_DEL, 0, 0));
  R(syscall(SYS_getdents64, fd, b, 64));
  R(syscall(SYS_getdents64, fd, b, 1));
  R(openat(fd, "x", O_RDONLY));
  R(fstatat(fd, "", &s, AT_EMPTY_PATH));
  R(fstatat(fd, "x", &s, 0));
  R(syscall(SYS_pidfd_send_signal, fd, 0, 0, 0));
  R(setns(fd, 0));
  R(splice(fd, 0, fd, 0, 1, 0));
  R(tee(fd, fd, 1, 0));
  R(vmsplice(fd, &many, 0, 0));
  R(dup2(fd, fd) == fd);
  R(dup3(fd, fd, 0));
  R(fcntl(fd, F_DUPFD, 1 << 30));
  R(fcntl(fd, F_DUPFD, -1));
  R(close(fd));
}

int main(void) {
  int p[2], q[2], sp[2], sd[2];
  sigset_t m;
  sigemptyset(&m);
  signal(SIGPIPE, SIG_IGN);
  R(pipe(p));
  R(pipe(q));
  socketpair(AF_UNIX, SOCK_STREAM, 0, sp);
  socketpair(AF_UNIX, SOCK_DGRAM, 0, sd);
  probe("epoll", epoll_create1(0));
  probe("eventfd", eventfd(0, 0));
  probe("inotify", inotify_init1(0));
  probe("timerfd", timerfd_create(CLOCK_MONOTONIC, 0));
  probe("signalfd", signalfd(-1, &m, 0));
  probe("pipe read", p[0]);
  probe("pipe write", q[1]);
  probe("stream", sp[0]);
  probe("datagram", sd[0]);
  probe("unix socket", socket(AF_UNIX, SOCK_STREAM, 0));
  probe("tcp", socket(AF_INET, SOCK_STREAM, 0));
  probe("udp", socket(AF_INET, SOCK_DGRAM, 0));
  probe("memfd", syscall(SYS_memfd_create, "x", 0));
  probe("null", open("/dev/null", O_RDWR));
  probe("zero", open("/dev/zero", O_RDWR));
  probe("full", open("/dev/full", O_RDWR));
  probe("urandom", open("/dev/urandom", O_RDONLY));
  probe("ptmx", open("/dev/ptmx", O_RDWR | O_NOCTTY));
  probe("path", open("/tmp", O_PATH));
  probe("none", 99);
  int self = open("/proc/self", O_RDONLY | O_DIRECTORY);
  R(syscall(SYS_pidfd_send_signal, self, 0, 0, 0));
  return 0;
}
