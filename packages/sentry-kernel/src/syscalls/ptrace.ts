// ptrace(2): one request of a tracer, or of who wants to be traced. (syscalls)
// Linux kernel/ptrace.c: ptrace_request; arch/x86/kernel/ptrace.c: arch_ptrace.

import {
  type Addr,
  EFAULT,
  EINVAL,
  EIO,
  ESRCH,
  PTRACE_ARCH_PRCTL,
  PTRACE_ATTACH,
  PTRACE_CONT,
  PTRACE_DETACH,
  PTRACE_EVENT_STOP,
  PTRACE_GET_SYSCALL_INFO,
  PTRACE_GETEVENTMSG,
  PTRACE_GETFPREGS,
  PTRACE_GETREGS,
  PTRACE_GETREGSET,
  PTRACE_GETSIGINFO,
  PTRACE_GETSIGMASK,
  PTRACE_INTERRUPT,
  PTRACE_KILL,
  PTRACE_LISTEN,
  PTRACE_OLDSETOPTIONS,
  PTRACE_PEEKDATA,
  PTRACE_PEEKSIGINFO,
  PTRACE_PEEKTEXT,
  PTRACE_PEEKUSR,
  PTRACE_POKEDATA,
  PTRACE_POKETEXT,
  PTRACE_POKEUSR,
  PTRACE_SEIZE,
  PTRACE_SETFPREGS,
  PTRACE_SETOPTIONS,
  PTRACE_SETREGS,
  PTRACE_SETREGSET,
  PTRACE_SETSIGINFO,
  PTRACE_SETSIGMASK,
  PTRACE_SINGLESTEP,
  PTRACE_SYSCALL,
  PTRACE_SYSEMU,
  PTRACE_SYSEMU_SINGLESTEP,
  PTRACE_TRACEME,
  SI_USER,
  SIGKILL,
} from '@tsvisor/abi'
import { copyInForced, copyOutForced } from '../mm/forced-access.ts'
import { USER_END } from '../mm/user-memory.ts'
import { REGISTERS_SIZE } from '../platform/registers.ts'
import { attach, detach, OPTIONS, traceMe } from '../ptrace/attach.ts'
import { FP_REGISTERS_SIZE, floatingPoint, registerSet } from '../ptrace/register-sets.ts'
import * as signals from '../ptrace/signal-requests.ts'
import { syscallInfo } from '../ptrace/syscall-info.ts'
import type { Calls, Tracee } from '../ptrace/tracee.ts'
import { peekUser, pokeUser, putRegisters, registerBytes } from '../ptrace/user-area.ts'
import { sendSignal } from '../signal/send.ts'
import { SIGNAL_MAX } from '../signal/signal-actions.ts'
import type { Task } from '../task/task.ts'
import { archPrctl } from './arch-prctl.ts'
import type { Handler } from './handler.ts'

type Asked<Result> = (tracer: Task, tracee: Tracee, addr: number, data: bigint) => Result
/** A request about a stopped tracee; `data` is an address or a word. */
type Request = Asked<void>

const address = (data: bigint): Addr => Number(data) as Addr

const WORD = 8
const peek: Request = (tracer, { task }, addr, data) => {
  const word = new Uint8Array(WORD)
  if (copyInForced(task.mm, addr, word) < WORD) throw EIO
  tracer.mm.write(address(data), word)
}
const poke: Request = (_tracer, { task }, addr, data) => {
  const word = new Uint8Array(WORD)
  new DataView(word.buffer).setBigUint64(0, data, true)
  if (copyOutForced(task.mm, addr, word) < WORD) throw EIO
}

const setOptions: Request = (_tracer, tracee, _addr, data) => {
  if (data > BigInt(OPTIONS) || (Number(data) & ~OPTIONS) !== 0) throw EINVAL
  tracee.options = Number(data)
}

/** Errors: EIO for what is no signal. */
function signalOf(data: bigint): number {
  if (data > BigInt(SIGNAL_MAX)) throw EIO
  return Number(data)
}

const resume =
  (calls: Calls, resumption: Task['resumption']): Request =>
  (_tracer, tracee, _addr, data) => {
    const signo = signalOf(data)
    tracee.calls = calls
    tracee.task.resumption = resumption
    tracee.resume(signo)
  }

/** struct iovec of a register set: where, and how many bytes; the latter is corrected. */
const transferSet =
  (direction: 'get' | 'set'): Request =>
  (tracer, { task }, type, data) => {
    const at = address(data)
    if (at + 16 > USER_END) throw EFAULT
    const base = tracer.mm.readU64(at) as Addr
    const wanted = tracer.mm.readU64((at + WORD) as Addr)
    const set = registerSet(type % 0x1_0000_0000, wanted)
    const length = Math.min(wanted, set.size(task))
    if (direction === 'get') tracer.mm.write(base, set.get(task).subarray(0, length))
    else set.set(task, tracer.mm.readBytes(base, length))
    tracer.mm.writeU64((at + WORD) as Addr, length)
  }

const REQUESTS: Readonly<Record<number, Request>> = {
  [PTRACE_PEEKTEXT]: peek,
  [PTRACE_PEEKDATA]: peek,
  [PTRACE_POKETEXT]: poke,
  [PTRACE_POKEDATA]: poke,
  [PTRACE_PEEKUSR]: (tracer, { task }, addr, data) =>
    tracer.mm.writeU64(address(data), peekUser(task, addr)),
  [PTRACE_POKEUSR]: (_tracer, { task }, addr, data) => pokeUser(task, addr, data),
  [PTRACE_GETREGS]: (tracer, { task }, _addr, data) =>
    tracer.mm.write(address(data), registerBytes(task)),
  [PTRACE_SETREGS]: (tracer, { task }, _addr, data) =>
    putRegisters(task, tracer.mm.readBytes(address(data), REGISTERS_SIZE)),
  [PTRACE_GETFPREGS]: (tracer, { task }, _addr, data) =>
    tracer.mm.write(address(data), floatingPoint.get(task)),
  [PTRACE_SETFPREGS]: (tracer, { task }, _addr, data) =>
    floatingPoint.set(task, tracer.mm.readBytes(address(data), FP_REGISTERS_SIZE)),
  [PTRACE_GETREGSET]: transferSet('get'),
  [PTRACE_SETREGSET]: transferSet('set'),
  [PTRACE_SETOPTIONS]: setOptions,
  [PTRACE_OLDSETOPTIONS]: setOptions,
  [PTRACE_GETEVENTMSG]: (tracer, { stop }, _addr, data) =>
    tracer.mm.writeU64(address(data), stop?.message ?? 0),
  [PTRACE_GETSIGINFO]: (tracer, tracee, _addr, data) =>
    signals.getSignalInfo(tracer, tracee, address(data)),
  [PTRACE_SETSIGINFO]: (tracer, tracee, _addr, data) =>
    signals.setSignalInfo(tracer, tracee, address(data)),
  [PTRACE_GETSIGMASK]: (tracer, tracee, size, data) =>
    signals.getSignalMask(tracer, tracee, size, address(data)),
  [PTRACE_SETSIGMASK]: (tracer, tracee, size, data) =>
    signals.setSignalMask(tracer, tracee, size, address(data)),
  [PTRACE_CONT]: resume('run', 'run'),
  [PTRACE_SYSCALL]: resume('report', 'run'),
  [PTRACE_SINGLESTEP]: resume('run', 'step'),
  [PTRACE_SYSEMU]: resume('emulate', 'run'),
  [PTRACE_SYSEMU_SINGLESTEP]: resume('emulate', 'step'),
  [PTRACE_LISTEN]: (_tracer, tracee) => {
    const { stop, manner } = tracee
    const event = (stop?.info?.code ?? 0) >> 8
    if (manner !== 'seized' || event !== PTRACE_EVENT_STOP) throw EIO
    tracee.listening = true
    if (tracee.trapDue) tracee.trap()
  },
  [PTRACE_DETACH]: (_tracer, tracee, _addr, data) => detach(tracee, signalOf(data)),
}

/** Requests with a result of their own. */
const QUESTIONS: Readonly<Record<number, Asked<number>>> = {
  [PTRACE_ARCH_PRCTL]: (tracer, { task }, addr, data) =>
    archPrctl(task, Number(BigInt.asIntN(32, data)), addr, tracer.mm),
  [PTRACE_PEEKSIGINFO]: (tracer, tracee, addr, data) =>
    signals.peekSignalInfo(tracer, tracee, addr as Addr, address(data)),
  [PTRACE_GET_SYSCALL_INFO]: (tracer, tracee, size, data) => {
    const info = syscallInfo(tracee)
    tracer.mm.write(address(data), info.subarray(0, Math.min(size, info.length)))
    return info.length
  },
}

/** Requests that do not need it to be stopped. */
const ANY_TIME: Readonly<Record<number, Request>> = {
  [PTRACE_KILL]: (tracer, { task }) => {
    const pid = tracer.group.leader.pid.in(task.pidNamespace)
    sendSignal(task, { signo: SIGKILL, code: SI_USER, pid, uid: tracer.creds.uid })
  },
  [PTRACE_INTERRUPT]: (_tracer, tracee) => {
    if (tracee.manner !== 'seized' || tracee.task.state === 'dead') throw EIO
    tracee.trap()
  },
}

/** Errors: ESRCH (no such task, not a tracee of the caller, not stopped), EIO, EPERM, EINVAL, EFAULT. */
export const ptrace: Handler<'ptrace'> = (task, { request, pid, addr, data }) => {
  if (request === PTRACE_TRACEME) return traceMe(task)
  const target = pid > 0 ? task.pidNamespace.task(pid) : undefined
  if (target === undefined) throw ESRCH
  if (request === PTRACE_ATTACH) {
    attach(task, target, 'ptraced', 0)
    return 0
  }
  if (request === PTRACE_SEIZE) {
    if (addr !== 0 || data > 0xffff_ffffn) throw EIO
    attach(task, target, 'seized', Number(data))
    return 0
  }
  const { tracee } = target
  if (tracee?.tracer !== task) throw ESRCH
  const always = ANY_TIME[request]
  if (always === undefined && !tracee.ready) throw ESRCH
  const run = always ?? REQUESTS[request]
  if (run === undefined) {
    const question = QUESTIONS[request]
    if (question === undefined) throw EIO
    return question(task, tracee, addr, data)
  }
  run(task, tracee, addr, data)
  return 0
}
