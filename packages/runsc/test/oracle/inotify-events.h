/* Prints what an inotify has to tell: watch descriptors, events by name. */
#include "file-oracle.h"
#include <sys/inotify.h>

static int in;
static void events(const char *what) {
  static const struct { unsigned bit; const char *name; } names[] = {
    {IN_ACCESS, "access"}, {IN_MODIFY, "modify"}, {IN_ATTRIB, "attrib"}, {IN_OPEN, "open"},
    {IN_CLOSE_WRITE, "close-write"}, {IN_CLOSE_NOWRITE, "close-nowrite"}, {IN_CREATE, "create"},
    {IN_DELETE, "delete"}, {IN_DELETE_SELF, "delete-self"}, {IN_IGNORED, "ignored"}, {IN_MOVED_FROM, "moved-from"}, {IN_MOVED_TO, "moved-to"}, {IN_MOVE_SELF, "move-self"},
    {IN_ISDIR, "directory"},
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
