/* Memory that changes while the kernel looks at it: each result must be one that some state of it explains. */
#include "attack.h"
#include <pthread.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <time.h>

#define TURNS 500
static volatile int stop;
static char *volatile place;
static size_t size;
static const char *states[2];

static void *change(void *unused) {
  for (unsigned i = 0; !stop; i++) memcpy(place, states[i & 1], size);
  return unused;
}
/* Runs `call` while the bytes at `at` are now these, now those; counts what `legal` does not explain. */
static void race(const char *name, void *at, const void *one, const void *other, size_t length, long (*call)(void), int (*legal)(long)) {
  pthread_t thread;
  int strange = 0;
  place = at, size = length, states[0] = one, states[1] = other, stop = 0;
  pthread_create(&thread, NULL, change, NULL);
  for (int i = 0; i < TURNS; i++) {
    errno = 0;
    long result = call();
    strange += !legal(result == -1 ? -errno : result);
  }
  stop = 1;
  pthread_join(thread, NULL);
  printf("%s: %s\n", name, strange ? "strange" : "legal");
  fflush(stdout);
}

static char name[4096];
static int inode(const char *path) {
  struct stat status;
  return stat(path, &status) ? -1 : (int)status.st_ino;
}
static int good, evil;
static long by_path(void) {
  struct stat status;
  int fd = open(name, O_RDONLY);
  if (fd < 0) return -1;
  fstat(fd, &status);
  close(fd);
  return status.st_ino;
}
static int path_legal(long result) { return result == good || result == evil || result == -ENOENT || result == -ENOTDIR || result == -ENAMETOOLONG; }

static struct iovec vectors[2];
static int null_fd, pair[2];
static char buffer[65536];
static long by_vector(void) { return writev(null_fd, vectors, 2); }
static int vector_legal(long result) { return result == 2 || result == 4097 || result == -EINVAL || result == -EFAULT || result == 1; }

static struct msghdr message;
static long by_message(void) {
  long sent = sendmsg(pair[0], &message, MSG_DONTWAIT);
  int error = errno;
  while (recv(pair[1], buffer, sizeof buffer, MSG_DONTWAIT) > 0);
  errno = error;
  return sent;
}
static int message_legal(long result) { return result == 1 || result == -EINVAL || result == -EFAULT || result == -EMSGSIZE || result == -ENOBUFS || result == -EAGAIN || result == -EBADF || result == -EISCONN || result == -ETOOMANYREFS; }

static struct timespec moment;
static long by_time(void) { return nanosleep(&moment, NULL); }
static int time_legal(long result) { return result == 0 || result == -EINVAL; }

static char *arguments[3];
static long by_exec(void) {
  int status;
  pid_t pid = vfork();
  if (pid == 0) execv("/bin/true", arguments), _exit(99);
  waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000;
}
static int exec_legal(long result) { return result == 0 || result == 99; }

int main(void) {
  mkdir("good", 0755), mkdir("evil", 0755);
  close(open("good/file", O_CREAT | O_WRONLY, 0644)), close(open("evil/file", O_CREAT | O_WRONLY, 0644));
  good = inode("good/file"), evil = inode("evil/file");
  strcpy(name, "good/file");
  race("path", name, "good", "evil", 4, by_path, path_legal);
  /* No end within what a path may have. */
  char *endless = malloc(sizeof name);
  memset(endless, 'a', sizeof name);
  char *finite = calloc(1, sizeof name);
  strcpy(finite, "good/file");
  race("path without end", name, finite, endless, sizeof name, by_path, path_legal);

  null_fd = open("/dev/null", O_WRONLY);
  vectors[0] = vectors[1] = (struct iovec){ buffer, 1 };
  struct iovec large = { buffer, 4096 }, negative = { buffer, (size_t)-1 }, bad = { (void *)8, 1 };
  race("iovec length", &vectors[1], &vectors[0], &large, sizeof large, by_vector, vector_legal);
  race("iovec negative length", &vectors[1], &vectors[0], &negative, sizeof large, by_vector, vector_legal);
  race("iovec address", &vectors[1], &vectors[0], &bad, sizeof large, by_vector, vector_legal);

  socketpair(AF_UNIX, SOCK_DGRAM, 0, pair);
  char control[64] = { 0 };
  vectors[1] = (struct iovec){ buffer, 1 };
  message = (struct msghdr){ .msg_iov = &vectors[1], .msg_iovlen = 1 };
  struct msghdr plain = message, many = message, far = message, forged = message;
  many.msg_iovlen = 1 << 30;
  far.msg_iov = (void *)8;
  forged.msg_control = control, forged.msg_controllen = (size_t)-1;
  race("msghdr count", &message, &plain, &many, sizeof plain, by_message, message_legal);
  race("msghdr vector", &message, &plain, &far, sizeof plain, by_message, message_legal);
  race("msghdr control", &message, &plain, &forged, sizeof plain, by_message, message_legal);
  /* A control message whose length changes: SCM_RIGHTS of /dev/null. */
  struct cmsghdr *header = (void *)control;
  *header = (struct cmsghdr){ CMSG_LEN(4), SOL_SOCKET, SCM_RIGHTS };
  memcpy(CMSG_DATA(header), &null_fd, 4);
  message = plain, message.msg_control = control, message.msg_controllen = CMSG_SPACE(4);
  size_t right = CMSG_LEN(4), huge = (size_t)1 << 62;
  race("cmsg length", &header->cmsg_len, &right, &huge, sizeof huge, by_message, message_legal);

  struct timespec none = { 0, 1 }, wrong = { 0, 2000000000 };
  race("timespec", &moment, &none, &wrong, sizeof none, by_time, time_legal);
  arguments[0] = "true";
  char *fine = "x", *nowhere = (char *)8;
  race("argv", &arguments[1], &fine, &nowhere, sizeof fine, by_exec, exec_legal);
  return 0;
}
