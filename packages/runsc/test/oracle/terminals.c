/* Pseudo terminals: line discipline, job control, hang-up, window size. */
#define _XOPEN_SOURCE 600
#include "oracle.h"
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>

static int master, slave;
static char name[64];
static volatile int winch, hup, cont, ttou, ttin, intr, quit, tstp;
static void on(int s) {
  if (s == SIGWINCH) winch++;
  if (s == SIGHUP) hup++;
  if (s == SIGCONT) cont++;
  if (s == SIGTTOU) ttou++;
  if (s == SIGTTIN) ttin++;
  if (s == SIGINT) intr++;
  if (s == SIGQUIT) quit++;
  if (s == SIGTSTP) tstp++;
}
static void bits(const char *what, int fd) {
  struct pollfd p = {.fd = fd, .events = POLLIN | POLLOUT | POLLPRI};
  int n = poll(&p, 1, 20);
  printf("%s: %d %x\n", what, n, p.revents);
}
static void show(const char *what, int fd) {
  char b[600];
  int old = fcntl(fd, F_GETFL);
  fcntl(fd, F_SETFL, old | O_NONBLOCK);
  errno = 0;
  usleep(2000);
  int n = read(fd, b, sizeof b);
  printf("%s: %d %s \"", what, n, n < 0 ? strerrorname_np(errno) : "");
  for (int i = 0; i < n && i < 100; i++) {
    if (b[i] < 32 || b[i] > 126) printf("\\%03o", (unsigned char)b[i]);
    else putchar(b[i]);
  }
  printf("\"\n");
  fflush(stdout);
  fcntl(fd, F_SETFL, old);
}
static void type(const char *text) { write(master, text, strlen(text)); usleep(2000); }
static void open_pair(void) {
  master = open("/dev/ptmx", O_RDWR | O_NOCTTY);
  int n = 0;
  ioctl(master, TIOCSPTLCK, &n);
  ioctl(master, TIOCGPTN, &n);
  sprintf(name, "/dev/pts/%d", n);
  slave = open(name, O_RDWR | O_NOCTTY);
}
static void modes(void) {
  struct termios t;
  R(tcgetattr(slave, &t));
  printf("%o %o %o %o\n", t.c_iflag, t.c_oflag, t.c_cflag, t.c_lflag);
  for (int i = 0; i < 19; i++) printf("%o ", t.c_cc[i]);
  printf("\n");
  type("hello\n");
  show("slave", slave);
  show("echo", master);
  type("par");
  show("incomplete", slave);
  int n;
  R(ioctl(slave, FIONREAD, &n));
  printf("n %d\n", n);
  type("x\177tial\n");
  R(ioctl(slave, FIONREAD, &n));
  printf("n %d\n", n);
  show("edited", slave);
  show("echo", master);
  type("one two\027three\025four\n");
  show("word and kill", slave);
  show("echo", master);
  type("a\026\003b\n");
  show("literal next", slave);
  show("echo", master);
  type("eof\004");
  show("eof", slave);
  type("\004");
  show("empty eof", slave);
  type("\033[A\t\n");
  show("control", slave);
  show("echo", master);
  type("cr\rnl\n");
  show("line", slave);
  show("line", slave);
  show("echo", master);
  write(slave, "out\nput\ttab\r\n", 13);
  show("output", master);
  type("two\nlines\n");
  char b[4];
  R(read(slave, b, 2));
  R(read(slave, b, 4));
  show("rest", slave);
  show("echo", master);
  tcflush(slave, TCIFLUSH);
  type("lost\n");
  usleep(2000);
  R(tcflush(slave, TCIFLUSH));
  show("flushed", slave);
  show("echo", master);
  t.c_lflag &= ~(ICANON | ECHO);
  t.c_cc[VMIN] = 0, t.c_cc[VTIME] = 0;
  R(tcsetattr(slave, TCSANOW, &t));
  R(read(slave, b, 4));
  t.c_cc[VMIN] = 3;
  tcsetattr(slave, TCSADRAIN, &t);
  type("ab");
  bits("two of three", slave);
  type("cd");
  bits("four", slave);
  R(read(slave, b, 4));
  t.c_cc[VMIN] = 0, t.c_cc[VTIME] = 1;
  tcsetattr(slave, TCSAFLUSH, &t);
  R(read(slave, b, 4));
  type("e");
  R(read(slave, b, 4));
  t.c_cc[VMIN] = 2;
  tcsetattr(slave, TCSAFLUSH, &t);
  type("f");
  R(read(slave, b, 4));
  t.c_iflag |= ISTRIP | IUCLC;
  t.c_oflag = OPOST | OLCUC | ONLRET;
  t.c_lflag |= IEXTEN;
  tcsetattr(slave, TCSANOW, &t);
  write(master, "\301BC", 3);
  show("strip", slave);
  write(slave, "lower\n", 6);
  show("upper", master);
  cfmakeraw(&t);
  tcsetattr(slave, TCSANOW, &t);
  type("\003\r\004");
  show("raw", slave);
  write(slave, "a\nb", 3);
  show("raw out", master);
  R(tcsendbreak(slave, 0));
  R(tcdrain(slave));
  R(tcflow(slave, TCOOFF));
  R(tcflow(slave, 99));
  tcflow(slave, TCOON);
  R(ioctl(slave, TIOCGPTN, &n));
  R(ioctl(master, TIOCGPTN, &n));
  struct winsize w = {24, 80, 1, 2};
  R(ioctl(slave, TIOCGWINSZ, &w));
  printf("%d %d\n", w.ws_row, w.ws_col);
  w.ws_row = 50;
  R(ioctl(master, TIOCSWINSZ, &w));
  w.ws_row = 0;
  R(ioctl(slave, TIOCGWINSZ, &w));
  printf("%d\n", w.ws_row);
  R(ioctl(slave, TIOCOUTQ, &n));
  R(ioctl(master, TIOCGWINSZ, BAD));
  R(ioctl(slave, TCSETS, BAD));
  R(isatty(master));
  R(tcgetpgrp(master));
  R(tcgetpgrp(slave));
  R(tcgetsid(slave));
  R(ioctl(slave, TIOCSTI, "x"));
  R(ioctl(slave, TIOCNOTTY));
  R(ioctl(slave, TIOCEXCL));
  R(ioctl(slave, TIOCNXCL));
  n = 1;
  R(ioctl(master, TIOCPKT, &n));
  write(slave, "data", 4);
  show("packet", master);
  tcflush(slave, TCIOFLUSH);
  show("packet status", master);
  n = 0;
  ioctl(master, TIOCPKT, &n);
  struct stat st;
  fstat(slave, &st);
  printf("%o %d\n", st.st_mode & ~0777, st.st_size == 0);
  R(ttyname_r(slave, name, 64));
  close(slave);
  bits("slave closed", master);
  R(read(master, b, 1));
  slave = open(name, O_RDWR | O_NOCTTY);
  bits("slave back", master);
  write(slave, "left", 4);
  close(slave);
  show("what is left", master);
  show("then", master);
  R(write(master, "x", 1));
  slave = open(name, O_RDWR | O_NOCTTY);
  close(master);
  bits("master closed", slave);
  R(read(slave, b, 1));
  R(write(slave, b, 1));
  R(ioctl(slave, TIOCGWINSZ, &w));
  R(open(name, O_RDWR | O_NOCTTY));
  close(slave);
}
static void session(void) {
  int st;
  char b[10];
  signal(SIGHUP, on), signal(SIGCONT, on), signal(SIGWINCH, on), signal(SIGINT, on), signal(SIGQUIT, on), signal(SIGTSTP, on);
  siginterrupt(SIGINT, 1);
  R(setsid() == getpid());
  R(open("/dev/tty", O_RDWR));
  open_pair();
  R(tcgetpgrp(slave));
  R(ioctl(slave, TIOCSCTTY, 0));
  R(ioctl(slave, TIOCSCTTY, 0));
  R(tcgetpgrp(slave) == getpid());
  R(tcgetsid(slave) == getpid());
  R(tcgetsid(master) == getpid());
  int tty = open("/dev/tty", O_RDWR);
  R(tty >= 0);
  R(tcsetpgrp(tty, 999999));
  R(tcsetpgrp(tty, -1));
  R(tcsetpgrp(master, getpid()));
  type("\003");
  usleep(5000);
  printf("intr %d\n", intr);
  type("\034\032");
  usleep(5000);
  printf("quit %d tstp %d\n", quit, tstp);
  show("echo", master);
  struct winsize w = {10, 20};
  ioctl(master, TIOCSWINSZ, &w);
  ioctl(master, TIOCSWINSZ, &w);
  usleep(5000);
  printf("winch %d\n", winch);
  /* a background job */
  int p[2];
  int ready[2];
  pipe(p);
  pipe(ready);
  pid_t job = fork();
  if (!job) {
    setpgid(0, 0);
    signal(SIGTTIN, SIG_DFL), signal(SIGTTOU, SIG_DFL), signal(SIGINT, SIG_DFL), signal(SIGTSTP, SIG_DFL);
    read(p[0], b, 1);
    int n = read(tty, b, 5);
    printf("job read %d\n", n);
    fflush(stdout);
    struct termios t;
    tcgetattr(tty, &t);
    t.c_lflag |= TOSTOP;
    R(tcsetattr(tty, TCSANOW, &t));
    fflush(stdout);
    write(ready[1], "x", 1);
    for (;;) pause();
  }
  setpgid(job, job);
  write(p[1], "x", 1);
  R(waitpid(job, &st, WUNTRACED) == job);
  printf("stopped %d by %d\n", WIFSTOPPED(st), WSTOPSIG(st) == SIGTTIN);
  fflush(stdout);
  R(tcsetpgrp(tty, job));
  kill(-job, SIGCONT);
  R(waitpid(job, &st, WCONTINUED) == job);
  fflush(stdout);
  type("hey\n");
  read(ready[0], b, 1);
  show("echo", master);
  /* now we are the background */
  signal(SIGTTOU, on);
  siginterrupt(SIGTTOU, 1);
  R(tcsetpgrp(tty, getpid()));
  printf("ttou %d\n", ttou > 0);
  signal(SIGTTOU, SIG_IGN);
  type("\032");
  R(waitpid(job, &st, WUNTRACED) == job);
  printf("stopped %d by tstp %d\n", WIFSTOPPED(st), WSTOPSIG(st) == SIGTSTP);
  signal(SIGTTIN, SIG_IGN);
  R(read(tty, b, 1));
  signal(SIGTTIN, on);
  siginterrupt(SIGTTIN, 1);
  R(read(tty, b, 1));
  R(write(tty, "bg", 2));
  signal(SIGTTOU, SIG_IGN);
  R(write(tty, "bg", 2));
  show("written", master);
  R(tcsetpgrp(tty, getpid()));
  kill(-job, SIGCONT);
  kill(-job, SIGINT);
  R(waitpid(job, &st, 0) == job);
  printf("ended by int %d\n", WTERMSIG(st) == SIGINT);
  show("echo", master);
  /* hang up */
  cont = hup = 0;
  close(master);
  usleep(10000);
  printf("hup %d cont %d\n", hup, cont);
  R(read(tty, b, 1));
  R(write(tty, b, 1));
  R(tcgetpgrp(tty));
  R(open("/dev/tty", O_RDWR) >= 0);
  close(slave), close(tty);
  /* the leader leaves: its foreground group hears of it */
  open_pair();
  R(ioctl(slave, TIOCSCTTY, 0));
  job = fork();
  if (!job) { setpgid(0, 0); signal(SIGTTOU, SIG_IGN); tcsetpgrp(slave, getpid()); signal(SIGHUP, SIG_DFL); write(p[1], "r", 1); for (;;) pause(); }
  read(p[0], b, 1);
  R(ioctl(slave, TIOCNOTTY));
  R(waitpid(job, &st, 0) == job);
  printf("hung up %d\n", WTERMSIG(st) == SIGHUP);
  R(open("/dev/tty", O_RDWR));
  fflush(stdout);
}
int main(void) {
  open_pair();
  modes();
  if (!fork()) { session(); _exit(0); }
  wait(0);
  /* a leader's end leaves a pseudo terminal to others */
  open_pair();
  if (!fork()) { setsid(); R(ioctl(slave, TIOCSCTTY, 0)); _exit(0); }
  wait(0);
  bits("leader gone, master", master);
  bits("leader gone, slave", slave);
  write(slave, "still", 5);
  show("still", master);
  R(tcgetsid(master));
  /* orphaned group: stopped jobs get SIGHUP and SIGCONT */
  int p[2];
  char b[10] = {0};
  pipe(p);
  if (!fork()) {
    setsid();
    if (!fork()) {
      signal(SIGHUP, on), signal(SIGCONT, on);
      setpgid(0, 0);
      raise(SIGSTOP);
      sprintf(b, "%d %d", hup, cont);
      write(p[1], b, 10);
      _exit(0);
    }
    usleep(30000);
    _exit(0);
  }
  wait(0);
  close(p[1]);
  R(read(p[0], b, 10));
  printf("orphan: %s\n", b);
  return 0;
}
