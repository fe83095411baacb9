/* Shared by the attacks: each attempt prints its name and whether it got out. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* What only the host knows. */
static const char *token;

static void report(const char *name, int escaped) {
  printf("%s: %s\n", name, escaped ? "escaped" : "held");
  fflush(stdout);
}
/* Whether a call worked is all that matters. */
#define ATTEMPT(name, call) report(name, (long)(call) != -1)

/* Whether the token is in what can be read there; closes it. */
static int has_token(int fd) {
  char text[4096];
  size_t length = 0;
  ssize_t got;
  if (fd < 0) return 0;
  while (length < sizeof text - 1 && (got = read(fd, text + length, sizeof text - 1 - length)) > 0) length += got;
  close(fd);
  return memmem(text, length, token, strlen(token)) != NULL;
}
/* Sends a descriptor to oneself; what arrives, or -1. */
static int pass_on(int fd) {
  int pair[2];
  char control[CMSG_SPACE(sizeof fd)] = { 0 }, byte = 0;
  struct iovec data = { &byte, 1 };
  struct msghdr message = { .msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
  struct cmsghdr *header = CMSG_FIRSTHDR(&message);
  *header = (struct cmsghdr){ CMSG_LEN(sizeof fd), SOL_SOCKET, SCM_RIGHTS };
  memcpy(CMSG_DATA(header), &fd, sizeof fd);
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) || sendmsg(pair[0], &message, 0) != 1 || recvmsg(pair[1], &message, 0) != 1) return -1;
  memcpy(&fd, CMSG_DATA(header), sizeof fd);
  return fd;
}
/* In a process of its own: what it changes of itself goes with it. */
#define CHILD(body) \
  ({ \
    pid_t attack_pid = fork(); \
    if (attack_pid == 0) { alarm(20); _exit((body) ? 7 : 0); } \
    int attack_status = 0; \
    waitpid(attack_pid, &attack_status, 0); \
    WIFEXITED(attack_status) && WEXITSTATUS(attack_status) == 7; \
  })
