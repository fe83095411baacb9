/* O_ASYNC: who gets which signal when a pipe, socket or terminal becomes ready. */
#include "oracle.h"
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

static int mine, second;
static void expect(const char *what) {
  sigset_t all;
  siginfo_t i;
  sigfillset(&all);
  sigdelset(&all, SIGCHLD);
  printf("%s:", what);
  struct timespec none = {0, 0};
  for (int signo; (signo = sigtimedwait(&all, &i, &none)) > 0;) {
    printf(" (%s code %d", signo == SIGIO ? "SIGIO" : signo == SIGRTMIN + 1 ? "RT" : sigabbrev_np(signo), i.si_code);
    if (i.si_code > 0 && i.si_code < 10) printf(" band %lx fd %s", i.si_band, i.si_fd == mine ? "mine" : i.si_fd == second ? "second" : "other");
    printf(")");
  }
  printf("\n");
  fflush(stdout);
}
static void pipes(void) {
  int p[2];
  char b[8];
  pipe(p);
  mine = p[0], second = p[1];
  R(fcntl(p[0], F_SETFL, O_ASYNC));
  write(p[1], "x", 1), expect("nobody");
  R(fcntl(p[0], F_SETOWN, getpid()));
  read(p[0], b, 1), write(p[1], "x", 1), expect("owner");
  R(fcntl(p[0], F_SETSIG, SIGRTMIN + 1));
  write(p[1], "x", 1), expect("signal");
  R(fcntl(p[0], F_SETSIG, SIGIO));
  write(p[1], "x", 1), expect("SIGIO with words");
  R(fcntl(p[0], F_SETOWN, -getpgrp()));
  write(p[1], "x", 1), expect("group");
  struct f_owner_ex o = {F_OWNER_TID, (int)syscall(SYS_gettid)};
  R(fcntl(p[0], F_SETOWN_EX, &o));
  write(p[1], "x", 1), expect("thread");
  second = dup(p[0]);
  fcntl(second, F_SETFL, 0);
  write(p[1], "x", 1), expect("off");
  fcntl(second, F_SETFL, O_ASYNC);
  write(p[1], "x", 1), expect("by another descriptor");
  close(second);
  write(p[1], "x", 1), expect("that is closed");
  R(fcntl(p[0], F_SETOWN, 0));
  write(p[1], "x", 1), expect("no longer");
  R(fcntl(p[0], F_SETOWN, getpid()));
  close(p[1]), expect("hangup");
  close(p[0]);
  pipe(p);
  mine = p[1];
  fcntl(p[1], F_SETOWN, getpid()), fcntl(p[1], F_SETSIG, SIGRTMIN + 1), fcntl(p[1], F_SETFL, O_ASYNC | O_NONBLOCK);
  static char big[65536];
  R(write(p[1], big, sizeof big));
  R(read(p[0], big, sizeof big));
  expect("room");
  close(p[0]), close(p[1]);
}
static void sockets(int type) {
  int s[2], on = 1, pid = getpid();
  char b[8];
  socketpair(AF_UNIX, type, 0, s);
  mine = s[0];
  R(ioctl(s[0], FIOASYNC, &on));
  R(fcntl(s[0], F_GETFL) & O_ASYNC);
  R(ioctl(s[0], SIOCSPGRP, &pid));
  R(fcntl(s[0], F_GETOWN) == pid);
  pid = -getpgrp();
  R(ioctl(s[0], FIOSETOWN, &pid));
  pid = 0;
  R(ioctl(s[0], SIOCGPGRP, &pid));
  R(pid == -getpgrp());
  pid = 99999999;
  R(ioctl(s[0], FIOSETOWN, &pid));
  R(ioctl(s[0], FIOGETOWN, BAD));
  write(s[1], "x", 1), expect("socket");
  fcntl(s[0], F_SETSIG, SIGRTMIN + 1);
  write(s[1], "x", 1), expect("socket with words");
  read(s[0], b, 1);
  close(s[0]), expect("closed"), close(s[1]);
}
static void others(void) {
  int on = 1, fd = eventfd(0, 0), null = open("/dev/null", O_RDWR), p[2];
  R(fcntl(fd, F_SETFL, O_ASYNC));
  R(fcntl(fd, F_GETFL) & O_ASYNC);
  R(ioctl(fd, FIOASYNC, &on));
  R(ioctl(null, FIOASYNC, &on));
  R(ioctl(null, FIOSETOWN, &on));
  pipe(p);
  R(ioctl(p[0], FIOSETOWN, &on));
  fcntl(p[0], F_SETOWN, getpid()), fcntl(p[0], F_SETFL, O_ASYNC);
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    write(p[1], "x", 1);
    _exit(0);
  }
  wait(0);
  expect("written by another user");
  fflush(stdout);
  if (fork() == 0) {
    setresuid(1000, 1000, 1000);
    fcntl(p[0], F_SETOWN, getppid());
    write(p[1], "x", 1);
    _exit(0);
  }
  wait(0);
  expect("named by another user");
}
int main(void) {
  sigset_t all;
  sigfillset(&all);
  setpgid(0, 0);
  sigprocmask(SIG_SETMASK, &all, 0);
  for (int i = 3; i < 20; i++) close(i);
  pipes();
  sockets(SOCK_STREAM);
  sockets(SOCK_DGRAM);
  others();
  return 0;
}
