/* Files in memory: coherence with read and write, copy on write, sizes, SIGBUS, protections. */
#include "file-oracle.h"
#include <setjmp.h>

static sigjmp_buf back;
static void fault(int signo, siginfo_t *info, void *context) { siglongjmp(back, signo * 100 + info->si_code); }
static void touch(const char *what, volatile char *at, int store) {
  int got = sigsetjmp(back, 1);
  if (got) {
    printf("%s: signal %d code %d\n", what, got / 100, got % 100);
    return;
  }
  if (store) *at = 'T';
  printf("%s: %d\n", what, *at);
}
static void *map(int fd, size_t length, int prot, int flags, long offset) { return mmap(0, length, prot, flags, fd, offset); }
#define M(call) \
  do { \
    errno = 0; \
    printf("%s: %s\n", #call, (call) == MAP_FAILED ? strerrorname_np(errno) : "mapped"); \
  } while (0)

int main(void) {
  begin();
  struct sigaction sa = {.sa_sigaction = fault, .sa_flags = SA_SIGINFO};
  sigaction(SIGBUS, &sa, 0);
  sigaction(SIGSEGV, &sa, 0);
  put("f", "hello, file");
  int f = open("f", O_RDWR), r = open("f", O_RDONLY), w = open("f", O_WRONLY), d = open(".", O_RDONLY), o = open("f", O_PATH), a = open("f", O_RDWR | O_APPEND);
  int p[2];
  pipe(p);
  M(map(r, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
  M(map(r, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0));
  M(map(w, 4096, PROT_READ, MAP_SHARED, 0));
  M(map(w, 4096, PROT_WRITE, MAP_SHARED, 0));
  M(map(w, 4096, PROT_NONE, MAP_PRIVATE, 0));
  M(map(a, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
  M(map(d, 4096, PROT_READ, MAP_SHARED, 0));
  M(map(p[0], 4096, PROT_READ, MAP_SHARED, 0));
  M(map(p[0], 4096, PROT_READ, MAP_PRIVATE, 0));
  M(map(o, 4096, PROT_READ, MAP_PRIVATE, 0));
  M(map(-1, 4096, PROT_READ, MAP_PRIVATE, 0));
  M(map(f, 0, PROT_READ, MAP_PRIVATE, 0));
  M(map(f, 4096, PROT_READ, MAP_PRIVATE, 100));
  M(map(f, 4096, PROT_READ, MAP_PRIVATE, -4096));
  M(map(f, 4096, PROT_READ, 0, 0));
  M(map(f, 4096, PROT_READ, MAP_SHARED | MAP_PRIVATE, 0));
  M(map(f, 4096, PROT_READ, MAP_SHARED_VALIDATE | 0x8000000, 0));
  M(map(f, 4096, PROT_READ, MAP_SHARED | 0x8000000, 0));
  M(map(f, 4096, PROT_READ, MAP_PRIVATE, 1L << 40));
  M(map(f, 4096, PROT_READ, MAP_PRIVATE, 0x7ffffffffffff000));
  M(map(f, 1L << 47, PROT_READ, MAP_PRIVATE, 0));
  M(map(open("/proc/self/status", O_RDONLY), 4096, PROT_READ, MAP_PRIVATE, 0));
  M(map(open("/dev/zero", O_RDWR), 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
  M(map(open("/dev/null", O_RDWR), 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0));
  char *s = map(f, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  char *v = map(f, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  char *ro = map(r, 8192, PROT_READ, MAP_SHARED, 0);
  printf("%s|%s|%s\n", s, v, ro);
  pwrite(f, "HELLO", 5, 0);
  printf("after write %.12s|%.12s|%.12s\n", s, v, ro);
  memcpy(s + 7, "FILE", 4);
  char buf[100] = {0};
  pread(r, buf, 99, 0);
  printf("read %s private %.12s\n", buf, v);
  v[0] = 'J';
  pwrite(f, "c", 1, 0);
  printf("%c %c %c\n", s[0], v[0], ro[0]);
  pwrite(f, "d", 1, 1);
  printf("same page, copied: %c\n", v[1]);
  touch("store to read-only", ro, 1);
  R(mprotect(ro, 4096, PROT_READ | PROT_WRITE));
  printf("after the end %d %d\n", s[11], s[4095]);
  s[20] = 'z';
  struct stat st;
  fstat(f, &st);
  printf("size %ld\n", (long)st.st_size);
  touch("second page", s + 4096, 0);
  touch("second page, private", v + 4096, 0);
  touch("second page, store", s + 4096, 1);
  ftruncate(f, 5000);
  printf("grown %d %d\n", s[20], s[11]);
  touch("second page", s + 4096, 0);
  touch("second page, private", v + 4999, 1);
  pwrite(f, "X", 1, 4096);
  printf("%c %d\n", s[4096], v[4096]);
  ftruncate(f, 100);
  touch("cut, shared", s + 4096, 0);
  touch("cut, private", v + 4999, 0);
  touch("first page", s, 0);
  ftruncate(f, 10);
  ftruncate(f, 100);
  printf("zeroed %d\n", s[10]);
  ftruncate(f, 0);
  touch("empty", s, 0);
  touch("empty, copied page", v, 0);
  R(read(open("f", O_RDONLY), s, 10));
  R(write(p[1], s, 10));
  ftruncate(f, 8192);
  memset(s, 'm', 8192);
  R(msync(s, 8192, MS_SYNC));
  R(msync(s, 8192, MS_ASYNC));
  R(msync(s, 8192, MS_SYNC | MS_ASYNC));
  R(msync(s + 1, 8192, MS_SYNC));
  R(msync(s, 8192, MS_INVALIDATE));
  R(msync((void *)4096, 4096, MS_SYNC));
  /* Sharing with a child, and private copies. */
  v[100] = 'p';
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    s[0] = 'C', v[100] = 'q';
    _exit(0);
  }
  waitpid(c, 0, 0);
  printf("%c %c\n", s[0], v[100]);
  pread(f, buf, 1, 0);
  printf("%c\n", buf[0]);
  /* An unlinked and a replaced file stay mapped. */
  unlink("f");
  s[1] = 'U';
  pread(f, buf, 2, 0);
  printf("%.2s %c\n", buf, s[1]);
  close(f), close(r), close(w), close(a);
  printf("%c%c\n", s[0], s[1]);
  put("g", "first"), put("h", "second");
  int g = open("g", O_RDONLY);
  char *gm = map(g, 4096, PROT_READ, MAP_PRIVATE, 0);
  rename("h", "g");
  puts(gm);
  /* A mapping of a file that is then overwritten in place. */
  char *gs = map(open("g", O_RDWR), 4096, PROT_READ, MAP_SHARED, 0);
  put("g", "THIRD!");
  puts(gs);
  put("g", "4");
  printf("%s %d\n", gs, gs[1]);
  /* Large offsets and holes. */
  int h = open("h", O_RDWR | O_CREAT, 0600);
  ftruncate(h, 1L << 32);
  char *far = map(h, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, (1L << 32) - 4096);
  printf("hole %d\n", far[100]);
  far[4095] = 'F';
  pread(h, buf, 1, (1L << 32) - 1);
  printf("%c\n", buf[0]);
  /* read and write between a file and its own mapping */
  int i = open("i", O_RDWR | O_CREAT, 0600);
  write(i, "abcdefghij", 10);
  char *im = map(i, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, 0);
  R(pread(i, im + 5, 5, 0));
  printf("%.10s\n", im);
  R(pwrite(i, im, 10, 10));
  printf("%.20s\n", im);
  /* Executable mappings, mprotect to what the descriptor does not allow. */
  char *x = map(i, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, 0);
  R(x == MAP_FAILED);
  int ir = open("i", O_RDONLY);
  char *irm = map(ir, 4096, PROT_READ, MAP_SHARED, 0);
  R(mprotect(irm, 4096, PROT_READ | PROT_EXEC));
  R(mprotect(irm, 4096, PROT_WRITE));
  char *irp = map(ir, 4096, PROT_READ, MAP_PRIVATE, 0);
  R(mprotect(irp, 4096, PROT_READ | PROT_WRITE));
  touch("private store", irp, 1);
  pread(ir, buf, 1, 0);
  printf("%c\n", buf[0]);
  /* A file of the system below: read, map, change a copy. */
  int sys = open("/etc/passwd", O_RDONLY);
  char *sm = map(sys, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, 0);
  pread(sys, buf, 4, 0);
  printf("%d\n", memcmp(sm, buf, 4));
  sm[0] = '#';
  pread(sys, buf, 1, 0);
  printf("%c\n", buf[0]);
  unsigned char vec[2];
  R(mincore(s, 4096, vec));
  R(madvise(s, 4096, MADV_DONTNEED));
  printf("%c\n", s[1]);
  v[200] = 'k';
  R(madvise(v, 4096, MADV_DONTNEED));
  printf("%c\n", v[200]);
  R(mremap(s, 8192, 4096, 0) == s);
  char *moved = mremap(s, 4096, 16384, MREMAP_MAYMOVE);
  R(moved == MAP_FAILED);
  touch("beyond the file", moved + 12288, 0);
  end();
}
