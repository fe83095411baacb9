/* Mount propagation: peer groups, masters and slaves through every kind of event; what mountinfo shows. */
#include "mount-table.h"

static const char *kinds[] = {"private", "shared", "slave", "both", "unbindable"};
/* A tmpfs on `path` of that kind: the master of a slave is on `path`-master. */
static void make(const char *path, int kind) {
  char master[200];
  snprintf(master, sizeof master, "%s-master", path);
  mkdir(path, 0755), mkdir(master, 0755);
  if (kind != 2 && kind != 3) {
    mount("none", path, "tmpfs", 0, 0);
    mount(0, path, 0, kind == 1 ? MS_SHARED : kind == 4 ? MS_UNBINDABLE : MS_PRIVATE, 0);
    return;
  }
  mount("none", master, "tmpfs", 0, 0);
  mount(0, master, 0, MS_SHARED, 0);
  mount(master, path, 0, MS_BIND, 0);
  mount(0, path, 0, MS_SLAVE, 0);
  if (kind == 3) mount(0, path, 0, MS_SHARED, 0);
}
static void forget(void) {
  if (umount2(".", MNT_DETACH)) perror("umount");
  chdir("/"), chdir(oracle_directory);
  if (mount("none", ".", "tmpfs", 0, 0)) perror("mount");
  chdir("/"), chdir(oracle_directory);
  mount(0, ".", 0, MS_PRIVATE, 0);
}

/* Each kind of source on each kind of parent, by bind and by move. */
static void tables(void) {
  for (int to = 0; to < 5; to++)
    for (int from = 0; from < 5; from++) {
      printf("== %s onto %s\n", kinds[from], kinds[to]);
      make("from", from);
      make("to", to);
      mkdir("to/on", 0755), mkdir("from/in", 0755);
      mkdir("peer", 0755);
      R(mount("to", "peer", 0, MS_BIND, 0));
      R(mount("none", "from/in", "tmpfs", 0, 0));
      R(mount("from", "to/on", 0, MS_BIND, 0));
      table("bound");
      R(umount("to/on"));
      R(mount("from", "to/on", 0, MS_BIND | MS_REC, 0));
      table("bound with all below");
      R(umount("to/on/in"));
      R(umount("to/on"));
      table("unmounted");
      R(mount("from", "to/on", 0, MS_MOVE, 0));
      table("moved");
      R(umount2("to/on", MNT_DETACH));
      table("detached");
      forget();
    }
}

/* From one kind to another, with peers and slaves around. */
static void changes(void) {
  static const int flags[] = {MS_PRIVATE, MS_SHARED, MS_SLAVE, MS_UNBINDABLE};
  for (int from = 0; from < 5; from++)
    for (int to = 0; to < 4; to++) {
      printf("== %s to %s\n", kinds[from], kinds[to == 3 ? 4 : to]);
      make("m", from);
      mkdir("peer", 0755), mkdir("slave", 0755), mkdir("m/d", 0755);
      mount("m", "peer", 0, MS_BIND, 0);
      mount("m", "slave", 0, MS_BIND, 0);
      mount(0, "slave", 0, MS_SLAVE, 0);
      table("before");
      R(mount(0, "m", 0, flags[to], 0));
      table("after");
      R(mount("none", "m/d", "tmpfs", 0, 0));
      table("mounted on it");
      R(umount2("peer", MNT_DETACH));
      R(umount2("m", MNT_DETACH));
      table("what is left");
      R(mount(0, "slave", 0, flags[to], 0));
      table("the slave changed");
      forget();
    }
}

static void chains(void) {
  puts("== a chain of masters");
  make("a", 1);
  mkdir("b", 0755), mkdir("c", 0755), mkdir("d", 0755), mkdir("a/x", 0755), mkdir("a/x/y", 0755), mkdir("sub", 0755);
  R(mount("a", "b", 0, MS_BIND, 0));
  R(mount(0, "b", 0, MS_SLAVE, 0));
  R(mount(0, "b", 0, MS_SHARED, 0));
  R(mount("b", "c", 0, MS_BIND, 0));
  R(mount(0, "c", 0, MS_SLAVE, 0));
  R(mount(0, "c", 0, MS_SHARED, 0));
  R(mount("c", "d", 0, MS_BIND, 0));
  R(mount(0, "d", 0, MS_SLAVE, 0));
  R(mount("a/x", "sub", 0, MS_BIND, 0));
  table("made");
  R(mount("none", "a/x", "tmpfs", 0, 0));
  table("on the first");
  R(umount("d/x"));
  R(umount("b/x"));
  table("gone from b and c");
  R(umount("a/x"));
  R(mount("none", "a/x/y", "tmpfs", 0, 0));
  table("where sub sees it");
  R(umount("sub/y"));
  table("unmounted below sub");
  R(mount("none", "c/x", "tmpfs", 0, 0));
  table("on the third");
  /* The one in the middle goes: its slave hears of the one above. */
  R(umount2("b", MNT_DETACH));
  table("without b");
  R(mount("none", "a/x/y", "tmpfs", 0, 0));
  table("still heard");
  R(umount2("a", MNT_DETACH));
  table("without a");
  R(mount(0, "sub", 0, MS_PRIVATE, 0));
  table("without masters");
  forget();

  puts("== who it comes from, seen from a root");
  make("a", 1);
  mkdir("a/x", 0755), mkdir("root", 0755), mkdir("root/near", 0755), mkdir("root/far", 0755), mkdir("mid", 0755);
  R(mount("root", "root", 0, MS_BIND, 0));
  R(mount("a", "mid", 0, MS_BIND, 0));
  R(mount(0, "mid", 0, MS_SLAVE, 0));
  R(mount(0, "mid", 0, MS_SHARED, 0));
  R(mount("a", "root/far", 0, MS_BIND, 0));
  R(mount("mid", "root/near", 0, MS_BIND, 0));
  R(mount(0, "root/near", 0, MS_SLAVE, 0));
  table("from above");
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    mkdir("root/proc", 0755);
    mount("proc", "root/proc", "proc", 0, 0);
    chroot("root");
    chdir("/");
    strcpy(oracle_directory, "/");
    static char line[1000];
    FILE *in = fopen("/proc/self/mountinfo", "r");
    while (fgets(line, sizeof line, in)) {
      char point[300];
      sscanf(line, "%*d %*d %*s %*s %299s", point);
      printf("%s%s%s%s\n", point, strstr(line, " shared:") ? " shared" : "", strstr(line, " master:") ? " master" : "",
             strstr(line, " propagate_from:") ? " from" : "");
    }
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  umount("root/proc");
  forget();
}

static void trees(void) {
  puts("== recursive");
  make("a", 1);
  mkdir("a/x", 0755), mkdir("a/y", 0755), mkdir("b", 0755), mkdir("into", 0755);
  R(mount("none", "a/x", "tmpfs", 0, 0));
  mkdir("a/x/deep", 0755);
  R(mount("none", "a/x/deep", "tmpfs", 0, 0));
  R(mount("none", "a/y", "tmpfs", 0, 0));
  R(mount(0, "a/x", 0, MS_UNBINDABLE, 0));
  R(mount("a", "b", 0, MS_BIND | MS_REC, 0));
  table("the unbindable one stays, with what is on it");
  R(mount("a/x", "into", 0, MS_BIND, 0));
  R(mount("a/x/deep", "into", 0, MS_BIND, 0));
  R(umount("into"));
  R(mount(0, "a", 0, MS_SLAVE | MS_REC, 0));
  table("slaves");
  R(mount(0, "b", 0, MS_PRIVATE | MS_REC, 0));
  table("private");
  R(mount(0, "a", 0, MS_SHARED | MS_REC, 0));
  table("shared");
  R(mount("a", "a/y", 0, MS_BIND | MS_REC, 0));
  table("into itself");
  R(mount("a/x", "b", 0, MS_MOVE, 0));
  R(mount("b", "a/x", 0, MS_MOVE, 0));
  table("moved into it");
  R(umount2("a", MNT_DETACH));
  table("gone");
  forget();

  puts("== loops");
  make("a", 1);
  mkdir("a/x", 0755), mkdir("a/x/x", 0755);
  R(mount("a", "a/x", 0, MS_BIND, 0));
  table("once");
  R(mount("a", "a/x", 0, MS_BIND, 0));
  table("twice");
  R(mount("a", "a/x/x", 0, MS_BIND | MS_REC, 0));
  table("thrice");
  R(umount("a/x"));
  table("umount");
  R(umount2("a/x", MNT_DETACH));
  table("detach");
  forget();
}

/* What was mounted there before stays on top; it slides down again. */
static void below(void) {
  puts("== below what is there");
  make("a", 1);
  mkdir("a/x", 0755), mkdir("b", 0755), mkdir("d", 0755);
  R(mount("a", "b", 0, MS_BIND, 0));
  R(mount(0, "b", 0, MS_SLAVE, 0));
  R(mount("none", "b/x", "tmpfs", 0, 0));
  put("b/x/mine", "1");
  R(mount("none", "a/x", "tmpfs", 0, 0));
  put("a/x/theirs", "1");
  table("below");
  R(access("b/x/mine", F_OK));
  int fd = open("b/x", O_RDONLY);
  R(umount("a/x"));
  close(fd);
  table("slid");
  R(access("b/x/mine", F_OK));
  R(mount("none", "a/x", "tmpfs", 0, 0));
  R(umount("b/x"));
  table("mine gone");
  /* In use where it went, too */
  fd = open("b/x", O_RDONLY);
  R(umount("a/x"));
  close(fd);
  mkdir("a/x/in", 0755);
  R(mount("none", "b/x/in", "tmpfs", 0, 0));
  fd = open("b/x", O_RDONLY);
  R(umount("a/x"));
  table("something is mounted in it");
  close(fd);
  R(umount("b/x/in"));
  R(umount("b/x"));
  R(umount("b/x"));
  R(mount("none", "a/x", "tmpfs", 0, 0));
  chdir("b/x");
  R(umount("../../a/x"));
  R(umount2("../../a/x", MNT_DETACH));
  R(access("..", F_OK));
  chdir("/"), chdir(oracle_directory);
  table("detached");
  forget();
}

/* The peer group of a mount point, as mountinfo shows it; 0 for none. */
static int group_of(const char *name) {
  static char line[4000];
  char path[300];
  int group = 0;
  snprintf(path, sizeof path, "%s/%s", oracle_directory, name);
  FILE *in = fopen("/proc/self/mountinfo", "r");
  while (fgets(line, sizeof line, in)) {
    char point[300];
    sscanf(line, "%*d %*d %*s %*s %299s", point);
    char *tag = strstr(line, " shared:");
    if (!strcmp(point, path)) group = tag ? atoi(tag + 8) : 0;
  }
  fclose(in);
  return group;
}
/* The lowest free number is the next group's; it is free when the last peer has left. */
static void group_numbers(void) {
  puts("== numbers of groups");
  make("a", 1), make("b", 1), make("c", 1), mkdir("peer", 0755);
  int a = group_of("a"), b = group_of("b"), c = group_of("c");
  printf("ascending: %d %d\n", a < b, b < c);
  mount(0, "c", 0, MS_PRIVATE, 0), mount(0, "b", 0, MS_PRIVATE, 0);
  make("d", 1), make("e", 1);
  printf("again: %d %d\n", group_of("d") == b, group_of("e") == c);
  mount("a", "peer", 0, MS_BIND, 0), mount(0, "a", 0, MS_SLAVE, 0);
  make("f", 1);
  printf("a peer has it: %d %d\n", group_of("peer") == a, group_of("f") > c);
  umount("peer");
  make("g", 1);
  printf("nobody has it: %d\n", group_of("g") == a);
  umount2("d", MNT_DETACH), umount("e");
  make("h", 3);
  printf("unmounted: %d %d\n", group_of("h-master") == b, group_of("h") == c);
  forget();
}

/* Each mount on all peers of one group doubles them, up to fs.mount-max. */
static void doubling(void) {
  puts("== doubling");
  make("a", 1), mkdir("a/x", 0755);
  int times = 0;
  while (times < 20 && !mount("a", "a/x", 0, MS_BIND, 0)) times++;
  printf("%d times, then %s\n", times, strerrorname_np(errno));
  R(umount2("a", MNT_DETACH));
  forget();
}

static void wait_for(int fd) { char c; if (read(fd, &c, 1) != 1) puts("no word"); }
static void tell(int fd) { if (write(fd, "x", 1) != 1) puts("nobody"); }
/* The child is asked for its table: `steps` times. */
static void namespaces(const char *what, int flags) {
  int to[2], back[2];
  pipe(to), pipe(back);
  printf("== namespaces: %s\n", what);
  make("a", 1);
  mkdir("a/x", 0755), mkdir("a/y", 0755), mkdir("p", 0755);
  R(mount("none", "p", "tmpfs", 0, 0));
  mkdir("p/q", 0755);
  R(mount("none", "a/x", "tmpfs", 0, 0));
  mkdir("a/x/deep", 0755);
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    R(unshare(CLONE_NEWNS));
    table("the copy");
    if (flags) R(mount(0, ".", 0, flags, 0));
    if (flags) table("the copy, changed");
    tell(back[1]);
    wait_for(to[0]);
    table("after the other's mounts");
    R(mount("none", "a/y", "tmpfs", 0, 0));
    R(umount("a/x/deep"));
    tell(back[1]);
    wait_for(to[0]);
    table("after the other's umounts");
    fflush(stdout);
    _exit(0);
  }
  wait_for(back[0]);
  table("the original");
  R(mount("none", "a/x/deep", "tmpfs", 0, 0));
  R(mount("none", "p/q", "tmpfs", 0, 0));
  tell(to[1]);
  wait_for(back[0]);
  table("after the copy's mounts");
  R(umount("a/y"));
  R(umount2("a/x", MNT_DETACH));
  R(umount("p/q"));
  tell(to[1]);
  waitpid(c, 0, 0);
  table("after its end");
  close(to[0]), close(to[1]), close(back[0]), close(back[1]);
  forget();
}

static void refused(void) {
  puts("== refused");
  make("a", 1);
  mkdir("a/x", 0755), mkdir("b", 0755), mkdir("a/new", 0755);
  R(mount("none", "a/x", "tmpfs", 0, 0));
  R(mount("a/x", "b", 0, MS_MOVE, 0));
  R(mount(0, "a/new", 0, MS_SHARED, 0));
  R(mount(0, "a", 0, MS_SHARED | MS_SLAVE, 0));
  R(mount(0, "a", 0, MS_SHARED | MS_RDONLY, 0));
  R(mount(0, "a", 0, MS_SHARED | MS_SILENT, 0));
  R(mount(0, "a", 0, MS_UNBINDABLE | MS_PRIVATE, 0));
  R(mount(0, "missing", 0, MS_SHARED, 0));
  R(mount("none", "b", "tmpfs", 0, 0));
  mkdir("b/u", 0755);
  R(mount("none", "b/u", "tmpfs", 0, 0));
  R(mount(0, "b/u", 0, MS_UNBINDABLE, 0));
  R(mount("b", "a/new", 0, MS_MOVE, 0));
  put("file", ""), put("a/file", "");
  R(mount("file", "a/new", 0, MS_BIND, 0));
  R(mount("b", "a/file", 0, MS_MOVE, 0));
  R(mount("file", "a/file", 0, MS_BIND, 0));
  table("files too");
  AS(1000, 1000, R(mount(0, "a", 0, MS_PRIVATE, 0)));
  /* pivot_root wants nobody to hear of it */
  fflush(stdout);
  pid_t c = fork();
  if (!c) {
    R(unshare(CLONE_NEWNS));
    mkdir("a/x/old", 0755), mkdir("b/old", 0755);
    R(mount(0, "b", 0, MS_SHARED, 0));
    R(syscall(SYS_pivot_root, "a/x", "a/x/old"));
    R(syscall(SYS_pivot_root, "b", "b/old"));
    R(mount(0, "b", 0, MS_PRIVATE, 0));
    R(syscall(SYS_pivot_root, "b", "b/old"));
    fflush(stdout);
    _exit(0);
  }
  waitpid(c, 0, 0);
  forget();
}

/* Each bind doubles the number of mounts: all are peers of each other, or slaves of peers. */
static void many(const char *what, int kind) {
  printf("== many, %s\n", what);
  make("a", 1), make("b", 1);
  mkdir("a/d", 0755);
  if (kind) {
    R(umount("b"));
    R(mount("a", "b", 0, MS_BIND, 0));
    R(mount(0, "b", 0, MS_SLAVE, 0));
    R(mount(0, "b", 0, MS_SHARED, 0));
  }
  R(mount("a/d", "a/d", 0, MS_BIND, 0));
  int made = 0, result = 0;
  for (; made < 20 && !result; made++) result = mount("a/d", "a/d", 0, MS_BIND, 0);
  printf("doubled %d times until %s\n", made, result ? strerrorname_np(errno) : "the end");
  R(umount2("a", MNT_DETACH));
  forget();
}

/* A sequence that nobody thought of: the same one each time. */
static unsigned seed;
static unsigned any(unsigned below) {
  seed = seed * 1103515245 + 12345;
  return (seed >> 16) % below;
}
static const char *place(void) {
  static char names[4][100];
  static int next;
  char *name = names[next++ & 3];
  static const char *parts[] = {"a", "b", "c"};
  strcpy(name, parts[any(3)]);
  for (unsigned more = any(3); more; more--) strcat(name, "/"), strcat(name, parts[any(3)]);
  return name;
}
static void fill(const char *path, int depth) {
  char below[200];
  for (const char *name = "abc"; depth && *name; name++) {
    snprintf(below, sizeof below, "%s/%c", path, *name);
    mkdir(below, 0755);
    fill(below, depth - 1);
  }
}
static void at_random(unsigned first) {
  static const int types[] = {MS_SHARED, MS_SHARED, MS_SLAVE, MS_PRIVATE, MS_UNBINDABLE};
  static const char *type_names[] = {"shared", "shared", "slave", "private", "unbindable"};
  printf("== at random: %u\n", first);
  seed = first;
  make("base", 0);
  fill("base", 3);
  fill(".", 0);
  mkdir("a", 0755), mkdir("b", 0755), mkdir("c", 0755);
  for (int i = 0; i < 3; i++) {
    const char *name = &"a\0b\0c"[2 * i];
    mount("base", name, 0, MS_BIND, 0);
    mount(0, name, 0, MS_PRIVATE, 0);
  }
  for (int step = 0; step < 60; step++) {
    const char *to = place(), *from = place();
    unsigned type = any(5), rec = any(2) ? MS_REC : 0;
    int result = 0;
    errno = 0;
    switch (any(8)) {
    case 0: case 1:
      result = mount("base", to, 0, MS_BIND, 0);
      printf("mount %s", to);
      break;
    case 2: case 3:
      result = mount(from, to, 0, MS_BIND | rec, 0);
      printf("%sbind %s %s", rec ? "r" : "", from, to);
      break;
    case 4:
      result = mount(from, to, 0, MS_MOVE, 0);
      printf("move %s %s", from, to);
      break;
    case 5: case 6:
      result = mount(0, to, 0, types[type] | rec, 0);
      printf("%s%s %s", rec ? "r" : "", type_names[type], to);
      break;
    case 7:
      result = umount2(to, rec ? MNT_DETACH : 0);
      printf("%s %s", rec ? "detach" : "umount", to);
      break;
    }
    printf(" = %s\n", result ? strerrorname_np(errno) : "0");
    if (step % 10 == 9) table("now");
  }
  forget();
}

int main(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mount("none", ".", "tmpfs", 0, 0);
  chdir("/"), chdir(oracle_directory);
  forget();
  tables();
  changes();
  chains();
  trees();
  below();
  group_numbers();
  doubling();
  namespaces("as they are", 0);
  namespaces("slaves", MS_SLAVE | MS_REC);
  namespaces("private", MS_PRIVATE | MS_REC);
  refused();
  many("peers", 0);
  many("slaves", 1);
  for (unsigned i = 1; i <= 12; i++) at_random(i);
  umount2(".", MNT_DETACH);
  end();
}
