// O_ASYNC: signals that tell of readiness. (vfs)
// Linux fs/fcntl.c: fasync_helper, kill_fasync.

import {
  FASYNC,
  POLL_ERR,
  POLL_HUP,
  POLL_IN,
  POLL_OUT,
  POLL_PRI,
  POLLERR,
  POLLHUP,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDBAND,
  POLLWRBAND,
  S_IFIFO,
} from '@tsvisor/abi'
import { READABLE, WRITABLE } from '../fs/poll-events.ts'
import type { Waiter } from '../wait-queue.ts'
import type { FileDescription } from './file-description.ts'
import { signalOwner } from './file-owner.ts'

/** What poll reports, the si_code for it, and its si_band (band_table). */
const BANDS = [
  [POLLIN, POLL_IN, READABLE],
  [POLLOUT, POLL_OUT, WRITABLE | POLLWRBAND],
  [POLLERR, POLL_ERR, POLLERR],
  [POLLPRI, POLL_PRI, POLLPRI | POLLRDBAND],
  [POLLHUP, POLL_HUP, POLLHUP | POLLERR],
] as const

/** Signals the owner of an open file what its queue tells. */
class AsyncSignals implements Waiter {
  readonly mask = POLLIN | POLLOUT | POLLERR | POLLPRI | POLLHUP
  /** The descriptor by which it was asked for: si_fd. */
  readonly fd: number
  readonly #file: FileDescription

  constructor(file: FileDescription, fd: number) {
    this.#file = file
    this.fd = fd
  }
  wake(events: number): void {
    const { owner, inode } = this.#file
    if (owner === undefined) return
    let ready = this.#file.poll() & events
    // The end of a pipe is something to read, or to fail writing.
    if (inode.type === S_IFIFO && ready & (POLLHUP | POLLERR))
      ready = this.#file.readable ? POLLIN : POLLOUT
    for (const [bit, code, band] of BANDS) if (ready & bit) signalOwner(owner, this.fd, code, band)
  }
}

const active = new WeakMap<FileDescription, () => void>()

/** Gives a file the status flags `flags`, of which FASYNC starts and ends the signals; on files that cannot send any it stays as it was. `fd` is the descriptor that was used. */
export function setStatusFlags(file: FileDescription, fd: number, flags: number): void {
  const changed = file.signalsReadiness ? (file.flags ^ flags) & FASYNC : 0
  file.flags = (flags & ~FASYNC) | ((file.flags & FASYNC) ^ changed)
  if (changed === 0) return
  active.get(file)?.()
  if (flags & FASYNC) start(file, fd)
}

function start(file: FileDescription, fd: number): void {
  const signals = new AsyncSignals(file, fd)
  file.queue.add(signals)
  // Files of the host are watched from the first poll on.
  file.poll()
  const forget = file.onClose(() => file.queue.remove(signals))
  active.set(file, () => {
    forget()
    file.queue.remove(signals)
    active.delete(file)
  })
}
