/* Overlays, one over the other, whose layers change under them: what is seen is undefined, but nothing breaks. */
#include "overlay-layers.h"

static uint64_t state;
static unsigned draw(unsigned below) {
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (state >> 33) % below;
}
static const char *const tops[] = {"m", "m", "m", "u", "l1", "l2", "w/work", "w", "m2", "u2"};
static const char *pick(void) {
  static const char *const words[] = {"a", "b", "c", "d"};
  static char paths[4][100];
  static int next;
  char *path = paths[next++ % 4];
  strcpy(path, tops[draw(10)]);
  if (draw(40) > 0)
    for (int depth = 1 + draw(3); depth > 0; depth--) strcat(strcat(path, "/"), words[draw(4)]);
  return path;
}
static int fds[8] = {-1, -1, -1, -1, -1, -1, -1, -1};
static void keep(int fd) {
  int *slot = &fds[draw(8)];
  if (*slot >= 0) close(*slot);
  *slot = fd;
}
static char data[9000];
static void use(int fd) {
  struct stat st;
  write(fd, data, 100), pread(fd, data, 100, 0), fchmod(fd, 0600), ftruncate(fd, draw(5000)), fstat(fd, &st), fsync(fd);
  char *map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  if (map != MAP_FAILED) munmap(map, 4096);
}
static void operate(void) {
  const char *a = pick(), *b = pick();
  int fd;
  switch (draw(22)) {
  case 0: case 1: case 2: mkdir(a, 0755); break;
  case 3: rmdir(a); break;
  case 4: unlink(a); break;
  case 5: case 6: case 7: rename(a, b); break;
  case 8: exchange(a, b, 2); break;
  case 9: link(a, b); break;
  case 10: chmod(a, 0700 + draw(64)); break;
  case 11: case 12:
    fd = open(a, O_CREAT | O_RDWR, 0644);
    if (fd >= 0) write(fd, data, draw(4000)), keep(fd);
    break;
  case 13: {
    DIR *dir = opendir(a);
    if (!dir) break;
    while (readdir(dir)) ;
    closedir(dir);
    break;
  }
  case 14: mknod(a, S_IFCHR, 0); break;
  case 15: lsetxattr(a, draw(2) ? "trusted.overlay.opaque" : "trusted.overlay.origin", "y", draw(2), 0); break;
  case 16:
    lsetxattr(a, draw(2) ? "trusted.overlay.redirect" : "trusted.overlay.metacopy", "b", 1, 0);
    lremovexattr(a, "trusted.overlay.redirect");
    break;
  case 17: use(fds[draw(8)]); break;
  case 18: symlink("../a", a); break;
  case 19: truncate(a, draw(9000)); break;
  case 20: {
    char name[40];
    fd = open(a, O_TMPFILE | O_RDWR, 0600);
    sprintf(name, "/proc/self/fd/%d", fd);
    if (fd >= 0) linkat(AT_FDCWD, name, AT_FDCWD, b, AT_SYMLINK_FOLLOW), close(fd);
    break;
  }
  case 21: keep(open(a, O_RDONLY)), readlink(a, data, 100), listxattr(a, data, 1000); break;
  }
}

int main(int argc, char **argv) {
  unsigned first = argc > 1 ? atoi(argv[1]) : 1;
  begin_layers();
  chdir("..");
  for (unsigned seed = first; seed < first + 6; seed++) {
    state = seed;
    umount2("t", MNT_DETACH), mount("none", "t", "tmpfs", 0, seed % 3 ? "mode=755" : "mode=755,nr_inodes=40,size=64k"), chdir("t");
    mkdir("l1", 0755), mkdir("l2", 0755), mkdir("u", 0755), mkdir("w", 0755), mkdir("m", 0755), mkdir("m2", 0755), mkdir("u2", 0755), mkdir("w2", 0755);
    for (int step = 0; step < 2000; step++) {
      if (step % 500 == 0) {
        umount2("m2", MNT_DETACH), umount2("m", MNT_DETACH);
        mount("over", "m", "overlay", 0, "lowerdir=l1:l2,upperdir=u,workdir=w");
        mount("over", "m2", "overlay", 0, "lowerdir=m:l2,upperdir=u2,workdir=w2");
      }
      operate();
    }
    chdir("..");
  }
  for (int i = 0; i < 8; i++) keep(-1), close(fds[i]);
  puts("still there");
  end_layers();
  return 0;
}
