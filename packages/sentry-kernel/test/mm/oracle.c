// Carries out memory calls on 64 pages and shows what the kernel made of them. (test oracle)
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ARENA 0x10000000ul
#define PAGES 96

static void show(void) {
  char line[512], map[PAGES + 1];
  memset(map, '.', PAGES);
  map[PAGES] = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, maps)) {
    unsigned long start, end;
    char r, w, x, s;
    sscanf(line, "%lx-%lx %c%c%c%c", &start, &end, &r, &w, &x, &s);
    for (unsigned long at = start; at < end; at += 4096)
      if (at >= ARENA && at < ARENA + PAGES * 4096)
        map[(at - ARENA) / 4096] =
            'a' + (r == 'r') + 2 * (w == 'w') + 4 * (x == 'x') + 8 * (s == 's');
  }
  fclose(maps);
  puts(map);
}

int main(void) {
  char name[16];
  unsigned long a, b, c, d, e;
  while (scanf("%15s %lu %lu %lu %lu %lu", name, &a, &b, &c, &d, &e) == 6) {
    long result = -1;
    errno = ENOSYS;
    if (!strcmp(name, "mmap")) result = syscall(SYS_mmap, a, b, c, d, -1, e);
    if (!strcmp(name, "munmap")) result = syscall(SYS_munmap, a, b);
    if (!strcmp(name, "mprotect")) result = syscall(SYS_mprotect, a, b, c);
    if (!strcmp(name, "mremap")) result = syscall(SYS_mremap, a, b, c, d, e);
    if (!strcmp(name, "madvise")) result = syscall(SYS_madvise, a, b, c);
    if (!strcmp(name, "msync")) result = syscall(SYS_msync, a, b, c);
    if (!strcmp(name, "mincore")) {
      unsigned char vector[4096];
      result = syscall(SYS_mincore, a, b, vector);
    }
    long shown = result == -1 ? -errno : result;
    // Where the kernel chose the place, only that it did counts.
    if (result > 0 && (unsigned long)result >= ARENA + PAGES * 4096ul) {
      shown = 1;
      munmap((void *)result, strcmp(name, "mmap") ? c : b);
    }
    printf("%ld ", shown);
    show();
  }
  return 0;
}
