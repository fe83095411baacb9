// Stream sockets of the host for the kernel: the ones passed in, and what they accept. (platform-ptrace)

import { EAGAIN, ENFILE } from '@tsvisor/abi'
import * as host from '@tsvisor/host'
import type { HostSocket } from '@tsvisor/sentry-kernel'
import type { Poller } from './poller.ts'

const S_IFMT = 0o170000
const S_IFSOCK = 0o140000
const O_NONBLOCK = 0o4000
const SO_TYPE = 3
const SO_ERROR = 4
const SO_ACCEPTCONN = 30
const SO_PROTOCOL = 38
const SO_DOMAIN = 39
/** AF_UNIX, AF_INET, AF_INET6 */
const DOMAINS: readonly number[] = [1, 2, 10]
const POLLIN = 1
const POLLOUT = 4
const POLLRDHUP = 0x2000
const RLIMIT_NOFILE = 7

/** All of one sandbox process: a guest that accepts and never closes must not use up its descriptors. */
export class HostSockets {
  readonly poller: Poller
  #room: number | undefined

  constructor(poller: Poller) {
    this.poller = poller
  }

  /** Owns the descriptor from now on, unless undefined: it is no stream socket of these families. */
  open(fd: number): HostSocket | undefined {
    if ((host.fstat(fd).mode & S_IFMT) !== S_IFSOCK) return undefined
    if (host.socketOption(fd, SO_TYPE) !== host.SOCK_STREAM) return undefined
    const domain = host.socketOption(fd, SO_DOMAIN)
    if (!DOMAINS.includes(domain)) return undefined
    const socket = new Stream(this, fd, domain, host.socketOption(fd, SO_PROTOCOL))
    // Between poll and accept somebody else may accept, and no flag of accept4 keeps it from waiting then.
    if (socket.isListening()) host.setFlags(fd, host.getFlags(fd) | O_NONBLOCK)
    return socket
  }

  /** A quarter of the descriptors are for what is accepted. Errors: ENFILE. */
  reserve(): void {
    this.#room ??= host.getLimit(RLIMIT_NOFILE).soft >> 2
    if (this.#room === 0) throw ENFILE
    this.#room--
  }

  giveBack(): void {
    if (this.#room !== undefined) this.#room++
  }
}

class Stream implements HostSocket {
  readonly domain: number
  readonly protocol: number
  protected readonly sockets: HostSockets
  protected readonly fd: number

  constructor(sockets: HostSockets, fd: number, domain: number, protocol: number) {
    this.sockets = sockets
    this.fd = fd
    this.domain = domain
    this.protocol = protocol
  }

  isListening(): boolean {
    return host.socketOption(this.fd, SO_ACCEPTCONN) !== 0
  }

  localAddress(): Uint8Array {
    return host.socketName(this.fd)
  }

  peerAddress(): Uint8Array {
    return host.peerName(this.fd)
  }

  accept(): { socket: HostSocket; peer: Uint8Array } {
    // Whoever shares it may have taken O_NONBLOCK off again.
    if (this.isListening() && this.poll() === 0) throw EAGAIN
    this.sockets.reserve()
    try {
      const { fd, peer } = host.acceptFrom(this.fd, O_NONBLOCK)
      return { socket: new Accepted(this.sockets, fd, this.domain, this.protocol), peer }
    } catch (error) {
      this.sockets.giveBack()
      throw error
    }
  }

  receive(target: Uint8Array, flags: number): number {
    return host.recv(this.fd, target, flags | host.MSG_DONTWAIT)
  }

  send(source: Uint8Array, flags: number): number {
    return host.send(this.fd, source, flags | host.MSG_DONTWAIT)
  }

  shutdown(how: number): void {
    host.shutdownSocket(this.fd, how)
  }

  takeError(): number {
    return host.socketOption(this.fd, SO_ERROR)
  }

  setNoDelay(value: number): void {
    host.setNoDelay(this.fd, value)
  }

  queuedBytes(): number {
    return host.queuedBytes(this.fd)
  }

  poll(): number {
    return host.poll1(this.fd, POLLIN | POLLOUT | POLLRDHUP, 0)
  }

  watch(notify: (events: number) => void): () => void {
    return this.sockets.poller.watch(this.fd, notify)
  }

  close(): void {
    host.close(this.fd)
  }
}

class Accepted extends Stream {
  override close(): void {
    super.close()
    this.sockets.giveBack()
  }
}
