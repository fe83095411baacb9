/* inotify: which events come of removed names, of files that are open meanwhile, and of nothing read or written. */
#include "file-oracle.h"
#include <dirent.h>
#include <sys/inotify.h>

static int in;
static void events(const char *what) {
  static const struct { unsigned bit; const char *name; } names[] = {
    {IN_ACCESS, "access"}, {IN_MODIFY, "modify"}, {IN_ATTRIB, "attrib"}, {IN_OPEN, "open"},
    {IN_CLOSE_WRITE, "close-write"}, {IN_CLOSE_NOWRITE, "close-nowrite"}, {IN_CREATE, "create"},
    {IN_DELETE, "delete"}, {IN_DELETE_SELF, "delete-self"}, {IN_IGNORED, "ignored"}, {IN_ISDIR, "directory"},
  };
  char all[4096] __attribute__((aligned(8)));
  printf("%s:\n", what);
  ssize_t size = read(in, all, sizeof all);
  for (ssize_t at = 0; at < size;) {
    struct inotify_event *event = (void *)(all + at);
    printf("  %d", event->wd);
    for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
      if (event->mask & names[i].bit) printf(" %s", names[i].name);
    printf(" %s\n", event->len ? event->name : "");
    at += sizeof *event + event->len;
  }
  fflush(stdout);
}

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
