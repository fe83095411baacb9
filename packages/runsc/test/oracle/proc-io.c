/* /proc/PID/io: what counts as read and written, and where it goes when threads and children end. */
#include "oracle.h"
#include <pthread.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct io { long rchar, wchar, syscr, syscw; };

/* Leaves out its own read. */
static struct io look(const char *path) {
  static long own_bytes, own_calls;
  char text[512] = "";
  struct io io = {0};
  int fd = open(path, O_RDONLY);
  long n = read(fd, text, sizeof text - 1);
  close(fd);
  if (sscanf(text, "rchar: %ld\nwchar: %ld\nsyscr: %ld\nsyscw: %ld\n", &io.rchar, &io.wchar, &io.syscr, &io.syscw) != 4) abort();
  io.rchar -= own_bytes;
  io.syscr -= own_calls;
  own_bytes += n;
  own_calls++;
  return io;
}
static struct io last;
static void since(const char *what) {
  struct io now = look("/proc/self/io");
  printf("%s: rchar %ld wchar %ld syscr %ld syscw %ld\n", what, now.rchar - last.rchar, now.wchar - last.wchar, now.syscr - last.syscr, now.syscw - last.syscw);
  fflush(stdout);
  last = look("/proc/self/io");
}
#define DOES(call) do { long unused = (long)(call); (void)unused; since(#call); } while (0)

static void *reads(void *arg) {
  char data[100];
  long *result = arg;
  struct io before = look("/proc/thread-self/io");
  int fd = open("/proc/self/exe", O_RDONLY);
  if (read(fd, data, 100) != 100) abort();
  close(fd);
  result[0] = look("/proc/thread-self/io").rchar - before.rchar;
  return 0;
}
static void *later(void *arg) {
  usleep(20000);
  if (write((int)(long)arg, "late", 4) != 4) abort();
  return 0;
}

int main(int argc, char **argv) {
  if (argc > 1) {
    if (argv[1][0] == 'p') {
      struct io io = look("/proc/self/io");
      printf("program %s: rchar %ld syscr %ld\n", argv[1], io.rchar, io.syscr);
      fflush(stdout);
    }
    return 0;
  }
  char data[4096] = "", text[512];
  void *volatile bad = BAD;
  int fd = open("/proc/self/io", O_RDONLY);
  long n = read(fd, text, sizeof text - 1);
  text[n] = 0;
  for (char *line = strtok(text, "\n"); line; line = strtok(0, "\n")) printf("%.*s\n", (int)(strchr(line, ':') - line), line);
  close(fd);
  fflush(stdout);
  struct stat st;
  stat("/proc/self/io", &st);
  printf("mode %o\n", st.st_mode);

  struct iovec two[2] = {{data, 10}, {data + 100, 20}};
  int file = open("io-test", O_RDWR | O_CREAT | O_TRUNC, 0600), other = open("io-other", O_RDWR | O_CREAT | O_TRUNC, 0600), reader = open("io-test", O_RDONLY);
  int p[2], s[2];
  if (pipe2(p, O_NONBLOCK) || socketpair(AF_UNIX, SOCK_STREAM, 0, s)) abort();
  last = look("/proc/self/io");
  since("nothing");
  DOES(write(file, data, 1000));
  DOES(write(file, data, 0));
  DOES(write(reader, data, 10));
  DOES(write(-1, data, 10));
  DOES(write(file, bad, 10));
  DOES(write(file, (void *)-4096, 10));
  DOES(pwrite(file, data, 50, 5000));
  DOES(pwrite(file, data, 50, -1));
  DOES(writev(file, two, 2));
  DOES(writev(-1, two, 2));
  DOES(writev(file, bad, 2));
  DOES(pwritev(file, two, 2, 0));
  DOES(pwritev(file, two, 2, -1));
  DOES(pwritev(-1, two, 2, 0));
  DOES(pwritev2(file, two, 2, -1, 0));
  DOES(lseek(file, 0, SEEK_SET));
  DOES(read(file, data, 100));
  DOES(read(file, data, 0));
  DOES(read(-1, data, 100));
  DOES(read(file, bad, 100));
  DOES(pread(file, data, 4096, 100000));
  DOES(pread(file, data, 4096, -1));
  DOES(pread(p[0], data, 10, 0));
  DOES(readv(file, two, 2));
  DOES(readv(-1, two, 2));
  DOES(preadv(file, two, 2, 0));
  DOES(preadv(file, two, 2, -2));
  DOES(preadv2(file, two, 2, -1, 0));
  DOES(preadv2(file, two, 2, 0, 0x40000000));
  DOES(read(p[0], data, 10));
  DOES(write(p[1], data, 10));
  DOES(read(p[0], data, 100));
  DOES(send(s[0], data, 10, 0));
  DOES(recv(s[1], data, 10, 0));
  DOES(write(s[0], data, 10));
  DOES(read(s[1], data, 10));
  off_t from = 0;
  DOES(sendfile(other, file, &from, 700));
  DOES(sendfile(other, file, &from, 0));
  DOES(sendfile(-1, file, &from, 10));
  from = 0;
  DOES(copy_file_range(file, &from, other, 0, 300, 0));
  DOES(copy_file_range(file, &from, other, 0, 0, 0));
  DOES(splice(file, &from, p[1], 0, 100, 0));
  DOES(read(open(".", O_RDONLY), data, 10));
  DOES(ftruncate(file, 10));
  DOES(fsync(file));

  fcntl(p[0], F_SETFL, 0);
  while (read(p[0], data, 4096) == 4096) {}
  pthread_t thread;
  since("drained");
  pthread_create(&thread, 0, later, (void *)(long)p[1]);
  n = read(p[0], data, 100);
  pthread_join(thread, 0);
  since("waited for a thread's bytes");

  long result[1];
  pthread_create(&thread, 0, reads, result);
  pthread_join(thread, 0);
  printf("thread: %ld\n", result[0]);

  last = look("/proc/self/io");
  pid_t child = fork();
  if (child == 0) {
    n = write(file, data, 3000);
    _exit(n != 3000);
  }
  waitpid(child, 0, 0);
  since("child");
  for (const char *name = "pq"; *name; name++) {
    child = fork();
    if (child == 0) {
      execl("/proc/self/exe", argv[0], *name == 'p' ? "p" : "q", (char *)0);
      _exit(1);
    }
    waitpid(child, 0, 0);
  }
  int script = open("io-script", O_WRONLY | O_CREAT, 0700);
  if (dprintf(script, "#!/proc/self/exe p\n") < 0) abort();
  close(script);
  child = fork();
  if (child == 0) {
    execl("io-script", "io-script", (char *)0);
    _exit(1);
  }
  waitpid(child, 0, 0);
  if (geteuid() == 0) {
    child = fork();
    if (child == 0) {
      if (setgid(65534) || setuid(65534)) abort();
      char path[64];
      sprintf(path, "/proc/%d/io", getppid());
      R(open(path, O_RDONLY));
      _exit(0);
    }
    waitpid(child, 0, 0);
  }
  unlink("io-test"), unlink("io-other"), unlink("io-script");
  return 0;
}
