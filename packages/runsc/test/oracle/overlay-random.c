/* Random operations on an overlay: what each answers, and what is in the merged tree and the upper layer afterwards. */
#include "overlay-layers.h"

static uint64_t state;
static unsigned draw(unsigned below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % below;
}
static const char *const words[] = {"a", "b", "c", "d"};
/* A name up to three deep. */
static const char *pick(const char *top) {
  static char paths[4][100];
  static int next;
  char *path = paths[next++ % 4];
  strcpy(path, top);
  for (int depth = 1 + draw(3); depth > 0; depth--) strcat(strcat(path, "/"), words[draw(4)]);
  return path;
}
static void fill(const char *top, int count) {
  for (int i = 0; i < count; i++) {
    const char *path = pick(top);
    switch (draw(5)) {
    case 0: case 1: case 2: mkdir(path, 0755); break;
    case 3: { int fd = open(path, O_CREAT | O_EXCL | O_WRONLY, 0644); if (fd >= 0) write(fd, path, 4), close(fd); } break;
    case 4: if (draw(3) == 0) lsetxattr(path, "trusted.overlay.opaque", "y", 1, 0); else symlink("a", path);
    }
  }
}
static void quiet_put(const char *path, int flags) {
  int fd = open(path, flags | O_WRONLY, 0644);
  printf("open %s %x: %s\n", path, flags, fd < 0 ? strerrorname_np(errno) : "ok");
  if (fd >= 0) write(fd, "text\n", 5), close(fd);
}
#define SAY(call, ...) \
  do { \
    int failed = (call) < 0; \
    printf("%d ", step), printf(__VA_ARGS__), printf(": %s\n", failed ? strerrorname_np(errno) : "ok"); \
  } while (0)
static void operate(int step) {
  const char *a = pick("m"), *b = pick("m");
  struct stat st;
  switch (draw(15)) {
  case 0: case 1: SAY(mkdir(a, 0755), "mkdir %s", a); break;
  case 2: SAY(rmdir(a), "rmdir %s", a); break;
  case 3: case 4: SAY(unlink(a), "unlink %s", a); break;
  case 5: quiet_put(a, O_CREAT | O_EXCL); break;
  case 6: quiet_put(a, O_APPEND); break;
  case 7: quiet_put(a, O_CREAT | O_TRUNC); break;
  case 8: case 9: SAY(rename(a, b), "rename %s %s", a, b); break;
  case 10: SAY(exchange(a, b, 2), "exchange %s %s", a, b); break;
  case 11: SAY(exchange(a, b, 1), "rename %s %s only", a, b); break;
  case 12: SAY(link(a, b), "link %s %s", a, b); break;
  case 13: SAY(chmod(a, 0700 + draw(64)), "chmod %s", a); break;
  case 14: SAY(stat(a, &st), "stat %s", a); break;
  }
}

static void run(unsigned seed, const char *options) {
  state = seed;
  printf("== %u %s\n", seed, options);
  umount("t"), mount("none", "t", "tmpfs", 0, "mode=755"), chdir("t");
  mkdir("l1", 0755), mkdir("l2", 0755), mkdir("l3", 0755), mkdir("u", 0755), mkdir("w", 0755), mkdir("m", 0755);
  fill("l1", 20), fill("l2", 20), fill("l3", 20);
  for (int round = 0; round < 3; round++) {
    R(mount("over", "m", "overlay", 0, options));
    for (int step = 0; step < 60; step++) operate(step);
    show("m"), show("u");
    R(umount("m"));
  }
  chdir("..");
}

int main(int argc, char **argv) {
  unsigned first = argc > 1 ? atoi(argv[1]) : 1;
  begin_layers();
  chdir("..");
  for (unsigned seed = first; seed < first + 10; seed++) run(seed, seed % 2 ? "lowerdir=l1:l2:l3,upperdir=u,workdir=w" : "lowerdir=l1:l2:l3,upperdir=u,workdir=w,redirect_dir=on");
  end_layers();
  return 0;
}
