/* inotify: which events come of removed names, of files that are open meanwhile, and of nothing read or written. */
#include "inotify-events.h"
#include <dirent.h>

int main(void) {
  char byte;
  begin();
  mkdir("d", 0755);
  put("d/f", "text");
  in = inotify_init1(IN_NONBLOCK);
  R(inotify_add_watch(in, "d", IN_ALL_EVENTS));
  R(inotify_add_watch(in, "d/f", IN_ALL_EVENTS));

  int fd = open("d/f", O_RDWR);
  read(fd, &byte, 0), write(fd, &byte, 0);
  events("nothing read or written");
  lseek(fd, 0, SEEK_END), read(fd, &byte, 1);
  events("read at the end");
  pread(fd, &byte, 1, 0), write(fd, "x", 1);
  events("one byte each");
  link("d/f", "d/g");
  events("link");
  unlink("d/g");
  events("unlink, another is left");
  unlink("d/f");
  events("unlink the last, open");
  int other = dup(fd);
  close(fd);
  events("one closed");
  close(other);
  events("both closed");

  put("d/f", "");
  R(inotify_add_watch(in, "d/f", IN_ALL_EVENTS));
  events("again");
  unlink("d/f");
  events("unlink, not open");

  mkdir("d/sub", 0755);
  R(inotify_add_watch(in, "d/sub", IN_ALL_EVENTS & ~(IN_OPEN | IN_CLOSE)));
  fd = open("d/sub", O_RDONLY | O_DIRECTORY);
  rmdir("d/sub");
  events("rmdir, open");
  close(fd);
  events("closed");

  R(inotify_add_watch(in, "d", IN_ALL_EVENTS | IN_EXCL_UNLINK));
  fd = open("d/f", O_RDWR | O_CREAT, 0644);
  unlink("d/f");
  events("unlink, open");
  ftruncate(fd, 9), fchmod(fd, 0600);
  events("changed by descriptor");
  write(fd, "x", 1), close(fd);
  events("only of what has a name");
  DIR *listed = opendir("d");
  while (readdir(listed));
  closedir(listed);
  events("listed");
  close(in);
  end();
}
