/* ptrace(2): attaching, stops, memory, registers, signals, events, threads, and what becomes of tracees. */
#include "oracle.h"
#include <elf.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <time.h>

#define EVENT(status) ((unsigned)(status) >> 16)
#define SEIZE_OPTIONS(options) (void *)(long)(options)

static void part(const char *name) { printf("-- %s\n", name); fflush(stdout); }

/* The raw call: glibc's wrapper treats PEEK* in its own way. */
static long raw(long request, long pid, unsigned long addr, unsigned long data) {
  return syscall(SYS_ptrace, request, pid, addr, data);
}

static const char *status_text(int status) {
  static char text[100];
  if (WIFEXITED(status)) sprintf(text, "exited %d", WEXITSTATUS(status));
  else if (WIFSIGNALED(status)) sprintf(text, "killed by %d", WTERMSIG(status));
  else if (WIFCONTINUED(status)) sprintf(text, "continued");
  else sprintf(text, "stopped by %#x event %u", WSTOPSIG(status), EVENT(status));
  return text;
}
/* Waits for one task and says what came. */
static int next(pid_t pid) {
  int status = 0;
  pid_t got = waitpid(pid, &status, __WALL);
  if (got < 0) printf("  wait: %s\n", strerrorname_np(errno));
  else printf("  %s%s\n", got == pid || pid == -1 ? "" : "another ", status_text(status));
  fflush(stdout);
  return status;
}
static void siginfo(pid_t pid) {
  siginfo_t info;
  memset(&info, 0, sizeof info);
  if (ptrace(PTRACE_GETSIGINFO, pid, 0, &info) < 0) printf("  no siginfo: %s\n", strerrorname_np(errno));
  else
    printf("  siginfo: signo %d code %#x from %s\n", info.si_signo, info.si_code,
           info.si_pid == pid ? "itself" : info.si_pid == getpid() ? "me" : info.si_pid == 0 ? "nobody" : "else");
  fflush(stdout);
}
static unsigned long message(pid_t pid) {
  unsigned long value = 0;
  ptrace(PTRACE_GETEVENTMSG, pid, 0, &value);
  return value;
}
static struct user_regs_struct regs_of(pid_t pid) {
  struct user_regs_struct regs;
  memset(&regs, 0, sizeof regs);
  ptrace(PTRACE_GETREGS, pid, 0, &regs);
  return regs;
}
/* "State" and whether TracerPid is this process, from /proc. */
static void proc_status(pid_t pid) {
  char path[64], line[200];
  sprintf(path, "/proc/%d/status", pid);
  FILE *f = fopen(path, "r");
  while (f && fgets(line, sizeof line, f)) {
    if (!strncmp(line, "State:", 6)) printf("  %s", line);
    if (!strncmp(line, "TracerPid:", 10)) printf("  TracerPid: %s\n", atoi(line + 10) == getpid() ? "me" : atoi(line + 10) ? "another" : "0");
  }
  if (f) fclose(f);
  fflush(stdout);
}
static void nap(void) {
  struct timespec t = {0, 30000000};
  nanosleep(&t, 0);
}
static void await_state(pid_t pid, char wanted) {
  char path[64], text[400], *at;
  sprintf(path, "/proc/%d/stat", pid);
  for (int i = 0; i < 200; i++) {
    FILE *f = fopen(path, "r");
    size_t n = f ? fread(text, 1, sizeof text - 1, f) : 0;
    if (f) fclose(f);
    text[n] = 0;
    if ((at = strrchr(text, ')')) && at[2] == wanted) return;
    nap();
  }
  printf("  never %c\n", wanted);
}
#define CHILD(...) ({ fflush(stdout); pid_t child_ = fork(); if (child_ == 0) { __VA_ARGS__; _exit(0); } child_; })
#define TRACED(...) CHILD(ptrace(PTRACE_TRACEME, 0, 0, 0); raise(SIGSTOP); __VA_ARGS__)
static void end(pid_t pid) {
  kill(pid, SIGKILL);
  int status = 0;
  do {
    if (waitpid(pid, &status, __WALL) < 0) return;
  } while (!WIFEXITED(status) && !WIFSIGNALED(status));
}
static void idle(void) { for (;;) pause(); }

static void arguments(void) {
  part("arguments");
  R(raw(PTRACE_ATTACH, 0, 0, 0));
  R(raw(PTRACE_ATTACH, -1, 0, 0));
  R(raw(PTRACE_ATTACH, 4000000, 0, 0));
  R(raw(PTRACE_ATTACH, getpid(), 0, 0));
  R(raw(PTRACE_SEIZE, getpid(), 0, 0));
  R(raw(PTRACE_CONT, getpid(), 0, 0));
  R(raw(12345, getpid(), 0, 0));
  R(raw(-1, 4000000, 0, 0));
  pid_t pid = CHILD(idle());
  R(raw(PTRACE_CONT, pid, 0, 0));
  R(raw(PTRACE_PEEKDATA, pid, 0, 0));
  R(raw(PTRACE_SEIZE, pid, 1, 0));
  R(raw(PTRACE_SEIZE, pid, 0, 0x400));
  R(raw(PTRACE_SEIZE, pid, 0, 1ul << 40));
  OK(raw(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESYSGOOD));
  R(raw(PTRACE_SEIZE, pid, 0, 0));
  R(raw(PTRACE_ATTACH, pid, 0, 0));
  R(raw(PTRACE_CONT, pid, 0, 0));
  R(raw(PTRACE_GETREGS, pid, 0, 0));
  R(raw(PTRACE_DETACH, pid, 0, 0));
  R(raw(PTRACE_INTERRUPT, pid, 0, 0));
  next(pid);
  R(raw(PTRACE_CONT, pid, 0, 65));
  R(raw(PTRACE_DETACH, pid, 0, 65));
  R(raw(PTRACE_SETOPTIONS, pid, 0, 0x400));
  R(raw(PTRACE_SETOPTIONS, pid, 0, 1ul << 40));
  R(raw(PTRACE_SETOPTIONS, pid, 0, 0));
  R(raw(12345, pid, 0, 0));
  R(raw(PTRACE_TRACEME - 1, pid, 0, 0));
  R(raw(PTRACE_GETREGS, pid, 0, 8));
  R(raw(PTRACE_SETREGS, pid, 0, 8));
  R(raw(PTRACE_GETFPREGS, pid, 0, 8));
  R(raw(PTRACE_GETEVENTMSG, pid, 0, 8));
  R(raw(PTRACE_GETSIGINFO, pid, 0, 8));
  R(raw(PTRACE_SETSIGINFO, pid, 0, 8));
  R(raw(PTRACE_PEEKUSER, pid, 3, 8));
  R(raw(PTRACE_PEEKUSER, pid, 0, 8));
  R(raw(PTRACE_GETSIGMASK, pid, 4, 0));
  R(raw(PTRACE_GETSIGMASK, pid, 8, 8));
  R(raw(PTRACE_SETSIGMASK, pid, 128, 0));
  R(raw(PTRACE_PEEKSIGINFO, pid, 8, 0));
  R(raw(PTRACE_GET_SYSCALL_INFO, pid, 200, 8));
  R(raw(PTRACE_KILL, pid, 0, 0));
  next(pid);
  R(raw(PTRACE_KILL, pid, 0, 0));
  pid = CHILD(
    R(raw(PTRACE_TRACEME, 0, 0, 0));
    R(raw(PTRACE_TRACEME, 99, 99, 99)));
  next(pid);
  pid = CHILD(_exit(3));
  siginfo_t info;
  waitid(P_PID, pid, &info, WEXITED | WNOWAIT);
  R(raw(PTRACE_ATTACH, pid, 0, 0));
  next(pid);
}

static void exec_trap(char *self) {
  part("exec");
  pid_t pid = CHILD(ptrace(PTRACE_TRACEME, 0, 0, 0); execl(self, self, "exit", "5", NULL));
  next(pid);
  siginfo(pid);
  proc_status(pid);
  struct user_regs_struct r = regs_of(pid);
  printf("  rax %lld rip %d rsp %d orig_rax %lld eflags %#llx cs %llx ss %llx\n", r.rax, r.rip != 0, r.rsp != 0, r.orig_rax, r.eflags & ~0x10000, r.cs, r.ss);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  pid = TRACED(execl(self, self, "exit", "6", NULL));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXEC | PTRACE_O_TRACEEXIT | PTRACE_O_EXITKILL);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  printf("  message is pid: %d\n", message(pid) == (unsigned long)pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  printf("  message %#lx\n", message(pid));
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void show_info(pid_t pid) {
  struct __ptrace_syscall_info info;
  memset(&info, 0xaa, sizeof info);
  long size = ptrace(PTRACE_GET_SYSCALL_INFO, pid, (void *)sizeof info, &info);
  printf("  info: size %ld op %d arch %#x", size, info.op, info.arch);
  if (info.op == 1) printf(" nr %lld args %lld %lld %lld", (long long)info.entry.nr, (long long)info.entry.args[0], (long long)info.entry.args[1], (long long)info.entry.args[2]);
  if (info.op == 2) printf(" rval %lld error %d", (long long)info.exit.rval, info.exit.is_error);
  if (info.op == 3) printf(" nr %lld data %u", (long long)info.seccomp.nr, info.seccomp.ret_data);
  printf("\n");
  fflush(stdout);
}

static void syscalls(void) {
  part("system calls");
  pid_t pid = TRACED(
    syscall(SYS_getppid);
    syscall(SYS_close, 77, 78, 79);
    long a = syscall(SYS_getuid);
    long b = syscall(SYS_dup2, 1, 2, 3);
    long c = syscall(SYS_getgid);
    long d = syscall(SYS_getpgrp);
    syscall(SYS_exit_group, (a == 4242) + 2 * (b == 77) + 4 * (c == -1 && errno == ENOTTY) + 8 * (d == 99)));
  next(pid);
  siginfo(pid);
  show_info(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESYSGOOD);
  struct user_regs_struct r;
  /* The rest of raise(3) first: rt_sigprocmask and the like differ between libraries. */
  for (;;) {
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
    waitpid(pid, 0, __WALL);
    if (regs_of(pid).orig_rax == SYS_getppid) break;
  }
  r = regs_of(pid);
  printf("  entry: orig_rax %lld rax %lld message %lu\n", r.orig_rax, r.rax, message(pid));
  siginfo(pid);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  printf("  exit: rax is me %d message %lu\n", regs_of(pid).rax == (unsigned)getpid(), message(pid));
  siginfo(pid);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  show_info(pid);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  show_info(pid);
  /* getuid: another result. */
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  r = regs_of(pid);
  r.rax = 4242;
  ptrace(PTRACE_SETREGS, pid, 0, &r);
  /* dup2: no call at all. */
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, orig_rax), -1);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), 77);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  printf("  skipped: rax %lld\n", regs_of(pid).rax);
  /* getgid: another call with other arguments. */
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  r = regs_of(pid);
  int pipes[2];
  r.orig_rax = SYS_ioctl;
  r.rdi = 0;
  r.rsi = 0x5401;
  r.rdx = 0;
  if (pipe(pipes) == 0) r.rdi = 9999;
  r.orig_rax = 100000;
  ptrace(PTRACE_SETREGS, pid, 0, &r);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  show_info(pid);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user_regs_struct, rax), -ENOTTY);
  /* getpgrp: becomes umask(99), umask(99). */
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  r = regs_of(pid);
  r.orig_rax = SYS_umask;
  r.rdi = 99;
  ptrace(PTRACE_SETREGS, pid, 0, &r);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  printf("  umask is another call: %d\n", regs_of(pid).rax < 512);
  r = regs_of(pid);
  r.rax = 99;
  ptrace(PTRACE_SETREGS, pid, 0, &r);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  show_info(pid);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
}

static void emulation(void) {
  part("emulation");
  pid_t pid = TRACED(_exit(syscall(SYS_getuid, 1, 2, 3) == 1234 ? 3 : 4));
  next(pid);
  for (int i = 0; i < 50; i++) {
    ptrace(PTRACE_SYSEMU, pid, 0, 0);
    int status;
    waitpid(pid, &status, __WALL);
    struct user_regs_struct r = regs_of(pid);
    if (r.orig_rax == SYS_exit_group || WIFEXITED(status)) break;
    r.rax = r.orig_rax == SYS_getuid ? 1234 : 0;
    if (r.orig_rax == SYS_getuid) printf("  rdi %lld status %s\n", r.rdi, status_text(status));
    ptrace(PTRACE_SETREGS, pid, 0, &r);
  }
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

__attribute__((naked, noinline)) static void few_steps(void) {
  __asm__("nop; nop; mov $39, %eax; syscall; nop; nop; ret");
}
static volatile int handled;
static void on_usr1(int signo) { handled = signo; }
__attribute__((naked, noinline)) static void breakpoint(void) { __asm__("int3; ret"); }

static void steps(void) {
  part("single steps");
  pid_t pid = TRACED(few_steps(); breakpoint(); _exit(9));
  next(pid);
  struct user_regs_struct r = regs_of(pid);
  unsigned char kept[8], code[8] = {0xcc};
  errno = 0;
  long word = ptrace(PTRACE_PEEKTEXT, pid, few_steps, 0);
  printf("  peek %d\n", errno);
  OK(ptrace(PTRACE_POKETEXT, pid, few_steps, (word & ~0xffl) | 0xcc));
  printf("  changed here %d\n", *(long *)few_steps != word);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  r = regs_of(pid);
  printf("  at %lld\n", r.rip - (long)few_steps);
  ptrace(PTRACE_POKETEXT, pid, few_steps, word);
  r.rip--;
  ptrace(PTRACE_SETREGS, pid, 0, &r);
  for (int i = 0; i < 7; i++) {
    ptrace(PTRACE_SINGLESTEP, pid, 0, 0);
    int status = next(pid);
    siginfo_t info;
    ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
    r = regs_of(pid);
    long at = r.rip - (long)few_steps;
    printf("  step to %ld, code %d, rax %d, TF %d\n", at < 20 ? at : -1, info.si_code, at == 7 || at > 8 ? r.rax == pid : -1, (r.eflags & 0x100) != 0);
  }
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  /* A handler begins during a step. */
  struct sigaction sa = {.sa_handler = on_usr1};
  pid = TRACED(sigaction(SIGUSR1, &sa, 0); raise(SIGUSR2); _exit(handled));
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_SINGLESTEP, pid, 0, SIGUSR1);
  next(pid);
  printf("  in handler %d\n", regs_of(pid).rip == (unsigned long)on_usr1);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void signals(void) {
  part("signals");
  struct sigaction sa = {.sa_handler = on_usr1};
  pid_t pid = TRACED(
    sigaction(SIGUSR1, &sa, 0);
    signal(SIGWINCH, SIG_IGN);
    raise(SIGUSR1);
    if (handled) _exit(1);
    raise(SIGUSR2);
    if (handled != SIGUSR1) _exit(2);
    raise(SIGWINCH);
    raise(SIGCHLD);
    kill(getpid(), SIGTERM);
    raise(SIGTERM));
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGUSR1);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGWINCH);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGCHLD);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo_t info;
  ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
  info.si_code = -77;
  R(ptrace(PTRACE_SETSIGINFO, pid, 0, &info));
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGTERM);
  next(pid);

  pid = TRACED(
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, 0);
    union sigval v = {.sival_int = 5};
    sigqueue(getpid(), SIGRTMIN, v);
    sigqueue(getpid(), SIGRTMIN + 1, v);
    syscall(SYS_tgkill, getpid(), getpid(), SIGUSR2);
    syscall(SYS_getpgrp);
    sigemptyset(&all);
    syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
    _exit(4));
  next(pid);
  do {
    ptrace(PTRACE_SYSCALL, pid, 0, 0);
    waitpid(pid, 0, __WALL);
  } while (regs_of(pid).orig_rax != SYS_getpgrp);
  uint64_t mask = 0;
  R(raw(PTRACE_GETSIGMASK, pid, 8, (long)&mask));
  printf("  mask %#lx\n", mask);
  struct __ptrace_peeksiginfo_args args = {0, PTRACE_PEEKSIGINFO_SHARED, 10};
  siginfo_t infos[10];
  long n = ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos);
  printf("  shared %ld: %d %d value %d\n", n, infos[0].si_signo, infos[1].si_signo, infos[0].si_value.sival_int);
  args.off = 1;
  n = ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos);
  printf("  from 1: %ld: %d\n", n, infos[0].si_signo);
  args.off = 5;
  R(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos));
  args.off = 0;
  args.flags = 0;
  n = ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos);
  printf("  own %ld: %d code %d\n", n, infos[0].si_signo, infos[0].si_code);
  args.flags = 2;
  R(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos));
  args.flags = 0;
  args.nr = -1;
  R(ptrace(PTRACE_PEEKSIGINFO, pid, &args, infos));
  mask = ~(1ull << (SIGUSR2 - 1));
  R(raw(PTRACE_SETSIGMASK, pid, 8, (long)&mask));
  R(raw(PTRACE_GETSIGMASK, pid, 8, (long)&mask));
  printf("  mask %#lx\n", mask);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);

  part("fault");
  pid = TRACED(*(volatile int *)0x123450 = 1);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_GETSIGINFO, pid, 0, &info);
  printf("  signo %d code %d addr %p\n", info.si_signo, info.si_code, info.si_addr);
  ptrace(PTRACE_CONT, pid, 0, SIGSEGV);
  next(pid);
}

static void job_control(void) {
  part("group-stop, attached");
  /* In a job of its own, which is not orphaned: that would ignore SIGTSTP. */
  pid_t pid = CHILD(setpgid(0, 0); idle());
  await_state(pid, 'S');
  R(ptrace(PTRACE_ATTACH, pid, 0, 0));
  next(pid);
  siginfo(pid);
  proc_status(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  await_state(pid, 'S');
  kill(pid, SIGTSTP);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGTSTP);
  next(pid);
  siginfo(pid);
  proc_status(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  await_state(pid, 'S');
  kill(pid, SIGCONT);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGCONT);
  await_state(pid, 'S');
  R(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
  kill(pid, SIGSTOP);
  next(pid);
  R(ptrace(PTRACE_LISTEN, pid, 0, 0));
  R(ptrace(PTRACE_DETACH, pid, 0, SIGSTOP));
  await_state(pid, 'T');
  proc_status(pid);
  R(ptrace(PTRACE_ATTACH, pid, 0, 0));
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  siginfo(pid);
  R(ptrace(PTRACE_DETACH, pid, 0, 0));
  await_state(pid, 'T');
  proc_status(pid);
  end(pid);

  part("group-stop, seized");
  pid = CHILD(idle());
  await_state(pid, 'S');
  R(ptrace(PTRACE_SEIZE, pid, 0, 0));
  proc_status(pid);
  R(waitpid(pid, 0, WNOHANG | __WALL));
  R(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
  next(pid);
  siginfo(pid);
  R(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  await_state(pid, 'S');
  R(ptrace(PTRACE_LISTEN, pid, 0, 0));
  kill(pid, SIGSTOP);
  next(pid);
  R(ptrace(PTRACE_LISTEN, pid, 0, 0));
  ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
  next(pid);
  siginfo(pid);
  R(ptrace(PTRACE_LISTEN, pid, 0, 0));
  R(ptrace(PTRACE_GETEVENTMSG, pid, 0, 0));
  R(waitpid(pid, 0, WNOHANG | __WALL));
  proc_status(pid);
  R(ptrace(PTRACE_INTERRUPT, pid, 0, 0));
  next(pid);
  R(ptrace(PTRACE_LISTEN, pid, 0, 0));
  kill(pid, SIGCONT);
  next(pid);
  siginfo(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGCONT);
  await_state(pid, 'S');
  kill(pid, SIGCONT);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGTERM);
  next(pid);
}

static int nothing(void *argument) { return *(int *)argument; }
static char stack[65536] __attribute__((aligned(16)));

static void births(void) {
  part("births");
  pid_t pid = TRACED(
    int code = 4;
    pid_t a = fork();
    if (a == 0) _exit(1);
    waitpid(a, 0, 0);
    a = vfork();
    if (a == 0) _exit(2);
    waitpid(a, 0, 0);
    a = clone(nothing, stack + sizeof stack, CLONE_VM, &code);
    waitpid(a, 0, __WALL);
    a = clone(nothing, stack + sizeof stack, CLONE_VM | CLONE_UNTRACED | SIGCHLD, &code);
    waitpid(a, 0, __WALL);
    _exit(3));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORKDONE | PTRACE_O_TRACEEXIT);
  ptrace(PTRACE_CONT, pid, 0, 0);
  for (int i = 0; i < 3; i++) {
    next(pid);
    siginfo(pid);
    pid_t child = message(pid);
    next(child);
    siginfo(child);
    struct user_regs_struct r = regs_of(child);
    printf("  child rax %lld\n", r.rax);
    ptrace(PTRACE_CONT, pid, 0, 0);
    ptrace(PTRACE_CONT, child, 0, 0);
    next(child);
    printf("  message %#lx\n", message(child));
    ptrace(PTRACE_CONT, child, 0, 0);
    next(child);
    if (i == 1) {
      next(pid);
      printf("  message is child %d\n", message(pid) == (unsigned long)child);
      ptrace(PTRACE_CONT, pid, 0, 0);
    }
    /* SIGCHLD of a plain child, nothing of the clone without one. */
    if (i < 2) {
      next(pid);
      ptrace(PTRACE_CONT, pid, 0, SIGCHLD);
    }
  }
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGCHLD);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);

  part("births, seized");
  int go[2];
  pipe(go);
  pid = CHILD(char c; read(go[0], &c, 1); pid_t a = fork(); if (a == 0) _exit(1); waitpid(a, 0, 0); _exit(2));
  R(ptrace(PTRACE_SEIZE, pid, 0, SEIZE_OPTIONS(PTRACE_O_TRACEFORK)));
  write(go[1], "", 1);
  next(pid);
  pid_t child = message(pid);
  next(child);
  siginfo(child);
  proc_status(child);
  ptrace(PTRACE_CONT, child, 0, 0);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(child);
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, SIGCHLD);
  next(pid);
}

static int thread_pipe[2];
static void *waiting_thread(void *unused) {
  char c;
  read(thread_pipe[0], &c, 1);
  return unused;
}
static char *exec_self;
static void *exec_thread(void *unused) {
  execl(exec_self, exec_self, "exit", "8", NULL);
  return unused;
}
static void threads(char *self) {
  part("threads");
  pipe(thread_pipe);
  pid_t pid = TRACED(pthread_t t; pthread_create(&t, 0, waiting_thread, 0); pthread_join(t, 0); waiting_thread(0); _exit(6));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  pid_t tid = message(pid);
  next(tid);
  R(ptrace(PTRACE_CONT, tid, 0, 0));
  ptrace(PTRACE_CONT, pid, 0, 0);
  R(waitpid(tid, 0, WNOHANG));
  R(waitpid(tid, 0, WNOHANG | __WCLONE) > 0);
  kill(pid, SIGSTOP);
  int status;
  pid_t got = waitpid(-1, &status, __WALL);
  printf("  one of them: %s\n", status_text(status));
  ptrace(PTRACE_CONT, got, 0, SIGSTOP);
  /* Both take part in the group stop. */
  for (int i = 0; i < 2; i++) {
    got = waitpid(-1, &status, __WALL);
    printf("  %s: %s\n", got == pid || got == tid ? "ours" : "else", status_text(status));
  }
  kill(pid, SIGCONT);
  ptrace(PTRACE_CONT, tid, 0, 0);
  ptrace(PTRACE_CONT, pid, 0, 0);
  got = waitpid(-1, &status, __WALL);
  printf("  one of them: %s\n", status_text(status));
  ptrace(PTRACE_CONT, got, 0, SIGCONT);
  write(thread_pipe[1], "", 1);
  next(tid);
  write(thread_pipe[1], "", 1);
  next(pid);

  part("exec of a thread");
  exec_self = self;
  pid = TRACED(pthread_t t; pthread_create(&t, 0, exec_thread, 0); pthread_join(t, 0); _exit(6));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  tid = message(pid);
  next(tid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  ptrace(PTRACE_CONT, tid, 0, 0);
  next(pid);
  printf("  message is tid %d\n", message(pid) == (unsigned long)tid);
  R(ptrace(PTRACE_GETEVENTMSG, tid, 0, 0));
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static char text_page[4096] __attribute__((aligned(4096)));
static void memory(void) {
  part("memory");
  char *ro = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *none = mmap(0, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  char *shared = mmap(0, 4096, PROT_READ, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *writable = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  char *gone = mmap(0, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(gone, 4096);
  mprotect(none, 4096, PROT_READ | PROT_WRITE);
  strcpy(none, "hidden");
  mprotect(none, 4096, PROT_NONE);
  pid_t pid = TRACED(
    mprotect(none, 4096, PROT_READ);
    _exit(ro[0] == 'r' && none[1] == 'n' && writable[8] == 'w' ? 5 : 6));
  next(pid);
  char word[9] = {0};
  long value;
  R(raw(PTRACE_PEEKDATA, pid, (long)ro, (long)&value));
  R(raw(PTRACE_PEEKDATA, pid, (long)none, (long)word));
  printf("  %s\n", word);
  R(raw(PTRACE_PEEKDATA, pid, (long)none + 4090, (long)word));
  R(raw(PTRACE_PEEKDATA, pid, (long)gone, (long)word));
  R(raw(PTRACE_PEEKDATA, pid, 0, (long)word));
  R(raw(PTRACE_PEEKDATA, pid, -8ul, (long)word));
  R(raw(PTRACE_PEEKDATA, pid, 1ul << 47, (long)word));
  R(raw(PTRACE_PEEKDATA, pid, (long)ro, 0));
  R(raw(PTRACE_POKEDATA, pid, (long)ro, 'r'));
  R(raw(PTRACE_POKEDATA, pid, (long)none + 1, 'n'));
  R(raw(PTRACE_POKEDATA, pid, (long)none + 4092, 'n'));
  R(raw(PTRACE_POKEDATA, pid, (long)shared, 's'));
  R(raw(PTRACE_POKEDATA, pid, (long)writable + 8, 'w'));
  R(raw(PTRACE_POKEDATA, pid, (long)gone, 'g'));
  printf("  mine: %d %d %c\n", ro[0], shared[0], writable[8]);
  char path[64];
  sprintf(path, "/proc/%d/mem", pid);
  int fd = open(path, O_RDWR);
  memset(word, 0, sizeof word);
  R(pread(fd, word, 8, (long)none));
  printf("  %s\n", word + 4);
  R(pwrite(fd, "x", 1, (long)ro + 5));
  R(pwrite(fd, "x", 1, (long)shared));
  R(pwrite(fd, "x", 1, (long)gone));
  R(raw(PTRACE_PEEKDATA, pid, (long)ro, (long)word));
  printf("  %d %d\n", word[0], word[5]);
  close(fd);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void registers(void) {
  part("registers");
  pid_t pid = TRACED(
    register long kept __asm__("r12") = 1;
    __asm__ volatile("int3" : "+r"(kept));
    double d = 1;
    __asm__ volatile("movsd %0, %%xmm7; int3; movsd %%xmm7, %0" : "+m"(d) : : "xmm7");
    _exit(kept == 0x55 && d == 2.5 ? 7 : 8));
  next(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  struct user_regs_struct r = regs_of(pid), again;
  printf("  r12 %lld cs %llx ss %llx ds %llx gs_base %lld\n", r.r12, r.cs, r.ss, r.ds, r.gs_base);
  r.r12 = 0x55;
  R(ptrace(PTRACE_SETREGS, pid, 0, &r));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.fs_base), -1));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.fs_base), 1ul << 47));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.gs_base), 4096));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.gs_base), 0));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.cs), 0));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.ss), 0x10));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.ds), 8));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.r12) + 1, 8));
  R(raw(PTRACE_POKEUSER, pid, -8ul, 8));
  R(raw(PTRACE_POKEUSER, pid, sizeof(struct user), 8));
  R(raw(PTRACE_PEEKUSER, pid, sizeof(struct user), (long)&again));
  R(raw(PTRACE_PEEKUSER, pid, offsetof(struct user, u_tsize), (long)&again));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, u_tsize), 0));
  long value;
  R(raw(PTRACE_PEEKUSER, pid, offsetof(struct user, u_debugreg[7]), (long)&value));
  printf("  dr7 %#lx\n", value);
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[4]), 0));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, u_debugreg[7]), 0));
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eflags), -1));
  again = regs_of(pid);
  printf("  eflags %#llx\n", again.eflags);
  R(raw(PTRACE_POKEUSER, pid, offsetof(struct user, regs.eflags), r.eflags));
  again = regs_of(pid);
  printf("  same %d eflags %d\n", again.r12 == 0x55 && again.rip == r.rip, again.eflags == r.eflags);

  struct iovec io = {&again, sizeof again};
  memset(&again, 0, sizeof again);
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
  printf("  length %zu r12 %#llx\n", io.iov_len, again.r12);
  io.iov_len = 5000 * 8;
  static char area[65536];
  io.iov_base = area;
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
  printf("  length %zu\n", io.iov_len);
  io.iov_len = 12;
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
  io.iov_len = 16;
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
  R(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io));
  printf("  length %zu\n", io.iov_len);
  R(ptrace(PTRACE_GETREGSET, pid, 77, &io));
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, (void *)8));
  io.iov_base = (void *)8;
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRSTATUS, &io));
  R(ptrace(PTRACE_SETREGSET, pid, NT_PRSTATUS, &io));

  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  struct user_fpregs_struct fp;
  R(ptrace(PTRACE_GETFPREGS, pid, 0, &fp));
  double d;
  memcpy(&d, (char *)fp.xmm_space + 7 * 16, 8);
  printf("  xmm7 %g mxcsr %#x cwd %#x\n", d, fp.mxcsr, fp.cwd);
  d = 2.5;
  memcpy((char *)fp.xmm_space + 7 * 16, &d, 8);
  R(ptrace(PTRACE_SETFPREGS, pid, 0, &fp));
  struct user_fpregs_struct bad = fp;
  bad.mxcsr = -1;
  R(ptrace(PTRACE_SETFPREGS, pid, 0, &bad));
  io.iov_base = &fp;
  io.iov_len = sizeof fp;
  R(ptrace(PTRACE_GETREGSET, pid, NT_PRFPREG, &io));
  R(ptrace(PTRACE_SETREGSET, pid, NT_PRFPREG, &io));
  io.iov_len = 256;
  R(ptrace(PTRACE_SETREGSET, pid, NT_PRFPREG, &io));
  io.iov_base = area;
  io.iov_len = sizeof area;
  R(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &io));
  printf("  whole %d xcr0 %d\n", io.iov_len >= 576, (*(uint64_t *)(area + 464) & 3) == 3);
  memcpy(&d, area + 160 + 7 * 16, 8);
  printf("  xmm7 %g\n", d);
  R(ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &io));
  *(uint64_t *)(area + 512 + 16) = 1;
  R(ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &io));
  io.iov_len = 512;
  R(ptrace(PTRACE_SETREGSET, pid, NT_X86_XSTATE, &io));
  R(ptrace(PTRACE_GETREGSET, pid, NT_X86_XSTATE, &io));
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void restarts(void) {
  part("restarts");
  int pipes[2];
  pipe(pipes);
  pid_t pid = CHILD(char c; _exit(read(pipes[0], &c, 1) == 1 ? 9 : 10));
  await_state(pid, 'S');
  ptrace(PTRACE_ATTACH, pid, 0, 0);
  next(pid);
  struct user_regs_struct r = regs_of(pid);
  printf("  rax %lld orig_rax %lld\n", r.rax, r.orig_rax);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  r = regs_of(pid);
  printf("  rax %lld orig_rax %lld\n", r.rax, r.orig_rax);
  ptrace(PTRACE_CONT, pid, 0, 0);
  await_state(pid, 'S');
  kill(pid, SIGUSR1);
  next(pid);
  /* No restart for who says so. */
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), -1);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  pid = CHILD(struct timespec t = {5}; _exit(nanosleep(&t, &t)));
  await_state(pid, 'S');
  ptrace(PTRACE_ATTACH, pid, 0, 0);
  next(pid);
  printf("  rax %lld\n", regs_of(pid).rax);
  ptrace(PTRACE_SYSCALL, pid, 0, 0);
  next(pid);
  printf("  orig_rax %lld\n", regs_of(pid).orig_rax);
  end(pid);
}

static void fates(void) {
  part("fates");
  int pipes[2];
  /* The tracer ends: its tracee goes on. */
  pipe(pipes);
  pid_t pid = CHILD(char c; read(pipes[0], &c, 1); _exit(11));
  pid_t tracer = CHILD(ptrace(PTRACE_SEIZE, pid, 0, 0); ptrace(PTRACE_INTERRUPT, pid, 0, 0); waitpid(pid, 0, __WALL); _exit(1));
  next(tracer);
  await_state(pid, 'S');
  proc_status(pid);
  write(pipes[1], "", 1);
  next(pid);
  /* With EXITKILL it does not. */
  pid = CHILD(idle());
  tracer = CHILD(ptrace(PTRACE_SEIZE, pid, 0, SEIZE_OPTIONS(PTRACE_O_EXITKILL)); _exit(1));
  next(tracer);
  next(pid);
  /* The parent of a tracee hears of it after its tracer. */
  int report[2];
  pipe(pipes);
  pipe(report);
  pid = CHILD(close(report[0]); char c; read(pipes[0], &c, 1); _exit(12));
  tracer = CHILD(
    ptrace(PTRACE_SEIZE, pid, 0, 0);
    write(report[1], "", 1);
    siginfo_t info;
    waitid(P_PID, pid, &info, WEXITED | WNOWAIT | __WALL);
    char c;
    write(report[1], "", 1);
    read(pipes[0], &c, 1);
    int status;
    R(waitpid(pid, &status, __WALL) == pid);
    printf("  tracer: %s\n", status_text(status));
    R(waitpid(pid, &status, __WALL));
    fflush(stdout));
  char c;
  read(report[0], &c, 1);
  await_state(pid, 'S');
  proc_status(pid);
  write(pipes[1], "", 1);
  read(report[0], &c, 1);
  R(waitpid(pid, 0, WNOHANG));
  R(waitpid(pid, 0, WNOHANG | __WALL));
  write(pipes[1], "", 1);
  next(tracer);
  next(pid);
  /* Group stops show to both. */
  pipe(report);
  pid = CHILD(idle());
  await_state(pid, 'S');
  tracer = CHILD(
    int status;
    ptrace(PTRACE_SEIZE, pid, 0, 0);
    kill(pid, SIGSTOP);
    waitpid(pid, &status, __WALL);
    printf("  tracer: %s\n", status_text(status));
    ptrace(PTRACE_CONT, pid, 0, SIGSTOP);
    waitpid(pid, &status, __WALL);
    printf("  tracer: %s\n", status_text(status));
    fflush(stdout);
    write(report[1], "", 1);
    idle());
  read(report[0], &c, 1);
  int status = 0;
  R(waitpid(pid, &status, WUNTRACED) == pid);
  printf("  parent: %s\n", status_text(status));
  end(tracer);
  await_state(pid, 'T');
  end(pid);
  /* Ids of waitid, and what SIGCHLD says. */
  sigset_t chld;
  sigemptyset(&chld);
  sigaddset(&chld, SIGCHLD);
  sigprocmask(SIG_BLOCK, &chld, 0);
  siginfo_t info;
  while (sigtimedwait(&chld, &info, &(struct timespec){0}) > 0);
  pid = TRACED();
  sigwaitinfo(&chld, &info);
  printf("  SIGCHLD code %d status %d ours %d\n", info.si_code, info.si_status, info.si_pid == pid);
  memset(&info, 0, sizeof info);
  R(waitid(P_PID, pid, &info, WEXITED | WNOWAIT));
  printf("  code %d status %d\n", info.si_code, info.si_status);
  R(waitid(P_ALL, 0, &info, WSTOPPED));
  printf("  code %d status %d\n", info.si_code, info.si_status);
  memset(&info, 0, sizeof info);
  R(waitid(P_PID, pid, &info, WSTOPPED | WNOHANG));
  printf("  pid %d\n", info.si_pid);
  R(ptrace(PTRACE_DETACH, pid, 0, 0));
  next(pid);
  sigprocmask(SIG_UNBLOCK, &chld, 0);
  /* Signals come too late in its last stop. */
  pid = TRACED(_exit(1));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACEEXIT);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  kill(pid, SIGKILL);
  R(waitpid(pid, 0, WNOHANG));
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void seccomp(void) {
  part("seccomp");
  pid_t pid = TRACED(
    struct sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE | 55),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getpgrp, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EDOM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    struct sock_fprog prog = {6, code};
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &prog);
    long a = syscall(SYS_getppid);
    long b = syscall(SYS_getppid);
    int b_errno = errno;
    long c = syscall(SYS_getppid);
    long d = syscall(SYS_getppid);
    _exit((a == getppid()) + 2 * (b == -1 && b_errno == EDOM) + 4 * (c == 66) + 8 * (d == -1 && errno == ENOSYS)));
  next(pid);
  ptrace(PTRACE_SETOPTIONS, pid, 0, PTRACE_O_TRACESECCOMP);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  printf("  message %lu\n", message(pid));
  show_info(pid);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), SYS_getpgrp);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.orig_rax), -1);
  ptrace(PTRACE_POKEUSER, pid, offsetof(struct user, regs.rax), 66);
  ptrace(PTRACE_SETOPTIONS, pid, 0, 0);
  ptrace(PTRACE_CONT, pid, 0, 0);
  next(pid);
}

static void permissions(void) {
  part("permissions");
  if (setgid(65534) || setuid(65534)) { printf("  not root\n"); return; }
  prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  R(ptrace(PTRACE_ATTACH, getppid(), 0, 0));
  R(ptrace(PTRACE_SEIZE, 1, 0, 0));
  pid_t pid = CHILD(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); idle());
  await_state(pid, 'S');
  R(ptrace(PTRACE_ATTACH, pid, 0, 0));
  kill(pid, SIGKILL);
  waitpid(pid, 0, 0);
  pid = CHILD(idle());
  await_state(pid, 'S');
  R(ptrace(PTRACE_ATTACH, pid, 0, 0));
  next(pid);
  R(ptrace(PTRACE_DETACH, pid, 0, SIGKILL));
  next(pid);
}

int main(int argc, char **argv) {
  if (argc == 3) return atoi(argv[2]);
  char self[4096] = {0};
  readlink("/proc/self/exe", self, sizeof self - 1);
  arguments();
  exec_trap(self);
  syscalls();
  emulation();
  steps();
  signals();
  job_control();
  births();
  threads(self);
  memory();
  registers();
  restarts();
  fates();
  seccomp();
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) { permissions(); fflush(stdout); _exit(0); }
  waitpid(child, 0, 0);
  return 0;
}
