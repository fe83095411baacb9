/* What becomes of set-ID bits when the data of a file changes: whoever has CAP_FSETID keeps them. */
#include "file-oracle.h"
#include <sys/xattr.h>

static void changes(int mode) {
  int fd = open("f", O_RDWR);
  R(chmod("f", mode)); S("f");
  R((int)write(fd, "", 0)); S("f");
  R((int)write(fd, "x", 1)); S("f");
  R(chmod("f", mode));
  R((int)pwrite(fd, "yy", 2, 10)); S("f");
  R(chmod("f", mode));
  R(ftruncate(fd, 5)); S("f");
  R(chmod("f", mode));
  R(fallocate(fd, 0, 0, 20)); S("f");
  R(chmod("f", mode));
  R(truncate("f", 3)); S("f");
  R(chmod("f", mode));
  R(close(open("f", O_WRONLY | O_TRUNC))); S("f");
  R(chmod("f", mode));
  R((int)read(fd, &mode, 1)); S("f");
  close(fd);
}

/* File capabilities go with any change of what is in the file, or of whose it is. */
static void give(void) {
  static const unsigned char none[20] = {0, 0, 0, 2};
  if (setxattr("f", "security.capability", none, sizeof none, 0)) perror("setxattr");
}
static void capable(const char *what) {
  char value[24];
  printf("%s: %zd %s\n", what, getxattr("f", "security.capability", value, sizeof value), errno ? strerrorname_np(errno) : "");
  errno = 0;
  give();
}
static void capabilities(void) {
  int fd = open("f", O_RDWR), other = open("f", O_RDONLY);
  char b;
  errno = 0;
  give(); R((int)read(other, &b, 1)); capable("read");
  R((int)write(fd, "x", 1)); capable("written");
  R(ftruncate(fd, 3)); capable("truncated");
  R(truncate("f", 2)); capable("truncated by name");
  R(close(open("f", O_WRONLY | O_TRUNC))); capable("emptied");
  R(chmod("f", 0700)); capable("mode");
  R(utimensat(AT_FDCWD, "f", 0, 0)); capable("times");
  R(chown("f", 1000, -1)); capable("owner");
  R(chown("f", -1, 1000)); capable("group");
  R(chown("f", -1, -1)); capable("no owner");
  R(removexattr("f", "security.capability"));
  close(fd), close(other);
}

int main(void) {
  int modes[] = {04755, 02755, 06711, 02744, 06600, 0755};
  begin();
  put("f", "content");
  for (int i = 0; i < 6; i++) changes(modes[i]);
  capabilities();
  chmod(".", 0777);
  R(chown("f", 1000, 1000));
  for (int i = 0; i < 6; i++) AS(1000, 1000, changes(modes[i]));
  for (int i = 0; i < 6; i++) changes(modes[i]);
  end();
  return 0;
}
