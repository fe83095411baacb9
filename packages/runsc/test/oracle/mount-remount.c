/* What keeps a mount or file system from becoming read-only, and mounts that expire. */
#include "file-oracle.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/statvfs.h>
#include <sys/socket.h>
#include <sys/un.h>

/* Mount point, options of the mount and of the file system: each below the working directory. */
static void table(void) {
  char cwd[200], line[1000];
  getcwd(cwd, sizeof cwd);
  FILE *in = fopen("/proc/self/mountinfo", "r");
  while (fgets(line, sizeof line, in)) {
    char point[300], own[300], type[100], shared[300];
    sscanf(line, "%*d %*d %*s %*s %299s %299s", point, own);
    if (strncmp(point, cwd, strlen(cwd))) continue;
    sscanf(strstr(line, " - "), " - %99s %*s %299s", type, shared);
    printf("  .%s %s, %s %.2s\n", point + strlen(cwd), own, type, shared);
  }
  fclose(in);
  in = fopen("/proc/self/mounts", "r");
  while (fgets(line, sizeof line, in)) {
    char point[300], options[300];
    sscanf(line, "%*s %299s %*s %299s", point, options);
    if (!strncmp(point, cwd, strlen(cwd))) printf("  .%s %.2s\n", point + strlen(cwd), options);
  }
  fclose(in);
  fflush(stdout);
}
static int flags_of(const char *path) {
  struct statvfs st;
  return statvfs(path, &st) ? -1 : (int)(st.f_flag & ST_RDONLY);
}
#define READ_ONLY (MS_REMOUNT | MS_RDONLY)
#define BIND_READ_ONLY (MS_REMOUNT | MS_BIND | MS_RDONLY)
static int set_read_only(const char *path, int flags) {
  struct mount_attr attr = {.attr_set = MOUNT_ATTR_RDONLY};
  return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof attr);
}
static int set_writable(const char *path, int flags) {
  struct mount_attr attr = {.attr_clr = MOUNT_ATTR_RDONLY};
  return mount_setattr(AT_FDCWD, path, flags, &attr, sizeof attr);
}
static int reconfigure(const char *path, const char *access) {
  int fd = fspick(AT_FDCWD, path, 0);
  fsconfig(fd, FSCONFIG_SET_FLAG, access, 0, 0);
  int result = fsconfig(fd, FSCONFIG_CMD_RECONFIGURE, 0, 0, 0), error = errno;
  close(fd);
  errno = error;
  return result;
}
/* All ways, undone where they worked. */
static void ways(const char *what) {
  printf("== %s\n", what);
  R(mount(0, "m", 0, READ_ONLY, 0));
  mount(0, "m", 0, MS_REMOUNT, 0);
  R(reconfigure("m", "ro"));
  reconfigure("m", "rw");
  R(mount(0, "m", 0, BIND_READ_ONLY, 0));
  mount(0, "m", 0, MS_REMOUNT | MS_BIND, 0);
  R(mount(0, "b", 0, BIND_READ_ONLY, 0));
  mount(0, "b", 0, MS_REMOUNT | MS_BIND, 0);
  R(set_read_only("m", 0));
  set_writable("m", 0);
  R(set_read_only("b", 0));
  set_writable("b", 0);
  R(set_read_only("m", AT_RECURSIVE));
  table();
  set_writable("m", AT_RECURSIVE);
}

int main(void) {
  begin();
  if (unshare(CLONE_NEWNS)) { perror("unshare"); return 1; }
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdir("m", 0755), mkdir("b", 0755);
  mount("none", "m", "tmpfs", 0, 0);
  mkdir("m/in", 0755), put("m/file", "data"), put("m/other", "data"), mkfifo("m/fifo", 0600);
  mount("none", "m/in", "tmpfs", 0, 0);
  mount("m", "b", 0, MS_BIND, 0);
  ways("nothing open");
  int fd = open("m/file", O_RDONLY);
  ways("open for reading");
  close(fd);
  fd = open("m/file", O_WRONLY);
  ways("open for writing");
  close(fd);
  fd = open("b/file", O_RDWR | O_APPEND);
  ways("open for writing by the other mount");
  close(fd);
  fd = open("m/in/file", O_CREAT | O_RDWR, 0600);
  ways("open for writing below");
  close(fd);
  fd = open("m/fifo", O_RDWR);
  ways("a FIFO open for writing");
  close(fd);
  fd = open("m/file", O_PATH);
  ways("O_PATH");
  close(fd);
  fd = open("m", O_DIRECTORY);
  ways("a directory");
  close(fd);
  fd = open("m/file", O_RDWR);
  void *page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
  close(fd);
  ways("mapped shared");
  munmap(page, 4096);
  fd = open("m/file", O_RDWR);
  page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
  close(fd);
  ways("mapped private");
  munmap(page, 4096);
  fd = open("m/gone", O_CREAT | O_RDWR, 0600);
  close(fd);
  fd = open("m/gone", O_RDONLY);
  unlink("m/gone");
  ways("open for reading, and unlinked");
  close(fd);
  put("m/gone", "x"), link("m/gone", "m/stays");
  fd = open("m/gone", O_RDONLY);
  unlink("m/gone");
  ways("open for reading, and one of two names gone");
  close(fd);
  fd = open("m", O_TMPFILE | O_RDWR, 0600);
  char name[50];
  sprintf(name, "/proc/self/fd/%d", fd);
  int again = open(name, O_RDONLY);
  close(fd);
  ways("O_TMPFILE, open for reading");
  close(again);
  mkdir("m/d", 0755);
  fd = open("m/d", O_DIRECTORY);
  rmdir("m/d");
  ways("a directory that is gone");
  close(fd);
  /* in a message that nobody has received */
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  fd = open("m/file", O_WRONLY);
  struct iovec data = {"x", 1};
  char control[CMSG_SPACE(sizeof fd)];
  struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
  struct cmsghdr *part = CMSG_FIRSTHDR(&message);
  part->cmsg_level = SOL_SOCKET, part->cmsg_type = SCM_RIGHTS, part->cmsg_len = CMSG_LEN(sizeof fd);
  memcpy(CMSG_DATA(part), &fd, sizeof fd);
  R(sendmsg(pair[0], &message, 0));
  close(fd);
  ways("under way in a message");
  close(pair[0]), close(pair[1]);
  /* a mount that is gone counts as long as it is in use */
  int tree = open_tree(AT_FDCWD, "m", OPEN_TREE_CLONE);
  fd = openat(tree, "file", O_WRONLY);
  close(tree);
  ways("open for writing by a mount that is gone");
  close(fd);

  puts("== a file system that is read-only is that for all its mounts");
  R(mount(0, "m", 0, READ_ONLY, 0));
  table();
  R(mkdir("m/x", 0755));
  R(mkdir("b/x", 0755));
  R(open("b/file", O_WRONLY));
  R(open("b/new", O_CREAT | O_RDWR, 0600));
  R(close(open("b/file", O_CREAT | O_RDONLY, 0600)));
  R(open("b", O_TMPFILE | O_RDWR, 0600));
  R(access("b/file", W_OK));
  R(access("b/fifo", W_OK));
  R(chmod("b/file", 0600));
  R(truncate("b/file", 0));
  R(unlink("b/file"));
  R(rename("b/file", "b/new"));
  R(flags_of("b"));
  R(flags_of("m/in"));
  close(open("m/fifo", O_RDWR));
  R(set_writable("m", 0));
  R(mkdir("m/x", 0755));
  R(mount(0, "b", 0, MS_REMOUNT | MS_BIND, 0));
  R(mkdir("b/x", 0755));
  R(reconfigure("b", "rw"));
  R(mkdir("b/x", 0755));
  R(mkdir("m/y", 0755));
  R(reconfigure("b", "ro"));
  table();
  R(mount(0, "b", 0, MS_REMOUNT, 0));
  table();
  R(umount("b"));
  R(mount("none", "b", "tmpfs", MS_RDONLY, 0));
  table();
  R(set_writable("b", 0));
  R(mkdir("b/x", 0755));
  table();
  R(umount("b"));
  int made = fsopen("tmpfs", 0);
  fsconfig(made, FSCONFIG_SET_FLAG, "ro", 0, 0);
  fsconfig(made, FSCONFIG_CMD_CREATE, 0, 0, 0);
  tree = fsmount(made, 0, 0);
  R(move_mount(tree, "", AT_FDCWD, "b", MOVE_MOUNT_F_EMPTY_PATH));
  close(tree), close(made);
  table();
  R(mkdir("b/x", 0755));
  R(umount("b"));

  puts("== a mount that expires");
  R(umount2("m", MNT_EXPIRE | MNT_DETACH));
  R(umount2("m", MNT_EXPIRE | MNT_FORCE));
  R(umount2("m", MNT_EXPIRE));
  R(umount2("m/in", MNT_EXPIRE));
  R(umount2("m/in", MNT_EXPIRE));
  R(umount2("m/in", MNT_EXPIRE));
  R(umount2("m", MNT_EXPIRE));
  R(access("m/file", F_OK));
  R(umount2("m", MNT_EXPIRE));
  fd = open("m/file", O_RDONLY);
  R(umount2("m", MNT_EXPIRE));
  close(fd);
  R(umount2("m", MNT_EXPIRE));
  chdir("m"), chdir("..");
  R(umount2("m", MNT_EXPIRE));
  R(access("b", F_OK));
  R(umount2("m", 0x100));
  R(umount2("b", MNT_EXPIRE));
  R(umount2("m", MNT_EXPIRE));
  R(access("m/file", F_OK));
  R(umount2("m", MNT_EXPIRE));
  R(umount2("/", MNT_EXPIRE));
  fflush(stdout);
  if (fork() == 0) {
    mount("none", "m", "tmpfs", 0, 0);
    chroot("m"), chdir("/");
    R(umount2("/", MNT_EXPIRE));
    _exit(0);
  }
  wait(0);
  umount("m");
  end();
}
