/* What keeps changes to an overlay from happening: permissions, user namespaces, no room. */
#include "overlay-layers.h"

static void full(void) {
  puts("== no room");
  unlayer();
  mkdir("small", 0755), mount("none", "small", "tmpfs", 0, "size=64k,nr_inodes=14"), mkdir("small/u", 0755), mkdir("small/w", 0755);
  static char big[200000];
  memset(big, 'x', sizeof big - 1);
  put("l1/large", big);
  R(mount("over", "m", "overlay", 0, "lowerdir=l1:l2,upperdir=small/u,workdir=small/w"));
  R(open("m/large", O_WRONLY | O_APPEND));
  R(chmod("m/large", 0600));
  struct stat st;
  R(stat("m/large", &st));
  printf("%o %ld\n", st.st_mode, (long)st.st_size);
  one("small/u/large", "small/u/large");
  show("small/w");
  R(truncate("m/large", 10));
  R(truncate("m/large", 0));
  R(access("small/u/large", F_OK));
  R(open("m/large", O_WRONLY | O_TRUNC));
  one("m/large", "m/large"), one("small/u/large", "small/u/large");
  one("m/large", "m/large");
  int made = 0;
  for (char name[30]; made < 20; made++) {
    sprintf(name, "m/file%d", made);
    int fd = open(name, O_CREAT | O_WRONLY, 0644);
    if (fd < 0) break;
    close(fd);
  }
  R(made < 20);
  R(open("m/full", O_CREAT | O_WRONLY, 0644));
  R(unlink("m/one"));
  R(rename("m/one", "m/two"));
  R(chmod("m/dir/a", 0600));
  one("m/one", "m/one"), one("m/two", "m/two"), one("m/dir/a", "m/dir/a");
  R(unlink("m/file0"));
  R(unlink("m/file1"));
  R(unlink("m/one"));
  one("m/one", "m/one");
  R(umount("m"));
}

static void permissions(void) {
  puts("== permissions");
  unlayer();
  mkdir("l1/open", 0777), chmod("l1/open", 0777), put("l1/open/secret", "s\n"), chmod("l1/open/secret", 0600), put("l1/open/mine", "mine\n"), chown("l1/open/mine", 1000, 1000);
  mkdir("l1/open/sticky", 0777), chmod("l1/open/sticky", 01777), put("l1/open/sticky/other", "o\n"), put("l1/open/setid", "i\n"), chown("l1/open/setid", 1000, 1000), chmod("l1/open/setid", 06755);
  chmod(".", 0755);
  OVERLAY(ALL);
  AS(1000, 1000,
    R(open("m/open/secret", O_RDONLY));
    R(open("m/open/mine", O_RDWR));
    R(chmod("m/open/mine", 0600));
    R(chmod("m/open/secret", 0600));
    R(unlink("m/open/sticky/other"));
    R(rename("m/open/sticky/other", "m/open/sticky/x"));
    R(unlink("m/open/secret"));
    R(mkdir("m/open/made", 0755));
    R(mkdir("m/nope", 0755));
    R(mknod("m/open/white", S_IFCHR, 0));
    R(mkfifo("m/open/pipe", 0666));
    R(open("m/dir/deep/er/file", O_RDONLY));
    append("m/open/setid", "x\n");
    R(truncate("m/hard", 0));
    R(setxattr("m/open/mine", "user.a", "b", 1, 0));
    R(getxattr("m/one", "trusted.kept", 0, 0));
    R(open("m/open", O_TMPFILE | O_RDWR, 0644));
    R(mount("over", "m2", "overlay", 0, "lowerdir=l1:l2"));
  );
  show("m/open"), show("u");
  R(umount("m"));
}

static void write_map(const char *path, const char *text) {
  int fd = open(path, O_WRONLY);
  if (write(fd, text, strlen(text)) < 0) perror(path);
  close(fd);
}
static void user_namespace(void) {
  puts("== in a user namespace");
  unlayer();
  chmod("u", 0777), chmod("w", 0777);
  chown("u", 1000, 1000), chown("w", 1000, 1000), chown("l1/dir", 1000, 1000), chown("l1/dir/a", 1000, 1000), chown("l1/dir/deep", 3000, 3000);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    if (setgroups(0, 0) || setresgid(1000, 1000, 1000) || setresuid(1000, 1000, 1000)) perror("ids");
    prctl(PR_SET_DUMPABLE, 1);
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS)) { perror("unshare"); _exit(1); }
    write_map("/proc/self/setgroups", "deny"), write_map("/proc/self/uid_map", "0 1000 1"), write_map("/proc/self/gid_map", "0 1000 1");
    R(mount("over", "m", "overlay", 0, ALL ",userxattr"));
    options();
    R(chmod("m/dir/a", 0640));
    R(chmod("m/one", 0640));
    append("m/one", "x\n");
    R(unlink("m/one"));
    R(mkdir("m/new", 0755));
    R(unlink("m/dir/a"));
    R(mkdir("m/dir/a", 0755));
    R(mkdir("m/dir/deep/x", 0755));
    R(rename("m/dir/b", "m/dir/c"));
    R(open("m/null", O_RDONLY));
    show("m"), show("u");
    R(umount("m"));
    puts("with trusted attributes");
    R(mount("over", "m", "overlay", 0, ALL));
    options();
    R(mkdir("m/pure", 0755));
    R(unlink("m/dir/b"));
    R(mkdir("m/dir/b", 0755));
    R(rename("m/pure", "m/dir/pure"));
    show("u");
    R(umount("m"));
    fflush(stdout);
    _exit(0);
  }
  int status;
  waitpid(child, &status, 0);
  printf("status %x\n", status);
}

int main(void) {
  begin_layers();
  full();
  permissions();
  user_namespace();
  end_layers();
  return 0;
}
