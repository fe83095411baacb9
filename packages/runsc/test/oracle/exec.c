/* execve: what it refuses, #! lines, arguments, environment, what survives, auxv, /proc/self/exe. */
#include "file-oracle.h"
#include <elf.h>
#include <linux/capability.h>
#include <sys/auxv.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/xattr.h>

extern char **environ;
static char self[300], buf[300000];

/* The program as started by execve below. */
static int started(int argc, char **argv) {
  printf("args %d:", argc);
  for (int i = 0; i < argc && i < 12; i++) printf(" [%.60s]", argv[i]);
  printf("\nenv:");
  for (int i = 0; environ[i] && i < 5; i++) printf(" [%.60s]", environ[i]);
  puts("");
  if (argc > 1 && !strcmp(argv[1], "state")) {
    char name[17] = {0};
    prctl(PR_GET_NAME, name);
    printf("name %s\n", name);
    for (int fd = 3; fd < 40; fd++)
      if (fcntl(fd, F_GETFD) >= 0) printf("fd %d\n", fd);
    sigset_t set;
    sigprocmask(0, 0, &set);
    printf("blocked USR1 %d\n", sigismember(&set, SIGUSR1));
    sigpending(&set);
    printf("pending USR1 %d\n", sigismember(&set, SIGUSR1));
    struct sigaction sa;
    sigaction(SIGUSR2, 0, &sa);
    printf("USR2 %s\n", sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "handled");
    sigaction(SIGTERM, 0, &sa);
    printf("TERM %s\n", sa.sa_handler == SIG_IGN ? "ignored" : sa.sa_handler == SIG_DFL ? "default" : "handled");
    struct rlimit rl;
    getrlimit(RLIMIT_NOFILE, &rl);
    printf("files %d\n", (int)rl.rlim_cur);
    printf("umask %o nice %d\n", umask(0), getpriority(PRIO_PROCESS, 0));
    stack_t ss;
    sigaltstack(0, &ss);
    printf("altstack %d\n", ss.ss_flags);
    printf("keepcaps %d dumpable %d pdeathsig\n", prctl(PR_GET_KEEPCAPS), prctl(PR_GET_DUMPABLE));
    struct itimerval it;
    getitimer(ITIMER_REAL, &it);
    printf("timer %d\n", it.it_value.tv_sec > 0);
    int fd = open("/proc/self/cmdline", O_RDONLY);
    long n = read(fd, buf, 1000);
    for (long i = 0; i < n; i++) putchar(buf[i] ? buf[i] : '|');
    puts("");
  }
  if (argc > 1 && !strcmp(argv[1], "auxv")) {
    printf("pagesz %lu clktck %lu secure %lu phent %lu uid %lu euid %lu gid %lu egid %lu flags %lu\n", getauxval(AT_PAGESZ), getauxval(AT_CLKTCK), getauxval(AT_SECURE), getauxval(AT_PHENT), getauxval(AT_UID), getauxval(AT_EUID), getauxval(AT_GID), getauxval(AT_EGID), getauxval(AT_FLAGS));
    printf("platform %s execfn %s base %lx entry %d random %d\n", (char *)getauxval(AT_PLATFORM), strrchr((char *)getauxval(AT_EXECFN), '/'), getauxval(AT_BASE), getauxval(AT_ENTRY) != 0, getauxval(AT_RANDOM) != 0);
    Elf64_Phdr *ph = (void *)getauxval(AT_PHDR);
    printf("phdr type %d of %lu\n", ph->p_type, getauxval(AT_PHNUM));
    int fd = open("/proc/self/auxv", O_RDONLY);
    Elf64_auxv_t *aux = (void *)buf;
    long n = read(fd, buf, sizeof buf) / sizeof *aux;
    for (long i = 0; i < n; i++)
      if (aux[i].a_type != 27 && aux[i].a_type != 28) printf("%lu ", aux[i].a_type); // no AT_RSEQ_* where rseq(2) is missing
    puts("");
  }
  if (argc > 1 && !strcmp(argv[1], "exe")) {
    memset(buf, 0, 1000);
    readlink("/proc/self/exe", buf, 999);
    puts(strrchr(buf, '/'));
    unlink(buf);
    memset(buf, 0, 1000);
    readlink("/proc/self/exe", buf, 999);
    puts(strrchr(buf, '/'));
    R(access("/proc/self/exe", X_OK));
    R(open("/proc/self/exe", O_RDWR));
    int fd = open("/proc/self/exe", O_RDONLY);
    R(read(fd, buf, 4));
    printf("%.3s\n", buf + 1);
    execl("/proc/self/exe", "again", "last", (char *)0);
    perror("exec of the removed program");
  }
  if (argc > 1 && !strcmp(argv[1], "ids"))
    printf("uid %d euid %d gid %d egid %d secure %lu dumpable %d\n", getuid(), geteuid(), getgid(), getegid(), getauxval(AT_SECURE), prctl(PR_GET_DUMPABLE));
  if (argc > 1 && !strcmp(argv[1], "last")) {
    int fd = open("/proc/self/comm", O_RDONLY);
    long n = read(fd, buf, 100);
    printf("comm %.*s", (int)n, buf);
  }
  return 0;
}
/* Runs one exec in a child; prints how it failed. */
#define X(call) \
  do { \
    fflush(stdout); \
    pid_t c = fork(); \
    if (!c) { \
      call; \
      printf("%s: %s\n", #call, strerrorname_np(errno)); \
      fflush(stdout); \
      _exit(7); \
    } \
    int status; \
    waitpid(c, &status, 0); \
    if (status) printf("status %x\n", status); \
  } while (0)

static void copy(const char *from, const char *to, int mode) {
  int in = open(from, O_RDONLY), out = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0700);
  long n;
  while ((n = read(in, buf, sizeof buf)) > 0) write(out, buf, n);
  fchmod(out, mode);
  close(in), close(out);
}
static void script(const char *path, const char *text) { put(path, text), chmod(path, 0755); }
#define ARGS(...) ((char *[]){__VA_ARGS__, 0})

int main(int argc, char **argv) {
  if (getenv("ORACLE_EXEC")) return started(argc, argv);
  readlink("/proc/self/exe", self, sizeof self - 1);
  begin();
  char *env[] = {"ORACLE_EXEC=1", "A=b", 0};
  char *none[] = {0};
  copy(self, "prog", 0755);
  X(execve("prog", ARGS("zero", "one", "", "three"), env));
  X(execve("./prog", none, env));
  X(execve("prog", 0, env));
  X(execve("missing", ARGS("x"), env));
  X(execve("", ARGS("x"), env));
  X(execve(BAD, ARGS("x"), env));
  X(execve("prog", BAD, env));
  X(execve("prog", ARGS("x"), BAD));
  X(execve("prog", ((char *[]){"a", BAD, 0}), env));
  X(execve(".", ARGS("x"), env));
  X(execve("prog/", ARGS("x"), env));
  X(execve("prog/x", ARGS("x"), env));
  X(execve("/dev/null", ARGS("x"), env));
  mkfifo("fifo", 0755);
  X(execve("fifo", ARGS("x"), env));
  symlink("prog", "link");
  X(execve("link", ARGS("via link"), env));
  symlink("loop", "loop");
  X(execve("loop", ARGS("x"), env));
  copy(self, "noexec", 0644);
  X(execve("noexec", ARGS("x"), env));
  AS(1000, 1000, { chmod("noexec", 0755); execve("noexec", ARGS("x"), env); printf("%s\n", strerrorname_np(errno)); });
  copy(self, "xonly", 0711), chown("xonly", 0, 0);
  AS(1000, 1000, { fflush(stdout); execve("xonly", ARGS("x", "ids"), env); printf("%s\n", strerrorname_np(errno)); });
  /* a file whose capabilities are not to be had: needed at once, or asked for later */
  for (int needed = 1; needed >= 0; needed--) {
    struct vfs_cap_data caps = {VFS_CAP_REVISION_2 | needed, {{1 << CAP_NET_RAW, 0}}};
    copy(self, "capable", 0755);
    printf("setcap %d\n", setxattr("capable", "security.capability", &caps, sizeof caps, 0));
    X(execve("capable", ARGS("x", "ids"), env));
    X((prctl(PR_CAPBSET_DROP, CAP_NET_RAW), execve("capable", ARGS("bounded", "ids"), env)));
  }
  /* no ELF, bad ELF */
  script("empty", "");
  X(execve("empty", ARGS("x"), env));
  script("text", "echo hello\n");
  X(execve("text", ARGS("x"), env));
  script("short", "\x7f" "ELF");
  X(execve("short", ARGS("x"), env));
  for (int at = 4; at < 56; at += 2) {
    copy(self, "broken", 0755);
    int fd = open("broken", O_RDWR);
    unsigned char b[2] = {0xff, 0xff};
    pwrite(fd, b, 2, at);
    close(fd);
    if (at >= 24 && at < 32 || at >= 8 && at < 16 || at >= 40 && at < 52 || at == 6) continue;
    fflush(stdout);
    pid_t c = fork();
    if (!c) {
      struct rlimit core = {0, 0};
      setrlimit(RLIMIT_CORE, &core);
      execve("broken", ARGS("x"), env);
      printf("byte %d: %s\n", at, strerrorname_np(errno));
      fflush(stdout);
      _exit(7);
    }
    int status;
    waitpid(c, &status, 0);
    printf("byte %d: status %x\n", at, status);
  }
  copy(self, "cut", 0755);
  truncate("cut", 100);
  X(execve("cut", ARGS("x"), env));
  /* #! */
  chmod("prog", 0755);
  script("s1", "#!./prog\n");
  X(execve("s1", ARGS("zero", "one", "two"), env));
  script("s2", "#! \t ./prog  with  some  args \t \n");
  X(execve("s2", ARGS("zero", "one"), env));
  script("s3", "#!./prog");
  X(execve("s3", ARGS("zero"), env));
  script("s4", "#!\n");
  X(execve("s4", ARGS("zero"), env));
  script("s5", "#!   \n");
  X(execve("s5", ARGS("zero"), env));
  script("s6", "#!missing\n");
  X(execve("s6", ARGS("zero"), env));
  script("s7", "#!./s1 arg\n");
  X(execve("s7", ARGS("zero", "one"), env));
  script("s8", "#!./s8\n");
  X(execve("s8", ARGS("zero"), env));
  script("n1", "#!./s7\n"), script("n2", "#!./n1\n"), script("n3", "#!./n2\n");
  X(execve("n1", ARGS("zero"), env));
  X(execve("n2", ARGS("zero"), env));
  X(execve("n3", ARGS("zero"), env));
  script("s9", "#!./prog\r\n");
  X(execve("s9", ARGS("zero"), env));
  X(execve("s1", none, env));
  strcpy(buf + 1000, "#!./prog ");
  memset(buf + 1009, 'a', 300);
  strcpy(buf + 1309, " tail\n");
  script("long", buf + 1000);
  X(execve("long", ARGS("zero"), env));
  strcpy(buf + 1000, "#!./");
  memset(buf + 1004, 'p', 300);
  strcpy(buf + 1304, "\n");
  script("longname", buf + 1000);
  X(execve("longname", ARGS("zero"), env));
  script("nul", "#!./prog");
  int nul = open("nul", O_WRONLY | O_APPEND);
  write(nul, " a\0b\n", 5);
  close(nul);
  X(execve("nul", ARGS("zero"), env));
  script("dir", "#!.\n");
  X(execve("dir", ARGS("zero"), env));
  script("noperm", "#!./noexec\n");
  chmod("noexec", 0644);
  X(execve("noperm", ARGS("zero"), env));
  /* ETXTBSY */
  int w = open("prog", O_WRONLY);
  X(execve("prog", ARGS("x"), env));
  close(w);
  int ready[2], go[2];
  pipe(ready), pipe(go);
  script("sleeper", "");
  copy("/bin/sleep", "sleeper", 0755);
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    fcntl(ready[1], F_SETFD, FD_CLOEXEC);
    close(ready[0]);
    execl("sleeper", "sleeper", "5", (char *)0);
    _exit(9);
  }
  close(ready[1]);
  read(ready[0], buf, 1);
  R(open("sleeper", O_WRONLY));
  R(open("sleeper", O_RDWR | O_TRUNC));
  R(truncate("sleeper", 0));
  R(open("sleeper", O_RDONLY) < 0);
  R(chmod("sleeper", 0700));
  R(rename("sleeper", "sleeper2"));
  kill(c, SIGKILL);
  waitpid(c, 0, 0);
  R(open("sleeper2", O_WRONLY) < 0);
  /* limits */
  memset(buf, 'x', 131072);
  buf[131071] = 0;
  X(execve("prog", ARGS("x", buf), env));
  buf[131071] = 'x', buf[131072] = 0;
  X(execve("prog", ARGS("x", buf), env));
  X(execve("prog", ARGS("x"), ((char *[]){"ORACLE_EXEC=1", buf, 0})));
  static char *many[300002];
  for (int i = 0; i < 300000; i++) many[i] = "0123456789";
  X(execve("prog", many, env));
  many[100000] = 0;
  X(execve("prog", many, env));
  struct rlimit rl = {1 << 20, RLIM_INFINITY};
  struct rlimit old;
  getrlimit(RLIMIT_STACK, &old);
  setrlimit(RLIMIT_STACK, &rl);
  X(execve("prog", many, env));
  many[5000] = 0;
  X(execve("prog", many, env));
  setrlimit(RLIMIT_STACK, &old);
  /* state that survives */
  fflush(stdout);
  c = fork();
  if (!c) {
    open("prog", O_RDONLY | O_CLOEXEC);
    dup2(0, 30);
    dup3(0, 31, O_CLOEXEC);
    for (int fd = 3; fd < 30; fd++) close(fd);
    signal(SIGUSR2, SIG_IGN);
    signal(SIGTERM, (void (*)(int))abs);
    sigset_t set;
    sigemptyset(&set), sigaddset(&set, SIGUSR1);
    sigprocmask(SIG_BLOCK, &set, 0);
    raise(SIGUSR1);
    rl.rlim_cur = 55, rl.rlim_max = 66;
    setrlimit(RLIMIT_NOFILE, &rl);
    umask(0123);
    nice(5);
    prctl(PR_SET_NAME, "changed");
    prctl(PR_SET_KEEPCAPS, 1);
    prctl(PR_SET_DUMPABLE, 0);
    stack_t ss = {.ss_sp = malloc(65536), .ss_size = 65536};
    sigaltstack(&ss, 0);
    alarm(100);
    execve("prog", ARGS("a long name for a program", "state"), env);
  }
  waitpid(c, 0, 0);
  X(execve(realpath("prog", buf), ARGS("x", "auxv"), env));
  copy(self, "gone", 0755);
  X(execve("gone", ARGS("x", "exe"), env));
  /* execveat */
  int fd = open("prog", O_PATH), dir = open(".", O_RDONLY), cloexec = open("s1", O_RDONLY | O_CLOEXEC), plain = open("s1", O_RDONLY);
  X(syscall(SYS_execveat, dir, "prog", ARGS("at"), env, 0));
  X(syscall(SYS_execveat, fd, "", ARGS("empty"), env, AT_EMPTY_PATH));
  X(syscall(SYS_execveat, fd, "", ARGS("empty"), env, 0));
  X(syscall(SYS_execveat, dir, "link", ARGS("x"), env, AT_SYMLINK_NOFOLLOW));
  X(syscall(SYS_execveat, dir, "prog", ARGS("x"), env, 0x8000));
  X(syscall(SYS_execveat, cloexec, "", ARGS("x"), env, AT_EMPTY_PATH));
  X(syscall(SYS_execveat, 99, "prog", ARGS("x"), env, 0));
  X(syscall(SYS_execveat, fd, "x", ARGS("x"), env, 0));
  X(syscall(SYS_execveat, dir, "", ARGS("x"), env, AT_EMPTY_PATH));
  /* set-user-ID */
  copy(self, "suid", 0755), chown("suid", 2000, 3000), chmod("suid", 06755);
  copy(self, "sgidnx", 0755), chown("sgidnx", 2000, 3000), chmod("sgidnx", 02745);
  script("suids", "#!./prog ids\n"), chown("suids", 2000, 2000), chmod("suids", 06755);
  X(execve("suid", ARGS("x", "ids"), env));
  X(execve("suids", ARGS("x"), env));
  AS(1000, 1000, { X(execve("suid", ARGS("x", "ids"), env)); X(execve("sgidnx", ARGS("x", "ids"), env)); X(execve("suids", ARGS("x"), env)); X(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); execve("suid", ARGS("x", "ids"), env)); });
  end();
}
