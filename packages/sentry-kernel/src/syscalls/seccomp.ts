// seccomp(2), and the prctl(2) options that came before it. (syscalls)
// Linux kernel/seccomp.c: do_seccomp, prctl_set_seccomp.

import {
  type Addr,
  BPF_MAXINSNS,
  EINVAL,
  EOPNOTSUPP,
  SECCOMP_GET_ACTION_AVAIL,
  SECCOMP_MODE_FILTER,
  SECCOMP_MODE_STRICT,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  SECCOMP_SET_MODE_FILTER,
  SECCOMP_SET_MODE_STRICT,
  sock_fprog,
} from '@tsvisor/abi'
import { INSTRUCTION_SIZE } from '../seccomp/bpf-program.ts'
import { addFilter, checkFilterFlags, checkMayFilter, setStrict } from '../seccomp/install.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

/** There is nobody to notify. */
const AVAILABLE: ReadonlySet<number> = new Set([
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_TRAP,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_LOG,
  SECCOMP_RET_ALLOW,
])

export const seccomp: Handler<'seccomp'> = (task, { operation, flags, args }) => {
  switch (operation) {
    case SECCOMP_SET_MODE_STRICT:
      if (flags !== 0 || args !== 0) throw EINVAL
      return setStrict(task)
    case SECCOMP_SET_MODE_FILTER:
      return setFilter(task, flags, args)
    case SECCOMP_GET_ACTION_AVAIL:
      if (flags !== 0) throw EINVAL
      if (!AVAILABLE.has(task.mm.readU32(args))) throw EOPNOTSUPP
      return 0
  }
  throw EINVAL
}

/** PR_SET_SECCOMP */
export function prctlSetSeccomp(task: Task, mode: number, program: number): number {
  if (mode === SECCOMP_MODE_STRICT) return setStrict(task)
  if (mode === SECCOMP_MODE_FILTER) return setFilter(task, 0, program as Addr)
  throw EINVAL
}

function setFilter(task: Task, flags: number, at: Addr): number {
  checkFilterFlags(flags)
  const { len, filter } = task.mm.readStruct(sock_fprog, at)
  if (len === 0 || len > BPF_MAXINSNS) throw EINVAL
  checkMayFilter(task)
  if (filter === 0) throw EINVAL
  const instructions = new Uint8Array(len * INSTRUCTION_SIZE)
  task.mm.read(filter as Addr, instructions)
  return addFilter(task, instructions, flags)
}
