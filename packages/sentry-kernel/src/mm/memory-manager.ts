// A process's memory: its mappings and the guest bytes in them. (mm)

import {
  type Addr,
  CAP_IPC_LOCK,
  EAGAIN,
  EEXIST,
  EINVAL,
  ENOMEM,
  EPERM,
  MAP_32BIT,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  RLIMIT_MEMLOCK,
  RLIMIT_STACK,
} from '@tsvisor/abi'
import type { AioContexts } from '../aio/context.ts'
import type { Random } from '../platform/host.ts'
import {
  type AddressSpace,
  type MapSource,
  type MemoryFile,
  PAGE_SIZE,
  type Thread,
} from '../platform/platform.ts'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { Accounting, type MemoryLimits, UNLIMITED } from './accounting.ts'
import { noProgram, type ProgramLayout } from './program-layout.ts'
import { LARGE_TRANSFER, UserMemory } from './user-memory.ts'
import {
  type Backing,
  VM_DONTCOPY,
  VM_GROWSDOWN,
  VM_HUGEPAGE,
  VM_LOCKED,
  VM_LOCKONFAULT,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_NOHUGEPAGE,
  VM_SEALED,
  VM_SHARED,
  VM_WIPEONFORK,
  Vma,
} from './vma.ts'
import { guardStart, STACK_GUARD, VmaSet } from './vma-set.ts'

/** sysctl vm.max_map_count. */
export const MAX_MAP_COUNT = 65530
/** A growing stack takes this much at once, to fault less often than once a page. */
const STACK_STEP = 128 * 1024
/** Larger mappings are filled as they are touched: the kernel serves nobody while the host fills one. */
export const MOST_POPULATED = 256 * 1024 * 1024
/** An anonymous mapping this large may be refused by the host: ask it at once. */
const HUGE = 2 ** 30
export const PROT_RWX = 7
/** Where MAP_32BIT looks for room. Linux arch/x86/kernel/sys_x86_64.c: find_start_end. */
const START_32BIT = 0x4000_0000
const END_32BIT = 0x8000_0000

const PROT_READ_WRITE = 3
/** Memory that the host treats in a way of its own: for the kernel to leave alone. */
const NOT_PLAIN =
  VM_SHARED | VM_GROWSDOWN | VM_DONTCOPY | VM_WIPEONFORK | VM_HUGEPAGE | VM_NOHUGEPAGE

export const pageDown = (value: number): number => Math.floor(value / PAGE_SIZE) * PAGE_SIZE
export const pageUp = (value: number): number => pageDown(value + PAGE_SIZE - 1)

export const ANONYMOUS: MapSource = { kind: 'anonymous' }

/** What a MemoryManager needs of its kernel. */
export interface MemoryEnvironment {
  readonly random: Random
  readonly platform: { newMemoryFile(label: string): MemoryFile }
}

/**
 * Linux's mm_struct, gVisor's MemoryManager. It decides the layout; the platform's AddressSpace
 * carries it out. Shared by tasks with CLONE_VM and counted. Typed copies come from UserMemory.
 */
export class MemoryManager extends UserMemory {
  readonly vmas = new VmaSet()
  readonly usage = new Accounting()
  readonly env: MemoryEnvironment
  /** Limits in force: those of the last group that changed or forked this memory. */
  limits: MemoryLimits = UNLIMITED
  /** Where the program was started: whose capabilities open it up when it may not be dumped. */
  userNamespace = UserNamespace.FIRST
  program: ProgramLayout = noProgram()
  /** Counts the programs it has held: changes when execve replaces what is in it. */
  image = 0
  /** The executable's description, held: /proc/PID/exe. */
  exe: FileDescription | undefined
  /** The auxiliary vector as on the stack: /proc/PID/auxv. */
  auxv: Uint8Array = new Uint8Array(0)
  /** Highest address for mmap without a hint. */
  mmapBase: number
  /** mlockall(MCL_FUTURE): VM_LOCKED and VM_LOCKONFAULT for new mappings. */
  futureFlags = 0
  /** membarrier(2): the registrations, as MEMBARRIER_CMD_REGISTER_* bits. */
  barriers = 0
  /** io_setup(2): the contexts, which end with what is mapped. */
  aio: AioContexts | undefined
  #users = 1

  constructor(space: AddressSpace, env: MemoryEnvironment) {
    super(space)
    this.env = env
    this.mmapBase = space.maxAddr
    this.reserveVdso()
  }

  /** One more task uses it (CLONE_VM). */
  hold(): this {
    this.#users++
    return this
  }
  get shared(): boolean {
    return this.#users > 1
  }
  /** One user fewer; the last one ends the address space. */
  release(): void {
    if (--this.#users > 0) return
    this.forget()
    this.space.release()
  }
  /** Lets go of every vma and of the executable, without a word to the platform. */
  forget(): void {
    for (const vma of this.vmas.clear()) vma.backing?.close()
    this.usage.reset()
    this.setExecutable(undefined)
    this.image++
    this.program = noProgram()
    this.futureFlags = 0
    this.barriers = 0
    this.aio?.killAll()
    this.aio = undefined
  }
  /** Holds the executable: /proc/PID/exe. While it runs nobody may open it for writing (ETXTBSY). */
  setExecutable(file: FileDescription | undefined): void {
    if (file !== undefined) file.hold().inode.writers--
    if (this.exe !== undefined) {
      this.exe.inode.writers++
      this.exe.release()
    }
    this.exe = file
  }
  /** The vDSO is the platform's: visible, and sealed as Linux seals it (CONFIG_MSEAL_SYSTEM_MAPPINGS). */
  reserveVdso(): void {
    const vdso = this.space.vdso
    if (vdso === undefined || vdso.start < this.space.minAddr || vdso.end > this.space.maxAddr)
      return
    const flags = VM_MAYREAD | VM_MAYEXEC | VM_SEALED
    const add = (from: number, to: number, prot: number, label: string) => {
      if (from < to) this.#enter(new Vma(from, to, prot, flags, undefined, 0, label))
    }
    add(vdso.start, vdso.base, 1, '[vvar]')
    add(vdso.base, vdso.end, 5, '[vdso]')
  }

  #enter(vma: Vma): void {
    this.usage.add(vma)
    this.vmas.insert(vma)
  }
  #drop(vmas: readonly Vma[]): void {
    for (const vma of vmas) {
      this.usage.remove(vma)
      vma.backing?.close()
    }
  }

  /** Whether a vma in [start, end) is sealed. */
  sealed(start: number, end: number): boolean {
    const list = this.vmas.list
    for (let i = this.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++)
      if (list[i]!.flags & VM_SEALED) return true
    return false
  }

  /**
   * Chooses or checks the place of a new mapping. Errors: EINVAL (unaligned), ENOMEM (no room, or
   * out of user space), EEXIST (MAP_FIXED_NOREPLACE), EPERM (below mmap_min_addr).
   */
  place(address: number, length: number, flags: number): number {
    const { minAddr, maxAddr } = this.space
    if (length > maxAddr - minAddr) throw ENOMEM
    if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE)) {
      if (address > maxAddr - length) throw ENOMEM
      if (address % PAGE_SIZE !== 0) throw EINVAL
      if (address < minAddr) throw EPERM
      if (flags & MAP_FIXED_NOREPLACE && this.vmas.overlaps(address, address + length)) throw EEXIST
      return address
    }
    const end = flags & MAP_32BIT ? END_32BIT : maxAddr
    // Linux mm/mmap.c: round_hint_to_min. One within the first page is none.
    const hint = Math.max(pageDown(address), minAddr)
    if (address >= PAGE_SIZE && hint <= end - length) {
      const next = this.vmas.list[this.vmas.indexOf(hint)]
      if (next === undefined || hint + length <= guardStart(next)) return hint
    }
    if (flags & MAP_32BIT) {
      const found = this.vmas.gapAbove(START_32BIT, END_32BIT, length)
      if (found < 0) throw ENOMEM
      return found
    }
    let found = this.vmas.gapBelow(minAddr, this.mmapBase, length)
    if (found < 0) found = this.vmas.gapAbove(pageUp(maxAddr / 3), maxAddr, length)
    if (found < 0) throw ENOMEM
    return found
  }

  /**
   * Puts a mapping at a place already chosen, over whatever is there. The host is asked later:
   * `settle` finds out now what it says. Errors: EPERM (sealed).
   */
  map(
    start: number,
    length: number,
    prot: number,
    flags: number,
    source: MapSource,
    backing: Backing | undefined,
    offset: number,
    label = '',
  ): void {
    const end = start + length
    if (this.vmas.overlaps(start, end)) {
      if (this.sealed(start, end)) throw EPERM
      this.#drop(this.vmas.carve(start, end))
    }
    this.space.map(start as Addr, length, prot, source)
    backing?.open()
    this.#enter(new Vma(start, end, prot, flags, backing, offset, label))
  }

  /**
   * Has the host carry out what was mapped at [start, start + length) where it might refuse, and
   * takes the mapping back if it does. Errors: the host's.
   */
  settle(start: number, length: number, source: MapSource): void {
    if (source.kind === 'anonymous' && length < HUGE) return
    try {
      this.space.flush()
    } catch (error) {
      this.#drop(this.vmas.carve(start, start + length))
      throw error
    }
  }

  /** munmap(2). Errors: EINVAL (unaligned, out of user space), ENOMEM (too many vmas), EPERM (sealed). */
  munmap(address: number, lengthBytes: number): void {
    if (address % PAGE_SIZE !== 0 || lengthBytes === 0) throw EINVAL
    const length = pageUp(lengthBytes)
    if (address > this.space.maxAddr || length > this.space.maxAddr - address) throw EINVAL
    this.unmap(address, length)
  }

  /** Removes what is in an aligned range. Errors: ENOMEM (too many vmas), EPERM (sealed). */
  unmap(start: number, length: number): void {
    const end = start + length
    const first = this.vmas.list[this.vmas.indexOf(start)]
    if (first === undefined || first.start >= end) return
    if (first.start < start && first.end > end && this.vmas.size >= MAX_MAP_COUNT) throw ENOMEM
    if (this.sealed(start, end)) throw EPERM
    const removed = this.vmas.carve(start, end)
    const from = removed[0]!.start
    this.space.unmap(from as Addr, removed[removed.length - 1]!.end - from)
    this.#drop(removed)
  }

  /** Takes the vmas of a range out, keeping their references: the caller re-enters or closes them. */
  detach(start: number, end: number): Vma[] {
    const vmas = this.vmas.carve(start, end)
    for (const vma of vmas) this.usage.remove(vma)
    return vmas
  }
  /** Enters a vma whose pages are in place already; takes over a backing reference. */
  attach(vma: Vma): void {
    this.#enter(vma)
  }

  /** Applies `alter` to the vmas of exactly [start, end), splitting at the edges; joins nothing. */
  change(start: number, end: number, alter: (vma: Vma) => void): void {
    const { vmas } = this
    const splits = vmas.splitsAt(start, end)
    if (splits > 0 && vmas.size + splits > MAX_MAP_COUNT) throw ENOMEM
    vmas.split(start)
    vmas.split(end)
    for (let i = vmas.indexOf(start); i < vmas.size && vmas.list[i]!.start < end; i++) {
      const vma = vmas.list[i]!
      this.usage.remove(vma)
      alter(vma)
      this.usage.add(vma)
    }
  }

  /**
   * A page fault outside any mapping, or a kernel access that met one: grows a MAP_GROWSDOWN
   * mapping or the stack over `addr`. True when the access may be tried again.
   */
  override handleFault(addr: Addr): boolean {
    const i = this.vmas.indexOf(addr)
    const vma = this.vmas.list[i]
    if (vma === undefined || vma.start <= addr || !(vma.flags & VM_GROWSDOWN)) return false
    const before = this.vmas.list[i - 1]
    let floor = Math.max(this.space.minAddr, vma.end - this.limits.soft(RLIMIT_STACK))
    if (before !== undefined) {
      const guard = before.prot === 0 || before.flags & VM_GROWSDOWN ? 0 : STACK_GUARD
      floor = Math.max(floor, before.end + guard)
    }
    floor = pageUp(floor)
    const wanted = pageDown(addr)
    if (wanted < floor) return false
    const start = Math.max(floor, Math.min(wanted, vma.start - STACK_STEP))
    const grown = vma.start - start
    if (!this.usage.mayExpand(this.limits, grown, vma.prot, vma.flags)) return false
    if (vma.flags & VM_LOCKED && this.usage.locked + grown > this.limits.soft(RLIMIT_MEMLOCK))
      return false
    this.space.map(start as Addr, grown, vma.prot, ANONYMOUS)
    const below = new Vma(start, vma.start, vma.prot, vma.flags, undefined, 0, vma.label)
    below.policy = vma.policy
    this.#enter(below)
    return true
  }

  protected override expectTransfer(addr: Addr, length: number): void {
    if (this.space.expectTransfers === undefined) return
    let vma = this.vmas.find(addr)
    // Zeroed data often begins inside the last page of a program's file.
    if (vma?.backing !== undefined) vma = this.vmas.find(vma.end)
    if (vma === undefined || vma.backing !== undefined) return
    if (vma.prot !== PROT_READ_WRITE || vma.flags & NOT_PLAIN) return
    const start = Math.max(pageDown(addr), vma.start)
    const end = Math.min(pageUp(addr + length), vma.end)
    if (end - start >= LARGE_TRANSFER) this.space.expectTransfers(start as Addr, end - start)
  }

  /** Errors: EAGAIN when `bytes` more locked memory exceed RLIMIT_MEMLOCK (mlock_future_ok). */
  checkLockLimit(task: Task, bytes: number): void {
    if (hasCapability(task.creds, CAP_IPC_LOCK)) return
    if (this.usage.locked + bytes > pageDown(this.limits.soft(RLIMIT_MEMLOCK))) throw EAGAIN
  }

  /**
   * fork(2): a copy-on-write copy whose only thread copies `caller`. MADV_DONTFORK ranges are
   * missing in it, MADV_WIPEONFORK ones are zero; locks are not inherited. Errors: the host's.
   */
  fork(caller: Thread): { mm: MemoryManager; thread: Thread } {
    const { space, thread } = this.space.fork(caller)
    const child = new MemoryManager(space, this.env)
    for (const vma of child.vmas.clear()) vma.backing?.close()
    child.usage.reset()
    child.limits = this.limits
    child.program = { ...this.program }
    child.setExecutable(this.exe)
    child.auxv = this.auxv
    child.mmapBase = this.mmapBase
    child.barriers = this.barriers
    child.userNamespace = this.userNamespace
    for (const vma of this.vmas.list) {
      if (vma.flags & VM_DONTCOPY) {
        space.unmap(vma.start as Addr, vma.length)
        continue
      }
      const copy = vma.slice(vma.start, vma.end)
      copy.flags &= ~(VM_LOCKED | VM_LOCKONFAULT)
      copy.backing?.open()
      child.vmas.list.push(copy)
      child.usage.add(copy)
      if (vma.flags & VM_WIPEONFORK) space.map(vma.start as Addr, vma.length, vma.prot, ANONYMOUS)
    }
    return { mm: child, thread }
  }
}

/** can_do_mlock */
export const mayLock = (task: Task, limits: MemoryLimits): boolean =>
  limits.soft(RLIMIT_MEMLOCK) !== 0 || hasCapability(task.creds, CAP_IPC_LOCK)
