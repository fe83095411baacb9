/* Sparse files of more than 4 GiB: written, read, mapped and cut beyond what an array holds. */
#include "oracle.h"

#define GIB (1L << 30)

int main(void) {
  char data[16] = {0};
  int fd = memfd_create("huge", 0);
  R(ftruncate(fd, 5 * GIB));
  R(pwrite(fd, "beyond", 6, 4 * GIB + 5));
  R(pread(fd, data, 6, 4 * GIB + 5));
  printf("%s\n", data);
  R(pwrite(fd, "border", 6, GIB - 3));
  R(pread(fd, data, 6, GIB - 3));
  printf("%s\n", data);
  char *map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 4 * GIB);
  printf("%.6s\n", map + 5);
  memcpy(map, "mapped", 6);
  R(pread(fd, data, 6, 4 * GIB));
  printf("%s\n", data);
  R(pwrite(fd, data, 6, 5 * GIB - 3));
  R(lseek(fd, 0, SEEK_END));
  R(pread(fd, BAD, 6, 4 * GIB));
  R(ftruncate(fd, 10));
  R(pread(fd, data, 6, 4 * GIB));
  R(pread(fd, data, 16, 0));
  return 0;
}
