/* fsopen, fsconfig, fsmount, fspick: file systems configured step by step. */
#include "mount-table.h"

static int config(int fd, int cmd, const char *key, const void *value, int aux) {
  return fsconfig(fd, cmd, key, value, aux);
}
static void message(int fd) {
  char text[200];
  long n = read(fd, text, sizeof text);
  printf("message: %s %.*s", n < 0 ? strerrorname_np(errno) : "", n < 0 ? 0 : (int)n, text);
  if (n < 0) puts("");
}

int main(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mount("none", ".", "tmpfs", 0, 0);
  chdir("/"), chdir(oracle_directory);
  mkdir("m", 0755), mkdir("n", 0755);
  static const char *types[] = {"tmpfs", "proc", "sysfs", "mqueue"};
  for (int i = 0; i < 4; i++) {
    printf("== %s\n", types[i]);
    int fd = fsopen(types[i], FSOPEN_CLOEXEC);
    R(fcntl(fd, F_GETFD));
    R(fsmount(fd, 0, 0));
    R(config(fd, FSCONFIG_SET_STRING, "source", "here", 0));
    R(config(fd, FSCONFIG_SET_STRING, "source", "twice", 0));
    R(config(fd, FSCONFIG_SET_FLAG, "source", 0, 0));
    R(config(fd, FSCONFIG_SET_STRING, "nothing", "1", 0));
    R(config(fd, FSCONFIG_SET_FLAG, "nothing", 0, 0));
    R(config(fd, FSCONFIG_SET_FLAG, "rw", 0, 0));
    R(config(fd, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0));
    R(config(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
    R(config(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
    R(config(fd, FSCONFIG_SET_FLAG, "rw", 0, 0));
    int tree = fsmount(fd, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOATIME);
    R(tree >= 0);
    R(fsmount(fd, 0, 0));
    R(move_mount(tree, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH));
    table("mounted");
    close(tree), close(fd);
    R(umount("m"));
  }
  puts("== tmpfs");
  int fd = fsopen("tmpfs", 0);
  message(fd);
  R(config(fd, FSCONFIG_SET_STRING, "size", "64k", 0));
  R(config(fd, FSCONFIG_SET_STRING, "mode", "0700", 0));
  R(config(fd, FSCONFIG_SET_STRING, "size", "bad", 0));
  R(config(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
  int tree = fsmount(fd, 0, MOUNT_ATTR_RDONLY);
  R(mkdirat(tree, "x", 0755));
  struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY, .propagation = MS_SHARED};
  R(mount_setattr(tree, "", AT_EMPTY_PATH, &attr, sizeof attr));
  R(mkdirat(tree, "x", 0755));
  R(move_mount(tree, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH));
  table("mounted");
  S("m");
  int big = open("m/big", O_CREAT | O_RDWR, 0600);
  static char data[100000];
  printf("at most 64k: %d\n", write(big, data, sizeof data) <= 65536);
  close(big);
  puts("picked");
  int picked = fspick(AT_FDCWD, "m", FSPICK_CLOEXEC);
  R(config(picked, FSCONFIG_CMD_CREATE, 0, 0, 0));
  R(config(picked, FSCONFIG_SET_STRING, "size", "128k", 0));
  R(config(picked, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0));
  R(fspick(AT_FDCWD, "m/x", 0));
  R(fspick(AT_FDCWD, "missing", 0));
  R(fspick(AT_FDCWD, "m", 0x100));
  close(picked), close(tree), close(fd);
  R(umount2("m", MNT_DETACH));
  puts("messages");
  fd = fsopen("tmpfs", 0);
  R(config(fd, FSCONFIG_SET_STRING, "nothing", "1", 0));
  message(fd);
  message(fd);
  R(config(fd, FSCONFIG_SET_FLAG, "source", 0, 0));
  message(fd);
  puts("refused");
  R(fsopen("nosuchfs", 0));
  R(fsopen("tmpfs", 2));
  R(fsopen(BAD, 0));
  R(config(-1, FSCONFIG_CMD_CREATE, 0, 0, 0));
  R(config(1000, FSCONFIG_CMD_CREATE, 0, 0, 0));
  R(config(0, FSCONFIG_CMD_CREATE, 0, 0, 0));
  R(config(fd, 100, 0, 0, 0));
  R(config(fd, FSCONFIG_CMD_CREATE, "key", 0, 0));
  R(config(fd, FSCONFIG_SET_FLAG, 0, 0, 0));
  R(config(fd, FSCONFIG_SET_FLAG, "ro", "value", 0));
  R(config(fd, FSCONFIG_SET_STRING, "size", 0, 0));
  R(config(fd, FSCONFIG_SET_STRING, "size", "1k", 1));
  R(config(fd, FSCONFIG_SET_STRING, BAD, "1k", 0));
  R(config(fd, FSCONFIG_SET_FLAG, "", 0, 0));
  R(fsmount(fd, 2, 0));
  R(fsmount(fd, 0, MOUNT_ATTR__ATIME));
  R(fsmount(fd, 0, MOUNT_ATTR_IDMAP));
  R(fsmount(1000, 0, 0));
  R(fsmount(0, 0, 0));
  AS(1000, 1000, {
    R(fsopen("tmpfs", 0));
    R(fsmount(fd, 0, 0));
    R(fspick(AT_FDCWD, ".", 0));
  });
  table("in the end");
  umount2(".", MNT_DETACH);
  end();
}
