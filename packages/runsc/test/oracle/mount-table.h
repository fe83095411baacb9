/* What mountinfo shows below the working directory: by mount point, with peer groups numbered anew. */
#include "file-oracle.h"
#include <sched.h>
#include <sys/mount.h>

static int known_groups[2000], group_count;
static int group_number(int id) {
  for (int i = 0; i < group_count; i++) if (known_groups[i] == id) return i + 1;
  known_groups[group_count++] = id;
  return group_count;
}
struct shown { char point[300], rest[300]; int tags[3]; int id, parent, depth; };
static struct shown shown[2000];
/* Stacked: the lower one first. */
static int by_point(const void *a, const void *b) {
  const struct shown *x = a, *y = b;
  int order = strcmp(x->point, y->point);
  return order ? order : x->depth - y->depth;
}
static int depth_of(int id, int count) {
  for (int i = 0; i < count; i++) if (shown[i].id == id) return 1 + depth_of(shown[i].parent, count);
  return 0;
}
/* Prints each mount of `table` below the working directory. */
static void table_of(const char *what, const char *table) {
  static char line[4000];
  char cwd[200];
  int count = 0;
  getcwd(cwd, sizeof cwd);
  FILE *in = fopen(table, "r");
  if (!in) { printf("%s: %s\n", what, strerrorname_np(errno)); return; }
  while (fgets(line, sizeof line, in)) {
    struct shown *at = &shown[count];
    char root[300], point[300];
    int end;
    sscanf(line, "%d %d %*s %299s %299s %*s%n", &at->id, &at->parent, root, point, &end);
    if (strncmp(point, cwd, strlen(cwd))) continue;
    strcpy(at->point, point + strlen(cwd));
    char *top = strstr(root, "oracle-");
    char *type = strstr(line, " - ");
    snprintf(at->rest, sizeof at->rest, "%s %.5s%s", top ? top + 13 : root, type + 3,
             strstr(line, " unbindable ") ? " unbindable" : "");
    const char *tags[] = {" shared:", " master:", " propagate_from:"};
    for (int i = 0; i < 3; i++) {
      char *tag = strstr(line + end, tags[i]);
      at->tags[i] = tag && tag < type ? atoi(tag + strlen(tags[i])) : 0;
    }
    count++;
  }
  fclose(in);
  for (int i = 0; i < count; i++) shown[i].depth = depth_of(shown[i].parent, count);
  qsort(shown, count, sizeof *shown, by_point);
  printf("%s:\n", what);
  group_count = 0;
  for (int i = 0; i < count; i++) {
    printf("  .%s %s", shown[i].point, shown[i].rest);
    const char *names[] = {"shared", "master", "from"};
    for (int t = 0; t < 3; t++)
      if (shown[i].tags[t]) printf(" %s:%d", names[t], group_number(shown[i].tags[t]));
    puts("");
  }
  fflush(stdout);
}
static void table(const char *what) { table_of(what, "/proc/self/mountinfo"); }
