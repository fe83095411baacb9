/* Mounting overlays: options, layers that do not fit, overlays over overlays, and ways to mount them. */
#include "overlay-layers.h"

static int with(const char *data) {
  int result = mount("over", "m", "overlay", 0, data), error = errno;
  if (result == 0) {
    options();
    umount("m");
  }
  removexattr("u", "trusted.overlay.uuid"), removexattr("u", "trusted.overlay.impure"), removexattr("u", "user.overlay.uuid");
  remove("w/work/incompat/volatile/dirty"), rmdir("w/work/incompat/volatile"), rmdir("w/work/incompat");
  errno = error;
  return result;
}
static void bad_options(void) {
  puts("== options");
  unlayer();
  mkdir("a:b", 0755), mkdir("a,b", 0755), mkdir("a\\b", 0755), mkdir("a b", 0755), mkdir("u/in", 0755), mkdir("w/in", 0755), mkdir("l1/dir/up", 0755), mkdir("l1/dir/work", 0755);
  mkdir("other", 0755), mount("none", "other", "tmpfs", 0, 0), mkdir("other/w", 0755), mkdir("other/u", 0755), mkdir("other/l", 0755), put("other/l/f", "other\n");
  R(with(0));
  R(with(""));
  R(with("lowerdir="));
  R(with("lowerdir"));
  R(with("lowerdir=l1"));
  R(with("lowerdir=none:l1"));
  R(with("lowerdir=l1/one:l2"));
  R(with("lowerdir=l1:l2,upperdir=u"));
  R(with("lowerdir=l1:l2,workdir=w"));
  R(with("upperdir=u,workdir=w"));
  R(with("lowerdir=l1,upperdir=none,workdir=w"));
  R(with("lowerdir=l1,upperdir=u,workdir=none"));
  R(with("lowerdir=l1,upperdir=u,workdir=u"));
  R(with("lowerdir=l1,upperdir=u,workdir=u/in"));
  R(with("lowerdir=l1,upperdir=w/in,workdir=w"));
  R(with("lowerdir=l1,upperdir=u,workdir=other/w"));
  R(with("lowerdir=l1,upperdir=other/u,workdir=other/w"));
  R(with("lowerdir=l1:l1"));
  R(with("lowerdir=l1:l1/dir"));
  R(with("lowerdir=l1/dir:l1"));
  R(with("lowerdir=u,upperdir=u,workdir=w"));
  R(with("lowerdir=u/in,upperdir=u,workdir=w"));
  R(with("lowerdir=w,upperdir=u,workdir=w"));
  R(with("lowerdir=w/in,upperdir=u,workdir=w"));
  R(with("lowerdir=l1,upperdir=l1/dir/up,workdir=l1/dir/work"));
  R(with("lowerdir=l1:"));
  R(with("lowerdir=:l1"));
  R(with("lowerdir=l1:::l2"));
  R(with("lowerdir=a\\:b:l1"));
  R(with("lowerdir=a\\,b:l1"));
  R(with("lowerdir=a\\\\b:l1"));
  R(with("lowerdir=a b:l1"));
  R(with("lowerdir=a:b:l1"));
  R(with("lowerdir=l1,upperdir=a\\:b,workdir=w"));
  R(with("lowerdir=l1:l2,bla"));
  R(with("lowerdir=l1:l2,bla=1"));
  R(with("lowerdir=l1:l2,userxattr=1"));
  R(with("lowerdir=l1:l2,userxattr"));
  R(with(ALL ",userxattr"));
  R(with(ALL ",volatile"));
  R(with("lowerdir=l1:l2,volatile"));
  R(with(ALL ",redirect_dir=off"));
  R(with(ALL ",redirect_dir=nofollow"));
  R(with(ALL ",redirect_dir=bla"));
  R(with(ALL ",redirect_dir=on"));
  R(with(ALL ",userxattr,redirect_dir=on"));
  R(with(ALL ",userxattr,redirect_dir=follow"));
  R(with(ALL ",index=off"));
  R(with(ALL ",index=bla"));
  R(with(ALL ",metacopy=off"));
  R(with(ALL ",nfs_export=off"));
  R(with(ALL ",xino=off"));
  R(with(ALL ",xino=on"));
  R(with("lowerdir=other/l,upperdir=u,workdir=w,xino=on"));
  R(with(ALL ",uuid=null"));
  R(with(ALL ",uuid=off"));
  R(with(ALL ",uuid=on"));
  R(with(ALL ",default_permissions"));
  R(with(ALL ",,"));
  R(with("lowerdir=l2,lowerdir=l1:l2,upperdir=w,upperdir=u,workdir=w"));
  R(with(ALL));
  R(with(ALL));
  mount("none", "other", "tmpfs", MS_REMOUNT | MS_RDONLY, 0);
  R(with("lowerdir=l1,upperdir=other/u,workdir=other/w"));
  R(with("lowerdir=other/l:l1"));
  put("lots", "");
  static char data[4096];
  strcpy(data, "lowerdir=l1");
  for (int i = 0; i < 500; i++) strcat(data, ":l2");
  R(mount("over", "m", "overlay", 0, data));
  strcpy(data, "lowerdir=");
  for (int i = 0; i < 500; i++) {
    char name[20];
    sprintf(name, "d%d", i), mkdir(name, 0755);
    if (i == 0 || i == 499) sprintf(name, "d%d/f%d", i, i), put(name, "x");
    sprintf(name, i ? ":d%d" : "d%d", i), strcat(data, name);
  }
  R(mount("over", "m", "overlay", 0, data));
  show("m");
  R(umount("m"));
}

static void marks(void) {
  puts("== volatile");
  unlayer();
  OVERLAY(ALL ",volatile");
  show("w");
  R(umount("m"));
  OVERLAY(ALL);
  OVERLAY(ALL ",volatile");
  puts("== what is in the work directory");
  unlayer();
  mkdir("w/work", 0755), mkdir("w/work/x", 0755), mkdir("w/work/x/y", 0755), put("w/work/f", "f"), put("w/mine", "mine\n");
  OVERLAY(ALL);
  show("w");
  R(umount("m"));
}

static void stacking(void) {
  puts("== layers and mounts");
  unlayer();
  OVERLAY(ALL);
  R(mount("over", "m2", "overlay", 0, "lowerdir=l2,upperdir=m/newdir,workdir=w"));
  R(mkdir("u2", 0755)); R(mkdir("w2", 0755)); R(mkdir("m3", 0755)); R(mkdir("u3", 0755)); R(mkdir("w3", 0755));
  R(mkdir("m/upper", 0755)); R(mkdir("m/work", 0755));
  R(mount("over", "m2", "overlay", 0, "lowerdir=l2,upperdir=m/upper,workdir=m/work"));
  R(unlink("m/one"));
  R(mount("over", "m2", "overlay", 0, "lowerdir=m,upperdir=u2,workdir=w2,xino=on"));
  options();
  append("m2/both", "stacked\n");
  R(rmdir("m2/empty"));
  R(unlink("m2/two"));
  R(mkdir("m2/one", 0755));
  show("m2"), show("u2");
  R(mount("over", "m3", "overlay", 0, "lowerdir=m2,upperdir=u3,workdir=w3"));
  R(mount("over", "m3", "overlay", 0, "lowerdir=m2:l1"));
  R(umount("m"));
  one("m2/one", "m2/one"), one("m2/both", "m2/both"), one("m2/hard", "m2/hard");
  R(umount("m2"));
  puts("the layers' mount goes first");
  mkdir("keep", 0755), mount("none", "keep", "tmpfs", 0, 0), mkdir("keep/l", 0755), mkdir("keep/u", 0755), mkdir("keep/w", 0755), put("keep/l/f", "kept\n"), mkdir("keep/l/sub", 0755);
  R(mount("over", "m", "overlay", 0, "lowerdir=keep/l,upperdir=keep/u,workdir=keep/w"));
  R(mount(0, "keep", 0, MS_REMOUNT | MS_RDONLY, 0));
  R(mkdir("m/d", 0755));
  R(chmod("m/f", 0600));
  R(open("m/f", O_RDWR));
  R(mount(0, "keep", 0, MS_REMOUNT, 0));
  R(mkdir("m/d", 0755));
  R(umount("keep"));
  append("m/f", "still\n");
  show("m");
  R(umount("m"));
  puts("mounts in layers do not show");
  mount("none", "l1/dir", "tmpfs", 0, 0), put("l1/dir/covered", "x");
  OVERLAY(ALL);
  one("m/dir/covered", "m/dir/covered"), one("m/dir/a", "m/dir/a");
  R(mount("none", "m/dir", "tmpfs", 0, 0));
  R(rmdir("m/dir"));
  R(umount("m"));
  R(umount("m/dir"));
  R(umount("m"));
  puts("an upper layer below a lower one");
  OVERLAY("lowerdir=l2,upperdir=l2/only,workdir=w");
  one("m/only", "m/only");
  R(open("m/only/f", O_RDONLY));
  R(mkdir("m/only/x", 0755));
  R(mkdir("m/x", 0755));
  one("m/x", "m/x"), one("l2/only/x", "l2/only/x");
  R(umount("m"));
  puts("mounted over its own layers");
  unlayer();
  R(mount("over", "l1", "overlay", 0, ALL));
  append("l1/one", "up\n");
  show("u");
  R(umount("l1"));
  puts("in the merged tree");
  OVERLAY("lowerdir=l1:l2,upperdir=u,workdir=w");
  R(mkdir("m/self", 0755));
  R(mount(".", "m/self", 0, MS_BIND, 0));
  one("m/self/u/self", "m/self/u/self"), one("m/self/m/one", "m/self/m/one");
  R(umount("m/self"));
  R(umount("m"));
}

static void contexts(void) {
  puts("== fsopen");
  unlayer();
  int fd = fsopen("overlay", 0);
  R(fd >= 0);
  R(fsconfig(fd, FSCONFIG_SET_STRING, "source", "over", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir", "none", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir", "l1:l2", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "upperdir", "u", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "workdir", "w", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "bla", "w", 0));
  R(fsconfig(fd, FSCONFIG_SET_FLAG, "bla", 0, 0));
  R(fsconfig(fd, FSCONFIG_SET_FLAG, "userxattr", 0, 0));
  R(fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
  int mounted = fsmount(fd, 0, 0);
  R(mounted >= 0);
  R(move_mount(mounted, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH));
  close(mounted), close(fd);
  options();
  R(unlink("m/one"));
  show("u");
  R(umount("m"));
  fd = fsopen("overlay", 0);
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "l1", 0));
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir+", "l2", 0));
  R(fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
  mounted = fsmount(fd, 0, 0);
  R(move_mount(mounted, "", AT_FDCWD, "m", MOVE_MOUNT_F_EMPTY_PATH));
  close(mounted), close(fd);
  options();
  R(umount("m"));
  fd = fsopen("overlay", 0);
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir", "l1", 0));
  R(fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
  close(fd);
  puts("never mounted");
  fd = fsopen("overlay", 0);
  R(fsconfig(fd, FSCONFIG_SET_STRING, "lowerdir", "l1:l2", 0));
  R(fsconfig(fd, FSCONFIG_CMD_CREATE, 0, 0, 0));
  close(fd);
}

int main(void) {
  begin_layers();
  bad_options();
  marks();
  stacking();
  contexts();
  end_layers();
  return 0;
}
