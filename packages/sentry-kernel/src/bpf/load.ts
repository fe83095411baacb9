// BPF_PROG_LOAD. (bpf)
// Linux kernel/bpf/syscall.c: bpf_prog_load.

import {
  type Addr,
  BPF_F_ANY_ALIGNMENT,
  BPF_F_SLEEPABLE,
  BPF_F_STRICT_ALIGNMENT,
  BPF_F_TEST_REG_INVARIANTS,
  BPF_F_TEST_RND_HI32,
  BPF_F_TEST_STATE_FREQ,
  BPF_F_XDP_DEV_BOUND_ONLY,
  BPF_F_XDP_HAS_FRAGS,
  BPF_MAXINSNS,
  BPF_PROG_TYPE_CGROUP_DEVICE,
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_SOCKET_FILTER,
  bpf_attr_load,
  E2BIG,
  EINVAL,
  EPERM,
} from '@tsvisor/abi'
import { noteMissing } from '../kernel/missing.ts'
import { byteString } from '../mm/user-memory.ts'
import type { Task } from '../task/task.ts'
import type { Attributes } from './attributes.ts'
import { checkMayMake, mayNetwork } from './capable.ts'
import { INSTRUCTION_SIZE, Instructions } from './instructions.ts'
import { installProgram } from './program-file.ts'
import { mayExpect, programType } from './program-type.ts'
import { type Unverified, verify } from './verifier.ts'
import { VerifierLog } from './verifier-log.ts'

const KNOWN_FLAGS =
  BPF_F_STRICT_ALIGNMENT |
  BPF_F_ANY_ALIGNMENT |
  BPF_F_TEST_STATE_FREQ |
  BPF_F_SLEEPABLE |
  BPF_F_TEST_RND_HI32 |
  BPF_F_XDP_HAS_FRAGS |
  BPF_F_XDP_DEV_BOUND_ONLY |
  BPF_F_TEST_REG_INVARIANTS
/** Bytes of a license that are looked at. */
const LICENSE_SIZE = 127
/** What callers without CAP_BPF may load where the system control lets them. */
const UNPRIVILEGED = [BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_CGROUP_SKB]

const LAST = bpf_attr_load.fields.prog_token_fd

type Wanted = ReturnType<typeof bpf_attr_load.decode>

/** The descriptor of a new program. Errors: E2BIG, EINVAL, EPERM, EFAULT, EACCES, ENOSPC, ENOMEM, EMFILE. */
export function loadProgram(task: Task, attributes: Attributes): number {
  const wanted = attributes.decode(bpf_attr_load, LAST.offset + LAST.codec.size)
  checkMayLoad(task, wanted)
  const { prog_type, expected_attach_type } = wanted
  // Programs to attach to are of other types, and so are those of one interface.
  if (wanted.attach_prog_fd !== 0 || wanted.attach_btf_id !== 0) throw EINVAL
  if (wanted.prog_ifindex !== 0 || !mayExpect(prog_type, expected_attach_type)) throw EINVAL
  const bytes = task.mm.readBytes(wanted.insns as Addr, wanted.insn_cnt * INSTRUCTION_SIZE)
  const license = readLicense(task, wanted.license as Addr)
  const type = programType(prog_type, expected_attach_type)
  if (type === undefined) {
    noteMissing(task, `bpf: program type ${prog_type}`)
    throw EINVAL
  }
  const name = checkName(wanted.prog_name)
  const instructions = new Instructions(bytes)
  checkProgram(task, wanted, { type, instructions }, attributes)
  const { creds, cgroups, kernel } = task
  const program = cgroups.groups.programs.add({
    type,
    instructions,
    name,
    license,
    uid: creds.uid,
    loadTimeNs: kernel.clock.monotonicNs(),
  })
  return installProgram(task, program)
}

/** Errors: EINVAL, EPERM, E2BIG. */
function checkMayLoad(task: Task, { prog_flags, prog_type, insn_cnt }: Wanted): void {
  if (prog_flags & ~KNOWN_FLAGS) throw EINVAL
  const isCapable = checkMayMake(task)
  // Linux takes more from the privileged; nothing comes near.
  if (insn_cnt === 0 || insn_cnt > BPF_MAXINSNS) throw E2BIG
  if (!isCapable && !UNPRIVILEGED.includes(prog_type)) throw EPERM
  if (prog_type === BPF_PROG_TYPE_CGROUP_DEVICE && !mayNetwork(task)) throw EPERM
}

/** Whatever the verifier answers, the caller gets its log. */
function checkProgram(
  task: Task,
  wanted: Wanted,
  program: Unverified,
  attributes: Attributes,
): void {
  const { log_level, log_buf, log_size } = wanted
  const log = new VerifierLog({ level: log_level, address: log_buf as Addr, size: log_size })
  try {
    // Only those that take more of the kernel than is here may sleep.
    if (wanted.prog_flags & BPF_F_SLEEPABLE) throw EINVAL
    checkTypeInfo(task, wanted)
    verify(program, log, fd => task.fds.tryGet(fd) !== undefined)
  } finally {
    try {
      log.finish(task.mm)
    } finally {
      attributes.answer(bpf_attr_load.fields.log_true_size, log.trueSize)
    }
  }
}

/** Of BTF there is none to be named (check_btf_info). Errors: EBADF, EINVAL. */
function checkTypeInfo(task: Task, { prog_btf_fd, func_info_cnt, line_info_cnt }: Wanted): void {
  if (func_info_cnt === 0 && line_info_cnt === 0) return
  task.fds.get(prog_btf_fd)
  throw EINVAL
}

/** Errors: EFAULT. */
function readLicense(task: Task, address: Addr): string {
  try {
    return task.mm.readString(address, LICENSE_SIZE, E2BIG)
  } catch (error) {
    // None of those that count is that long.
    if (error === E2BIG) return ''
    throw error
  }
}

/** Letters are those of Latin-1. Errors: EINVAL (bpf_obj_name_cpy). */
function checkName(bytes: Uint8Array): string {
  const name = byteString(bytes)
  if (!/^[\w.\xc0-\xd6\xd8-\xf6\xf8-\xff]{0,15}\0/.test(name)) throw EINVAL
  return name.slice(0, name.indexOf('\0'))
}
