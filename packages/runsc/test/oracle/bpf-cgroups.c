/* Device programs of control groups: attaching, what counts where groups are nested, and what they are asked. */
#include "bpf-oracle.h"
#include <sched.h>
#include <sys/mount.h>
#include <sys/sysmacros.h>

static int top, a, b, c;
static int allow, deny, other;

static long attach(int group, int program, int flags) {
  union attr attr = {.linux_ = {.target_fd = group, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = flags}};
  return bpf(BPF_PROG_ATTACH, &attr, ATTR_SIZE);
}
static long replace(int group, int program, int former) {
  union attr attr = {.linux_ = {.target_fd = group, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE, .attach_flags = BPF_F_ALLOW_MULTI | BPF_F_REPLACE, .replace_bpf_fd = former}};
  return bpf(BPF_PROG_ATTACH, &attr, ATTR_SIZE);
}
static long detach(int group, int program) {
  union attr attr = {.linux_ = {.target_fd = group, .attach_bpf_fd = program, .attach_type = BPF_CGROUP_DEVICE}};
  return bpf(BPF_PROG_DETACH, &attr, ATTR_SIZE);
}
static int idOf(int program) {
  struct bpf_prog_info info = {0};
  union attr attr = {.linux_ = {.info = {.bpf_fd = program, .info_len = sizeof info, .info = (uint64_t)&info}}};
  return bpf(BPF_OBJ_GET_INFO_BY_FD, &attr, ATTR_SIZE) ? -1 : (int)info.id;
}
static const char *nameOf(unsigned id) {
  return id == idOf(allow) ? "allow" : id == idOf(deny) ? "deny" : id == idOf(other) ? "other" : id ? "?" : "-";
}
static void query(const char *name, int group, int flags, unsigned room) {
  unsigned ids[8] = {0};
  union attr attr = {.linux_ = {.query = {.target_fd = group, .attach_type = BPF_CGROUP_DEVICE, .query_flags = flags, .attach_flags = 99, .prog_ids = (uint64_t)ids, .prog_cnt = room}}};
  errno = 0;
  int result = bpf(BPF_PROG_QUERY, &attr, ATTR_SIZE);
  printf("%s, %d: %d %s, flags %d, %d:", name, flags, result, strerrorname_np(errno), attr.linux_.query.attach_flags, attr.linux_.query.prog_cnt);
  for (int i = 0; i < 4; i++) printf(" %s", nameOf(ids[i]));
  printf("\n");
}
static int group(const char *path) {
  mkdir(path, 0755);
  return open(path, O_RDONLY | O_DIRECTORY);
}
static void enter(const char *path) {
  int fd = open(path, O_WRONLY);
  if (write(fd, "0", 1) != 1) printf("%s: %s\n", path, strerrorname_np(errno));
  close(fd);
}
static const char *result(long value) { return value < 0 ? strerrorname_np(errno) : "ok"; }
static const char *opened(const char *path, int flags) {
  int fd = open(path, flags);
  const char *text = result(fd);
  if (fd >= 0) close(fd);
  return text;
}
/* What a process of that group may do. */
static void may(const char *where) {
  char procs[40], node[40];
  sprintf(procs, "%s/cgroup.procs", where);
  fflush(stdout);
  if (fork()) {
    wait(0);
    return;
  }
  enter(procs);
  printf("in %s: ", where);
  printf("null r %s, ", opened("/dev/null", O_RDONLY));
  printf("w %s, ", opened("/dev/null", O_WRONLY));
  printf("rw %s, ", opened("/dev/null", O_RDWR));
  printf("path %s, ", opened("/dev/null", O_PATH));
  printf("access %s %s, ", result(access("/dev/null", R_OK)), result(access("/dev/null", F_OK)));
  printf("zero r %s, ", opened("/dev/zero", O_RDONLY));
  printf("w %s; ", opened("/dev/zero", O_WRONLY));
  const struct { const char *name; int mode, rdev; } nodes[] = {{"null", S_IFCHR, makedev(1, 3)}, {"block", S_IFBLK, makedev(1, 3)}, {"full", S_IFCHR, makedev(1, 7)}, {"large", S_IFCHR, makedev(500, 70000)}, {"whiteout", S_IFCHR, 0}, {"no block", S_IFBLK, 0}, {"fifo", S_IFIFO, 0}};
  for (int i = 0; i < sizeof nodes / sizeof *nodes; i++) {
    sprintf(node, "/tmp/oracle-node-%d", getpid());
    printf("%s %s, ", nodes[i].name, result(mknod(node, nodes[i].mode | 0600, nodes[i].rdev)));
    if (!strcmp(nodes[i].name, "block") || nodes[i].rdev == 0) printf("access %s, ", result(access(node, R_OK)));
    unlink(node);
  }
  printf("\n");
  fflush(stdout);
  _exit(0);
}

static void errors(void) {
  int null = open("/dev/null", O_RDONLY), dir = open("/tmp", O_RDONLY), file = open("a/cgroup.procs", O_RDONLY), path = open("a", O_PATH);
  R(attach(a, 999, 0));
  R(attach(a, null, 0));
  R(attach(999, allow, 0));
  R(attach(null, allow, 0));
  R(attach(dir, allow, 0));
  R(attach(file, allow, 0));
  R(attach(-1, allow, BPF_F_ALLOW_MULTI | BPF_F_REPLACE));
  R(attach(a, allow, BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI));
  R(attach(a, allow, BPF_F_REPLACE));
  R(attach(a, allow, 1 << 20));
  R(replace(a, allow, 999));
  R(replace(a, allow, null));
  R(replace(a, allow, deny));
  R(detach(a, allow));
  R(detach(a, 999));
  R(detach(999, allow));
  R(attach(path, allow, 0));
  R(detach(path, allow));
  union attr attr = {.linux_ = {.target_fd = a, .attach_bpf_fd = allow, .attach_type = 999}};
  R(bpf(BPF_PROG_ATTACH, &attr, ATTR_SIZE));
  R(bpf(BPF_PROG_DETACH, &attr, ATTR_SIZE));
  attr.linux_.attach_type = BPF_CGROUP_INET_INGRESS;
  R(bpf(BPF_PROG_ATTACH, &attr, ATTR_SIZE));
  attr = (union attr){.linux_ = {.query = {.target_fd = a, .attach_type = 999}}};
  R(bpf(BPF_PROG_QUERY, &attr, ATTR_SIZE));
  attr = (union attr){.linux_ = {.query = {.target_fd = dir, .attach_type = BPF_CGROUP_DEVICE}}};
  R(bpf(BPF_PROG_QUERY, &attr, ATTR_SIZE));
  attr = (union attr){.linux_ = {.query = {.target_fd = a, .attach_type = BPF_CGROUP_DEVICE, .query_flags = 8}}};
  R(bpf(BPF_PROG_QUERY, &attr, ATTR_SIZE));
  close(null), close(dir), close(file), close(path);
}

static void single(void) {
  query("a", a, 0, 4);
  R(attach(a, allow, 0));
  query("a", a, 0, 4);
  query("b", b, 0, 4);
  query("b", b, BPF_F_QUERY_EFFECTIVE, 4);
  R(attach(a, allow, 0));
  R(attach(a, deny, 0));
  query("a", a, 0, 4);
  R(attach(a, deny, BPF_F_ALLOW_OVERRIDE));
  R(attach(a, deny, BPF_F_ALLOW_MULTI));
  R(attach(b, allow, 0));
  R(attach(b, allow, BPF_F_ALLOW_OVERRIDE));
  R(attach(b, allow, BPF_F_ALLOW_MULTI));
  R(attach(c, allow, 0));
  may("a/b/c");
  may(".");
  R(detach(a, other));
  R(detach(a, deny));
  may("a/b/c");
}

static void overridden(void) {
  R(attach(a, deny, BPF_F_ALLOW_OVERRIDE));
  may("a/b");
  R(attach(b, allow, BPF_F_ALLOW_OVERRIDE));
  query("b", b, 0, 4);
  query("c", c, BPF_F_QUERY_EFFECTIVE, 4);
  may("a");
  may("a/b/c");
  R(attach(c, deny, 0));
  may("a/b/c");
  R(detach(b, -1));
  R(detach(b, -1));
  R(detach(c, -1));
  R(detach(a, -1));
}

/* Numbers come first, then the flags of each. */
static void queryTo(uint64_t numbers, uint64_t flags) {
  union attr attr = {.linux_ = {.query = {.target_fd = a, .attach_type = BPF_CGROUP_DEVICE, .prog_ids = numbers, .prog_cnt = 4, .prog_attach_flags = flags}}};
  R(bpf(BPF_PROG_QUERY, &attr, ATTR_SIZE));
}
static void queriesToNowhere(void) {
  unsigned numbers[4] = {0}, flags[4] = {99, 99, 99, 99};
  queryTo((uint64_t)numbers, (uint64_t)flags);
  printf("%s %s, flags %d %d %d\n", nameOf(numbers[0]), nameOf(numbers[1]), flags[0], flags[1], flags[2]);
  memset(numbers, 0, sizeof numbers);
  queryTo(8, (uint64_t)flags);
  queryTo((uint64_t)numbers, 8);
  printf("%s %s\n", nameOf(numbers[0]), nameOf(numbers[1]));
}

static void several(void) {
  R(attach(a, allow, BPF_F_ALLOW_MULTI));
  R(attach(a, allow, BPF_F_ALLOW_MULTI));
  R(attach(a, other, BPF_F_ALLOW_MULTI));
  query("a", a, 0, 4);
  query("a", a, 0, 1);
  query("a", a, 0, 0);
  queriesToNowhere();
  may("a/b");
  R(attach(b, deny, BPF_F_ALLOW_MULTI));
  query("c", c, BPF_F_QUERY_EFFECTIVE, 4);
  may("a/b/c");
  R(replace(b, allow, deny));
  R(replace(b, allow, allow));
  R(replace(a, other, allow));
  query("c", c, BPF_F_QUERY_EFFECTIVE, 4);
  R(attach(c, deny, 0));
  query("c", c, BPF_F_QUERY_EFFECTIVE, 4);
  R(detach(a, -1));
  R(detach(a, deny));
  R(attach(a, deny, 0));
  R(detach(a, other));
  R(detach(a, other));
  R(detach(a, allow));
  R(detach(b, allow));
  R(detach(c, allow));
}

/* A program lives on in its group. */
static void kept(void) {
  int program = PROGRAM(MOV(0, 0), EXIT), id = idOf(program);
  union attr attr = {0};
  R(attach(c, program, BPF_F_ALLOW_MULTI));
  close(program);
  may("a/b/c");
  attr.linux_.prog_id = id;
  program = bpf(BPF_PROG_GET_FD_BY_ID, &attr, ATTR_SIZE);
  printf("the same: %d\n", idOf(program) == id);
  close(program);
  close(c);
  R(rmdir("a/b/c"));
  usleep(300000);
  R(bpf(BPF_PROG_GET_FD_BY_ID, &attr, ATTR_SIZE));
  c = group("a/b/c");
  int gone = group("a/gone");
  rmdir("a/gone");
  R(attach(gone, allow, 0));
  close(gone);
}

static void limit(void) {
  int attached = 0;
  for (int i = 0; i < 70; i++) {
    int program = PROGRAM(MOV(0, 1), EXIT);
    if (attach(c, program, BPF_F_ALLOW_MULTI) == 0) attached++;
    else if (i == 64) printf("%s\n", strerrorname_np(errno));
    close(program);
  }
  printf("attached: %d\n", attached);
  close(c);
  rmdir("a/b/c");
  c = group("a/b/c");
}

/* Attaches the program alone, and shows what it allows. */
static void shows(const char *name, int program) {
  printf("%s: %s\n", name, program < 0 ? strerrorname_np(errno) : "loaded");
  attach(c, program, 0);
  may("a/b/c");
  detach(c, program);
  close(program);
}
#define SHOW(name, ...) shows(name, PROGRAM(__VA_ARGS__))

static void answers(void) {
  /* As crun, runc and systemd write them: type, access, major and minor of one device. */
  SHOW("null alone",
    LOAD(BPF_W, 2, 1, 0), ALU32(BPF_AND, 2, 0xffff), LOAD(BPF_W, 3, 1, 0), ALU32(BPF_RSH, 3, 16), LOAD(BPF_W, 4, 1, 4), LOAD(BPF_W, 5, 1, 8),
    JUMP(BPF_JNE, 2, BPF_DEVCG_DEV_CHAR, 4), JUMP(BPF_JNE, 4, 1, 3), JUMP(BPF_JNE, 5, 3, 2), MOV(0, 1), EXIT, MOV(0, 0), EXIT);
  SHOW("reading, and making nodes",
    LOAD(BPF_W, 2, 1, 0), LOAD(BPF_W, 3, 1, 0), ALU32(BPF_RSH, 3, 16), ALUX32(BPF_MOV, 1, 3), ALU32(BPF_AND, 1, BPF_DEVCG_ACC_READ | BPF_DEVCG_ACC_MKNOD), JUMPX(BPF_JNE, 1, 3, 2), MOV(0, 1), EXIT, MOV(0, 0), EXIT);
  SHOW("no block devices", LOAD(BPF_H, 2, 1, 0), MOV(0, 0), JUMP(BPF_JEQ, 2, BPF_DEVCG_DEV_BLOCK, 1), MOV(0, 1), EXIT);
  SHOW("by one byte", LOAD(BPF_B, 2, 1, 2), MOV(0, 0), JUMP(BPF_JSET, 2, BPF_DEVCG_ACC_WRITE, 1), MOV(0, 1), EXIT);
  SHOW("by half a word", LOAD(BPF_H, 2, 1, 2), MOV(0, 0), JUMP(BPF_JGT, 2, BPF_DEVCG_ACC_READ, 1), MOV(0, 1), EXIT);
  SHOW("large numbers", LOAD(BPF_W, 2, 1, 4), LOAD(BPF_W, 3, 1, 8), MOV(0, 0), JUMP(BPF_JNE, 2, 500, 2), JUMP(BPF_JNE, 3, 70000, 1), MOV(0, 1), EXIT);
  SHOW("32 of 64 bits",
    INSN(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 3), INSN(0, 0, 0, 0, 7), LOAD(BPF_W, 3, 1, 8), MOV(0, 0), INSN(BPF_JMP32 | BPF_JNE | BPF_X, 2, 3, 1, 0), MOV(0, 1), EXIT);
  SHOW("64 bits",
    INSN(BPF_LD | BPF_IMM | BPF_DW, 2, 0, 0, 3), INSN(0, 0, 0, 0, 7), LOAD(BPF_W, 3, 1, 8), MOV(0, 0), JUMPX(BPF_JNE, 2, 3, 1), MOV(0, 1), EXIT);
  /* 7 minus the minor number is below 3 for 5 to 7 alone, if it has a sign. */
  SHOW("with a sign", MOV(2, 7), LOAD(BPF_W, 3, 1, 8), ALUX(BPF_SUB, 2, 3), MOV(0, 0), JUMP(BPF_JSGE, 2, 3, 1), MOV(0, 1), EXIT);
  SHOW("without", MOV(2, 7), LOAD(BPF_W, 3, 1, 8), ALUX(BPF_SUB, 2, 3), MOV(0, 0), JUMP(BPF_JGE, 2, 3, 1), MOV(0, 1), EXIT);
  SHOW("half with a sign", MOV(2, 4), LOAD(BPF_W, 3, 1, 8), ALUX32(BPF_SUB, 2, 3), MOV(0, 0), JUMP32(BPF_JSLE, 2, 0, 1), MOV(0, 1), EXIT);
  SHOW("divided by nothing", LOAD(BPF_W, 2, 1, 8), ALU(BPF_SUB, 2, 3), MOV(3, 9), ALUX(BPF_DIV, 3, 2), MOV(0, 0), JUMP(BPF_JNE, 3, 0, 1), MOV(0, 1), EXIT);
  SHOW("a remainder of nothing", LOAD(BPF_W, 2, 1, 8), ALU(BPF_SUB, 2, 3), MOV(3, 9), ALUX(BPF_MOD, 3, 2), MOV(0, 0), JUMP(BPF_JNE, 3, 9, 1), MOV(0, 1), EXIT);
  SHOW("shifted by a register", LOAD(BPF_W, 2, 1, 8), MOV(3, 256), ALUX(BPF_RSH, 3, 2), MOV(0, 0), JUMP(BPF_JNE, 3, 8, 1), MOV(0, 1), EXIT);
  SHOW("shifted with a sign", LOAD(BPF_W, 2, 1, 8), MOV(3, -256), ALUX32(BPF_ARSH, 3, 2), MOV(0, 0), JUMP32(BPF_JSLT, 3, -8, 1), MOV(0, 1), EXIT);
  SHOW("swapped", LOAD(BPF_W, 2, 1, 8), INSN(BPF_ALU | BPF_END | BPF_TO_BE, 2, 0, 0, 32), INSN(BPF_LD | BPF_IMM | BPF_DW, 3, 0, 0, 0x03000000), INSN(0, 0, 0, 0, 0), MOV(0, 0), JUMPX(BPF_JNE, 2, 3, 1), MOV(0, 1), EXIT);
}

int main(void) {
  char directory[] = "/tmp/oracle-bpf-XXXXXX", name[40];
  unshare(CLONE_NEWNS);
  mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
  mkdtemp(directory);
  if (mount("none", directory, "cgroup2", 0, 0)) printf("mount: %s\n", strerrorname_np(errno));
  chdir(directory);
  sprintf(name, "oracle-%d", getpid());
  top = group(name);
  chdir(name);
  a = group("a"), b = group("a/b"), c = group("a/b/c");
  allow = PROGRAM(MOV(0, 1), EXIT);
  deny = PROGRAM(MOV(0, 0), EXIT);
  other = PROGRAM(MOV(0, 1), MOV(0, 1), EXIT);
  errors();
  single();
  overridden();
  several();
  kept();
  limit();
  answers();
  close(top), close(a), close(b), close(c);
  R(rmdir("a/b/c"));
  R(rmdir("a/b"));
  R(rmdir("a"));
  chdir("..");
  printf("gone: %d\n", rmdir(name));
  chdir("/");
  umount(directory);
  rmdir(directory);
}
