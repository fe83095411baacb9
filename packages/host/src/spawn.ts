// Starting a program in new namespaces, from a process that has threads. (host)
//
// unshare(2) of a user namespace fails in a process with threads, and Node has some. So the child is
// cloned straight into a page of machine code that makes the calls up to execve.

import { Errno } from '@tsvisor/abi'
import { Batch } from './batch.ts'
import { type LoopCode, loadLoop } from './batch-loop.ts'
import { checked } from './call.ts'
import { write } from './fs-io.ts'
import { close, openat, pipe2 } from './fs-open.ts'
import { allocate, type Region, unmapRegion } from './memory.ts'
import { at, sys4, sys6 } from './native.ts'
import { NR } from './nr.ts'
import { mapIdentity } from './user-namespace.ts'

/** CLONE_NEW* of clone(2). */
export const NAMESPACE = {
  cgroup: 0x0200_0000,
  ipc: 0x0800_0000,
  mount: 0x0002_0000,
  net: 0x4000_0000,
  pid: 0x2000_0000,
  user: 0x1000_0000,
  uts: 0x0400_0000,
} as const

export interface SpawnOptions {
  /** An absolute path. */
  readonly file: string
  /** The whole argv. */
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
  /** What become descriptors 0, 1, … of the program; undefined is /dev/null. It gets no others. */
  readonly fds: readonly (number | undefined)[]
  /**
   * NAMESPACE bits. In a user namespace ids are those outside: all that this process can map, or its
   * own two.
   */
  readonly namespaces: number
  /**
   * A network namespace that it is in. Its user namespace would have no right to join it: it is born there, of
   * a process that has.
   */
  readonly network?: number
  /** CAP_* that the program has, whatever its user; undefined: what exec gives. */
  readonly capabilities?: readonly number[]
}

export interface Spawned {
  readonly pid: number
  /** Why the program did not start; asked for after it exited with 127. */
  failure(): Errno | undefined
  /** Call once the process has been waited for. */
  release(): void
}

const AT_FDCWD = -100
const O_RDWR = 2
const O_CLOEXEC = 0o2000000
const SIGCHLD = 17
const CLONE_VM = 0x100
const CLONE_PARENT = 0x8000
const CLONE_PARENT_SETTID = 0x10_0000
const SIG_SETMASK = 2
const PR_CAPBSET_DROP = 24
const PR_SET_SECUREBITS = 28
const PR_SET_NO_NEW_PRIVS = 38
const PR_CAP_AMBIENT = 47
const PR_CAP_AMBIENT_RAISE = 2
/** SECBIT_NOROOT and SECBIT_NO_SETUID_FIXUP: user ids and capabilities are two things. */
const SECUREBITS = 0b101
const RLIMIT_CORE = 4
const LAST_CAP = 63
const CAPABILITY_VERSION = 0x2008_0522

const PAGE = 4096
// Where things lie in the memory of one start.
const STACK_TOP = PAGE - 64
const ENTRIES = PAGE
const MAX_ENTRIES = 256
const RESULT = 0
const MASKS = 64
const CAPABILITIES = 128
const CHILD = 192
const BYTE = 256
const STRINGS = ENTRIES + MAX_ENTRIES * 64

let loop: LoopCode | undefined

/**
 * Starts a program. Throws EPERM or ENOSPC where the host forbids the namespaces, EPERM or EINVAL where the
 * network cannot be joined, EAGAIN, ENOMEM.
 */
export const spawn = (options: SpawnOptions): Spawned => {
  loop ??= loadLoop(0)
  const strings = new Strings(options)
  const region = allocate(Math.ceil((STRINGS + strings.size) / PAGE) * PAGE)
  const opened: number[] = []
  try {
    const nowhere = openat(AT_FDCWD, '/dev/null', O_RDWR | O_CLOEXEC, 0)
    opened.push(nowhere)
    const [ready, go] = pipe2(O_CLOEXEC)
    opened.push(ready, go)
    const { argv, envp, file } = strings.place(region, STRINGS)
    const batch = new Batch()
    const { namespaces, network } = options
    if (network !== undefined) {
      batch.push(NR.setns, network, NAMESPACE.net, 0, 0, 0, 0)
      const flags = CLONE_VM | CLONE_PARENT | CLONE_PARENT_SETTID | SIGCHLD | namespaces
      batch.push(NR.clone, flags, 0, region.address + CHILD, 0, 0, 0)
      batch.fork()
    }
    // Its copy would keep it from seeing the end of ours. If we are killed before it may go on, what
    // it starts finds itself alone, as if we had been killed later.
    batch.push(NR.close, go, 0, 0, 0, 0, 0)
    batch.push(NR.read, ready, region.address + BYTE, 1, 0, 0, 0)
    batch.push(NR.setsid, 0, 0, 0, 0, 0, 0)
    const fds = options.fds.map(fd => fd ?? nowhere)
    pushDescriptors(batch, fds, Math.max(...fds, ready, go) + 1)
    if (options.capabilities !== undefined) pushCapabilities(batch, options.capabilities, region)
    batch.push(NR.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
    batch.push(NR.prlimit64, 0, RLIMIT_CORE, region.address + MASKS + 16, 0, 0, 0)
    batch.push(NR.rt_sigprocmask, SIG_SETMASK, region.address + MASKS + 16, 0, 8, 0, 0)
    batch.push(NR.execve, file, argv, envp, 0, 0, 0)
    const first = start(loop, region, batch, network === undefined ? namespaces : 0)
    const pid = network === undefined ? first : childOf(first, region)
    try {
      if (namespaces & NAMESPACE.user) mapIdentity(pid)
    } catch (error) {
      sys4(NR.kill, pid, 9, 0, 0)
      sys4(NR.wait4, pid, 0, 0, 0)
      throw error
    }
    write(go, Uint8Array.of(0))
    return { pid, failure: () => failureIn(region), release: () => unmapRegion(region) }
  } catch (error) {
    unmapRegion(region)
    throw error
  } finally {
    for (const fd of opened) close(fd)
  }
}

/** clone(2) with a stack whose first word is where it starts, all signals blocked meanwhile. */
const start = (code: LoopCode, region: Region, batch: Batch, namespaces: number): number => {
  const words = new BigUint64Array(region.bytes.buffer)
  const entries = new Uint32Array(region.bytes.buffer, ENTRIES, MAX_ENTRIES * 16)
  if (batch.copyTo(entries, 0) < batch.length) throw new RangeError('too many calls for one start')
  const stack = STACK_TOP / 8
  words[stack] = BigInt(code.process)
  words[stack + 1] = BigInt(region.address + ENTRIES)
  words[stack + 2] = BigInt(batch.length)
  words[stack + 3] = BigInt(region.address + RESULT)
  words[MASKS / 8] = 0xffff_ffff_ffff_ffffn
  const all = region.address + MASKS
  sys4(NR.rt_sigprocmask, SIG_SETMASK, all, all + 8, 8)
  // It shares our memory until its execve. The handlers of signals are ours too: none may run there.
  const flags = CLONE_VM | SIGCHLD | namespaces
  const result = sys6(NR.clone, flags, at(region.address, STACK_TOP), 0, 0, 0, 0)
  sys4(NR.rt_sigprocmask, SIG_SETMASK, all + 8, 0, 8)
  return checked(result)
}

/** Of the process that joins a network: the one that it starts, when it has ended. */
const childOf = (pid: number, region: Region): number => {
  checked(sys4(NR.wait4, pid, 0, 0, 0))
  const failure = failureIn(region)
  if (failure !== undefined) throw failure
  return new Int32Array(region.bytes.buffer, CHILD, 1)[0]!
}

/** Through numbers beyond all in use, for a descriptor may be where another one goes. */
const pushDescriptors = (batch: Batch, fds: readonly number[], free: number): void => {
  const base = Math.max(free, fds.length)
  fds.forEach((fd, i) => void batch.push(NR.dup3, fd, base + i, 0, 0, 0, 0))
  fds.forEach((_, i) => void batch.push(NR.dup3, base + i, i, 0, 0, 0, 0))
  batch.push(NR.close_range, fds.length, 0x7fff_ffff, 0, 0, 0, 0)
}

const pushCapabilities = (batch: Batch, kept: readonly number[], region: Region): void => {
  const view = new DataView(region.bytes.buffer, CAPABILITIES)
  view.setUint32(0, CAPABILITY_VERSION, true)
  for (const word of [0, 1]) {
    const mask = kept.reduce(
      (bits, cap) => (cap >> 5 === word ? bits | (1 << (cap & 31)) : bits),
      0,
    )
    for (const set of [0, 4, 8]) view.setInt32(8 + word * 12 + set, mask, true)
  }
  batch.push(NR.prctl, PR_SET_SECUREBITS, SECUREBITS, 0, 0, 0, 0)
  for (let cap = 0; cap <= LAST_CAP; cap++) {
    if (kept.includes(cap)) continue
    batch.push(NR.prctl, PR_CAPBSET_DROP, cap, 0, 0, 0, 0)
    // Beyond the last one there is.
    batch.tolerate()
  }
  const header = region.address + CAPABILITIES
  batch.push(NR.capset, header, header + 8, 0, 0, 0, 0)
  for (const cap of kept) batch.push(NR.prctl, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0, 0)
}

const failureIn = (region: Region): Errno | undefined => {
  const result = Number(new BigInt64Array(region.bytes.buffer, RESULT, 1)[0])
  return result === 0 ? undefined : Errno.of(-result)
}

/** argv, envp and what they point to. */
class Strings {
  private readonly args: readonly Uint8Array[]
  private readonly env: readonly Uint8Array[]
  private readonly file: Uint8Array

  constructor({ args, env, file }: SpawnOptions) {
    const bytes = (text: string) => Buffer.from(`${text}\0`, 'utf8')
    this.args = args.map(bytes)
    this.env = Object.entries(env).map(([name, value]) => bytes(`${name}=${value}`))
    this.file = bytes(file)
  }

  get size(): number {
    const all = [...this.args, ...this.env, this.file]
    return all.reduce((sum, { length }) => sum + length, (all.length + 2) * 8)
  }

  place(region: Region, start: number): { argv: number; envp: number; file: number } {
    let pointer = start
    let text = start + (this.args.length + this.env.length + 2) * 8
    const view = new DataView(region.bytes.buffer)
    const put = (bytes: Uint8Array): number => {
      const address = region.address + text
      region.bytes.set(bytes, text)
      text += bytes.length
      return address
    }
    const list = (items: readonly Uint8Array[]): number => {
      const address = region.address + pointer
      for (const item of items) {
        view.setBigUint64(pointer, BigInt(put(item)), true)
        pointer += 8
      }
      pointer += 8
      return address
    }
    return { argv: list(this.args), envp: list(this.env), file: put(this.file) }
  }
}
