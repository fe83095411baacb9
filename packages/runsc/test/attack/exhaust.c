/* Uses up what there is. Argument: what. Prints how that ended; goes on afterwards. */
#include "attack.h"

static void memory(void) {
  pid_t pid = fork();
  if (pid == 0) {
    for (size_t total = 0; total < 4096; total += 16) {
      char *chunk = mmap(NULL, 16 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (chunk == MAP_FAILED) _exit(3);
      memset(chunk, 1, 16 << 20);
    }
    _exit(0);
  }
  int status;
  waitpid(pid, &status, 0);
  puts(WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : WEXITSTATUS(status) == 3 ? "ENOMEM" : "no end");
}
static void processes(void) {
  int count = 0, error = 0;
  static pid_t all[5000];
  while (count < 5000) {
    pid_t pid = fork();
    if (pid == 0) pause(), _exit(0);
    if (pid < 0) { error = errno; break; }
    all[count++] = pid;
  }
  for (int i = 0; i < count; i++) kill(all[i], SIGKILL), waitpid(all[i], NULL, 0);
  printf("%s after %s\n", error ? strerrorname_np(error) : "no end", count < 64 ? "fewer than 64" : "too many");
  pid_t pid = fork();
  if (pid == 0) _exit(0);
  printf("again: %d\n", waitpid(pid, NULL, 0) == pid);
}
/* More files than the sandbox process may have on the host, where each takes one. */
static int open_file(int i) {
  char name[32];
  sprintf(name, "file%d", i);
  return open(name, O_RDWR | O_CREAT, 0644);
}
static void descriptors(void) {
  int status, count = 0;
  pid_t pid = fork();
  if (pid == 0) {
    while (count < 5000 && open_file(count) >= 0) count++;
    _exit(count == 5000 ? 1 : errno == EMFILE || errno == ENFILE ? 7 : errno + 10);
  }
  waitpid(pid, &status, 0);
  int error = open_file(0) < 0 ? errno : 0;
  printf("%s, again: %s\n", WIFEXITED(status) && WEXITSTATUS(status) == 7 ? "refused" : "no end", strerrorname_np(error));
}
static void disk(void) {
  static char block[65536];
  int fd = open("/small/file", O_WRONLY | O_CREAT, 0644), error = 0;
  for (int i = 0; i < 1000 && !error; i++) if (write(fd, block, sizeof block) < 0) error = errno;
  printf("%s", error ? strerrorname_np(error) : "no end");
  printf(", sparse %s", fallocate(fd, 0, 0, 1L << 40) ? strerrorname_np(errno) : "no end");
  unlink("/small/file");
  close(fd);
  fd = open("/small/file", O_WRONLY | O_CREAT, 0644);
  printf(", again: %d\n", write(fd, block, 4096) == 4096);
}

int main(int argc, char **argv) {
  switch (argv[1][0]) {
    case 'm': memory(); break;
    case 'p': processes(); break;
    case 'f': descriptors(); break;
    case 'd': disk(); break;
  }
  return 0;
}
