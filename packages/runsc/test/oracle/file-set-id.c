/* What becomes of set-ID bits when the data of a file changes: whoever has CAP_FSETID keeps them. */
#include "file-oracle.h"

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

int main(void) {
  int modes[] = {04755, 02755, 06711, 02744, 06600, 0755};
  begin();
  put("f", "content");
  for (int i = 0; i < 6; i++) changes(modes[i]);
  chmod(".", 0777);
  R(chown("f", 1000, 1000));
  for (int i = 0; i < 6; i++) AS(1000, 1000, changes(modes[i]));
  for (int i = 0; i < 6; i++) changes(modes[i]);
  end();
  return 0;
}
