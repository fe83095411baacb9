/* open_tree, move_mount and mount_setattr: trees that are nowhere yet, sharing groups, attributes. */
#include "mount-table.h"

#ifndef MOVE_MOUNT_SET_GROUP
#define MOVE_MOUNT_SET_GROUP 0x100
#endif
#define MOVE_MOUNT_BENEATH 0x200

static int move_fd(int fd, const char *to, int flags) {
  return move_mount(fd, "", AT_FDCWD, to, MOVE_MOUNT_F_EMPTY_PATH | flags);
}
static int set(const char *path, int flags, struct mount_attr attr) {
  return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof attr);
}
/* The per-mount options of each mount below. */
static void options(void) {
  char line[1000], cwd[200];
  getcwd(cwd, sizeof cwd);
  FILE *in = fopen("/proc/self/mountinfo", "r");
  while (fgets(line, sizeof line, in)) {
    char point[300], flags[300];
    sscanf(line, "%*d %*d %*s %*s %299s %299s", point, flags);
    if (!strncmp(point, cwd, strlen(cwd))) printf("  .%s %s\n", point + strlen(cwd), flags);
  }
  fclose(in);
  fflush(stdout);
}

static void attributes(void) {
  puts("== mount_setattr");
  mkdir("m", 0755);
  R(mount("none", "m", "tmpfs", 0, 0));
  mkdir("m/sub", 0755), mkdir("m/dir", 0755);
  R(mount("none", "m/sub", "tmpfs", 0, 0));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID}));
  options();
  R(mkdir("m/x", 0755));
  R(mkdir("m/sub/x", 0755));
  R(set("m", AT_RECURSIVE, (struct mount_attr){.attr_set = MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODIRATIME | MOUNT_ATTR_NOSYMFOLLOW, .attr_clr = MOUNT_ATTR_RDONLY}));
  options();
  R(mkdir("m/x", 0755));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME, .attr_clr = MOUNT_ATTR__ATIME}));
  options();
  R(set("m", AT_RECURSIVE, (struct mount_attr){.attr_set = MOUNT_ATTR_STRICTATIME, .attr_clr = MOUNT_ATTR__ATIME}));
  options();
  R(set("m", 0, (struct mount_attr){.attr_clr = MOUNT_ATTR__ATIME}));
  options();
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOEXEC, .attr_clr = MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NODEV}));
  options();
  R(set("m", AT_RECURSIVE, (struct mount_attr){.propagation = MS_SHARED}));
  table("shared");
  R(set("m/sub", 0, (struct mount_attr){.propagation = MS_UNBINDABLE, .attr_set = MOUNT_ATTR_RDONLY}));
  table("unbindable");
  R(set("m", 0, (struct mount_attr){.propagation = MS_SLAVE}));
  R(set("m", AT_RECURSIVE, (struct mount_attr){.propagation = MS_PRIVATE}));
  table("private");
  puts("refused");
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOATIME}));
  R(set("m", 0, (struct mount_attr){.attr_clr = MOUNT_ATTR_NOATIME}));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR__ATIME, .attr_clr = MOUNT_ATTR__ATIME}));
  R(set("m", 0, (struct mount_attr){.attr_set = 0x1000}));
  R(set("m", 0, (struct mount_attr){.attr_set = 1ull << 40}));
  R(set("m", 0, (struct mount_attr){.propagation = MS_SHARED | MS_SLAVE}));
  R(set("m", 0, (struct mount_attr){.propagation = MS_REC}));
  R(set("m", 0, (struct mount_attr){.propagation = 1ull << 50}));
  R(set("m/dir", 0, (struct mount_attr){.propagation = MS_SHARED}));
  R(set("m/dir", 0, (struct mount_attr){0}));
  R(set("missing", 0, (struct mount_attr){0}));
  R(set("missing", 0, (struct mount_attr){.attr_set = 1}));
  R(set("m", 1, (struct mount_attr){.attr_set = 1}));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = 1000}));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = 1ull << 40}));
  int user = open("/proc/self/ns/user", O_RDONLY), other = open("/dev/null", O_RDONLY);
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = user}));
  R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_IDMAP, .userns_fd = other}));
  close(user), close(other);
  char large[64] = {0};
  R(mount_setattr(AT_FDCWD, "m", 0, (void *)large, 64));
  large[40] = 1;
  R(mount_setattr(AT_FDCWD, "m", 0, (void *)large, 64));
  R(mount_setattr(AT_FDCWD, "m", 0, (void *)large, 31));
  R(mount_setattr(AT_FDCWD, "m", 0, (void *)large, 5000));
  R(mount_setattr(AT_FDCWD, "m", 0, BAD, 32));
  int fd = open("m", O_PATH);
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_NOSUID};
  R(mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof attr));
  R(mount_setattr(fd, "", 0, &attr, sizeof attr));
  close(fd);
  AS(1000, 1000, R(set("m", 0, (struct mount_attr){.attr_set = MOUNT_ATTR_NOSUID})));
  R(umount2("m", MNT_DETACH));
}

static void trees(void) {
  puts("== open_tree and move_mount");
  mkdir("a", 0755), mkdir("b", 0755);
  R(mount("none", "a", "tmpfs", 0, 0));
  R(mount(0, "a", 0, MS_SHARED, 0));
  mkdir("a/sub", 0755), mkdir("a/dir", 0755);
  R(mount("none", "a/sub", "tmpfs", 0, 0));
  put("a/sub/file", "");
  int plain = open_tree(AT_FDCWD, "a", OPEN_TREE_CLOEXEC);
  R(fcntl(plain, F_GETFL) & O_PATH);
  R(fcntl(plain, F_GETFD));
  R(faccessat(plain, "sub/file", F_OK, 0));
  R(move_fd(plain, "b", 0));
  close(plain);
  table("moved");
  R(move_mount(AT_FDCWD, "b", AT_FDCWD, "a", 0));
  int one = open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE);
  int all = open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | AT_RECURSIVE);
  R(faccessat(one, "sub/file", F_OK, 0));
  R(faccessat(all, "sub/file", F_OK, 0));
  R(faccessat(all, "../sub/file", F_OK, 0));
  R(fcntl(one, F_GETFD));
  table("cloned");
  R(mount("none", "a/dir", "tmpfs", 0, 0));
  R(faccessat(all, "dir", F_OK, 0));
  R(umount("a/dir"));
  /* Changed before anybody sees it */
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY, .propagation = MS_PRIVATE};
  R(mount_setattr(all, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr, sizeof attr));
  R(mkdirat(all, "x", 0755));
  R(move_fd(all, "b", 0));
  table("attached");
  R(mkdir("b/x", 0755));
  R(move_fd(all, "a/dir", 0));
  table("attached once more");
  R(umount2("a/dir", MNT_DETACH));
  R(faccessat(all, "sub/file", F_OK, 0));
  close(all);
  R(move_fd(one, "a/dir", 0));
  table("a peer on itself");
  close(one);
  table("closed");
  R(umount2("a/dir", MNT_DETACH));
  /* What is closed without a place is gone */
  R(mount("none", "b", "tmpfs", 0, 0));
  one = open_tree(AT_FDCWD, "b", OPEN_TREE_CLONE);
  int inside = openat(one, ".", O_RDONLY);
  int sub = open_tree(one, "", OPEN_TREE_CLONE | AT_EMPTY_PATH);
  R(sub >= 0);
  close(one);
  R(faccessat(inside, ".", F_OK, 0));
  R(move_fd(inside, "a/dir", 0));
  R(open_tree(inside, "", OPEN_TREE_CLONE | AT_EMPTY_PATH) >= 0);
  close(inside);
  /* Mounted in a tree that is nowhere */
  one = open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE | AT_RECURSIVE);
  R(move_mount(sub, "", one, "dir", MOVE_MOUNT_F_EMPTY_PATH));
  R(move_mount(one, "", one, "dir", MOVE_MOUNT_F_EMPTY_PATH));
  R(move_fd(one, "b", 0));
  table("a tree put together");
  close(one), close(sub);
  R(umount2("b", MNT_DETACH));
  puts("refused");
  R(open_tree(AT_FDCWD, "a", AT_RECURSIVE));
  R(open_tree(AT_FDCWD, "a", 2));
  R(open_tree(AT_FDCWD, "missing", OPEN_TREE_CLONE));
  R(open_tree(AT_FDCWD, "", OPEN_TREE_CLONE));
  R(open_tree(1000, "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
  int pipes[2];
  pipe(pipes);
  R(open_tree(pipes[0], "", OPEN_TREE_CLONE | AT_EMPTY_PATH));
  R(move_fd(pipes[0], "a", 0));
  R(move_fd(1000, "a", 0));
  R(move_mount(AT_FDCWD, "a/dir", AT_FDCWD, "b", 0));
  R(move_mount(AT_FDCWD, "a/sub", AT_FDCWD, "b", 0));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "missing", 0));
  R(move_mount(AT_FDCWD, "missing", AT_FDCWD, "b", 0));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0x1000));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", MOVE_MOUNT_SET_GROUP | MOVE_MOUNT_BENEATH));
  R(mount("none", "b", "tmpfs", 0, 0));
  R(mount(0, "b", 0, MS_UNBINDABLE, 0));
  R(open_tree(AT_FDCWD, "b", OPEN_TREE_CLONE));
  symlink("a", "link");
  one = open_tree(AT_FDCWD, "link", OPEN_TREE_CLONE | AT_SYMLINK_NOFOLLOW);
  R(move_fd(one, "link", 0));
  close(one);
  one = open_tree(AT_FDCWD, "a/sub/file", OPEN_TREE_CLONE);
  R(move_fd(one, "b", 0));
  put("f", "");
  R(move_fd(one, "f", 0));
  close(one);
  table("a file");
  AS(1000, 1000, {
    R(open_tree(AT_FDCWD, "a", 0) >= 0);
    R(open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE));
    R(move_mount(AT_FDCWD, "a", AT_FDCWD, "b", 0));
  });
  R(umount("f"));
  R(umount2("b", MNT_DETACH));
  R(umount2("a", MNT_DETACH));
}

static void groups(void) {
  puts("== MOVE_MOUNT_SET_GROUP");
  mkdir("a", 0755), mkdir("c", 0755), mkdir("d", 0755), mkdir("s", 0755);
  R(mount("none", "a", "tmpfs", 0, 0));
  mkdir("a/in", 0755), mkdir("a/in/deep", 0755);
  R(mount("a", "c", 0, MS_BIND, 0));
  R(mount("a/in", "d", 0, MS_BIND, 0));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  R(mount(0, "a", 0, MS_SHARED, 0));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "d", MOVE_MOUNT_SET_GROUP));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "d", MOVE_MOUNT_SET_GROUP));
  table("joined");
  R(mount("none", "a/in/deep", "tmpfs", 0, 0));
  table("heard");
  R(umount("d/deep"));
  R(mount("a", "s", 0, MS_BIND, 0));
  R(mount(0, "s", 0, MS_SLAVE, 0));
  R(mount(0, "c", 0, MS_PRIVATE, 0));
  R(move_mount(AT_FDCWD, "s", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  table("a slave");
  R(mount(0, "d", 0, MS_PRIVATE, 0));
  R(mount(0, "c", 0, MS_PRIVATE, 0));
  R(move_mount(AT_FDCWD, "d", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  R(mount(0, "d", 0, MS_SHARED, 0));
  R(move_mount(AT_FDCWD, "d", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  R(move_mount(AT_FDCWD, "a/in", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  R(move_mount(AT_FDCWD, "/proc", AT_FDCWD, "c", MOVE_MOUNT_SET_GROUP));
  for (const char *path = "a\0c\0d\0s\0"; *path; path += 2) R(umount2(path, MNT_DETACH));
}

static void beneath(void) {
  puts("== MOVE_MOUNT_BENEATH");
  mkdir("a", 0755), mkdir("p", 0755), mkdir("p2", 0755);
  R(mount("none", "p", "tmpfs", 0, 0));
  mkdir("p/x", 0755);
  R(mount(0, "p", 0, MS_SHARED, 0));
  R(mount("p", "p2", 0, MS_BIND, 0));
  R(mount("none", "p/x", "tmpfs", 0, 0));
  put("p/x/upper", "");
  R(mount("none", "a", "tmpfs", 0, 0));
  put("a/lower", "");
  int fd = open_tree(AT_FDCWD, "a", OPEN_TREE_CLONE);
  R(move_fd(fd, "p/x", MOVE_MOUNT_BENEATH));
  close(fd);
  table("below");
  R(access("p/x/upper", F_OK));
  R(umount("p/x"));
  table("unmounted");
  R(access("p/x/lower", F_OK));
  R(move_mount(AT_FDCWD, "a", AT_FDCWD, "p", MOVE_MOUNT_BENEATH));
  table("moved below");
  R(umount2("p", MNT_DETACH));
  R(access("p/lower", F_OK));
  fd = open_tree(AT_FDCWD, "p", OPEN_TREE_CLONE);
  mkdir("dir", 0755);
  R(move_fd(fd, "dir", MOVE_MOUNT_BENEATH));
  R(move_fd(fd, "p2/x", MOVE_MOUNT_BENEATH));
  table("more");
  R(umount2("p2", MNT_DETACH));
  R(umount2("p", MNT_DETACH));
  close(fd);
}

int main(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mount("none", ".", "tmpfs", 0, 0);
  chdir("/"), chdir(oracle_directory);
  attributes();
  trees();
  groups();
  beneath();
  table("in the end");
  umount2(".", MNT_DETACH);
  end();
}
