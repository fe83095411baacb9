/* NUMA memory policy on a machine with one node. */
#include "oracle.h"
#include <linux/mempolicy.h>

#define P 4096L
static char *base;
static unsigned long mask[512], other[512];

static long set(int mode, void *nodes, unsigned long max) { return syscall(SYS_set_mempolicy, mode, nodes, max); }
static long get(int *mode, void *nodes, unsigned long max, void *addr, unsigned long flags) {
  return syscall(SYS_get_mempolicy, mode, nodes, max, addr, flags);
}
static long bind(void *addr, unsigned long len, int mode, void *nodes, unsigned long max, unsigned flags) {
  return syscall(SYS_mbind, addr, len, mode, nodes, max, flags);
}
static long home(void *addr, unsigned long len, unsigned long node, unsigned long flags) {
  return syscall(SYS_set_mempolicy_home_node, addr, len, node, flags);
}
static void show(const char *what, void *addr) {
  int mode = -1;
  memset(other, 0xff, sizeof other);
  errno = 0;
  long result = get(&mode, other, 1024, addr, addr ? MPOL_F_ADDR : 0);
  printf("%s: %ld %s mode %x nodes %lx %lx %lx\n", what, result, result ? strerrorname_np(errno) : "", mode, other[0], other[1], other[16]);
  fflush(stdout);
}
static void task_policy(void) {
  static const int modes[] = {MPOL_DEFAULT, MPOL_PREFERRED, MPOL_BIND, MPOL_INTERLEAVE, MPOL_LOCAL, MPOL_PREFERRED_MANY, 6, 7, -1};
  static const int flags[] = {0, MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING, 0x1000};
  static const unsigned long sets[] = {0, 1, 2, 3};
  for (size_t m = 0; m < sizeof modes / sizeof *modes; m++)
    for (size_t f = 0; f < sizeof flags / sizeof *flags; f++)
      for (size_t s = 0; s < 4; s++) {
        char what[64];
        mask[0] = sets[s];
        errno = 0;
        long result = set(modes[m] | flags[f], mask, 65);
        sprintf(what, "set %x with %lx: %ld %s", (unsigned)(modes[m] | flags[f]), sets[s], result, result ? strerrorname_np(errno) : "");
        show(what, 0);
        int next = -1;
        errno = 0;
        result = get(&next, 0, 0, 0, MPOL_F_NODE);
        printf("  next %ld %s %d\n", result, result ? strerrorname_np(errno) : "", next);
        set(MPOL_DEFAULT, 0, 0);
      }
  mask[0] = 1;
  R(set(MPOL_BIND, 0, 0));
  R(set(MPOL_BIND, mask, 0));
  R(set(MPOL_BIND, mask, 1));
  R(set(MPOL_BIND, mask, 2));
  R(set(MPOL_BIND, mask, 1025));
  R(set(MPOL_BIND, mask, 32769));
  R(set(MPOL_BIND, mask, 32770));
  R(set(MPOL_BIND, BAD, 64));
  R(set(MPOL_BIND, BAD, 1));
  mask[16] = 1;
  R(set(MPOL_BIND, mask, 1025));
  R(set(MPOL_BIND, mask, 1026));
  mask[16] = 0;
  int mode;
  R(get(&mode, mask, 0, 0, 0));
  R(get(&mode, mask, 1, 0, 0));
  R(get(&mode, BAD, 1, 0, 0));
  R(get(&mode, BAD, 64, 0, 0));
  R(get(BAD, 0, 0, 0, 0));
  R(get(0, 0, 0, 0, 0));
  R(get(&mode, mask, 32769, 0, 0));
  R(get(&mode, mask, 32770, 0, 0));
  R(get(&mode, mask, 64, 0, 8));
  R(get(&mode, mask, 64, base, 0));
  R(get(&mode, mask, 64, 0, MPOL_F_ADDR));
  R(get(&mode, mask, 64, 0, MPOL_F_MEMS_ALLOWED));
  printf("allowed %lx\n", mask[0]);
  R(get(&mode, mask, 64, 0, MPOL_F_MEMS_ALLOWED | MPOL_F_NODE));
  R(get(&mode, mask, 64, base, MPOL_F_MEMS_ALLOWED | MPOL_F_ADDR));
  R(get(&mode, mask, 64, base, MPOL_F_NODE | MPOL_F_ADDR));
  printf("on %d\n", mode);
}
static void ranges(void) {
  mask[0] = 1;
  R(bind(base, 8 * P, MPOL_BIND, mask, 64, 0));
  R(bind(base + 2 * P, P, MPOL_INTERLEAVE, mask, 64, MPOL_MF_STRICT | MPOL_MF_MOVE));
  R(bind(base + 4 * P, 1, MPOL_PREFERRED, 0, 0, 0));
  for (int i = 0; i < 6; i++) show("page", base + i * P);
  int lines = 0;
  unsigned long from;
  char line[256];
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps))
    if (sscanf(line, "%lx", &from) == 1 && from >= (unsigned long)base && from < (unsigned long)base + 8 * P) lines++;
  fclose(maps);
  printf("mappings %d\n", lines);
  R(bind(base + 1, P, MPOL_BIND, mask, 64, 0));
  R(bind(base, 0, MPOL_BIND, mask, 64, 0));
  R(bind(base, 0, 77, mask, 64, 0));
  R(bind(base, -P, MPOL_BIND, mask, 64, 0));
  R(bind(base, -1, MPOL_BIND, mask, 64, 0));
  R(bind(base, P, MPOL_BIND, mask, 64, 8));
  R(bind(base, P, MPOL_BIND, mask, 64, MPOL_MF_MOVE_ALL));
  R(bind(base, P, MPOL_BIND, BAD, 64, 0));
  mask[0] = 2;
  R(bind(base, P, MPOL_BIND, mask, 64, 0));
  mask[0] = 1;
  R(bind(base, P, MPOL_BIND, mask, 1, 0));
  R(bind(base, 9 * P, MPOL_BIND, mask, 64, 0));
  R(bind(base - P, 2 * P, MPOL_BIND, mask, 64, 0));
  R(bind(base + 8 * P, P, MPOL_BIND, mask, 64, 0));
  R(bind(base + 8 * P, P, MPOL_DEFAULT, 0, 0, 0));
  R(bind(base - P, 2 * P, MPOL_DEFAULT, 0, 0, 0));
  show("hole", base + 8 * P);
  R(home(base, P, 0, 0));
  R(home(base + P, P, 0, 0));
  R(home(base + 2 * P, P, 0, 0));
  R(home(base, 8 * P, 0, 0));
  R(home(base + P, P, 1, 0));
  R(home(base + P, P, 5000, 0));
  R(home(base + P, P, 0, 1));
  R(home(base + 1, P, 0, 0));
  R(home(base, 0, 0, 0));
  char *moved = mremap(base + P, P, 2 * P, MREMAP_MAYMOVE);
  show("moved", moved);
  set(MPOL_PREFERRED, mask, 64);
  pid_t child = fork();
  if (child == 0) {
    show("child's own", 0);
    show("child's memory", base + 2 * P);
    show("child's other memory", base);
    _exit(0);
  }
  waitpid(child, 0, 0);
}
static void pages(void) {
  void *list[4] = {base, base + 2 * P, base + 8 * P, BAD};
  int status[4] = {9, 9, 9, 9}, nodes[4] = {0, 0, 0, 0};
  base[0] = base[2 * P] = 1;
  R(syscall(SYS_move_pages, 0, 4, list, 0, status, 0));
  printf("%d %d %d %d\n", status[0], status[1], status[2], status[3]);
  R(syscall(SYS_move_pages, 0, 2, list, nodes, status, MPOL_MF_MOVE));
  printf("%d %d\n", status[0], status[1]);
  nodes[1] = 1;
  R(syscall(SYS_move_pages, 0, 2, list, nodes, status, MPOL_MF_MOVE));
  nodes[1] = -1;
  R(syscall(SYS_move_pages, getpid(), 2, list, nodes, status, MPOL_MF_MOVE_ALL));
  R(syscall(SYS_move_pages, 0, 0, list, nodes, status, 0));
  R(syscall(SYS_move_pages, 0, 1, BAD, 0, status, 0));
  R(syscall(SYS_move_pages, 0, 1, list, 0, BAD, 0));
  R(syscall(SYS_move_pages, 0, 1, list, BAD, status, 0));
  R(syscall(SYS_move_pages, 0, 1, list, 0, status, 1));
  R(syscall(SYS_move_pages, 99999999, 1, list, 0, status, 0));
  mask[0] = 1;
  R(syscall(SYS_migrate_pages, 0, 64, mask, mask));
  R(syscall(SYS_migrate_pages, 99999999, 64, mask, mask));
  R(syscall(SYS_migrate_pages, 0, 64, BAD, mask));
  R(syscall(SYS_migrate_pages, 0, 64, mask, BAD));
  other[0] = 2;
  R(syscall(SYS_migrate_pages, 0, 64, mask, other));
  R(syscall(SYS_migrate_pages, 0, 64, other, mask));
  R(syscall(SYS_migrate_pages, 0, 0, mask, mask));
  R(syscall(SYS_migrate_pages, 0, 1, mask, mask));
  pid_t child = fork();
  if (child == 0) {
    if (setgid(65534) || setuid(65534)) abort();
    R(syscall(SYS_move_pages, getppid(), 1, list, 0, status, 0));
    R(syscall(SYS_move_pages, 0, 1, list, 0, status, MPOL_MF_MOVE_ALL));
    R(syscall(SYS_migrate_pages, getppid(), 64, mask, mask));
    R(bind(base, P, MPOL_BIND, mask, 64, MPOL_MF_MOVE_ALL));
    mask[0] = 3;
    R(syscall(SYS_migrate_pages, 0, 64, mask, mask));
    _exit(0);
  }
  waitpid(child, 0, 0);
}
int main(void) {
  base = mmap(0, 16 * P, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  munmap(base, P);
  munmap(base + 9 * P, 7 * P);
  base += P;
  memset(base, 1, 8 * P);
  show("at first", 0);
  show("memory at first", base);
  task_policy();
  set(MPOL_DEFAULT, 0, 0);
  ranges();
  pages();
  return 0;
}
