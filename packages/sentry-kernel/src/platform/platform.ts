// The seam between the kernel and whatever runs guest code. (platform seam, pure)
// Implemented by @tsvisor/platform-ptrace, and by testing/in-process for harnesses.

import type { Addr } from '@tsvisor/abi'
import type { Registers } from './registers.ts'

/** Page size of the guest and of every mapping, in bytes. */
export const PAGE_SIZE = 4096

/** Memory protection, as PROT_READ 1 | PROT_WRITE 2 | PROT_EXEC 4. */
export type Prot = number

/**
 * Something with pages that a guest can map: a memory file or an open host file. Made by the
 * platform or host, opaque to the kernel beyond these operations.
 */
export interface Mappable {
  /** A name for diagnostics only. */
  readonly label: string
}

/**
 * Shared pages: tmpfs files, MAP_SHARED anonymous memory, SysV segments, memfds. Guests map it and
 * the kernel reads and writes it as bytes. Sizes and offsets in bytes; new bytes are zero.
 */
export interface MemoryFile extends Mappable {
  readonly size: number
  /** Grows or shrinks; pages cut off are freed and read as zero when it grows again. */
  resize(size: number): void
  /** Copies out at most `target.length` bytes from `offset`; returns how many (short at the end). */
  read(target: Uint8Array, offset: number): number
  /** Copies in; the file must already be large enough. */
  write(source: Uint8Array, offset: number): void
  /** Frees the pages of a range, which then reads as zero. */
  punch(offset: number, length: number): void
  /** Bytes that really hold memory. */
  allocated(): number
  /** Copies straight to guest memory, without a stop in between; returns bytes copied before a fault. */
  copyTo(space: AddressSpace, addr: Addr, offset: number, length: number): number
  copyFrom(space: AddressSpace, addr: Addr, offset: number, length: number): number
  /** Gives the pages back; live guest mappings keep theirs. */
  release(): void
}

/** What backs a mapping. `anonymous` pages are zero and private to the space. */
export type MapSource =
  | { readonly kind: 'anonymous' }
  | {
      readonly kind: 'file'
      readonly file: Mappable
      readonly offset: number
      readonly shared: boolean
    }

/**
 * One guest address space. The kernel owns its layout (which range is what); the platform does as
 * it is told. Addresses and lengths are page aligned. Layout operations throw an Errno (ENOMEM …)
 * only where the host refuses; they may be queued and carried out in one batch before any thread of
 * the space runs or memory is read, in which case `flush` reports the first failure.
 */
export interface AddressSpace {
  /** Lowest and highest (exclusive) address that the kernel may hand out. */
  readonly minAddr: Addr
  readonly maxAddr: Addr
  /** Where a vDSO is mapped already, to be announced with AT_SYSINFO_EHDR; its whole range is reserved. */
  readonly vdso: { readonly base: Addr; readonly start: Addr; readonly end: Addr } | undefined

  map(addr: Addr, length: number, prot: Prot, source: MapSource): void
  unmap(addr: Addr, length: number): void
  protect(addr: Addr, length: number, prot: Prot): void
  /** Moves (and resizes) a mapping with its pages, as mremap(MREMAP_MAYMOVE|MREMAP_FIXED). */
  remap(from: Addr, oldLength: number, to: Addr, newLength: number): void
  /** MADV_DONTNEED, MADV_FREE, MADV_HUGEPAGE …: advice that the host may carry out. */
  advise(addr: Addr, length: number, advice: number): void
  /** Carries out queued layout changes now. */
  flush(): void

  /** Copies guest memory in; returns bytes copied before the first fault (0: at once). */
  read(addr: Addr, target: Uint8Array): number
  /** Copies out, honouring page protection; returns bytes copied before the first fault. */
  write(addr: Addr, source: Uint8Array): number
  /**
   * A hint before a large copy: the range, page aligned, is private anonymous memory that is
   * readable and writable. A platform may prepare for more of the same; nothing shows in the guest.
   */
  expectTransfers?(addr: Addr, length: number): void
  /** Atomically replaces a 32-bit word if it equals `expected`; the word found, or undefined on a fault. */
  compareExchange32(addr: Addr, expected: number, value: number): number | undefined
  /** Whether `barrier` works here; asked once, it may take milliseconds. */
  canBarrier(kind: 'memory' | 'instructions'): boolean
  /**
   * Has every thread of the space pass a full memory barrier, for 'instructions' also one that
   * serialises its core, before it goes on in guest code: those that run now before this returns. No
   * more than nothing where `canBarrier` is false.
   */
  barrier(kind: 'memory' | 'instructions'): void
  /** Resident bytes, for /proc/PID/statm. */
  residentBytes(): number
  /**
   * Those of private memory. Pages that spaces share since a fork count in each as a `whole`, or by their
   * `share`, which takes longer to find out.
   */
  anonymousBytes(counting: 'whole' | 'share'): number

  /** A copy-on-write copy of this space with one thread, a copy of `caller` (stopped). */
  fork(caller: Thread): { space: AddressSpace; thread: Thread }
  /** A new stopped thread. Registers and FPU state are those of `like`, or zero / initial. */
  newThread(like: Thread | undefined): Thread
  /** Drops everything mapped by the kernel, ready for execve. Threads other than `keep` must be released. */
  clear(keep: Thread): void
  /** Ends the space and all its threads. */
  release(): void
}

/** One host thread that runs guest code in an address space. */
export interface Thread {
  /** Who the kernel says this is; the platform never looks inside. */
  owner: unknown
  readonly space: AddressSpace
  /** Meaningful while stopped. */
  readonly registers: Registers
  /** Runs guest code until the next event of this thread comes out of `Platform.wait`. */
  resume(mode: 'run' | 'step'): void
  /** Asks a running thread to stop soon; an `interrupted` event follows unless another comes first. */
  interrupt(): void
  /** Bytes of the area that readFpu gives. */
  readonly fpuSize: number
  /** The XSAVE area as PTRACE_GETREGSET gives it; valid until the next call. */
  readFpu(): Uint8Array
  /**
   * Loads an XSAVE area from a guest, its software bytes ignored, or 512 legacy bytes alone (other
   * components become initial then); false if the CPU would refuse it.
   */
  writeFpu(area: Uint8Array): boolean
  /** Resets FPU and vector state, as execve and the start of a signal handler do. */
  resetFpu(): void
  /** User and system CPU time used so far, ns. */
  cpuTimeNs(): number
  /** Ends the thread. It must be stopped. */
  release(): void
}

/** Why `Platform.wait` returned. Objects may be reused between calls: read, then forget. */
export type PlatformEvent =
  | { readonly kind: 'syscall'; readonly thread: Thread }
  /** A hardware exception: the signal that Linux would send, with its siginfo. */
  | {
      readonly kind: 'fault'
      readonly thread: Thread
      readonly signo: number
      readonly code: number
      readonly addr: Addr
      readonly access: 'read' | 'write' | 'execute'
      /** x86 exception number (14: page fault) and error code, for the signal frame. */
      readonly trapno: number
      readonly error: number
    }
  | { readonly kind: 'interrupted'; readonly thread: Thread }
  /** The thread died under us (killed from outside, out of memory). */
  | { readonly kind: 'gone'; readonly thread: Thread }
  /** Host readiness was delivered to watchers, or the deadline passed. */
  | { readonly kind: 'wakeup' }

/** Runs guests. One per kernel. */
export interface Platform {
  readonly name: string
  newAddressSpace(): AddressSpace
  newMemoryFile(label: string): MemoryFile
  /**
   * Sleeps until some thread stops, a watched host file becomes ready or `deadlineNs` (monotonic,
   * Clock's scale) passes. `undefined` means no deadline. Never returns spuriously more than it must.
   */
  wait(deadlineNs: number | undefined): PlatformEvent
  /** Ends all guest threads. */
  shutdown(): void
}
