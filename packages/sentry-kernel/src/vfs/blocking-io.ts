// Reads and writes that sleep until they can go on: the one loop around FileDescription.read and write. (vfs)
// Used by read(2), write(2) and their kin, splice and sendfile.

import { EAGAIN, ERESTARTSYS, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '@tsvisor/abi'
import { type Blocking, type Result, sleep, WOULD_BLOCK } from '../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../mm/io.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from './file-description.ts'

const READ_EVENTS = POLLIN | POLLRDNORM | 0x2038
const WRITE_EVENTS = POLLOUT | POLLWRNORM | 0x18

/** Bytes read, at once or later. Errors: EAGAIN (non-blocking), ERESTARTSYS, what the file throws. */
export function readFile(
  task: Task,
  file: FileDescription,
  target: IoTarget,
  offset: number,
): Result {
  const count = file.read(task, target, offset)
  if (count !== WOULD_BLOCK) return count
  if (file.nonBlocking) throw EAGAIN
  return readLater(task, file, target, offset)
}

function* readLater(task: Task, file: FileDescription, target: IoTarget, offset: number): Blocking {
  const startNs = task.kernel.clock.monotonicNs()
  file.hold()
  try {
    for (;;) {
      const why = yield sleep(file.queue, READ_EVENTS, file.readDeadlineNs(startNs))
      const count = file.read(task, target, offset)
      if (count !== WOULD_BLOCK) return count
      if (why === 'timeout') return file.readTimedOut(task, target)
      if (why === 'signal') throw ERESTARTSYS
    }
  } finally {
    file.release()
  }
}

/**
 * Bytes written, at once or later; all of them where the file wants that (`writesAll`). What happens
 * after the first bytes ends the call short. Errors: as readFile.
 */
export function writeFile(
  task: Task,
  file: FileDescription,
  source: IoSource,
  offset: number,
): Result {
  const wanted = source.remaining
  const count = file.write(task, source, offset)
  if (count === WOULD_BLOCK) {
    if (file.nonBlocking) throw EAGAIN
    return writeLater(task, file, source, offset, 0)
  }
  if (count === wanted || !file.writesAll || file.nonBlocking || source.remaining === 0)
    return count
  return writeLater(task, file, source, offset, count)
}

function* writeLater(
  task: Task,
  file: FileDescription,
  source: IoSource,
  offset: number,
  written: number,
): Blocking {
  const startNs = task.kernel.clock.monotonicNs()
  let total = written
  file.hold()
  try {
    // A first count may be short for another reason than a lack of room.
    while (total > 0) {
      const count = file.write(task, source, offset)
      if (count === WOULD_BLOCK) break
      total += count
      if (count === 0 || source.remaining === 0) return total
    }
    for (;;) {
      const why = yield sleep(file.queue, WRITE_EVENTS, file.writeDeadlineNs(startNs))
      const count = file.write(task, source, offset)
      if (count !== WOULD_BLOCK) {
        total += count
        if (count === 0 || !file.writesAll || source.remaining === 0) return total
      } else if (why === 'timeout') throw EAGAIN
      if (why === 'signal') throw ERESTARTSYS
    }
  } catch (error) {
    if (total > 0) return total
    throw error
  } finally {
    file.release()
  }
}
