/* Pseudo terminals: what tcflush drops on either side, whom it wakes and tells; the peer of a master. */
#include "oracle.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#ifndef TIOCGPTPEER
#define TIOCGPTPEER _IO('T', 0x41)
#endif

static int master, slave;
static void open_pair(void) {
  struct termios t;
  int n = 0;
  char name[64];
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_NONBLOCK);
  ioctl(master, TIOCSPTLCK, &n);
  ioctl(master, TIOCGPTN, &n);
  sprintf(name, "/dev/pts/%d", n);
  slave = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK);
  tcgetattr(slave, &t);
  cfmakeraw(&t);
  tcsetattr(slave, TCSANOW, &t);
}
static void close_pair(void) { close(master), close(slave); }
/* What the kernel moves on by itself has time to arrive. */
static void settle(void) { usleep(20000); }
/* All that can be read: how much, and its first byte. */
static void rest(const char *what, int fd) {
  static char all[100000];
  long total = 0, got;
  settle();
  while ((got = read(fd, all + total, sizeof all - total)) > 0) total += got, settle();
  printf("%s: %ld%s%s", what, total, got < 0 ? " " : "", got < 0 ? strerrorname_np(errno) : "");
  if (total > 0 && total < 20) printf(" \"%.*s\"", (int)total, all);
  else if (total > 0) printf(" from %c", all[0]);
  puts("");
  fflush(stdout);
}
static long fill(int fd) {
  static char piece[512];
  long total = 0, got;
  memset(piece, 'a', sizeof piece);
  for (int i = 0; i < 400 && (got = write(fd, piece, sizeof piece)) > 0; i++) {
    total += got;
    if (i % 8 == 7) settle();
    piece[0] = 'b';
  }
  return total;
}
static const int queues[] = {TCIFLUSH, TCOFLUSH, TCIOFLUSH};
static const char *names[] = {"TCIFLUSH", "TCOFLUSH", "TCIOFLUSH"};

int main(void) {
  alarm(60);
  for (int side = 0; side < 2; side++)
    for (int q = 0; q < 3; q++) {
      printf("== %s of the %s\n", names[q], side ? "master" : "slave");
      open_pair();
      int on = 1, fd = side ? master : slave;
      write(master, "typed", 5), write(slave, "shown", 5), settle();
      R(ioctl(fd, TCFLSH, queues[q]));
      rest("slave", slave), rest("master", master);
      write(master, "more", 4), write(slave, "text", 4), settle();
      rest("slave", slave), rest("master", master);
      ioctl(master, TIOCPKT, &on);
      R(ioctl(fd, TCFLSH, queues[q]));
      char status[8];
      int got = read(master, status, sizeof status);
      printf("packet: %d", got);
      if (got == 1) printf(" %x", status[0]);
      puts("");
      close_pair();
    }

  puts("== a line");
  open_pair();
  struct termios t;
  tcgetattr(slave, &t);
  t.c_lflag |= ICANON, t.c_cc[VEOF] = 4;
  tcsetattr(slave, TCSANOW, &t);
  write(master, "one\ntwo", 7), settle();
  R(ioctl(slave, TCFLSH, TCIFLUSH));
  write(master, "three\n", 6), settle();
  rest("slave", slave);
  R(ioctl(slave, TCFLSH, 42));
  R(ioctl(slave, TCFLSH, -1));
  close_pair();

  puts("== full");
  open_pair();
  R(fill(master) > 4096);
  R(ioctl(slave, TCFLSH, TCIFLUSH));
  settle();
  struct pollfd p = {master, POLLOUT};
  R(poll(&p, 1, 0));
  R(write(master, "w", 1));
  close_pair();
  open_pair();
  R(fill(slave) > 4096);
  R(ioctl(master, TCFLSH, TCIFLUSH));
  settle();
  p.fd = slave;
  R(poll(&p, 1, 0));
  R(write(slave, "w", 1));
  close_pair();
  for (int side = 0; side < 2; side++) {
    open_pair();
    int fd = side ? slave : master, other = side ? master : slave;
    fill(fd);
    fcntl(fd, F_SETFL, 0);
    fflush(stdout);
    pid_t child = fork();
    if (!child) _exit(write(fd, "w", 1) != 1);
    settle();
    R(ioctl(other, TCFLSH, TCIFLUSH));
    int status;
    waitpid(child, &status, 0);
    printf("status %x\n", status);
    close_pair();
  }

  puts("== peer");
  open_pair();
  char link[64], target[64] = "";
  struct stat by_name, by_peer;
  int peer = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK), n;
  ioctl(master, TIOCGPTN, &n);
  R(fcntl(peer, F_GETFD));
  printf("%o\n", fcntl(peer, F_GETFL));
  sprintf(link, "/proc/self/fd/%d", peer);
  readlink(link, target, sizeof target - 1);
  sprintf(link, "/dev/pts/%d", n);
  R(strcmp(link, target));
  fstat(peer, &by_peer), stat(link, &by_name);
  printf("%d %d\n", by_peer.st_ino == by_name.st_ino, by_peer.st_dev == by_name.st_dev);
  write(master, "typed", 5), rest("peer", peer);
  n = 1;
  ioctl(master, TIOCSPTLCK, &n);
  R(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY));
  n = 0;
  ioctl(master, TIOCSPTLCK, &n);
  R(ioctl(slave, TIOCGPTPEER, O_RDWR));
  R(ioctl(master, TIOCGPTPEER, O_RDWR | O_DIRECTORY));
  OK(n = ioctl(master, TIOCGPTPEER, O_PATH));
  R(ioctl(n, TIOCNOTTY));
  close(n);
  R(ioctl(slave, TIOCEXCL));
  OK(close(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY)));
  R(ioctl(slave, TIOCNXCL));
  fflush(stdout);
  pid_t child = fork();
  if (!child) {
    signal(SIGHUP, SIG_IGN);
    setsid();
    R(ioctl(ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY), TIOCNOTTY));
    peer = ioctl(master, TIOCGPTPEER, O_RDWR);
    OK(tcgetsid(peer) == getpid() ? 0 : -1);
    R(ioctl(peer, TIOCNOTTY));
    close(ioctl(master, TIOCGPTPEER, O_WRONLY));
    OK(tcgetsid(peer));
    _exit(0);
  }
  waitpid(child, 0, 0);
  close_pair();
  rest("master gone", peer);
}
