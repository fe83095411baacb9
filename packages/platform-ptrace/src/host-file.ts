// Open host files for the kernel: gofer descriptors and the sandbox's stdio. Nothing blocks. (platform-ptrace)

import { EAGAIN, EINVAL, ENODEV } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import type { HostFile } from '@tsvisor/sentry-kernel'
import { HostMappable } from './mappable.ts'
import type { Poller } from './poller.ts'
import { reopen } from './proc.ts'
import type { Tracing } from './tracing.ts'

const S_IFMT = 0o170000
const S_IFREG = 0o100000
const S_IFSOCK = 0o140000
const S_IFIFO = 0o010000
const S_IFCHR = 0o020000
const STDERR = 2
const O_RDWR = 2
const O_ACCMODE = 3
const O_NONBLOCK = 0o4000
const O_CLOEXEC = 0o2000000
const O_NOCTTY = 0o400
const POLLIN = 1
const POLLOUT = 4
const POLLERR = 8
const POLLHUP = 16
const POLLRDHUP = 0x2000
/** A pipe that poll calls writable takes this much without blocking (PIPE_BUF). */
const SAFE_WRITE = 4096
/** /dev/ptmx: opening it again would make another terminal. */
const PTMX = (5 << 8) | 2

const nothing = (): void => {}

/**
 * Makes the kernel's view of a descriptor, which it owns from now on. A stream is reopened to get
 * an open file description of our own, that may be O_NONBLOCK: the one we were given is shared with
 * whoever started us.
 */
export const openHostFile = (
  tracing: Tracing,
  poller: Poller,
  fd: number,
  label: string,
): HostFile => {
  const { mode, rdev } = host.fstat(fd)
  const type = mode & S_IFMT
  if (type === S_IFREG) return new RegularHostFile(tracing, takeOver(fd), label)
  if (type === S_IFSOCK) return new StreamHostFile(poller, takeOver(fd), label, 'socket')
  if (type === S_IFIFO || (type === S_IFCHR && rdev !== PTMX)) {
    const own = prepared.get(fd) ?? reopenStream(fd)
    prepared.delete(fd)
    if (own !== undefined) {
      giveUp(fd)
      return new StreamHostFile(poller, own, label, 'own')
    }
    // Whoever passed it has thought of that.
    if (host.getFlags(fd) & O_NONBLOCK)
      return new StreamHostFile(poller, takeOver(fd), label, 'own')
  }
  return new StreamHostFile(poller, takeOver(fd), label, 'shared')
}

const prepared = new Map<number, number>()

/**
 * Reopens what streams there are among `fds` now, while this process may still open files, for a
 * later `openHostFile`.
 */
export const prepareStreams = (fds: readonly number[]): void => {
  for (const fd of fds) {
    const { mode, rdev } = host.fstat(fd)
    const type = mode & S_IFMT
    if (type !== S_IFIFO && (type !== S_IFCHR || rdev === PTMX)) continue
    const own = reopenStream(fd)
    if (own !== undefined) prepared.set(fd, own)
  }
}

const reopenStream = (fd: number): number | undefined =>
  reopen(fd, (host.getFlags(fd) & O_ACCMODE) | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)

/**
 * The standard descriptors must not become free for reuse: this runtime writes to 1 and 2, whatever
 * they are then. 0 and 1 are pointed at nothing, so that the far end sees the guest's close; 2
 * stays, for the last words of this process.
 */
const giveUp = (fd: number): void => {
  if (fd > STDERR) host.close(fd)
  else if (fd < STDERR) {
    const nowhere = openNowhere()
    host.dup3(nowhere, fd, 0)
    host.close(nowhere)
  }
}

const openNowhere = (): number => {
  try {
    return host.openat(host.AT_FDCWD, '/dev/null', O_RDWR | O_CLOEXEC, 0)
  } catch {
    return host.memfdCreate('nowhere')
  }
}

/** A descriptor of ours alone that is none of 0, 1, 2. */
const takeOver = (fd: number): number => {
  if (fd > STDERR) return fd
  const own = host.dupCloexec(fd, STDERR + 1)
  giveUp(fd)
  return own
}

class RegularHostFile extends HostMappable implements HostFile {
  readonly kind = 'regular'
  readonly label: string
  private readonly tracing: Tracing
  private readonly fd: number

  constructor(tracing: Tracing, fd: number, label: string) {
    super()
    this.tracing = tracing
    this.fd = fd
    this.label = label
  }

  read(target: Uint8Array, offset: number): number {
    return offset < 0 ? host.read(this.fd, target) : host.pread(this.fd, target, offset)
  }

  write(source: Uint8Array, offset: number): number {
    return offset < 0 ? host.write(this.fd, source) : host.pwrite(this.fd, source, offset)
  }

  size(): number {
    return host.fileSize(this.fd)
  }

  truncate(size: number): void {
    host.ftruncate(this.fd, size)
  }

  allocate(mode: number, offset: number, length: number): void {
    host.fallocate(this.fd, mode, offset, length)
  }

  sync(dataOnly: boolean): void {
    if (dataOnly) host.fdatasync(this.fd)
    else host.fsync(this.fd)
  }

  seek(offset: number, whence: number): number {
    return host.lseek(this.fd, offset, whence)
  }

  poll(): number {
    return POLLIN | POLLOUT
  }

  watch(): () => void {
    return nothing
  }

  mapFd(): number {
    return this.fd
  }

  close(): void {
    this.tracing.settleFiles()
    host.close(this.fd)
  }
}

/** own: O_NONBLOCK is set; socket: MSG_DONTWAIT does it; shared: poll first, write little. */
type StreamMode = 'own' | 'socket' | 'shared'

class StreamHostFile extends HostMappable implements HostFile {
  readonly kind = 'stream'
  readonly label: string
  private readonly poller: Poller
  private readonly fd: number
  private readonly mode: StreamMode
  private readonly listeners = new Set<(events: number) => void>()
  private unwatch: (() => void) | undefined

  constructor(poller: Poller, fd: number, label: string, mode: StreamMode) {
    super()
    this.poller = poller
    this.fd = fd
    this.label = label
    this.mode = mode
  }

  read(target: Uint8Array, _offset: number): number {
    if (this.mode === 'socket') return host.recv(this.fd, target, host.MSG_DONTWAIT)
    // Another holder of the description can take the data between poll and read; there is no
    // way around it where the description cannot be ours.
    if (this.mode === 'shared') this.demand(POLLIN)
    return host.read(this.fd, target)
  }

  write(source: Uint8Array, _offset: number): number {
    if (this.mode === 'socket') return host.send(this.fd, source, host.MSG_DONTWAIT)
    if (this.mode === 'own') return host.write(this.fd, source)
    this.demand(POLLOUT)
    return host.write(this.fd, source.subarray(0, SAFE_WRITE))
  }

  private demand(event: number): void {
    if ((host.poll1(this.fd, event, 0) & (event | POLLHUP | POLLERR)) === 0) throw EAGAIN
  }

  size(): number {
    return 0
  }

  truncate(): void {
    throw EINVAL
  }

  allocate(): void {
    throw ENODEV
  }

  sync(): void {
    throw EINVAL
  }

  seek(offset: number, whence: number): number {
    return host.lseek(this.fd, offset, whence)
  }

  poll(): number {
    return host.poll1(this.fd, POLLIN | POLLOUT | POLLRDHUP, 0)
  }

  watch(notify: (events: number) => void): () => void {
    this.listeners.add(notify)
    this.unwatch ??= this.register()
    return () => {
      if (!this.listeners.delete(notify) || this.listeners.size > 0) return
      this.unwatch?.()
      this.unwatch = undefined
    }
  }

  private register(): () => void {
    try {
      return this.poller.watch(this.fd, events => {
        for (const listener of [...this.listeners]) listener(events)
      })
    } catch {
      // EPERM: /dev/null and its like are always ready.
      return nothing
    }
  }

  mapFd(): number {
    throw ENODEV
  }

  close(): void {
    this.listeners.clear()
    this.unwatch?.()
    this.unwatch = undefined
    host.close(this.fd)
  }
}
