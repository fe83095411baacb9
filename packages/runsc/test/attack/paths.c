/* Host files by every call that takes a path. Arguments: the host's directory, the token, a host process. The
   working directory is writable; in it `planted` is a symlink that leads there. */
#include "attack.h"
#include <dirent.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <sys/inotify.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/un.h>
#include <sys/xattr.h>
#include <time.h>

static const char *home, *victim;

static char *path(const char *format, ...) {
  static char texts[4][4096];
  static int next;
  char *text = texts[next++ % 4];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof texts[0], format, arguments);
  va_end(arguments);
  return text;
}
#define UP "/../../../../../../../../.."
static int reads(const char *name) { return has_token(open(name, O_RDONLY)); }

static int by_chroot(void) {
  int above = open("/", O_RDONLY | O_DIRECTORY);
  mkdir("jail", 0755);
  if (chroot("jail") || fchdir(above)) return 0;
  for (int i = 0; i < 20; i++) if (chdir("..")) return 0;
  return reads(path(".%s/secret", home));
}
static int by_mount(const char *source, const char *type, unsigned long flags, const char *data) {
  /* The host's own mounts are not to change. */
  if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) return 0;
  mkdir("mnt", 0755);
  return mount(source, "mnt", type, flags, data) == 0 && reads("mnt/secret");
}
static int by_pivot(void) {
  if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL)) return 0;
  return mount(home, home, NULL, MS_BIND, NULL) == 0 && chdir(home) == 0 && syscall(SYS_pivot_root, ".", ".") == 0 && reads("/secret");
}
static int by_exec(const char *name) {
  execl(name, name, (char *)NULL);
  return 0;
}
static int lists(const char *name) {
  DIR *directory = opendir(name);
  int found = 0;
  struct dirent *entry;
  while (directory && (entry = readdir(directory))) found |= !strcmp(entry->d_name, "secret");
  if (directory) closedir(directory);
  return found;
}
static int binds(const char *name) {
  struct sockaddr_un address = { AF_UNIX };
  strncpy(address.sun_path, name, sizeof address.sun_path - 1);
  return bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address);
}

static volatile int racing = 1;
static void *swap(void *unused) {
  while (racing) syscall(SYS_renameat2, AT_FDCWD, "race/here", AT_FDCWD, "race/there", 2 /* RENAME_EXCHANGE */);
  return unused;
}
/* A directory that becomes a symlink to the host's at any moment. */
static int by_race(void) {
  pthread_t thread;
  int seen = 0, fd;
  mkdir("race", 0755);
  mkdir("race/here", 0755);
  if ((fd = open("race/here/secret", O_WRONLY | O_CREAT, 0644)) >= 0) close(fd);
  symlink(home, "race/there");
  pthread_create(&thread, NULL, swap, NULL);
  for (time_t end = time(NULL) + 2; !seen && time(NULL) < end;) seen = reads("race/here/secret");
  racing = 0;
  pthread_join(thread, NULL);
  return seen;
}

int main(int argc, char **argv) {
  struct stat status;
  struct statfs fs;
  char text[4096];
  uint64_t how[3] = { O_RDONLY };
  home = argv[1], token = argv[2], victim = argv[3];
  char *secret = strdup(path("%s/secret", home));
  int root = open("/", O_RDONLY | O_DIRECTORY);

  report("open", reads(secret));
  report("open for writing", open(secret, O_WRONLY | O_APPEND) >= 0);
  report("openat", has_token(openat(root, secret + 1, O_RDONLY)));
  report("openat2", has_token(syscall(437, root, secret + 1, how, sizeof how)));
  report("O_PATH and reopen", ({ int fd = open(secret, O_PATH); reads(path("/proc/self/fd/%d", fd)); }));
  report("dots", reads(path(UP "%s", secret)));
  report("dots from an open directory", has_token(openat(root, path("." UP "%s", secret), O_RDONLY)));
  symlink(secret, "absolute");
  report("absolute symlink", reads("absolute"));
  symlink(path("." UP "%s", secret), "relative");
  report("relative symlink", reads("relative"));
  report("symlink of the host", reads("planted"));
  report("symlink of the host, below", reads("planted-directory/secret"));
  report("/proc/self/root", reads(path("/proc/self/root%s", secret)));
  report("/proc/1/root", reads(path("/proc/1/root%s", secret)));
  report("/proc/self/cwd", reads(path("/proc/self/cwd" UP "%s", secret)));
  report("/proc/self/fd", reads(path("/proc/self/fd/%d%s", root, secret)));
  report("/proc/self/task", reads(path("/proc/self/task/%d/root%s", getpid(), secret)));
  report("root of a host process", reads(path("/proc/%s/root%s", victim, secret)));
  report("environment of a host process", reads(path("/proc/%s/environ", victim)));
  report("descriptor of a host process", reads(path("/proc/%s/fd/0", victim)));
  report("chroot", CHILD(by_chroot()));
  report("bind mount", CHILD(by_mount(home, NULL, MS_BIND, NULL)));
  report("overlay", CHILD(by_mount("none", "overlay", 0, path("lowerdir=%s:.", home))));
  report("pivot_root", CHILD(by_pivot()));
  report("open_tree", CHILD(has_token(openat(syscall(428, AT_FDCWD, home, 1 /* OPEN_TREE_CLONE */), "secret", O_RDONLY))));
  report("execve", CHILD(by_exec(path("%s/tool", home))));
  report("getdents", lists(home));
  report("race", by_race());
  ATTEMPT("stat", stat(secret, &status));
  ATTEMPT("lstat", lstat(secret, &status));
  ATTEMPT("statx", syscall(SYS_statx, AT_FDCWD, secret, 0, 0xfff, text));
  ATTEMPT("access", access(secret, F_OK));
  ATTEMPT("readlink", readlink(path("%s/pointer", home), text, sizeof text));
  ATTEMPT("statfs", statfs(home, &fs));
  ATTEMPT("listxattr", listxattr(secret, text, sizeof text));
  ATTEMPT("setxattr", setxattr(secret, "user.attack", "1", 1, 0));
  ATTEMPT("name_to_handle_at", ({ int mount, handle[40] = { 128 }; syscall(SYS_name_to_handle_at, AT_FDCWD, secret, handle, &mount, 0); }));
  ATTEMPT("inotify", inotify_add_watch(inotify_init(), secret, IN_ACCESS));
  ATTEMPT("truncate", truncate(path("%s/spare1", home), 0));
  ATTEMPT("chmod", chmod(secret, 0644));
  ATTEMPT("chown", chown(secret, 0, 0));
  ATTEMPT("utimensat", utimensat(AT_FDCWD, secret, NULL, 0));
  ATTEMPT("link", link(secret, "hard"));
  ATTEMPT("rename", rename(path("%s/spare2", home), "moved"));
  ATTEMPT("unlink", unlink(path("%s/spare3", home)));
  ATTEMPT("rmdir", rmdir(path("%s/empty", home)));
  ATTEMPT("mkdir", mkdir(path("%s/made", home), 0755));
  ATTEMPT("symlink", symlink("x", path("%s/made-link", home)));
  ATTEMPT("mknod", mknod(path("%s/made-fifo", home), S_IFIFO | 0644, 0));
  ATTEMPT("create", open(path("%s/made-file", home), O_WRONLY | O_CREAT, 0644));
  ATTEMPT("bind", binds(path("%s/made-socket", home)));
  ATTEMPT("chdir", chdir(home));
  return 0;
}
