/* seccomp(2): what is refused, what filters do to calls, threads and children, and random programs. */
#include "oracle.h"
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <sys/prctl.h>

#define NR offsetof(struct seccomp_data, nr)
#define LOW(n) (offsetof(struct seccomp_data, args) + 8 * (n))
#define S(code, k) BPF_STMT(code, k)
#define J(code, k, t, f) BPF_JUMP(BPF_JMP | code, k, t, f)
#define RET(k) S(BPF_RET | BPF_K, k)
#define LD(k) S(BPF_LD | BPF_W | BPF_ABS, k)
#define LEN(a) (sizeof(a) / sizeof *(a))

static long install(struct sock_filter *code, unsigned len, unsigned flags) {
  struct sock_fprog prog = {len, code};
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &prog);
}
static void nnp(void) { prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); }

/* The action for one call; all others are allowed. */
static long only(int nr, unsigned action) {
  struct sock_filter code[] = {LD(NR), J(BPF_JEQ | BPF_K, nr, 0, 1), RET(action), RET(SECCOMP_RET_ALLOW)};
  return install(code, LEN(code), 0);
}

static void status(const char *what, int wstatus) {
  if (WIFEXITED(wstatus)) printf("%s: exit %d\n", what, WEXITSTATUS(wstatus));
  else printf("%s: signal %d\n", what, WTERMSIG(wstatus));
  fflush(stdout);
}
#define CHILD(what, ...) \
  do { \
    fflush(stdout); \
    pid_t child = fork(); \
    if (child == 0) { nnp(); __VA_ARGS__; fflush(stdout); _exit(7); } \
    int wstatus; \
    waitpid(child, &wstatus, 0); \
    status(what, wstatus); \
  } while (0)

static void show_status(void) {
  char line[200];
  FILE *f = fopen("/proc/self/status", "r");
  while (f && fgets(line, sizeof line, f))
    if (!strncmp(line, "Seccomp", 7) || !strncmp(line, "NoNew", 5)) fputs(line, stdout);
  if (f) fclose(f);
}

static void on_sys(int signo, siginfo_t *info, void *context) {
  (void)context;
  printf("signal %d code %d errno %d syscall %d arch %x addr %d\n", signo, info->si_code, info->si_errno,
         info->si_syscall, info->si_arch, info->si_call_addr != 0);
  fflush(stdout);
}
static void catch_sys(void) {
  struct sigaction sa = {.sa_sigaction = on_sys, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &sa, 0);
}

static void *call_getppid(void *unused) {
  (void)unused;
  errno = 0;
  long result = syscall(SYS_getppid);
  return (void *)(long)(result == -1 ? errno : 0);
}
static void *wait_long(void *pipes) {
  char byte;
  if (read(((int *)pipes)[0], &byte, 1) < 0) return (void *)-1L;
  return call_getppid(0);
}
static void in_thread(void *(*run)(void *)) {
  pthread_t thread;
  void *result = 0;
  pthread_create(&thread, 0, run, 0);
  pthread_join(thread, &result);
  printf("thread: %ld\n", (long)result);
}

/* A thread that was there before the filter. */
static void synchronized(unsigned flags, int stranger) {
  int pipes[2];
  pthread_t thread;
  void *result = 0;
  if (pipe(pipes)) return;
  pthread_create(&thread, 0, wait_long, pipes);
  if (stranger) only(SYS_getuid, SECCOMP_RET_ERRNO | 5);
  struct sock_filter code[] = {LD(NR), J(BPF_JEQ | BPF_K, SYS_getppid, 0, 1), RET(SECCOMP_RET_ERRNO | 33),
                               RET(SECCOMP_RET_ALLOW)};
  R(install(code, LEN(code), flags));
  if (write(pipes[1], "x", 1) != 1) return;
  pthread_join(thread, &result);
  printf("thread: %ld\n", (long)result);
}

static void *kill_me(void *unused) {
  (void)unused;
  syscall(SYS_getppid);
  return 0;
}

static void actions(void) {
  CHILD("errno", R(only(SYS_getppid, SECCOMP_RET_ERRNO | 33)); R(syscall(SYS_getppid)));
  CHILD("errno 0", only(SYS_getppid, SECCOMP_RET_ERRNO); R(syscall(SYS_getppid)));
  CHILD("errno 5000", only(SYS_getppid, SECCOMP_RET_ERRNO | 5000); printf("%d\n", syscall(SYS_getppid) == -1 ? errno : 0));
  CHILD("kill process", only(SYS_getppid, SECCOMP_RET_KILL_PROCESS); syscall(SYS_getppid); puts("alive"));
  CHILD("kill thread", only(SYS_getppid, SECCOMP_RET_KILL_THREAD); syscall(SYS_getppid); puts("alive"));
  CHILD("unknown action", only(SYS_getppid, 0x12340000); syscall(SYS_getppid); puts("alive"));
  CHILD("kill process ignored", signal(SIGSYS, SIG_IGN); only(SYS_getppid, SECCOMP_RET_KILL_PROCESS); syscall(SYS_getppid));
  CHILD("kill process caught", catch_sys(); only(SYS_getppid, SECCOMP_RET_KILL_PROCESS); syscall(SYS_getppid));
  CHILD("trap", catch_sys(); only(SYS_getppid, SECCOMP_RET_TRAP | 77); R(syscall(SYS_getppid)));
  CHILD("trap ignored", signal(SIGSYS, SIG_IGN); only(SYS_getppid, SECCOMP_RET_TRAP); syscall(SYS_getppid));
  CHILD("trap default", only(SYS_getppid, SECCOMP_RET_TRAP); syscall(SYS_getppid));
  CHILD("trace", only(SYS_getppid, SECCOMP_RET_TRACE | 3); R(syscall(SYS_getppid)));
  CHILD("notify", only(SYS_getppid, SECCOMP_RET_USER_NOTIF); R(syscall(SYS_getppid)));
  CHILD("log", only(SYS_getppid, SECCOMP_RET_LOG); OK(syscall(SYS_getppid)));
  CHILD("strictest", only(SYS_getppid, SECCOMP_RET_ERRNO | 4); only(SYS_getppid, SECCOMP_RET_TRACE);
        only(SYS_getppid, SECCOMP_RET_ERRNO | 6); only(SYS_getppid, SECCOMP_RET_ALLOW); R(syscall(SYS_getppid)); show_status());
  CHILD("no such call", only(999, SECCOMP_RET_ERRNO | 9); R(syscall(999)); R(syscall(998)));
  CHILD("x32", only(0x40000000 | SYS_getppid, SECCOMP_RET_ERRNO | 9); R(syscall(0x40000000 | SYS_getppid)));
  CHILD("killed thread of two", only(SYS_getppid, SECCOMP_RET_KILL_THREAD); pthread_t t; void *r;
        pthread_create(&t, 0, kill_me, 0); usleep(100000); (void)r; puts("alive"));
  CHILD("killed process of two", only(SYS_getppid, SECCOMP_RET_KILL_PROCESS); in_thread(kill_me); puts("alive"));
}

static void strict(void) {
  CHILD("strict", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); if (write(1, "written\n", 8) < 0) _exit(1); syscall(SYS_exit, 3));
  CHILD("strict getpid", syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, 0); syscall(SYS_getpid); syscall(SYS_exit, 3));
  CHILD("strict exit_group", prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT); syscall(SYS_exit_group, 3));
  CHILD("strict after filter", only(SYS_getppid, 0); R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT)));
  CHILD("mode", R(prctl(PR_GET_SECCOMP)); only(SYS_getppid, 0); R(prctl(PR_GET_SECCOMP)); show_status());
}

static void inheritance(void) {
  CHILD("fork", only(SYS_getppid, SECCOMP_RET_ERRNO | 33);
        CHILD("inner", R(syscall(SYS_getppid)); show_status()));
  CHILD("exec", only(SYS_getppid, SECCOMP_RET_ERRNO | 33); fflush(stdout);
        execl("/bin/grep", "grep", "Seccomp", "/proc/self/status", NULL));
  CHILD("new thread", only(SYS_getppid, SECCOMP_RET_ERRNO | 33); in_thread(call_getppid));
  CHILD("old thread", synchronized(0, 0));
  CHILD("tsync", synchronized(SECCOMP_FILTER_FLAG_TSYNC, 0));
  CHILD("tsync after own", synchronized(SECCOMP_FILTER_FLAG_TSYNC, 1));
}

static void refusals(void) {
  struct sock_filter allow[] = {RET(SECCOMP_RET_ALLOW)};
  struct sock_fprog none = {0, allow}, bad = {1, BAD}, null = {1, 0};
  unsigned action;
  R(syscall(SYS_seccomp, 99, 0, 0));
  R(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 1, 0));
  R(syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, &none));
  R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, BAD));
  R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &none));
  R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0x8000, &none));
  R(prctl(PR_SET_SECCOMP, 0, 0));
  R(prctl(PR_SET_SECCOMP, 3, 0));
  R(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &none));
  CHILD("bad", R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &bad)); R(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &null)));
  const unsigned known[] = {SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_TRAP, SECCOMP_RET_ERRNO,
                            SECCOMP_RET_TRACE, SECCOMP_RET_LOG, SECCOMP_RET_ALLOW, 0x12340000, SECCOMP_RET_ERRNO | 1};
  for (unsigned i = 0; i < LEN(known); i++) {
    action = known[i];
    R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &action));
  }
  R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 1, &action));
  R(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, BAD));
  if (fork() == 0) {
    if (setresuid(65534, 65534, 65534)) _exit(1);
    R(install(allow, 1, 0));
    R(install(allow, 1, SECCOMP_FILTER_FLAG_LOG));
    nnp();
    R(install(allow, 1, SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW));
    _exit(0);
  }
  wait(0);
  CHILD("too many", struct sock_filter long_one[4096]; for (int i = 0; i < 4096; i++) long_one[i] = allow[0];
        long r; int n = 0; while ((r = install(long_one, 4096, 0)) == 0) n++; printf("%d then %s\n", n, strerrorname_np(errno)));
}

static unsigned seed = 12345;
static unsigned rnd(unsigned n) {
  seed = seed * 1103515245u + 12345u;
  return (seed >> 8) % n;
}
static unsigned wide(void) {
  const unsigned special[] = {0, 1, 31, 32, 0x7fffffff, 0x80000000u, 0xffffffffu, 64, 4};
  return rnd(3) ? special[rnd(LEN(special))] : rnd(0xffffff) * 251u;
}

/* Anything at all, never run: which programs are valid. */
static void random_validity(void) {
  for (int n = 0; n < 1500; n++) {
    struct sock_filter code[12] = {LD(NR), J(BPF_JEQ | BPF_K, 0xffff, 1, 0), RET(SECCOMP_RET_ALLOW)};
    unsigned len = 4 + rnd(8);
    for (unsigned i = 3; i < len; i++) {
      const unsigned codes[] = {0x06, 0x16, 0x15, 0x1d, 0x25, 0x2d, 0x35, 0x45, 0x4d, 0x05, 0x20, 0x80, 0x81, 0x00, 0x01,
                                0x60, 0x61, 0x02, 0x03, 0x07, 0x87, 0x84, 0x04, 0x0c, 0x34, 0x3c, 0x64, 0x74, 0x6c, 0x94, 0x28, 0xb1};
      code[i].code = rnd(30) ? codes[rnd(LEN(codes))] : rnd(0x1ff);
      code[i].jt = rnd(4);
      code[i].jf = rnd(4);
      code[i].k = rnd(3) ? rnd(20) : wide();
    }
    if (rnd(4)) code[len - 1] = (struct sock_filter)RET(SECCOMP_RET_ALLOW);
    long result = install(code, len, 0);
    putchar(result == 0 ? '.' : errno == EINVAL ? 'x' : '?');
    if (n % 100 == 99) putchar('\n');
  }
}

/* Arithmetic on the arguments: what the programs compute. */
static void random_programs(void) {
  for (int n = 0; n < 300; n++) {
    struct sock_filter code[40] = {LD(NR), J(BPF_JEQ | BPF_K, SYS_getppid, 1, 0), RET(SECCOMP_RET_ALLOW)};
    unsigned len = 3;
    for (unsigned m = 0; m < 4; m++) {
      code[len++] = (struct sock_filter)S(BPF_LD | BPF_IMM, wide());
      code[len++] = (struct sock_filter)S(BPF_ST, m);
    }
    code[len++] = (struct sock_filter)LD(LOW(0) + 4 * rnd(12));
    code[len++] = (struct sock_filter)S(BPF_MISC | BPF_TAX, 0);
    unsigned end = 15 + rnd(18);
    while (len < end) {
      const unsigned ops[] = {0x00, 0x10, 0x20, 0x30, 0x40, 0x50, 0x60, 0x70, 0xa0, 0x80};
      unsigned op = ops[rnd(LEN(ops))];
      switch (rnd(7)) {
        case 0: code[len++] = (struct sock_filter)LD(LOW(0) + 4 * rnd(12)); break;
        case 1: code[len++] = (struct sock_filter)S(rnd(2) ? BPF_LD | BPF_MEM : BPF_LDX | BPF_MEM, rnd(4)); break;
        case 2: code[len++] = (struct sock_filter)S(rnd(2) ? BPF_ST : BPF_STX, rnd(4)); break;
        case 3: code[len++] = (struct sock_filter)S(rnd(2) ? BPF_MISC | BPF_TAX : BPF_MISC | BPF_TXA, 0); break;
        case 4: {
          const unsigned conds[] = {BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET};
          unsigned code4 = BPF_JMP | conds[rnd(4)] | (rnd(2) ? BPF_X : BPF_K);
          code[len].code = code4; code[len].jt = rnd(3); code[len].jf = rnd(3); code[len].k = wide(); len++;
          break;
        }
        default: {
          unsigned k = wide();
          if (op == 0x60 || op == 0x70) { code[len++] = (struct sock_filter)S(BPF_ALU | op | BPF_K, k % 32); break; }
          if (op == 0x80) { code[len++] = (struct sock_filter)S(BPF_ALU | op, 0); break; }
          if (op == 0x30) { code[len++] = (struct sock_filter)S(BPF_ALU | op | BPF_K, k ? k : 3); break; }
          code[len++] = (struct sock_filter)S(BPF_ALU | op | (rnd(2) ? BPF_X : BPF_K), k);
        }
      }
    }
    for (int i = 0; i < 2; i++) code[len++] = (struct sock_filter)S(BPF_ALU | BPF_AND | BPF_K, 0xfff);
    code[len++] = (struct sock_filter)S(BPF_ALU | BPF_AND | BPF_K, 0xfff);
    code[len++] = (struct sock_filter)S(BPF_ALU | BPF_OR | BPF_K, SECCOMP_RET_ERRNO);
    code[len++] = (struct sock_filter)S(BPF_RET | BPF_A, 0);
    long result = install(code, len, 0);
    if (result) { printf("install %s\n", strerrorname_np(errno)); continue; }
    for (int i = 0; i < 2; i++) {
      unsigned long a[6];
      for (int j = 0; j < 6; j++) a[j] = ((unsigned long)wide() << 32) | wide();
      errno = 0;
      long r = syscall(SYS_getppid, a[0], a[1], a[2], a[3], a[4], a[5]);
      printf("%d ", r == -1 ? errno : 0);
    }
    if (n % 10 == 9) putchar('\n');
  }
}

int main(void) {
  setvbuf(stdout, 0, _IOFBF, 65536);
  refusals();
  actions();
  strict();
  inheritance();
  CHILD("random validity", random_validity());
  CHILD("random programs", random_programs());
  return 0;
}
