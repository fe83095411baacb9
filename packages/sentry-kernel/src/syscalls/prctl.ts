// prctl, arch_prctl. (syscalls)
// Linux kernel/sys.c, security/commoncap.c:cap_task_prctl, arch/x86/kernel/process_64.c.

import {
  type Addr,
  ARCH_GET_FS,
  ARCH_GET_GS,
  ARCH_SET_FS,
  ARCH_SET_GS,
  CAP_SETPCAP,
  CAP_SYS_RESOURCE,
  EINVAL,
  ENODEV,
  EPERM,
  PR_CAP_AMBIENT,
  PR_CAP_AMBIENT_CLEAR_ALL,
  PR_CAP_AMBIENT_IS_SET,
  PR_CAP_AMBIENT_LOWER,
  PR_CAP_AMBIENT_RAISE,
  PR_CAPBSET_DROP,
  PR_CAPBSET_READ,
  PR_GET_CHILD_SUBREAPER,
  PR_GET_DUMPABLE,
  PR_GET_KEEPCAPS,
  PR_GET_NAME,
  PR_GET_NO_NEW_PRIVS,
  PR_GET_PDEATHSIG,
  PR_GET_SECCOMP,
  PR_GET_SECUREBITS,
  PR_GET_SPECULATION_CTRL,
  PR_GET_THP_DISABLE,
  PR_GET_TID_ADDRESS,
  PR_GET_TIMERSLACK,
  PR_GET_TIMING,
  PR_GET_TSC,
  PR_SET_CHILD_SUBREAPER,
  PR_SET_DUMPABLE,
  PR_SET_KEEPCAPS,
  PR_SET_MM,
  PR_SET_NAME,
  PR_SET_NO_NEW_PRIVS,
  PR_SET_PDEATHSIG,
  PR_SET_PTRACER,
  PR_SET_SECCOMP,
  PR_SET_SECUREBITS,
  PR_SET_THP_DISABLE,
  PR_SET_TIMERSLACK,
  PR_SET_TIMING,
  PR_TSC_ENABLE,
  SECBIT_KEEP_CAPS,
  SECBIT_KEEP_CAPS_LOCKED,
  SECBIT_NO_CAP_AMBIENT_RAISE,
} from '@tsvisor/abi'
import { bytesOf } from '../mm/user-memory.ts'
import { Reg } from '../platform/registers.ts'
import { SIGNAL_MAX } from '../signal/signal-actions.ts'
import { type Credentials, hasCapability, hasOwnCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'
import { prctlSetSeccomp } from './seccomp.ts'

const NAME_SIZE = 16
const LAST_CAPABILITY = 40
/** The bits of securebits that exist, values and locks. */
const SECUREBITS = 0xff
const LOCKS = 0xaa
const DEFAULT_SLACK_NS = 50_000

type Option = (task: Task, a: number, b: number, c: number, d: number) => number

/** Errors: EINVAL when an argument that must be zero is not. */
const unused = (...rest: number[]): void => {
  if (rest.some(value => value !== 0)) throw EINVAL
}

const options: Readonly<Record<number, Option>> = {
  [PR_SET_PDEATHSIG]: (task, signo) => {
    if (signo > SIGNAL_MAX) throw EINVAL
    task.group.deathSignal = signo
    return 0
  },
  [PR_GET_PDEATHSIG]: (task, at) => {
    task.mm.writeU32(at as Addr, task.group.deathSignal)
    return 0
  },
  [PR_GET_DUMPABLE]: task => task.group.dumpable,
  [PR_SET_DUMPABLE]: (task, value) => {
    if (value > 1) throw EINVAL
    task.group.dumpable = value
    return 0
  },
  [PR_SET_NAME]: (task, at) => {
    task.name = readName(task, at as Addr)
    return 0
  },
  [PR_GET_NAME]: (task, at) => {
    const data = new Uint8Array(NAME_SIZE)
    data.set(bytesOf(task.name))
    task.mm.write(at as Addr, data)
    return 0
  },
  [PR_GET_KEEPCAPS]: task => (keepsCapabilities(task.creds) ? 1 : 0),
  [PR_SET_KEEPCAPS]: (task, value) => {
    if (value > 1) throw EINVAL
    const { creds } = task
    if (creds.securebits & SECBIT_KEEP_CAPS_LOCKED) throw EPERM
    const rest = creds.securebits & ~SECBIT_KEEP_CAPS
    task.creds = {
      ...creds,
      securebits: value ? rest | SECBIT_KEEP_CAPS : rest,
      keepCapabilities: value === 1,
    }
    return 0
  },
  [PR_GET_SECCOMP]: task => task.seccomp,
  [PR_SET_SECCOMP]: prctlSetSeccomp,
  [PR_GET_SECUREBITS]: task => task.creds.securebits,
  [PR_SET_SECUREBITS]: setSecurebits,
  [PR_CAPBSET_READ]: (task, cap) => {
    if (cap > LAST_CAPABILITY) throw EINVAL
    return Number((task.creds.capabilities.bounding >> BigInt(cap)) & 1n)
  },
  [PR_CAPBSET_DROP]: (task, cap) => {
    if (!hasOwnCapability(task.creds, CAP_SETPCAP)) throw EPERM
    if (cap > LAST_CAPABILITY) throw EINVAL
    const { capabilities } = task.creds
    const bounding = capabilities.bounding & ~(1n << BigInt(cap))
    task.creds = { ...task.creds, capabilities: { ...capabilities, bounding } }
    return 0
  },
  [PR_CAP_AMBIENT]: ambient,
  [PR_SET_NO_NEW_PRIVS]: (task, value, b, c, d) => {
    if (value !== 1) throw EINVAL
    unused(b, c, d)
    task.creds = { ...task.creds, noNewPrivileges: true }
    return 0
  },
  [PR_GET_NO_NEW_PRIVS]: (task, ...rest) => {
    unused(...rest)
    return task.creds.noNewPrivileges ? 1 : 0
  },
  [PR_SET_CHILD_SUBREAPER]: (task, value) => {
    task.group.childSubreaper = value !== 0
    return 0
  },
  [PR_GET_CHILD_SUBREAPER]: (task, at) => {
    task.mm.writeU32(at as Addr, task.group.childSubreaper ? 1 : 0)
    return 0
  },
  [PR_GET_TIMING]: () => 0,
  [PR_SET_TIMING]: (_task, value) => {
    if (value !== 0) throw EINVAL
    return 0
  },
  [PR_GET_TSC]: (task, at) => {
    task.mm.writeU32(at as Addr, PR_TSC_ENABLE)
    return 0
  },
  [PR_GET_TID_ADDRESS]: (task, at) => {
    task.mm.writeU64(at as Addr, task.clearChildTid)
    return 0
  },
  [PR_SET_TIMERSLACK]: (task, ns) => {
    task.timerSlackNs = ns === 0 ? DEFAULT_SLACK_NS : ns
    return 0
  },
  [PR_GET_TIMERSLACK]: task => task.timerSlackNs,
  [PR_GET_THP_DISABLE]: (task, ...rest) => {
    unused(...rest)
    return task.group.thpDisabled ? 1 : 0
  },
  [PR_SET_THP_DISABLE]: (task, value, b, c, d) => {
    unused(b, c, d)
    task.group.thpDisabled = value !== 0
    return 0
  },
  // Yama is not there, and neither is checkpointing.
  [PR_SET_PTRACER]: () => {
    throw EINVAL
  },
  [PR_SET_MM]: task => {
    throw hasCapability(task.creds, CAP_SYS_RESOURCE) ? EINVAL : EPERM
  },
  [PR_GET_SPECULATION_CTRL]: () => {
    throw ENODEV
  },
}

/** Unknown options, PR_SET_VMA among them: EINVAL, as of a kernel built without. */
export const prctl: Handler<'prctl'> = (task, { option, arg2, arg3, arg4, arg5 }) => {
  const run = options[option]
  if (!run) throw EINVAL
  return run(task, arg2, arg3, arg4, arg5)
}

/** Up to 15 bytes (TASK_COMM_LEN). Errors: EFAULT. */
function readName(task: Task, at: Addr): string {
  let name = ''
  const byte = new Uint8Array(1)
  for (let i = 0; i < NAME_SIZE - 1; i++) {
    task.mm.read((at + i) as Addr, byte)
    if (byte[0] === 0) break
    name += String.fromCharCode(byte[0]!)
  }
  return name
}

const keepsCapabilities = (creds: Credentials): boolean =>
  creds.keepCapabilities || (creds.securebits & SECBIT_KEEP_CAPS) !== 0

function setSecurebits(task: Task, value: number): number {
  const old = task.creds.securebits
  const locked = (old & LOCKS) >> 1
  if (
    (locked & (old ^ value)) !== 0 ||
    (old & LOCKS & ~value) !== 0 ||
    (value & ~SECUREBITS) !== 0 ||
    value > SECUREBITS ||
    !hasOwnCapability(task.creds, CAP_SETPCAP)
  )
    throw EPERM
  task.creds = {
    ...task.creds,
    securebits: value,
    keepCapabilities: (value & SECBIT_KEEP_CAPS) !== 0,
  }
  return 0
}

function ambient(task: Task, what: number, cap: number, c: number, d: number): number {
  const { capabilities, securebits } = task.creds
  const set = (value: bigint): number => {
    task.creds = { ...task.creds, capabilities: { ...capabilities, ambient: value } }
    return 0
  }
  if (what === PR_CAP_AMBIENT_CLEAR_ALL) {
    unused(cap, c, d)
    return set(0n)
  }
  unused(c, d)
  if (cap > LAST_CAPABILITY) throw EINVAL
  const bit = 1n << BigInt(cap)
  switch (what) {
    case PR_CAP_AMBIENT_IS_SET:
      return capabilities.ambient & bit ? 1 : 0
    case PR_CAP_AMBIENT_RAISE:
      if (!(capabilities.permitted & bit) || !(capabilities.inheritable & bit)) throw EPERM
      if (securebits & SECBIT_NO_CAP_AMBIENT_RAISE) throw EPERM
      return set(capabilities.ambient | bit)
    case PR_CAP_AMBIENT_LOWER:
      return set(capabilities.ambient & ~bit)
  }
  throw EINVAL
}

export const arch_prctl: Handler<'arch_prctl'> = (task, { code, addr }) => {
  const { registers } = task.thread
  switch (code) {
    case ARCH_SET_FS:
    case ARCH_SET_GS:
      if (addr >= task.mm.space.maxAddr) throw EPERM
      registers.set(code === ARCH_SET_FS ? Reg.fs_base : Reg.gs_base, addr)
      return 0
    case ARCH_GET_FS:
    case ARCH_GET_GS:
      task.mm.writeU64(addr, registers.get(code === ARCH_GET_FS ? Reg.fs_base : Reg.gs_base))
      return 0
  }
  throw EINVAL
}
