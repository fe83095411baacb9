// The machine: its names, its memory, its log, its randomness. (syscalls)

import {
  type Addr,
  CAP_SYS_ADMIN,
  CAP_SYS_BOOT,
  CAP_SYSLOG,
  EFAULT,
  EINVAL,
  EPERM,
  GRND_INSECURE,
  GRND_NONBLOCK,
  GRND_RANDOM,
  SYSLOG_ACTION_CLEAR,
  SYSLOG_ACTION_CLOSE,
  SYSLOG_ACTION_CONSOLE_LEVEL,
  SYSLOG_ACTION_OPEN,
  SYSLOG_ACTION_READ_ALL,
  SYSLOG_ACTION_READ_CLEAR,
  SYSLOG_ACTION_SIZE_BUFFER,
  SYSLOG_ACTION_SIZE_UNREAD,
  sysinfo as sysinfoStruct,
  utsname,
} from '@tsvisor/abi'
import { KERNEL_RELEASE, KERNEL_VERSION } from '../kernel/uts.ts'
import { byteString, MAX_RW_COUNT } from '../mm/user-memory.ts'
import { hasCapability, hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

export const uname: Handler<'uname'> = (task, { buf }) => {
  const legacy = (task.group.personality & 0x0020000) !== 0
  task.mm.writeStruct(utsname, buf, {
    sysname: 'Linux',
    nodename: task.namespaces.uts.hostname,
    // UNAME26: programs that choke on version 3 and later see 2.6.(40 + minor).
    release: legacy ? '2.6.61-tsvisor' : KERNEL_RELEASE,
    version: KERNEL_VERSION,
    machine: (task.group.personality & 0xff) === 0x08 ? 'i686' : 'x86_64',
    domainname: task.namespaces.uts.domainname,
  })
  return 0
}

/** Errors: EPERM, EINVAL, EFAULT. */
function readName(task: Task, at: Addr, length: number): string {
  const { userNamespace } = task.namespaces.uts
  if (!hasCapabilityIn(task.creds, userNamespace, CAP_SYS_ADMIN)) throw EPERM
  if (length < 0 || length > 64) throw EINVAL
  return byteString(task.mm.readBytes(at, length))
}
export const sethostname: Handler<'sethostname'> = (task, { name, len }) => {
  task.namespaces.uts.hostname = readName(task, name, len)
  return 0
}
export const setdomainname: Handler<'setdomainname'> = (task, { name, len }) => {
  task.namespaces.uts.domainname = readName(task, name, len)
  return 0
}

export const sysinfo: Handler<'sysinfo'> = (task, { info }) => {
  const { kernel } = task
  let used = 0
  let procs = 0
  const seen = new Set<unknown>()
  for (const other of task.pidNamespace.tasks()) {
    procs++
    if (other.state === 'dead' || seen.has(other.mm)) continue
    seen.add(other.mm)
    used += other.mm.space.residentBytes()
  }
  task.mm.writeStruct(sysinfoStruct, info, {
    ...sysinfoStruct.decode(new Uint8Array(sysinfoStruct.size)),
    uptime: Math.ceil((kernel.clock.monotonicNs() - kernel.bootNs) / 1e9),
    totalram: kernel.memoryBytes,
    freeram: Math.max(0, kernel.memoryBytes - used),
    procs: Math.min(procs, 0xffff),
    mem_unit: 1,
  })
  return 0
}

export const syslog: Handler<'syslog'> = (task, { type, buf, len }) => {
  const { printk } = task.kernel
  const free = type === SYSLOG_ACTION_READ_ALL || type === SYSLOG_ACTION_SIZE_BUFFER
  if (type < 0 || type > SYSLOG_ACTION_SIZE_BUFFER) throw EINVAL
  if (!free && !hasCapability(task.creds, CAP_SYSLOG) && !hasCapability(task.creds, CAP_SYS_ADMIN))
    throw EPERM
  switch (type) {
    case SYSLOG_ACTION_READ_ALL:
    case SYSLOG_ACTION_READ_CLEAR: {
      if (buf === 0 || len < 0) throw EINVAL
      const text = printk.tail(len)
      task.mm.write(buf, text)
      if (type === SYSLOG_ACTION_READ_CLEAR) printk.clear()
      return text.length
    }
    case SYSLOG_ACTION_CLEAR:
      printk.clear()
      return 0
    case SYSLOG_ACTION_SIZE_BUFFER:
      return printk.size
    case SYSLOG_ACTION_SIZE_UNREAD:
    case SYSLOG_ACTION_OPEN:
    case SYSLOG_ACTION_CLOSE:
      return 0
    case SYSLOG_ACTION_CONSOLE_LEVEL:
      if (len < 1 || len > 8) throw EINVAL
      throw EPERM
  }
  // Reading what is new, and the console: there is no console, and nothing new ever comes.
  throw EPERM
}

const CHUNK = 65_536
const chunk = new Uint8Array(CHUNK)

export const getrandom: Handler<'getrandom'> = (task, { buf, buflen, flags }) => {
  if ((flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE)) !== 0) throw EINVAL
  if ((flags & GRND_RANDOM) !== 0 && (flags & GRND_INSECURE) !== 0) throw EINVAL
  const total = Math.min(buflen, MAX_RW_COUNT)
  let done = 0
  while (done < total) {
    const part = chunk.subarray(0, Math.min(CHUNK, total - done))
    task.kernel.random.fill(part)
    const stored = task.mm.copyOut((buf + done) as Addr, part)
    done += stored
    if (stored < part.length) break
    // A long request gives way to signals after each piece, as Linux does.
    if (task.signalPending || task.exitStatus !== undefined) break
  }
  if (done === 0 && total > 0) throw EFAULT
  return done
}

export const reboot: Handler<'reboot'> = (task, { magic, magic2 }) => {
  if (!hasCapabilityIn(task.creds, task.pidNamespace.userNamespace, CAP_SYS_BOOT)) throw EPERM
  const second = [672274793, 85072278, 369367448, 537993216]
  if (magic !== 0xfee1dead || !second.includes(magic2)) throw EINVAL
  throw EPERM
}

export const personality: Handler<'personality'> = (task, { persona }) => {
  const old = task.group.personality
  if (persona !== 0xffff_ffff) task.group.personality = persona
  return old
}
