// BPF_PROG_LOAD. (bpf)
// Linux kernel/bpf/syscall.c: bpf_prog_load.

import {
  type Addr,
  BPF_F_ANY_ALIGNMENT,
  BPF_F_SLEEPABLE,
  BPF_F_STRICT_ALIGNMENT,
  BPF_F_TEST_RND_HI32,
  BPF_F_TEST_STATE_FREQ,
  BPF_F_XDP_HAS_FRAGS,
  BPF_MAXINSNS,
  BPF_PROG_TYPE_CGROUP_DEVICE,
  BPF_PROG_TYPE_CGROUP_SKB,
  BPF_PROG_TYPE_SOCKET_FILTER,
  bpf_attr_load,
  E2BIG,
  EFAULT,
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
import { programType } from './program-type.ts'
import { type Unverified, verify } from './verifier.ts'
import { VerifierLog } from './verifier-log.ts'

const KNOWN_FLAGS =
  BPF_F_STRICT_ALIGNMENT |
  BPF_F_ANY_ALIGNMENT |
  BPF_F_TEST_STATE_FREQ |
  BPF_F_SLEEPABLE |
  BPF_F_TEST_RND_HI32 |
  BPF_F_XDP_HAS_FRAGS
const MAX_LICENSE = 127
/** What callers without CAP_BPF may load where the system control lets them. */
const UNPRIVILEGED = [BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_CGROUP_SKB]

type Wanted = ReturnType<typeof bpf_attr_load.decode>

/** The descriptor of a new program. Errors: E2BIG, EINVAL, EPERM, EFAULT, EACCES, ENOSPC, ENOMEM, EMFILE. */
export function loadProgram(task: Task, attributes: Attributes): number {
  const wanted = attributes.decode(bpf_attr_load)
  checkMayLoad(task, wanted)
  // Programs to attach to are of other types.
  if (wanted.attach_prog_fd !== 0 || wanted.attach_btf_id !== 0) throw EINVAL
  const bytes = task.mm.readBytes(wanted.insns as Addr, wanted.insn_cnt * INSTRUCTION_SIZE)
  const license = task.mm.readString(wanted.license as Addr, MAX_LICENSE + 1, EFAULT)
  const type = programType(wanted.prog_type, wanted.expected_attach_type)
  if (type === undefined) {
    noteMissing(task, `bpf: program type ${wanted.prog_type}`)
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
  { log_level, log_buf, log_size }: Wanted,
  program: Unverified,
  attributes: Attributes,
): void {
  const log = new VerifierLog({ level: log_level, address: log_buf as Addr, size: log_size })
  try {
    verify(program, log, fd => task.fds.tryGet(fd) !== undefined)
  } finally {
    try {
      log.finish(task.mm)
    } finally {
      attributes.answer(bpf_attr_load.fields.log_true_size, log.trueSize)
    }
  }
}

/** Errors: EINVAL (bpf_obj_name_cpy). */
function checkName(bytes: Uint8Array): string {
  const name = byteString(bytes)
  if (!/^[\w.]{0,15}\0/.test(name)) throw EINVAL
  return name.slice(0, name.indexOf('\0'))
}
