/* What operations on the files of an overlay answer, the merged tree, and what they leave in the upper layer. */
#include "overlay-layers.h"

static void read_only(void) {
  puts("== lower layers alone");
  OVERLAY("lowerdir=l1:l2");
  options();
  show("m");
  struct statfs fs;
  R(statfs("m", &fs));
  printf("type %lx flags ro %d namelen %ld\n", (long)fs.f_type, (int)(fs.f_flags & ST_RDONLY), (long)fs.f_namelen);
  R(mkdir("m/new", 0755));
  R(unlink("m/one"));
  R(open("m/one", O_WRONLY));
  R(open("m/one", O_RDONLY | O_TRUNC));
  R(chmod("m/one", 0));
  R(open("m/new", O_CREAT | O_WRONLY, 0644));
  R(truncate("m/one", 0));
  R(mount(0, "m", 0, MS_REMOUNT, 0));
  R(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0));
  R(access("m/one", W_OK));
  R(access("m/one", R_OK));
  R(umount("m"));
}

static void copy_up(void) {
  puts("== copy up");
  unlayer();
  OVERLAY(ALL);
  options();
  one("w/work", "w/work");
  ino_t one_number = number("m/one"), dir_number = number("m/dir"), a_number = number("m/dir/a");
  append("m/one", "more\n");
  R(chmod("m/dir/a", 0600));
  show_times("m/dir/a"), show_times("m/dir"), show_times("m/link");
  R(chown("m/script", 7, 8));
  R(lchown("m/link", 1, 2));
  R(setxattr("m/both", "user.new", "v", 1, 0));
  R(truncate("m/two", 1));
  R(truncate("m/dir/deep/er/file", 100));
  times("m/fifo", 7000);
  R(chmod("m/null", 0600));
  R(link("m/dir/b", "m/linked"));
  R(chmod("m/hard", 0640));
  R(is_same("m/hard", "m/hard2"));
  R(is_same("m/dir/b", "m/linked"));
  R(same_number("m/one", one_number));
  R(same_number("m/dir", dir_number));
  R(same_number("m/dir/a", a_number));
  show_times("m/dir/a"), show_times("m/dir"), show_times("m/link"), show_times("u/dir"), show_times("m/fifo");
  show("m"), show("u"), show("l1"), show("l2");
  R(umount("m"));
  OVERLAY(ALL);
  options();
  show("m");
  R(same_number("m/one", one_number));
  R(same_number("m/dir", dir_number));
  R(same_number("m/dir/a", a_number));
  R(umount("m"));
  R(mount("over", "m", "overlay", MS_RDONLY, ALL));
  options();
  R(mkdir("m/x", 0755));
  R(mount(0, "m", 0, MS_REMOUNT, 0));
  R(mkdir("m/x", 0755));
  int fd = open("m/dir/b", O_RDWR);
  R(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0));
  close(fd);
  R(mount(0, "m", 0, MS_REMOUNT | MS_RDONLY, 0));
  R(mkdir("m/y", 0755));
  R(umount("m"));
}

static void names(void) {
  puts("== names");
  unlayer();
  OVERLAY(ALL);
  put("m/fresh", "fresh\n"); R(mkdir("m/newdir", 0755)); put("m/newdir/in", "in\n");
  R(unlink("m/fresh"));
  R(unlink("m/one"));
  R(unlink("m/one"));
  R(unlink("m/both"));
  R(rmdir("m/dir"));
  R(unlink("m/dir"));
  R(rmdir("m/two"));
  R(unlink("m/link"));
  R(unlink("m/fifo"));
  R(rmdir("m/empty"));
  R(rmdir("m/only"));
  R(unlink("m/only/f"));
  R(rmdir("m/only"));
  R(unlink("m/dir/a"));
  R(unlink("m/dir/b"));
  R(unlink("m/dir/deep/er/file"));
  R(rmdir("m/dir/deep/er"));
  R(rmdir("m/dir/deep"));
  show("m"), show("u");
  R(rmdir("m/dir"));
  puts("again under those names");
  R(mkdir("m/dir", 0700));
  R(mkdir("m/one", 0755));
  put("m/both", "new both\n");
  R(symlink("x", "m/link"));
  R(mkfifo("m/fifo", 0600));
  R(mkdir("m/gone", 0755));
  R(mkdir("m/only", 0755));
  put("m/dir/a", "new a\n");
  R(link("m/dir/a", "m/empty"));
  R(mknod("m/white", S_IFCHR, 0));
  R(mknod("m/zero", S_IFCHR | 0600, makedev(1, 5)));
  R(open("m/gone2", O_CREAT | O_EXCL | O_RDWR, 0600));
  R(open("m/mixed", O_CREAT | O_EXCL | O_RDWR, 0600));
  R(mkdir("m/mixed", 0600));
  R(mkdir("m/mixed2/more", 0755));
  R(mkdir("m/opaque/more", 0755));
  R(mkdir("m/opaque/hidden", 0755));
  show("m"), show("u"), show("w");
  R(umount("m"));
  OVERLAY(ALL);
  show("m");
  R(umount("m"));
  show("l1"), show("l2");
}

static void renames(void) {
  puts("== renames");
  unlayer();
  OVERLAY(ALL);
  R(rename("m/dir", "m/dir2"));
  R(rename("m/only", "m/dir2"));
  R(rename("m/one", "m/one2"));
  R(rename("m/two", "m/both"));
  R(rename("m/link", "m/dir/link"));
  R(mkdir("m/new", 0755)); put("m/new/in", "in\n");
  R(rename("m/new", "m/dir/new"));
  R(mkdir("m/pure", 0755));
  R(rename("m/pure", "m/empty"));
  R(mkdir("m/pure", 0755));
  R(rename("m/pure", "m/only"));
  R(rename("m/pure", "m/pure2"));
  R(exchange("m/fifo", "m/null", 2));
  R(exchange("m/hard", "m/pure2", 2));
  R(exchange("m/dir", "m/hard2", 2));
  R(exchange("m/hard2", "m/dir", 2));
  R(exchange("m/hard2", "m/script", 1));
  R(exchange("m/hard2", "m/hard3", 1));
  R(exchange("m/hard3", "m/hard4", 4));
  R(rename("m/gone", "m/x"));
  R(rename("m/script", "m/gone"));
  R(rename("m/mixed", "m/mixed3"));
  R(rename("m/mixed2", "m/mixed4"));
  R(rename("m/opaque", "m/opaque2"));
  R(rename("m/dir/a", "m/dir/deep/er/a"));
  R(rename("m/dir/b", "m/dir/b"));
  R(mkdir("m/again", 0755)); put("m/again/1", "1"); R(rename("m/again", "m/again2")); R(rename("m/again2", "m/one"));
  show("m"), show("u");
  R(umount("m"));
  OVERLAY(ALL);
  show("m");
  R(rename("m/again2", "m/again3"));
  R(rename("m/one", "m/other"));
  R(rename("m/dir/new", "m/new"));
  show("m"), show("u");
  R(umount("m"));
}

static void descriptors(void) {
  puts("== descriptors");
  unlayer();
  OVERLAY(ALL);
  char text[100] = "";
  int old = open("m/one", O_RDONLY);
  char *map = mmap(0, 4096, PROT_READ, MAP_SHARED, old, 0);
  append("m/one", "later\n");
  R(pread(old, text, 90, 0));
  printf("read %s", text);
  printf("mapped %s", map);
  struct stat st;
  R(fstat(old, &st));
  printf("size %ld links %ld\n", (long)st.st_size, (long)st.st_nlink);
  munmap(map, 4096), close(old);
  old = open("m/two", O_RDONLY);
  R(unlink("m/two"));
  R(fstat(old, &st));
  printf("size %ld links %ld\n", (long)st.st_size, (long)st.st_nlink);
  R(fchmod(old, 0600));
  R(fstat(old, &st));
  printf("mode %o size %ld\n", st.st_mode, (long)st.st_size);
  R(pread(old, text, 90, 0));
  close(old);
  old = open("m/empty", O_RDONLY);
  R(rmdir("m/empty"));
  R(fchmod(old, 0700));
  R(fstat(old, &st));
  printf("links %ld mode %o\n", (long)st.st_nlink, st.st_mode);
  close(old);
  old = open("m/dir/b", O_RDONLY);
  R(rename("m/script", "m/dir/b"));
  R(fchmod(old, 0600));
  R(fstat(old, &st));
  printf("size %ld mode %o\n", (long)st.st_size, st.st_mode);
  close(old);
  int fd = open("m/dir", O_TMPFILE | O_RDWR, 0640);
  R(write(fd, "unnamed\n", 8));
  sprintf(text, "/proc/self/fd/%d", fd);
  R(linkat(AT_FDCWD, text, AT_FDCWD, "m/dir/named", AT_SYMLINK_FOLLOW));
  R(linkat(AT_FDCWD, text, AT_FDCWD, "m/gone", AT_SYMLINK_FOLLOW));
  close(fd);
  fd = open("m/both", O_RDWR);
  map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  memcpy(map, "MAPPED", 6);
  munmap(map, 4096), close(fd);
  fd = open("m/hard", O_RDWR | O_TRUNC);
  R(write(fd, "cut\n", 4));
  R(fsync(fd));
  R(lseek(fd, 0, SEEK_SET));
  R(read(fd, text, 90));
  R(unlink("m/hard"));
  R(write(fd, "after\n", 6));
  R(pread(fd, text, 90, 0));
  R(ftruncate(fd, 2));
  R(fstat(fd, &st));
  printf("size %ld links %ld\n", (long)st.st_size, (long)st.st_nlink);
  close(fd);
  DIR *dir = opendir("m/big");
  int seen = 0;
  for (struct dirent *entry; (entry = readdir(dir));)
    if (entry->d_name[0] != '.') {
      char name[300];
      sprintf(name, "m/big/%s", entry->d_name);
      unlink(name), seen++;
    }
  closedir(dir);
  printf("saw %d\n", seen);
  R(rmdir("m/big"));
  int cwd = open(".", O_RDONLY);
  R(mkdir("m/cwd", 0755));
  R(chdir("m/cwd"));
  R(rmdir("../cwd"));
  R(mkdir("x", 0755));
  R(open("x", O_CREAT | O_RDWR, 0644));
  fchdir(cwd), close(cwd);
  show("m"), show("u");
  R(umount("m"));
}

static void extended(void) {
  puts("== extended attributes");
  unlayer();
  setxattr("l1/one", "trusted.overlay.strange", "s", 1, 0), setxattr("l1/one", "trusted.overlay.overlay.inner", "i", 1, 0);
  setxattr("l1/one", "user.overlay.opaque", "y", 1, 0);
  OVERLAY(ALL);
  char value[100];
  one("m/one", "m/one");
  R(getxattr("m/one", "trusted.overlay.strange", value, 99));
  R(getxattr("m/one", "trusted.overlay.inner", value, 99));
  R(getxattr("m/one", "user.colour", value, 99));
  R(removexattr("m/one", "user.none"));
  one("u/one", "u/one");
  R(setxattr("m/one", "trusted.overlay.opaque", "y", 1, 0));
  R(removexattr("m/one", "user.colour"));
  R(setxattr("m/dir", "trusted.overlay.opaque", "y", 1, 0));
  R(setxattr("m/link", "trusted.x", "y", 1, 0));
  R(lsetxattr("m/link", "trusted.x", "y", 1, 0));
  one("m/one", "m/one"), one("u/one", "u/one"), one("m/dir", "m/dir"), one("u/dir", "u/dir"), one("u/link", "u/link");
  R(umount("m"));
  puts("userxattr");
  OVERLAY(ALL ",userxattr");
  options();
  one("m/one", "m/one");
  R(unlink("m/dir/a"));
  R(rmdir("m/empty"));
  R(mkdir("m/empty", 0755));
  R(chmod("m/both", 0600));
  show("m"), show("u");
  R(umount("m"));
}

static void outside(void) {
  puts("== the upper layer sees it");
  unlayer();
  struct stat st;
  OVERLAY(ALL);
  R(stat("u/late", &st)); R(stat("u/dir", &st)); R(stat("u/dir/x", &st));
  put("m/late", "late\n"), put("m/dir/x", "x\n");
  one("u/late", "u/late"), one("u/dir/x", "u/dir/x");
  R(rename("m/late", "m/later"));
  one("u/late", "u/late"), one("u/later", "u/later");
  R(mkdir("m/d1", 0755)); R(mkdir("m/d2", 0755)); put("m/d1/f", "f\n");
  one("u/d1/f", "u/d1/f");
  R(rename("m/d1", "m/d2/d1"));
  one("u/d1/f", "u/d1/f"), one("u/d2/d1/f", "u/d2/d1/f");
  R(unlink("m/later"));
  one("u/later", "u/later");
  R(unlink("m/one"));
  one("u/one", "u/one");
  put("m/one", "anew\n");
  one("u/one", "u/one");
  R(umount("m"));
}

static void redirects(void) {
  puts("== redirects");
  unlayer();
  OVERLAY(ALL ",redirect_dir=on");
  options();
  R(rename("m/dir", "m/dir2"));
  R(rename("m/dir2", "m/dir3"));
  R(rename("m/only", "m/dir3/only"));
  R(rename("m/dir3/deep", "m/deep"));
  R(rename("m/mixed2", "m/empty"));
  R(rename("m/opaque", "m/opaque2"));
  R(exchange("m/big", "m/one", 2));
  R(exchange("m/deep", "m/dir3/only", 2));
  R(mkdir("m/dir", 0755));
  R(rename("m/dir3", "m/dir/dir3"));
  R(unlink("m/dir/dir3/b"));
  R(mkdir("m/pure", 0755));
  R(rename("m/pure", "m/dir/dir3/pure"));
  show("m"), show("u");
  R(umount("m"));
  OVERLAY(ALL);
  show("m");
  R(rename("m/opaque2", "m/opaque3"));
  R(umount("m"));
  OVERLAY(ALL ",redirect_dir=nofollow");
  struct stat st;
  R(stat("m/dir/dir3", &st));
  R(stat("m/opaque2", &st));
  R(stat("m/dir", &st));
  R(umount("m"));
  puts("in lower layers");
  mkdir("u2", 0755), mkdir("w2", 0755);
  OVERLAY("lowerdir=u:l1:l2");
  show("m");
  R(umount("m"));
  OVERLAY("lowerdir=u:l1:l2,upperdir=u2,workdir=w2,redirect_dir=on");
  R(rename("m/dir/dir3", "m/back"));
  R(rename("m/back/only", "m/dir/only"));
  R(rename("m/dir", "m/dir4"));
  show("m"), show("u2");
  R(umount("m"));
  OVERLAY("lowerdir=u2:u:l1:l2");
  show("m");
  R(umount("m"));
  puts("that make no sense");
  setxattr("l1/dir", "trusted.overlay.redirect", "..", 2, 0), setxattr("l1/mixed2", "trusted.overlay.redirect", "/dir", 4, 0), setxattr("l1/opaque", "trusted.overlay.redirect", "//x", 3, 0);
  OVERLAY("lowerdir=l1:l2");
  R(stat("m/dir", &st));
  R(stat("m/opaque", &st));
  one("m/mixed2/b", "m/mixed2/b");
  R(umount("m"));
}
static void deep(void) {
  puts("== deep");
  unlayer();
  int at = open("l1", O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 2000; i++) {
    mkdirat(at, "d", 0755);
    int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    close(at), at = next;
  }
  close(openat(at, "bottom", O_CREAT | O_WRONLY, 0644)), close(at);
  OVERLAY(ALL);
  at = open("m", O_RDONLY | O_DIRECTORY);
  for (int i = 0; i < 2000; i++) {
    int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    close(at), at = next;
  }
  R(fchmodat(at, "bottom", 0600, 0));
  struct stat st;
  R(fstatat(at, "bottom", &st, 0));
  printf("%o\n", st.st_mode);
  close(at);
  int depth = 0;
  for (at = open("u", O_RDONLY | O_DIRECTORY); at >= 0; depth++) {
    int next = openat(at, "d", O_RDONLY | O_DIRECTORY);
    close(at), at = next;
  }
  printf("depth %d\n", depth);
  R(umount("m"));
}

int main(void) {
  begin_layers();
  read_only();
  copy_up();
  names();
  renames();
  descriptors();
  extended();
  outside();
  redirects();
  deep();
  end_layers();
  return 0;
}
