/* bpf(2) without a control group: what loads, what does not, and what is said of it. */
#include "bpf-oracle.h"
#include <linux/capability.h>
#include <sched.h>

/* Says whether the instructions load, under that name. */
#define TRY(name, ...) \
  do { \
    errno = 0; \
    int fd = PROGRAM(__VA_ARGS__); \
    printf("%s: %s\n", name, fd < 0 ? strerrorname_np(errno) : "loads"); \
    if (fd >= 0) close(fd); \
  } while (0)

static void programs(void) {
  TRY("returns 0", MOV(0, 0), EXIT);
  TRY("returns 1", MOV(0, 1), EXIT);
  TRY("returns 2", MOV(0, 2), EXIT);
  TRY("returns -1", MOV(0, -1), EXIT);
  TRY("returns what it was asked", LOAD(BPF_W, 0, 1, 4), EXIT);
  TRY("returns one bit of it", LOAD(BPF_W, 0, 1, 4), ALU(BPF_AND, 0, 1), EXIT);
  TRY("returns its highest bit", LOAD(BPF_W, 0, 1, 4), ALU32(BPF_RSH, 0, 31), EXIT);
  TRY("returns a remainder", LOAD(BPF_W, 0, 1, 4), ALU(BPF_MOD, 0, 2), EXIT);
  TRY("returns nothing", EXIT);
  TRY("does not end", MOV(0, 0));
  TRY("ends with a jump back", MOV(0, 0), GOTO(-2));
  TRY("jumps to itself", MOV(0, 0), GOTO(-1), EXIT);
  TRY("has a part that is not reached", MOV(0, 0), GOTO(1), MOV(0, 1), EXIT);
  TRY("jumps over the end", MOV(0, 0), JUMP(BPF_JEQ, 0, 0, 1), EXIT);
  TRY("jumps before the start", MOV(0, 0), JUMP(BPF_JEQ, 0, 0, -9), EXIT);
  TRY("reads a register without a value", ALUX(BPF_MOV, 0, 2), EXIT);
  TRY("adds to one", ALU(BPF_ADD, 3, 1), MOV(0, 0), EXIT);
  TRY("compares one", JUMP(BPF_JEQ, 4, 1, 0), MOV(0, 0), EXIT);
  TRY("writes the frame pointer", MOV(10, 1), MOV(0, 0), EXIT);
  TRY("uses register 11", MOV(11, 1), MOV(0, 0), EXIT);
  TRY("reads register 12", MOV(0, 0), ALUX(BPF_MOV, 0, 12), EXIT);
  TRY("has an unknown operation", INSN(0x8f, 0, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("has an operation of no kind", INSN(0xff, 0, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("is all zeros", INSN(0, 0, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("moves with a source and a number", INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 1, 0, 0), EXIT);
  TRY("moves a register and a number", INSN(BPF_ALU64 | BPF_MOV | BPF_X, 0, 1, 0, 5), EXIT);
  TRY("exits with a number", MOV(0, 0), INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 1));
  TRY("goes with a number", MOV(0, 0), INSN(BPF_JMP | BPF_JA, 0, 0, 0, 1), EXIT);
  TRY("divides by 0", MOV(0, 0), ALU(BPF_DIV, 0, 0), EXIT);
  TRY("shifts by 64", MOV(0, 0), ALU(BPF_LSH, 0, 64), EXIT);
  TRY("shifts 32 bits by 32", MOV(0, 0), ALU32(BPF_LSH, 0, 32), EXIT);
  TRY("shifts by -1", MOV(0, 0), ALU(BPF_ARSH, 0, -1), EXIT);
  TRY("negates", MOV(0, 0), ALU(BPF_NEG, 0, 0), EXIT);
  TRY("negates with a number", MOV(0, 0), ALU(BPF_NEG, 0, 1), EXIT);
  TRY("swaps 16 bits", MOV(0, 1), INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 16), ALU(BPF_RSH, 0, 8), EXIT);
  TRY("swaps 17 bits", MOV(0, 1), INSN(BPF_ALU | BPF_END | BPF_TO_BE, 0, 0, 0, 17), EXIT);
  TRY("has a 64-bit number", INSN(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1), INSN(0, 0, 0, 0, 0), EXIT);
  TRY("has half of one", MOV(0, 0), INSN(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1));
  TRY("has one of odd halves", INSN(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1), MOV(0, 0), EXIT);
  TRY("jumps into one", MOV(0, 0), JUMP(BPF_JEQ, 0, 0, 1), INSN(BPF_LD | BPF_IMM | BPF_DW, 0, 0, 0, 1), INSN(0, 0, 0, 0, 0), EXIT);
  TRY("has a map that is no descriptor", INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, 999), INSN(0, 0, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("has a map that is none", INSN(BPF_LD | BPF_IMM | BPF_DW, 2, BPF_PSEUDO_MAP_FD, 0, 0), INSN(0, 0, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("has packet data", INSN(BPF_LD | BPF_ABS | BPF_W, 0, 0, 0, 0), EXIT);
  TRY("calls what there is not", INSN(BPF_JMP | BPF_CALL, 0, 0, 0, 99999), EXIT);
  TRY("branches both ways", LOAD(BPF_W, 2, 1, 4), JUMP(BPF_JEQ, 2, 1, 2), MOV(0, 0), EXIT, MOV(0, 1), EXIT);
  TRY("has a value on one way only", LOAD(BPF_W, 2, 1, 4), JUMP(BPF_JEQ, 2, 1, 1), MOV(0, 0), EXIT);
  TRY("returns one of two", LOAD(BPF_W, 2, 1, 4), MOV(0, 0), JUMP(BPF_JNE, 2, 1, 1), MOV(0, 1), EXIT);
  TRY("returns one of two too large", LOAD(BPF_W, 2, 1, 4), MOV(0, 0), JUMP(BPF_JNE, 2, 1, 1), MOV(0, 7), EXIT);
  TRY("is wrong where it never goes", MOV(0, 1), JUMP(BPF_JEQ, 0, 0, 1), EXIT, ALUX(BPF_MOV, 0, 3), EXIT);
  TRY("is wrong where it always goes", MOV(0, 1), JUMP(BPF_JEQ, 0, 1, 1), EXIT, ALUX(BPF_MOV, 0, 3), EXIT);
  TRY("has reserved fields where it never goes", MOV(0, 1), JUMP(BPF_JEQ, 0, 0, 1), EXIT, INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 1, 0, 0), EXIT);
  TRY("calls a function of its own where it never goes", MOV(0, 1), JUMP(BPF_JEQ, 0, 0, 1), EXIT, INSN(BPF_JMP | BPF_CALL, 0, 1, 0, 9), EXIT);
  TRY("returns what is not above 1", LOAD(BPF_W, 0, 1, 4), JUMP(BPF_JGT, 0, 1, 1), EXIT, MOV(0, 0), EXIT);
  TRY("returns what is not above 2", LOAD(BPF_W, 0, 1, 4), JUMP(BPF_JGT, 0, 2, 1), EXIT, MOV(0, 0), EXIT);
  TRY("returns what is below 2", LOAD(BPF_W, 0, 1, 4), JUMP(BPF_JLT, 0, 2, 1), MOV(0, 0), EXIT);
  TRY("returns what is 0 or something", LOAD(BPF_W, 0, 1, 4), JUMP(BPF_JEQ, 0, 0, 1), MOV(0, 1), EXIT);
  TRY("returns half of what is below 2", LOAD(BPF_W, 0, 1, 4), JUMP32(BPF_JLT, 0, 2, 1), MOV(0, 0), EXIT);
  TRY("returns what is less than 2", LOAD(BPF_W, 0, 1, 4), JUMP(BPF_JSLT, 0, 2, 1), MOV(0, 0), EXIT);
  TRY("returns what is less than 2, and may be negative", LOAD(BPF_W, 0, 1, 4), ALU(BPF_SUB, 0, 1), JUMP(BPF_JSLT, 0, 2, 1), MOV(0, 0), EXIT);
  TRY("reads nothing and jumps past its end", ALUX(BPF_MOV, 0, 2), GOTO(7), EXIT);
  TRY("reads nothing and has a part that is not reached", ALUX(BPF_MOV, 0, 2), EXIT, EXIT);
  TRY("reads nothing, then has reserved fields", ALUX(BPF_MOV, 0, 2), INSN(BPF_ALU64 | BPF_MOV | BPF_K, 0, 1, 0, 0), EXIT);
}

static void context(void) {
  const struct { int code; const char *bytes; } sizes[] = {{BPF_B, "1"}, {BPF_H, "2"}, {BPF_W, "4"}, {BPF_DW, "8"}};
  for (int size = 0; size < 4; size++)
    for (int at = -4; at < 14; at++) {
      char name[40];
      sprintf(name, "%s bytes at %d", sizes[size].bytes, at);
      TRY(name, LOAD(sizes[size].code, 2, 1, at), MOV(0, 0), EXIT);
    }
  TRY("stores a number there", INSN(BPF_ST | BPF_MEM | BPF_W, 1, 0, 0, 0), MOV(0, 0), EXIT);
  TRY("stores a register there", MOV(2, 0), INSN(BPF_STX | BPF_MEM | BPF_W, 1, 2, 0, 0), MOV(0, 0), EXIT);
  TRY("adds atomically there", MOV(2, 0), INSN(BPF_STX | BPF_ATOMIC | BPF_W, 1, 2, 0, BPF_ADD), MOV(0, 0), EXIT);
  TRY("reads at a number", MOV(2, 0), LOAD(BPF_W, 2, 2, 0), MOV(0, 0), EXIT);
  TRY("by another register", ALUX(BPF_MOV, 6, 1), LOAD(BPF_W, 2, 6, 8), MOV(0, 0), EXIT);
  TRY("by half of a register", ALUX32(BPF_MOV, 6, 1), LOAD(BPF_W, 2, 6, 8), MOV(0, 0), EXIT);
  TRY("multiplies its address", ALU(BPF_MUL, 1, 2), MOV(0, 0), EXIT);
  TRY("adds its address to itself", ALUX(BPF_ADD, 1, 1), MOV(0, 0), EXIT);
  TRY("returns its address", ALUX(BPF_MOV, 0, 1), EXIT);
}

static struct bpf_insn longest[5000];

static void sizes(void) {
  for (int i = 0; i < 5000; i++) longest[i] = MOV(0, 0);
  R(load_device(longest, 0));
  longest[4095] = EXIT;
  OK(load_device(longest, 4096));
  R(load_device(longest, 1000001));
  R(load_device(BAD, 2));
  R(load_device(longest, 4095));
  union attr a = {0};
  R(bpf(BPF_PROG_LOAD, BAD, ATTR_SIZE));
  R(bpf(BPF_PROG_LOAD, &a, 0));
  R(bpf(BPF_PROG_LOAD, &a, 4097));
  a.bytes[4000] = 1;
  R(bpf(BPF_PROG_LOAD, &a, 4096));
  R(bpf(-1, &a, ATTR_SIZE));
  R(bpf(1000, &a, ATTR_SIZE));
  R(bpf(1000, &a, 4096));
}

static struct bpf_insn returns1[] = {MOV(0, 1), EXIT};
static struct bpf_insn returns2[] = {MOV(0, 2), EXIT};
static struct bpf_insn returns4[] = {MOV(0, 4), EXIT};
static struct bpf_insn bad[] = {ALUX(BPF_MOV, 0, 2), EXIT};

static union attr device(struct bpf_insn *insns) {
  return (union attr){.linux_ = {.prog_type = BPF_PROG_TYPE_CGROUP_DEVICE, .insn_cnt = 2, .insns = (uint64_t)insns, .license = (uint64_t) "GPL"}};
}
static int loaded(union attr a) {
  memset(verifier_log, '#', sizeof verifier_log);
  return bpf(BPF_PROG_LOAD, &a, ATTR_SIZE);
}
static union attr logged(struct bpf_insn *insns, int level, unsigned size) {
  union attr a = device(insns);
  a.linux_.log_level = level;
  a.linux_.log_buf = size ? (uint64_t)verifier_log : 0;
  a.linux_.log_size = size;
  return a;
}

static void attributes(void) {
  union attr a = device(returns1);
  strcpy(a.linux_.prog_name, "a_name.1");
  OK(loaded(a));
  strcpy(a.linux_.prog_name, "no-name");
  R(loaded(a));
  memset(a.linux_.prog_name, 'x', 16);
  R(loaded(a));
  a = device(returns1);
  a.linux_.prog_flags = 1 << 30;
  R(loaded(a));
  a = device(returns1);
  a.linux_.prog_flags = BPF_F_STRICT_ALIGNMENT | BPF_F_ANY_ALIGNMENT;
  OK(loaded(a));
  a = device(returns1);
  a.linux_.license = 8;
  R(loaded(a));
  a = device(returns1);
  a.linux_.prog_type = 999;
  R(loaded(a));
  a.linux_.prog_type = 0;
  R(loaded(a));
  a = device(returns1);
  a.linux_.attach_prog_fd = 999;
  R(loaded(a));
  a = device(returns1);
  a.linux_.expected_attach_type = BPF_CGROUP_DEVICE;
  OK(loaded(a));
  R(loaded(logged(bad, 1, 4096)));
  printf("it says why: %d, and ends: %d\n", strstr(verifier_log, "R2 !read_ok") != 0, memchr(verifier_log, 0, 4096) != 0);
  OK(loaded(logged(returns1, 1, 4096)));
  printf("it counts: %d\n", strstr(verifier_log, "processed 2 insns") != 0);
  R(loaded(logged(returns1, 1, 4)));
  printf("cut: %d, nothing beyond: %d\n", verifier_log[3] == 0, verifier_log[4] == '#');
  R(loaded(logged(bad, 1, 4)));
  printf("cut: %d, nothing beyond: %d\n", verifier_log[3] == 0, verifier_log[4] == '#');
  R(loaded(logged(returns1, 0, 4096)));
  OK(loaded(logged(returns1, 1, 0)));
  R(loaded(logged(returns1, 64, 4096)));
  a = logged(returns1, 1, 4096);
  a.linux_.log_buf = 8;
  R(loaded(a));
}

static const char *loads(union attr a) {
  errno = 0;
  int fd = loaded(a);
  if (fd < 0) return strerrorname_np(errno);
  close(fd);
  return "loads";
}
/* As device(returns1), but for one of them. */
#define ATTRIBUTE(field, value) \
  do { \
    union attr a = device(returns1); \
    a.linux_.field = value; \
    printf("%s %s: %s\n", #field, #value, loads(a)); \
  } while (0)

static void rareAttributes(void) {
  for (int bit = 0; bit < 8; bit++) ATTRIBUTE(prog_flags, 1 << bit);
  ATTRIBUTE(prog_ifindex, 1);
  ATTRIBUTE(prog_ifindex, 99);
  ATTRIBUTE(prog_btf_fd, 999);
  ATTRIBUTE(func_info_cnt, 1);
  ATTRIBUTE(line_info_cnt, 1);
  ATTRIBUTE(core_relo_cnt, 1);
  ATTRIBUTE(fd_array, 8);
  ATTRIBUTE(expected_attach_type, 999);
  ATTRIBUTE(kern_version, 7);
  ATTRIBUTE(insns, ~0ull);
  ATTRIBUTE(license, ~0ull);

  /* Of a license there is a limit to what is looked at. */
  char *page = mmap(0, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *end = page + 4096;
  munmap(end, 4096);
  memset(page, 'x', 4096);
  ATTRIBUTE(license, (uint64_t)page);
  ATTRIBUTE(license, (uint64_t)end - 126);
  ATTRIBUTE(license, (uint64_t)end - 127);
  memcpy(end - 16, returns1, 16);
  ATTRIBUTE(insns, (uint64_t)end - 16);
  ATTRIBUTE(insns, (uint64_t)end - 8);

  /* Which of two faults is told. */
  union attr a = device(BAD);
  a.linux_.prog_type = BPF_PROG_TYPE_CGROUP_SKB;
  R(loaded(a));
  a.linux_.expected_attach_type = 99;
  R(loaded(a));
  a = device(BAD);
  strcpy(a.linux_.prog_name, "-");
  R(loaded(a));
  a.linux_.prog_type = 999;
  R(loaded(a));

  printf("letters of a name:");
  for (int letter = 1; letter < 256; letter++) {
    a = device(returns1);
    a.linux_.prog_name[0] = letter;
    if (!strcmp(loads(a), "loads")) printf(" %02x", letter);
  }
  printf("\n");
}

/* Of packets: they load without reading any. */
static void otherTypes(void) {
  union attr a = device(returns1);
  a.linux_.prog_type = BPF_PROG_TYPE_CGROUP_SKB;
  int fd = loaded(a);
  printf("loads: %d\n", fd >= 0);
  struct bpf_prog_info info = {0};
  union attr told = {.linux_ = {.info = {.bpf_fd = fd, .info_len = sizeof info, .info = (uint64_t)&info}}};
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &told, ATTR_SIZE));
  printf("type %d\n", info.type);
  told = (union attr){.linux_ = {.target_fd = 0, .attach_bpf_fd = fd, .attach_type = BPF_CGROUP_DEVICE}};
  R(bpf(BPF_PROG_ATTACH, &told, ATTR_SIZE));
  close(fd);
  a.linux_.expected_attach_type = BPF_CGROUP_DEVICE;
  R(loaded(a));
  a.linux_.insns = (uint64_t)returns2;
  a.linux_.expected_attach_type = BPF_CGROUP_INET_INGRESS;
  R(loaded(a));
  a.linux_.expected_attach_type = BPF_CGROUP_INET_EGRESS;
  OK(loaded(a));
  a.linux_.insns = (uint64_t)returns4;
  R(loaded(a));
  a.linux_.insns = (uint64_t)bad;
  R(loaded(a));
}

static void descriptors(void) {
  int fd = load_device(returns1, 2), null = open("/dev/null", O_RDONLY);
  char name[64], link[64] = "";
  R(fcntl(fd, F_GETFD));
  R(fcntl(fd, F_GETFL) & ~O_LARGEFILE);
  sprintf(name, "/proc/self/fd/%d", fd);
  readlink(name, link, 63);
  printf("%s\n", link);
  R(read(fd, name, 1));
  R(write(fd, name, 1));
  R(lseek(fd, 0, SEEK_SET));

  struct bpf_prog_info info = {0};
  union attr a = {.linux_ = {.info = {.bpf_fd = fd, .info_len = sizeof info, .info = (uint64_t)&info}}};
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  printf("type %d, length %d, by %d, %d instruction bytes, compatible %d, maps %d, name '%s'\n", info.type, a.linux_.info.info_len == sizeof info, info.created_by_uid, info.xlated_prog_len, info.gpl_compatible, info.nr_map_ids, info.name);
  int id = info.id;
  struct bpf_insn dump[2] = {0};
  memset(&info, 0, sizeof info);
  info.xlated_prog_insns = (uint64_t)dump;
  info.xlated_prog_len = sizeof dump;
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  printf("the same: %d\n", !memcmp(dump, returns1, sizeof dump));
  a.linux_.info.info_len = 8;
  memset(&info, 0, sizeof info);
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  printf("%d %d: %d\n", info.type, info.id == id, a.linux_.info.info_len);
  a.linux_.info.info = 8;
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  a.linux_.info.bpf_fd = 999;
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  a.linux_.info.bpf_fd = null;
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));

  memset(&a, 0, sizeof a);
  a.linux_.prog_id = id;
  int other = bpf(BPF_PROG_GET_FD_BY_ID, &a, ATTR_SIZE);
  printf("by its number: %d, close-on-exec %d\n", other >= 0, fcntl(other, F_GETFD));
  close(fd);
  OK(bpf(BPF_PROG_GET_FD_BY_ID, &a, ATTR_SIZE));
  a.words[1] = 1;
  R(bpf(BPF_PROG_GET_FD_BY_ID, &a, ATTR_SIZE));
  a.words[1] = 0;
  a.linux_.start_id = id - 1;
  R(bpf(BPF_PROG_GET_NEXT_ID, &a, ATTR_SIZE));
  printf("next: %d\n", a.linux_.next_id == id);
  a.linux_.start_id = 0x7fffffff;
  R(bpf(BPF_PROG_GET_NEXT_ID, &a, ATTR_SIZE));
  a.linux_.start_id = 0x7ffffffe;
  R(bpf(BPF_PROG_GET_NEXT_ID, &a, ATTR_SIZE));
  for (fd = 3; fd < 60; fd++) close(fd);
  /* Linux frees it a little later. */
  usleep(300000);
  memset(&a, 0, sizeof a);
  a.linux_.prog_id = id;
  R(bpf(BPF_PROG_GET_FD_BY_ID, &a, ATTR_SIZE));
}

/* What callers ask for stays where nothing is told. */
static void questions(void) {
  int fd = load_device(returns1, 2);
  char tag[8];
  struct bpf_prog_info info;
  union attr a = {.linux_ = {.info = {.bpf_fd = fd, .info_len = sizeof info, .info = (uint64_t)&info}}};
#define ASK(...) \
  do { \
    info = (struct bpf_prog_info){__VA_ARGS__}; \
    printf("%s: ", #__VA_ARGS__); \
    R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE)); \
    printf("%d/%d %d/%d %d/%d, %d tags, %d maps at %d, interface %d\n", info.nr_func_info, info.func_info_rec_size, info.nr_line_info, info.line_info_rec_size, info.nr_jited_line_info, info.jited_line_info_rec_size, info.nr_prog_tags, info.nr_map_ids, (int)info.map_ids, info.ifindex); \
  } while (0)
  ASK(0);
  ASK(.nr_map_ids = 5, .map_ids = 8, .ifindex = 7);
  ASK(.nr_func_info = 1);
  ASK(.nr_func_info = 1, .func_info_rec_size = 8);
  ASK(.func_info_rec_size = 9);
  ASK(.nr_line_info = 1);
  ASK(.nr_line_info = 1, .line_info_rec_size = 16);
  ASK(.nr_jited_line_info = 1, .jited_line_info_rec_size = 4);
  ASK(.nr_prog_tags = 1, .prog_tags = (uint64_t)tag);
  ASK(.nr_prog_tags = 1, .prog_tags = 8);
  ASK(.xlated_prog_len = 16, .xlated_prog_insns = 8);
  fflush(stdout);
  if (fork() == 0) {
    unshare(CLONE_NEWUSER);
    info = (struct bpf_prog_info){0};
    R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
    printf("elsewhere: by %d, %d instruction bytes\n", info.created_by_uid, info.xlated_prog_len);
    fflush(stdout);
    _exit(0);
  }
  wait(0);
  close(fd);
}

static void setCapabilities(unsigned long long caps) {
  struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct data[2] = {{caps, caps, 0}, {caps >> 32, caps >> 32, 0}};
  syscall(SYS_capset, &header, data);
}
static void with(const char *name, unsigned long long caps) {
  if (fork()) {
    wait(0);
    return;
  }
  int own = load_device(returns1, 2);
  union attr a = {0};
  setCapabilities(caps);
  printf("with %s:\n", name);
  OK(load_device(returns1, 2));
  R(load_device(returns1, 0));
  R(load_type(999, returns1, 2));
  R(bpf(BPF_PROG_GET_FD_BY_ID, &a, ATTR_SIZE));
  a.linux_.start_id = 0x7ffffffe;
  R(bpf(BPF_PROG_GET_NEXT_ID, &a, ATTR_SIZE));
  struct bpf_prog_info info = {0};
  a = (union attr){.linux_ = {.info = {.bpf_fd = own, .info_len = sizeof info, .info = (uint64_t)&info}}};
  R(bpf(BPF_OBJ_GET_INFO_BY_FD, &a, ATTR_SIZE));
  printf("%d instruction bytes\n", info.xlated_prog_len);
  a = (union attr){.linux_ = {.query = {.target_fd = 999, .attach_type = BPF_CGROUP_DEVICE}}};
  R(bpf(BPF_PROG_QUERY, &a, ATTR_SIZE));
  a = (union attr){.linux_ = {.target_fd = 999, .attach_bpf_fd = own, .attach_type = BPF_CGROUP_DEVICE}};
  R(bpf(BPF_PROG_ATTACH, &a, ATTR_SIZE));
  R(bpf(BPF_PROG_DETACH, &a, ATTR_SIZE));
  _exit(0);
}

int main(void) {
  programs();
  context();
  sizes();
  attributes();
  rareAttributes();
  otherTypes();
  descriptors();
  questions();
  with("nothing", 0);
  with("CAP_BPF", 1ull << CAP_BPF);
  with("CAP_NET_ADMIN", 1ull << CAP_NET_ADMIN);
  with("both", 1ull << CAP_BPF | 1ull << CAP_NET_ADMIN);
  with("CAP_SYS_ADMIN", 1ull << CAP_SYS_ADMIN);
}
