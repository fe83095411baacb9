// FIFOs: opening a named pipe waits for the other side. (fs/pipe)
// Linux fs/pipe.c: fifo_open, wait_for_partner; fifo(7).

import { EINVAL, ENXIO, O_NONBLOCK, O_RDONLY, O_RDWR, O_WRONLY } from '@tsvisor/abi'
import { type Blocking, waitFor } from '../../kernel/blocking.ts'
import type { Task } from '../../task/task.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { WaitQueue } from '../../wait-queue.ts'
import { Pipe } from './pipe.ts'
import { PipeEnd } from './pipe-end.ts'

/** What is behind a FIFO's inode while it is open, or being opened. */
class Fifo {
  readonly pipe: Pipe
  readonly openers = new WaitQueue()
  /** Open ends and calls that wait in open. */
  users = 0
  /** Only FIFOs wait for the other side; an anonymous pipe is open already. */
  readonly kind: 'fifo' | 'anonymous'
  constructor(pipe: Pipe, kind: 'fifo' | 'anonymous') {
    this.pipe = pipe
    this.kind = kind
  }
}

const fifos = new WeakMap<Inode, Fifo>()

/** An anonymous pipe's inode can be opened again through /proc/PID/fd: both see one pipe. */
export function registerPipe(inode: Inode, pipe: Pipe): void {
  fifos.set(inode, new Fifo(pipe, 'anonymous'))
}

const keep = (inode: Inode): Fifo => {
  let fifo = fifos.get(inode)
  if (fifo === undefined) {
    fifo = new Fifo(new Pipe(), 'fifo')
    fifos.set(inode, fifo)
  }
  fifo.users++
  return fifo
}

const drop = (inode: Inode, fifo: Fifo): void => {
  fifo.users--
  const { pipe } = fifo
  if (fifo.users === 0 && pipe.readers === 0 && pipe.writers === 0) fifos.delete(inode)
}

/**
 * Opens a FIFO. A generator when it has to wait for the other side.
 * Errors: ENXIO (O_WRONLY|O_NONBLOCK without a reader), EINVAL, ERESTARTSYS.
 */
export function openFifo(
  task: Task,
  inode: Inode,
  path: Path | undefined,
  flags: number,
): FileDescription | Blocking<FileDescription> {
  void task
  const access = flags & 3
  if (access > O_RDWR) throw EINVAL
  const fifo = keep(inode)
  const { pipe } = fifo
  const mayWait = fifo.kind === 'fifo'
  if (mayWait && access === O_WRONLY && flags & O_NONBLOCK && pipe.readers === 0) {
    drop(inode, fifo)
    throw ENXIO
  }
  const end = new PipeEnd(pipe, inode, path, flags, () => drop(inode, fifo))
  fifo.openers.notify()
  if (!mayWait || access === O_RDWR || flags & O_NONBLOCK) return end
  if (access === O_RDONLY ? pipe.writers > 0 : pipe.readers > 0) return end
  return waitForPartner(fifo, end)
}

function* waitForPartner(fifo: Fifo, end: PipeEnd): Blocking<FileDescription> {
  const { pipe } = fifo
  const opens = () => (end.writable ? pipe.readerOpens : pipe.writerOpens)
  const seen = opens()
  let opened = false
  try {
    // A partner that came and went again counts.
    while (opens() === seen) yield* waitFor(fifo.openers)
    opened = true
    return end
  } finally {
    if (!opened) end.release()
  }
}
