/* Two names that change places, and files without a name, with open files, links and directories below. */
#include "file-oracle.h"

static int swap(const char *a, const char *b) { return syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE); }
static void cat(const char *path) {
  char text[100] = {0};
  int fd = open(path, O_RDONLY);
  long length = read(fd, text, 99);
  printf("%s: %ld %s\n", path, length, text);
  close(fd);
}

int main(void) {
  char text[100] = {0}, path[100];
  struct stat st;
  begin();
  mkdir("d", 0755), mkdir("d/sub", 0755), mkdir("e", 0700);
  put("one", "1"), put("two", "22"), put("d/f", "in d"), put("e/f", "in e"), put("d/sub/g", "deep");
  link("one", "one-too");
  int one = open("one", O_RDWR), deep = open("d/sub/g", O_RDWR), sub = open("d/sub", O_PATH);

  R(swap("one", "two"));
  cat("one"), cat("two"), S("one"), S("two");
  R(pread(one, text, 9, 0));
  R(write(one, "changed", 7));
  cat("two"), cat("one-too"), cat("one");
  R(swap("two", "one-too"));
  R(swap("one", "d/sub"));
  S("one"), S("d/sub"), cat("one/g"), cat("d/sub");
  R(pwrite(deep, "DEEP", 4, 0));
  cat("one/g");
  R(openat(sub, "new", O_CREAT | O_WRONLY, 0640) < 0);
  S("one/new");
  R(swap("d", "e"));
  S("d"), S("e"), cat("d/f"), cat("e/f");
  R(rename("e/f", "e/f2"));
  R(swap("e/f2", "d/f"));
  cat("d/f"), cat("e/f2"), cat("d/f2");
  R(unlink("d/f"));
  cat("e/f2");
  put("d/f", "anew");
  cat("d/f");
  R(swap("d", "d"));
  R(swap("d", "none"));
  R(swap("none", "d"));
  R(swap("one", "one/sub"));
  R(swap("one/g", "one"));
  symlink("two", "l");
  R(swap("l", "d"));
  S("d"), S("l"), cat("d"), cat("l/f");
  R(swap("l/f", "e/f2/"));

  int temporary = open("e", O_TMPFILE | O_RDWR, 0640);
  R(write(temporary, "no name", 7));
  fstat(temporary, &st);
  printf("%o %ld %ld\n", st.st_mode, (long)st.st_nlink, (long)st.st_size);
  R(fchmod(temporary, 0604));
  R(ftruncate(temporary, 4));
  sprintf(path, "/proc/self/fd/%d", temporary);
  int again = open(path, O_RDONLY);
  R(pread(again, text, 99, 0));
  R(linkat(AT_FDCWD, path, AT_FDCWD, "e/named", AT_SYMLINK_FOLLOW));
  R(linkat(AT_FDCWD, path, AT_FDCWD, "e/named", AT_SYMLINK_FOLLOW));
  S("e/named"), cat("e/named");
  R(pwrite(temporary, "name", 4, 3));
  S("e/named"), cat("e/named");
  R(rename("e/named", "moved"));
  R(unlink("moved"));
  fstat(temporary, &st);
  printf("%o %ld %ld\n", st.st_mode, (long)st.st_nlink, (long)st.st_size);
  R(pread(temporary, text, 99, 0));
  close(temporary), close(again);
  temporary = open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600);
  sprintf(path, "/proc/self/fd/%d", temporary);
  R(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
  R(open("l/f", O_TMPFILE | O_RDWR, 0600));
  end();
}
