/* Seals of a memfd, above all against writing while it is mapped. */
#include "oracle.h"

static void *map(int fd, int prot, int type) {
  void *at = mmap(0, 4096, prot, type, fd, 0);
  printf("map %d %d: %s\n", prot, type, at == MAP_FAILED ? strerrorname_np(errno) : "ok");
  return at;
}
int main(void) {
  int fd = memfd_create("sealed", MFD_ALLOW_SEALING);
  R(ftruncate(fd, 8192));
  void *writable = map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW));
  R(fcntl(fd, F_GET_SEALS));
  R(munmap(writable, 4096));
  void *readable = map(fd, PROT_READ, MAP_SHARED);
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  R(munmap(readable, 4096));
  map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  int *wait_for_it = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  fflush(stdout);
  if (fork() == 0) {
    munmap(wait_for_it, 4096);
    R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
    _exit(0);
  }
  wait(0);
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE));
  *wait_for_it = 1;
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  munmap(wait_for_it, 4096);
  R(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE));
  R(fcntl(fd, F_GET_SEALS));
  map(fd, PROT_READ | PROT_WRITE, MAP_SHARED);
  readable = map(fd, PROT_READ, MAP_SHARED);
  R(mprotect(readable, 4096, PROT_READ | PROT_WRITE));
  map(fd, PROT_READ | PROT_WRITE, MAP_PRIVATE);
  R((int)write(fd, "", 0));
  R((int)write(fd, "x", 1));
  return 0;
}
