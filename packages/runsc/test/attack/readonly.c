/* A host tree that is mounted for reading only, and everything that would change it. Arguments: the token, the tree,
   which has `file` and others with the token in them. The working directory is writable. */
#include "attack.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/xattr.h>

static const char *tree;

static const char *in(const char *name) {
  static char texts[4][4096];
  static int next;
  char *text = texts[next++ % 4];
  snprintf(text, sizeof texts[0], "%s/%s", tree, name);
  return text;
}
static int writes(int fd) { return fd >= 0 && pwrite(fd, "x", 1, 0) == 1; }
static int reopens(int fd, const char *format) {
  char name[64];
  snprintf(name, sizeof name, format, fd);
  return writes(open(name, O_RDWR));
}
static int by_handle(void) {
  struct { unsigned bytes; int type; unsigned char data[128]; } handle = { sizeof handle.data };
  int mount;
  if (syscall(SYS_name_to_handle_at, AT_FDCWD, in("file"), &handle, &mount, 0)) return 0;
  return writes(syscall(SYS_open_by_handle_at, open(tree, O_RDONLY | O_DIRECTORY), &handle, O_RDWR));
}
static int own_mounts(void) { return unshare(CLONE_NEWNS) == 0 && mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0; }
static int by_bind(void) {
  mkdir("bound", 0755);
  return own_mounts() && mount(tree, "bound", NULL, MS_BIND, NULL) == 0 &&
    mount("none", "bound", NULL, MS_REMOUNT | MS_BIND, NULL) == 0 && writes(open("bound/file", O_RDWR));
}
static int by_remount(void) {
  if (!own_mounts()) return 0;
  /* It is one in the sandbox; outside it becomes one. */
  mount(tree, tree, NULL, MS_BIND, NULL);
  return mount("none", tree, NULL, MS_REMOUNT | MS_BIND, NULL) == 0 && writes(open(in("file"), O_RDWR));
}
static int by_setattr(void) {
  struct { uint64_t set, clear, propagation, fd; } change = { 0, 1 /* MOUNT_ATTR_RDONLY */ };
  if (!own_mounts()) return 0;
  mount(tree, tree, NULL, MS_BIND, NULL);
  return syscall(442, AT_FDCWD, tree, 0, &change, sizeof change) == 0 && writes(open(in("file"), O_RDWR));
}
static int binds(const char *name) {
  struct sockaddr_un address = { AF_UNIX };
  strncpy(address.sun_path, name, sizeof address.sun_path - 1);
  return bind(socket(AF_UNIX, SOCK_STREAM, 0), (void *)&address, sizeof address);
}
/* Whether the file has another first byte than it was given with; so does one that cannot be opened. */
static int changed(void) {
  char byte = 0;
  int fd = open(in("kept"), O_RDONLY);
  pread(fd, &byte, 1, 0);
  close(fd);
  return byte != token[0];
}
static char *shared(int protection) { return mmap(NULL, 4096, protection, MAP_SHARED, open(in("kept"), O_RDONLY), 0); }
static int by_mapping(void) { return shared(PROT_READ | PROT_WRITE)[0] = 'x', changed(); }
static int by_mprotect(void) {
  char *at = shared(PROT_READ);
  if (mprotect(at, 4096, PROT_READ | PROT_WRITE)) return 0;
  return at[0] = 'x', changed();
}
static int by_memory(void) {
  char *at = shared(PROT_READ);
  pwrite(open("/proc/self/mem", O_RDWR), "x", 1, (off_t)at);
  return changed();
}
static int by_vm_write(void) {
  struct iovec here = { "x", 1 }, there = { shared(PROT_READ), 1 };
  process_vm_writev(getpid(), &here, 1, &there, 1, 0);
  return changed();
}
static int by_debugger(void) {
  char *at = shared(PROT_READ);
  pid_t pid = fork();
  if (pid == 0) _exit(ptrace(PTRACE_TRACEME, 0, 0, 0) ? 0 : raise(SIGSTOP));
  waitpid(pid, NULL, 0);
  ptrace(PTRACE_POKEDATA, pid, at, (void *)0x7878787878787878);
  kill(pid, SIGKILL), waitpid(pid, NULL, 0);
  return changed();
}
/* The kernel writes where a call says that its answer goes. */
static int by_answer(void) {
  int pipe_fds[2];
  char *at = shared(PROT_READ);
  pipe(pipe_fds), write(pipe_fds[1], "x", 1);
  return read(pipe_fds[0], at, 1) == 1 && changed();
}

int main(int argc, char **argv) {
  struct timespec times[2] = { { 1 }, { 1 } };
  token = argv[1], tree = argv[2];
  int fd = open(in("file"), O_RDONLY), path = open(in("file"), O_PATH);
  symlink(tree, "leads-there");

  report("O_WRONLY", writes(open(in("file"), O_WRONLY)));
  report("O_RDWR", writes(open(in("file"), O_RDWR)));
  report("O_RDWR by a symlink", writes(open("leads-there/file", O_RDWR)));
  report("O_PATH, reopened", reopens(path, "/proc/self/fd/%d"));
  report("O_RDONLY, reopened", reopens(fd, "/proc/self/fd/%d"));
  report("O_RDONLY, reopened by /dev/fd", reopens(fd, "/dev/fd/%d"));
  report("O_RDONLY, received and reopened", reopens(pass_on(fd), "/proc/thread-self/fd/%d"));
  report("open_by_handle_at", by_handle());
  ATTEMPT("O_TRUNC", open(in("emptied"), O_RDONLY | O_TRUNC));
  ATTEMPT("O_CREAT", open(in("made-file"), O_RDONLY | O_CREAT, 0644));
  ATTEMPT("O_TMPFILE", open(tree, O_RDWR | O_TMPFILE, 0644));
  report("bind mount", CHILD(by_bind()));
  report("remount", CHILD(by_remount()));
  report("mount_setattr", CHILD(by_setattr()));
  ATTEMPT("truncate", truncate(in("file"), 1));
  ATTEMPT("fchmod", fchmod(fd, 0600));
  ATTEMPT("chmod by /proc", ({ char name[64]; sprintf(name, "/proc/self/fd/%d", path); chmod(name, 0604); }));
  ATTEMPT("fchown", fchown(fd, 1, 1));
  ATTEMPT("futimens", futimens(fd, times));
  ATTEMPT("fsetxattr", fsetxattr(fd, "user.attack", "1", 1, 0));
  ATTEMPT("fremovexattr", fremovexattr(fd, "user.attack"));
  ATTEMPT("chmod", chmod(in("file"), 0644));
  ATTEMPT("lchown", lchown(in("file"), 0, 0));
  ATTEMPT("utimensat", utimensat(AT_FDCWD, in("file"), times, AT_SYMLINK_NOFOLLOW));
  ATTEMPT("setxattr", setxattr(in("file"), "user.attack", "2", 1, 0));
  ATTEMPT("link", link(in("file"), in("made-link")));
  ATTEMPT("linkat of a descriptor", linkat(fd, "", AT_FDCWD, in("made-link2"), AT_EMPTY_PATH));
  report("link to elsewhere", link(in("file"), "linked") == 0 && writes(open("linked", O_RDWR)));
  ATTEMPT("rename", rename(in("spare1"), in("moved")));
  ATTEMPT("rename to elsewhere", rename(in("spare2"), "moved"));
  ATTEMPT("rename from elsewhere", (close(open("own", O_CREAT | O_WRONLY, 0644)), rename("own", in("made-own"))));
  ATTEMPT("unlink", unlink(in("spare3")));
  ATTEMPT("mkdir", mkdir(in("made"), 0755));
  ATTEMPT("rmdir", rmdir(in("empty")));
  ATTEMPT("symlink", symlink("x", in("made-symlink")));
  ATTEMPT("mknod", mknod(in("made-fifo"), S_IFIFO | 0644, 0));
  ATTEMPT("bind", binds(in("made-socket")));
  report("shared mapping", CHILD(by_mapping()));
  report("mprotect", CHILD(by_mprotect()));
  report("/proc/self/mem", CHILD(by_memory()));
  report("process_vm_writev", CHILD(by_vm_write()));
  report("ptrace", CHILD(by_debugger()));
  report("an answer of the kernel", CHILD(by_answer()));
  return 0;
}
