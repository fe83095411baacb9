/* Shared by the oracle programs: print what a call answers, in words that do not vary from run to run. */
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Prints `text = result [errno]`. */
#define R(call) \
  do { \
    errno = 0; \
    long oracle_result = (long)(call); \
    printf("%s = %ld%s%s\n", #call, oracle_result, oracle_result == -1 ? " " : "", oracle_result == -1 ? strerrorname_np(errno) : ""); \
    fflush(stdout); \
  } while (0)
/* As R, but only whether it worked: for results that vary (pids, addresses). */
#define OK(call) \
  do { \
    errno = 0; \
    long oracle_result = (long)(call); \
    printf("%s: %s\n", #call, oracle_result == -1 ? strerrorname_np(errno) : "ok"); \
    fflush(stdout); \
  } while (0)
#define BAD ((void *)8)
