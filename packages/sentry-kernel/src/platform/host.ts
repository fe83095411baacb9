// What the kernel may ask of the world outside: clock, randomness, open host files. (platform seam, pure)

import type { Mappable } from './platform.ts'

/** A point in time. `nsec` is 0…999,999,999; `sec` may be negative. */
export interface Time {
  readonly sec: number
  readonly nsec: number
}

export interface Clock {
  /** CLOCK_MONOTONIC in ns, the scale of every deadline in the kernel. */
  monotonicNs(): number
  /** CLOCK_REALTIME. */
  realtime(): Time
}

export interface Random {
  /** Fills with random bytes fit for cryptography. */
  fill(target: Uint8Array): void
}

/**
 * A stream socket of the host, listening or connected, that was passed in or came from `accept` of such a
 * one. Calls never block: one that would throws EAGAIN. Addresses are sockaddr bytes, flags MSG_*.
 */
export interface HostSocket {
  /** AF_UNIX, AF_INET, AF_INET6. */
  readonly domain: number
  readonly protocol: number
  isListening(): boolean
  localAddress(): Uint8Array
  /** Errors: ENOTCONN. */
  peerAddress(): Uint8Array
  /** Errors: ENFILE when as many are open as may be, and whatever accept(2) says. */
  accept(): { readonly socket: HostSocket; readonly peer: Uint8Array }
  /** Bytes received, 0 at the end. Descriptors beside them are lost. `flags`: MSG_PEEK, MSG_TRUNC. */
  receive(target: Uint8Array, flags: number): number
  /** Bytes sent. `flags`: MSG_MORE. */
  send(source: Uint8Array, flags: number): number
  /** SHUT_RD 0, SHUT_WR 1, SHUT_RDWR 2. */
  shutdown(how: number): void
  /** Takes and clears SO_ERROR: a number, 0 for none. */
  takeError(): number
  /** TCP_NODELAY. */
  setNoDelay(value: number): void
  /** Bytes that can be read. Errors: EINVAL when it listens. */
  queuedBytes(): number
  /** As HostFile's. */
  poll(): number
  watch(notify: (events: number) => void): () => void
  close(): void
}

/**
 * An open host file: a descriptor passed by the gofer, or the sandbox's stdio. Calls never block:
 * one that would throws EAGAIN. Errors are thrown Errno constants. Offsets and lengths in bytes.
 */
export interface HostFile extends Mappable {
  readonly kind: 'regular' | 'stream'
  /** Reads at `offset`, or at the host's own position when -1; returns bytes read, 0 at the end. */
  read(target: Uint8Array, offset: number): number
  /** Writes at `offset`, or at the host's own position (append included) when -1. */
  write(source: Uint8Array, offset: number): number
  /** Bytes in the file now. Regular files only. */
  size(): number
  truncate(size: number): void
  /** fallocate(2). */
  allocate(mode: number, offset: number, length: number): void
  sync(dataOnly: boolean): void
  /**
   * lseek(2): SEEK_DATA (3) and SEEK_HOLE (4) search; SEEK_SET (0), SEEK_CUR (1) and SEEK_END (2) move
   * the host's own position, which whoever passed the descriptor shares. Returns the offset.
   */
  seek(offset: number, whence: number): number
  /** Poll bits ready now (POLLIN 1, POLLOUT 4, POLLERR 8, POLLHUP 16). */
  poll(): number
  /** Calls `notify` from inside Platform.wait whenever readiness may have changed; undo by calling the result. */
  watch(notify: (events: number) => void): () => void
  close(): void
}
