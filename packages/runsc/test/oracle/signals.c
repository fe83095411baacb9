/* Signals: arguments, siginfo, order, masks, alternate stacks, waits, restarts. */
#include "oracle.h"
#include <poll.h>
#include <pthread.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/time.h>
#include <time.h>
#include <ucontext.h>
#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char log_text[4096];
static void say(const char *text) { strcat(log_text, text); strcat(log_text, " "); }
static void told(const char *what) { printf("%s: %s\n", what, log_text); log_text[0] = 0; fflush(stdout); }
static void number(const char *what, long n) { char t[64]; sprintf(t, "%s%ld", what, n); say(t); }

static void on_info(int signo, siginfo_t *si, void *uc) {
  (void)uc;
  number("sig", signo - (signo >= 34 ? SIGRTMIN - 100 : 0));
  number("code", si->si_code);
  number("errno", si->si_errno);
  if (si->si_code == SI_QUEUE || si->si_code == SI_TIMER) number("value", si->si_value.sival_int);
  if (si->si_code <= 0 && si->si_code != SI_TIMER) number("self", si->si_pid == getpid());
}
static void set(int signo, void (*f)(int, siginfo_t *, void *), int flags) {
  struct sigaction sa = {0};
  sa.sa_sigaction = f;
  sa.sa_flags = SA_SIGINFO | flags;
  sigaction(signo, &sa, 0);
}
static void child_info(int signo, siginfo_t *si, void *uc) {
  (void)uc;
  number("child sig", signo);
  number("code", si->si_code);
  number("status", si->si_status);
  number("uid", si->si_uid);
}
static void nested(int signo) {
  number("in", signo);
  static int times;
  if (signo == SIGUSR1 && times++ % 2 == 0) raise(SIGUSR2), raise(SIGUSR1), raise(SIGUSR1);
  number("out", signo);
}
static void masks(int signo) {
  sigset_t m;
  sigprocmask(SIG_BLOCK, 0, &m);
  for (int i = 1; i < 65; i++) if (sigismember(&m, i) == 1) number("m", i);
  (void)signo;
}
static void *volatile jump_to;
static void fault(int signo, siginfo_t *si, void *ucv) {
  ucontext_t *uc = ucv;
  number("fault", signo);
  number("code", si->si_code);
  number("addr", (long)si->si_addr > 0xffff && si->si_code > 0 ? 1 : (long)si->si_addr);
  number("trap", uc->uc_mcontext.gregs[REG_TRAPNO]);
  /* ptrace does not tell the error of a protection fault, nor whether a page was there. */
  if (uc->uc_mcontext.gregs[REG_TRAPNO] != 13) number("err", uc->uc_mcontext.gregs[REG_ERR] & ~1);
  number("cr2", uc->uc_mcontext.gregs[REG_CR2] > 0xffff ? 1 : uc->uc_mcontext.gregs[REG_CR2]);
  uc->uc_mcontext.gregs[REG_RIP] = (greg_t)jump_to;
  uc->uc_mcontext.gregs[REG_EFL] &= ~0x100;
}
#define FAULT(text, ...) do { jump_to = &&after; if (jump_to) { __asm__ volatile(__VA_ARGS__); } } while (0)

static char alt[65536];
static void on_alt(int signo, siginfo_t *si, void *ucv) {
  ucontext_t *uc = ucv;
  char here;
  stack_t st, ns = {0};
  number("alt", &here >= alt && &here < alt + sizeof alt);
  sigaltstack(0, &st);
  number("flags", st.ss_flags);
  number("uc", uc->uc_stack.ss_sp == alt);
  number("ucflags", uc->uc_stack.ss_flags);
  ns.ss_flags = SS_DISABLE;
  number("change", sigaltstack(&ns, 0));
  number("errno", errno);
  (void)si, (void)signo;
}
static volatile int got;
static void count(int signo) { got++; (void)signo; }
static void *poke(void *arg) {
  pthread_t *main_thread = arg;
  usleep(30000);
  pthread_kill(*main_thread, SIGUSR1);
  return 0;
}
static void with_poke(void) {
  static pthread_t self;
  self = pthread_self();
  pthread_t t;
  sigset_t m, o;
  sigfillset(&m);
  pthread_sigmask(SIG_SETMASK, &m, &o);
  pthread_create(&t, 0, poke, &self);
  pthread_detach(t);
  pthread_sigmask(SIG_SETMASK, &o, 0);
}

int main(void) {
  struct sigaction sa = {0}, old;
  /* arguments */
  R(sigaction(0, &sa, 0));
  R(sigaction(65, 0, 0));
  R(syscall(SYS_rt_sigaction, SIGKILL, 0, &old, 8));
  R(syscall(SYS_rt_sigaction, SIGKILL, &sa, 0, 8));
  R(syscall(SYS_rt_sigaction, SIGSTOP, &sa, 0, 8));
  R(syscall(SYS_rt_sigaction, SIGUSR1, 0, 0, 4));
  R(syscall(SYS_rt_sigaction, SIGUSR1, BAD, 0, 8));
  R(syscall(SYS_rt_sigaction, SIGUSR1, 0, BAD, 8));
  R(syscall(SYS_rt_sigaction, 64, 0, 0, 8));
  R(syscall(SYS_rt_sigprocmask, 7, 0, 0, 8));
  sigset_t mask;
  sigemptyset(&mask);
  R(syscall(SYS_rt_sigprocmask, 7, &mask, 0, 8));
  R(syscall(SYS_rt_sigprocmask, 0, BAD, 0, 8));
  R(syscall(SYS_rt_sigprocmask, 0, 0, BAD, 8));
  R(syscall(SYS_rt_sigprocmask, 0, 0, 0, 16));
  R(syscall(SYS_rt_sigpending, &mask, 9));
  R(syscall(SYS_rt_sigpending, &mask, 4));
  R(syscall(SYS_rt_sigpending, BAD, 8));
  R(syscall(SYS_rt_sigsuspend, BAD, 8));
  R(syscall(SYS_rt_sigsuspend, &mask, 4));
  R(syscall(SYS_rt_sigtimedwait, BAD, 0, 0, 8));
  R(syscall(SYS_rt_sigtimedwait, &mask, 0, 0, 7));
  struct timespec zero = {0}, wrong = {0, 1000000000}, minus = {-1, 0};
  R(sigtimedwait(&mask, 0, &zero));
  R(sigtimedwait(&mask, 0, &wrong));
  R(sigtimedwait(&mask, 0, &minus));
  R(syscall(SYS_rt_sigtimedwait, &mask, 0, BAD, 8));
  R(syscall(SYS_tgkill, 0, 0, 0));
  R(syscall(SYS_tgkill, -1, getpid(), 0));
  R(syscall(SYS_tgkill, getpid(), 999999, 0));
  R(syscall(SYS_tgkill, getpid(), getpid(), 65));
  R(syscall(SYS_tkill, -1, 0));
  R(syscall(SYS_tkill, getpid(), 0));
  R(syscall(SYS_tkill, 999999, 0));
  siginfo_t si = {0};
  si.si_code = SI_USER;
  R(syscall(SYS_rt_sigqueueinfo, getppid(), SIGCONT, &si));
  si.si_code = SI_TKILL;
  R(syscall(SYS_rt_sigqueueinfo, getppid(), SIGCONT, &si));
  si.si_code = SI_QUEUE;
  R(syscall(SYS_rt_sigqueueinfo, 999999, 0, &si));
  R(syscall(SYS_rt_sigqueueinfo, getpid(), 0, BAD));
  R(syscall(SYS_rt_sigqueueinfo, getpid(), 0, &si));
  R(syscall(SYS_rt_sigqueueinfo, getpid(), 65, &si));
  R(syscall(SYS_rt_tgsigqueueinfo, -1, getpid(), 0, &si));
  R(syscall(SYS_rt_tgsigqueueinfo, getpid(), getpid(), 0, &si));
  /* flags come back */
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = count;
  sa.sa_flags = SA_NODEFER | SA_RESTART | SA_ONSTACK | 0x400 | 0x800;
  sigfillset(&sa.sa_mask);
  R(sigaction(SIGUSR1, &sa, 0));
  R(sigaction(SIGUSR1, 0, &old));
  printf("flags %x mask9 %d mask19 %d mask10 %d\n", old.sa_flags & ~0x04000000, sigismember(&old.sa_mask, 9), sigismember(&old.sa_mask, 19), sigismember(&old.sa_mask, 10));
  /* siginfo of each way */
  set(SIGUSR1, on_info, 0);
  set(SIGRTMIN, on_info, 0);
  set(SIGRTMIN + 5, on_info, 0);
  R(kill(getpid(), SIGUSR1)); told("kill");
  R(raise(SIGUSR1)); told("raise");
  union sigval v = {.sival_int = 77};
  R(sigqueue(getpid(), SIGUSR1, v)); told("sigqueue");
  /* order of pending: standard before real time, low first, queued in order, standard ones merged */
  sigfillset(&mask);
  sigprocmask(SIG_BLOCK, &mask, 0);
  for (int i = 0; i < 3; i++) {
    v.sival_int = i;
    sigqueue(getpid(), SIGRTMIN + 5, v);
    sigqueue(getpid(), SIGRTMIN, v);
    sigqueue(getpid(), SIGUSR1, v);
  }
  pthread_kill(pthread_self(), SIGRTMIN);
  kill(getpid(), SIGUSR1);
  sigset_t pend;
  sigpending(&pend);
  for (int i = 1; i < 65; i++) if (sigismember(&pend, i) == 1) number("p", i);
  told("pending");
  sigemptyset(&mask);
  sigprocmask(SIG_SETMASK, &mask, 0);
  told("order");
  /* blocked and ignored */
  signal(SIGUSR2, SIG_IGN);
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  sigprocmask(SIG_BLOCK, &mask, 0);
  raise(SIGUSR2);
  sigpending(&pend);
  R(sigismember(&pend, SIGUSR2));
  signal(SIGUSR2, SIG_IGN);
  sigpending(&pend);
  R(sigismember(&pend, SIGUSR2));
  raise(SIGUSR2);
  R(sigtimedwait(&mask, &si, &zero));
  printf("code %d pid %d\n", si.si_code, si.si_pid == getpid());
  raise(SIGUSR2);
  signal(SIGUSR2, SIG_DFL);
  sigpending(&pend);
  R(sigismember(&pend, SIGUSR2));
  signal(SIGUSR2, SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &mask, 0);
  /* stop and continue cancel */
  sigaddset(&mask, SIGCONT);
  sigaddset(&mask, SIGTSTP);
  sigprocmask(SIG_BLOCK, &mask, 0);
  raise(SIGTSTP);
  sigpending(&pend);
  R(sigismember(&pend, SIGTSTP));
  raise(SIGCONT);
  sigpending(&pend);
  R(sigismember(&pend, SIGTSTP));
  R(sigismember(&pend, SIGCONT));
  raise(SIGTSTP);
  sigpending(&pend);
  R(sigismember(&pend, SIGCONT));
  signal(SIGTSTP, SIG_IGN);
  sigprocmask(SIG_UNBLOCK, &mask, 0);
  /* nesting */
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = nested;
  sigaction(SIGUSR1, &sa, 0);
  sigaction(SIGUSR2, &sa, 0);
  raise(SIGUSR1);
  told("nested");
  sigaddset(&sa.sa_mask, SIGUSR2);
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  told("nested, masked");
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = masks;
  sigaddset(&sa.sa_mask, SIGINT);
  sigaddset(&sa.sa_mask, SIGKILL);
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  told("mask in handler");
  sa.sa_flags = SA_NODEFER;
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  told("mask in handler, nodefer");
  sa.sa_flags = SA_RESETHAND;
  sigaction(SIGUSR1, &sa, 0);
  raise(SIGUSR1);
  sigaction(SIGUSR1, 0, &old);
  printf("reset %d flags %x\n", old.sa_handler == SIG_DFL, old.sa_flags & ~0x04000000);
  told("mask in handler, resethand");
  /* faults */
  set(SIGSEGV, fault, 0);
  set(SIGBUS, fault, 0);
  set(SIGFPE, fault, 0);
  set(SIGILL, fault, 0);
  set(SIGTRAP, fault, 0);
  { FAULT("", "movl $1, 8" ::: "memory"); after: told("null write"); }
  { jump_to = &&after2; __asm__ volatile("movl 16, %%eax" ::: "eax", "memory"); after2: told("null read"); }
  { jump_to = &&after3; __asm__ volatile("movabs $0x8000000000000000, %%rax; movl (%%rax), %%eax" ::: "rax", "memory"); after3: told("non canonical"); }
  { jump_to = &&after4; __asm__ volatile("xorl %%ecx, %%ecx; movl $1, %%eax; cltd; idivl %%ecx" ::: "eax", "ecx", "edx"); after4: told("divide"); }
  { jump_to = &&after5; __asm__ volatile("ud2"); after5: told("ud2"); }
  { jump_to = &&after6; __asm__ volatile("int3"); after6: told("int3"); }
  { jump_to = &&after7; __asm__ volatile("hlt"); after7: told("hlt"); }
  { jump_to = &&after8; __asm__ volatile("int $0x81"); after8: told("int 81"); }
  { jump_to = &&after9; __asm__ volatile("pushf; orl $0x100, (%%rsp); popf; nop" ::: "memory"); after9: told("trap flag"); }
  char *ro = mmap(0, 8192, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  { jump_to = &&after10; __asm__ volatile("movb $1, (%0)" ::"r"(ro) : "memory"); after10: told("read only"); }
  { jump_to = &&after11; __asm__ volatile("jmp *%0" ::"r"(ro) : "memory"); after11: told("no exec"); }
  mprotect(ro, 4096, PROT_NONE);
  { jump_to = &&after12; __asm__ volatile("movb (%0), %%al" ::"r"(ro) : "memory", "eax"); after12: told("no access"); }
  char name[] = "/tmp/oracle-XXXXXX";
  int fd = mkstemp(name);
  unlink(name);
  ftruncate(fd, 100);
  char *file = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  { jump_to = &&after13; __asm__ volatile("movb $1, (%0)" ::"r"(file + 4096) : "memory"); after13: told("beyond the end"); }
  { jump_to = &&after14; __asm__ volatile("movb $1, (%0)" ::"r"(file + 200) : "memory"); after14: told("in the last page"); }
  { jump_to = &&after15; __asm__ volatile("mov $0x200000000000, %%rax; mov %%rax, %%cr0" ::: "rax"); after15: told("privileged"); }
  /* alternate stack */
  stack_t st = {.ss_sp = alt, .ss_size = 1000};
  R(sigaltstack(&st, 0));
  st.ss_size = sizeof alt;
  st.ss_flags = 77;
  R(sigaltstack(&st, 0));
  R(sigaltstack(BAD, 0));
  st.ss_flags = 0;
  R(sigaltstack(&st, BAD));
  st.ss_flags = SS_ONSTACK;
  R(sigaltstack(&st, 0));
  stack_t was;
  R(sigaltstack(0, &was));
  printf("sp %d flags %d size %zu\n", was.ss_sp == alt, was.ss_flags, was.ss_size);
  st.ss_flags = 0;
  sigaltstack(&st, 0);
  set(SIGUSR1, on_alt, SA_ONSTACK);
  raise(SIGUSR1);
  told("altstack");
  st.ss_flags = SS_AUTODISARM;
  R(sigaltstack(&st, 0));
  raise(SIGUSR1);
  told("altstack autodisarm");
  R(sigaltstack(0, &was));
  printf("flags %x\n", was.ss_flags);
  st.ss_flags = SS_DISABLE;
  sigaltstack(&st, 0);
  sigaltstack(0, &was);
  printf("disabled: sp %d flags %d size %zu\n", was.ss_sp == 0, was.ss_flags, was.ss_size);
  /* interrupted calls */
  int p[2];
  char c;
  pipe(p);
  signal(SIGUSR1, SIG_DFL);
  memset(&sa, 0, sizeof sa);
  sa.sa_handler = count;
  sigaction(SIGUSR1, &sa, 0);
  with_poke(); R(read(p[0], &c, 1));
  with_poke(); R(pause());
  struct timespec ts = {2, 0}, rem = {9, 9};
  with_poke(); R(nanosleep(&ts, &rem));
  printf("rem %d\n", rem.tv_sec == 1 && rem.tv_nsec > 0);
  with_poke(); R(clock_nanosleep(CLOCK_MONOTONIC, 0, &ts, &rem));
  struct timespec abs;
  clock_gettime(CLOCK_REALTIME, &abs);
  abs.tv_sec += 2;
  rem.tv_sec = 9;
  with_poke(); R(clock_nanosleep(CLOCK_REALTIME, TIMER_ABSTIME, &abs, &rem));
  printf("rem %ld\n", rem.tv_sec);
  struct pollfd pf = {.fd = p[0], .events = POLLIN};
  with_poke(); R(poll(&pf, 1, 2000));
  fd_set fs;
  FD_ZERO(&fs);
  FD_SET(p[0], &fs);
  struct timeval tv = {2, 0};
  with_poke(); R(select(p[0] + 1, &fs, 0, 0, &tv));
  printf("tv %d set %d\n", tv.tv_sec == 1, FD_ISSET(p[0], &fs));
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR2);
  with_poke(); R(sigtimedwait(&mask, 0, &ts));
  with_poke(); R(sigwaitinfo(&mask, 0));
  int forked = fork();
  if (!forked) { usleep(150000); _exit(3); }
  int status;
  with_poke(); R(waitpid(forked, &status, 0));
  with_poke(); R(wait(&status) > 0);
  while (wait(0) > 0);
  sa.sa_flags = SA_RESTART;
  sigaction(SIGUSR1, &sa, 0);
  with_poke(); R(poll(&pf, 1, 2000));
  with_poke(); R(pause());
  with_poke(); R(nanosleep(&ts, 0));
  forked = fork();
  if (!forked) { usleep(150000); write(p[1], "x", 1); usleep(100000); _exit(3); }
  with_poke(); R(read(p[0], &c, 1));
  with_poke(); R(waitpid(forked, &status, 0) == forked);
  printf("got %d\n", got);
  /* sigsuspend, ppoll, pselect masks */
  sigemptyset(&mask);
  sigaddset(&mask, SIGUSR1);
  sigprocmask(SIG_BLOCK, &mask, 0);
  raise(SIGUSR1);
  sigset_t none;
  sigemptyset(&none);
  got = 0;
  R(sigsuspend(&none));
  raise(SIGUSR1);
  R(ppoll(&pf, 1, &ts, &none));
  raise(SIGUSR1);
  FD_SET(p[0], &fs);
  R(pselect(p[0] + 1, &fs, 0, 0, &ts, &none));
  raise(SIGUSR1);
  R(ppoll(&pf, 1, &zero, &none));
  write(p[1], "x", 1);
  raise(SIGUSR1);
  R(ppoll(&pf, 1, &ts, &none));
  sigpending(&pend);
  printf("got %d pending %d\n", got, sigismember(&pend, SIGUSR1));
  sigprocmask(SIG_BLOCK, 0, &pend);
  R(sigismember(&pend, SIGUSR1));
  /* signalfd */
  struct signalfd_siginfo ssi[4];
  R(signalfd(-1, &mask, 0x1));
  R(signalfd(0, &mask, 0));
  R(signalfd(99, &mask, 0));
  R(syscall(SYS_signalfd4, -1, &mask, 4, 0));
  R(syscall(SYS_signalfd4, -1, BAD, 8, 0));
  sigaddset(&mask, SIGRTMIN);
  sigaddset(&mask, SIGCHLD);
  sigprocmask(SIG_BLOCK, &mask, 0);
  sigpending(&pend);
  while (sigtimedwait(&mask, 0, &zero) > 0);
  int sfd = signalfd(-1, &mask, SFD_NONBLOCK);
  R(read(sfd, ssi, sizeof ssi));
  R(read(sfd, ssi, 10));
  v.sival_int = 42;
  sigqueue(getpid(), SIGRTMIN, v);
  sigqueue(getpid(), SIGRTMIN, v);
  raise(SIGUSR1);
  if (!fork()) _exit(7);
  usleep(100000);
  struct pollfd sp = {.fd = sfd, .events = POLLIN | POLLOUT};
  R(poll(&sp, 1, 0));
  printf("revents %x\n", sp.revents);
  R(read(sfd, ssi, 300));
  R(read(sfd, ssi + 1, sizeof ssi - sizeof *ssi));
  for (int i = 0; i < 4; i++)
    printf("signo %d code %d int %d status %d pid %d\n", ssi[i].ssi_signo, ssi[i].ssi_code, ssi[i].ssi_int, ssi[i].ssi_status, ssi[i].ssi_pid == getpid());
  R(write(sfd, ssi, 128));
  R(lseek(sfd, 0, SEEK_SET));
  while (wait(0) > 0);
  /* children */
  sigprocmask(SIG_UNBLOCK, &mask, 0);
  set(SIGCHLD, child_info, 0);
  int kid = fork();
  if (!kid) { pause(); _exit(0); }
  kill(kid, SIGSTOP); usleep(50000); told("stopped");
  kill(kid, SIGCONT); usleep(50000); told("continued");
  kill(kid, SIGTERM); usleep(50000); told("terminated");
  R(wait(&status) == kid);
  set(SIGCHLD, child_info, SA_NOCLDSTOP);
  kid = fork();
  if (!kid) { pause(); _exit(0); }
  kill(kid, SIGSTOP); usleep(50000); told("stopped, nocldstop");
  kill(kid, SIGCONT); usleep(50000); told("continued, nocldstop");
  kill(kid, SIGABRT); usleep(50000); told("aborted");
  R(wait(&status) == kid);
  set(SIGCHLD, child_info, SA_NOCLDWAIT);
  kid = fork();
  if (!kid) _exit(5);
  usleep(50000); told("nocldwait");
  R(wait(&status));
  signal(SIGCHLD, SIG_IGN);
  kid = fork();
  if (!kid) _exit(5);
  R(wait(&status));
  return 0;
}
