/* Shared by the oracle programs about bpf(2): instructions, and the calls by their names in bpf(2). */
#include "oracle.h"
#include <linux/bpf.h>

/* As of Linux 6.12; headers may be older. */
#define ATTR_SIZE 152

#define INSN(c, d, s, o, i) ((struct bpf_insn){.code = c, .dst_reg = d, .src_reg = s, .off = o, .imm = i})
#define ALU(op, d, i) INSN(BPF_ALU64 | op | BPF_K, d, 0, 0, i)
#define ALUX(op, d, s) INSN(BPF_ALU64 | op | BPF_X, d, s, 0, 0)
#define ALU32(op, d, i) INSN(BPF_ALU | op | BPF_K, d, 0, 0, i)
#define ALUX32(op, d, s) INSN(BPF_ALU | op | BPF_X, d, s, 0, 0)
#define MOV(d, i) ALU(BPF_MOV, d, i)
#define JUMP(op, d, i, o) INSN(BPF_JMP | op | BPF_K, d, 0, o, i)
#define JUMPX(op, d, s, o) INSN(BPF_JMP | op | BPF_X, d, s, o, 0)
#define JUMP32(op, d, i, o) INSN(BPF_JMP32 | op | BPF_K, d, 0, o, i)
#define GOTO(o) INSN(BPF_JMP | BPF_JA, 0, 0, o, 0)
#define LOAD(size, d, s, o) INSN(BPF_LDX | BPF_MEM | size, d, s, o, 0)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

union attr {
  union bpf_attr linux_;
  char bytes[4096];
  uint32_t words[1024];
};

static long bpf(int cmd, union attr *attr, unsigned size) { return syscall(SYS_bpf, cmd, attr, size); }

static char verifier_log[4096];

static int load_type(int type, struct bpf_insn *insns, unsigned count) {
  union attr a = {.linux_ = {.prog_type = type, .insn_cnt = count, .insns = (uint64_t)insns, .license = (uint64_t) "GPL"}};
  return bpf(BPF_PROG_LOAD, &a, ATTR_SIZE);
}
static int load_device(struct bpf_insn *insns, unsigned count) {
  return load_type(BPF_PROG_TYPE_CGROUP_DEVICE, insns, count);
}
/* Loads the instructions that follow. */
#define PROGRAM(...) load_device((struct bpf_insn[]){__VA_ARGS__}, sizeof((struct bpf_insn[]){__VA_ARGS__}) / sizeof(struct bpf_insn))
