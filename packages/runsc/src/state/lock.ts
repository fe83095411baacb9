// One command at a time may change a container: flock(2) on its directory. (runsc)
// Not on a file in it: the lock then goes with the directory, and a dead command leaves none.

import { closeSync, fstatSync, openSync, statSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'
import { flock } from './host-flock.ts'

const LOCK_EX = 2
const LOCK_NB = 4
const EAGAIN = 11

/** How long a command waits for another one that works on the same container. */
const PATIENCE_MS = 60_000

/** Held until it is released, or this process ends. */
export interface Lock {
  readonly release: () => void
}

/**
 * Waits for the lock of a directory; undefined when there is no such directory, or not any more.
 * Errors: Failure after a minute.
 */
export async function lockDirectory(path: string): Promise<Lock | undefined> {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new Failure(`${path}: ${reasonOf(error)}`)
  }
  const release = () => closeSync(fd)
  try {
    await acquire(fd, path, flock)
  } catch (error) {
    release()
    throw error
  }
  // Whoever held it may have removed the directory, and another one may be there by now.
  if (isSame(fd, path)) return { release }
  release()
  return undefined
}

/** The lock of a directory that nobody else knows yet. */
export async function lockNewDirectory(path: string): Promise<Lock> {
  const fd = openSync(path, 'r')
  flock(fd, LOCK_EX)
  return { release: () => closeSync(fd) }
}

async function acquire(
  fd: number,
  path: string,
  flock: (fd: number, operation: number) => void,
): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS
  for (let pauseMs = 1; ; pauseMs = Math.min(50, pauseMs * 2)) {
    try {
      return flock(fd, LOCK_EX | LOCK_NB)
    } catch (error) {
      if ((error as { code?: number }).code !== EAGAIN) throw error
    }
    if (Date.now() > deadline) {
      throw new Failure(`${path}: another runsc command works on this container; try again later`)
    }
    await new Promise(resolve => setTimeout(resolve, pauseMs))
  }
}

function isSame(fd: number, path: string): boolean {
  try {
    const [held, there] = [fstatSync(fd), statSync(path)]
    return held.ino === there.ino && held.dev === there.dev
  } catch {
    return false
  }
}
