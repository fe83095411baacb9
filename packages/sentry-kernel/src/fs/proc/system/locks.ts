// /proc/locks: who has locked what, and who waits for it. (fs/proc)
// Linux fs/locks.c: locks_show, lock_get_status.

import { major, minor } from '@tsvisor/abi'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { PidNamespace } from '../../../task/pid-namespace.ts'
import { type FileLock, type FileLocks, lockedFiles } from '../../../vfs/lock/file-locks.ts'
import { conflicts } from '../../../vfs/lock/lock-range.ts'

/** As a process of the namespace has it: locks of others' are not shown. */
export function locks(kernel: Kernel, namespace: PidNamespace): string {
  let text = ''
  let id = 0
  for (const file of lockedFiles(kernel)) {
    const rest = new Set(file.wanted)
    for (const held of file.held) {
      const first = line(file, held, namespace)
      if (first === undefined) continue
      id++
      text += `${id}: ${first}`
      for (const { lock, level } of waiters(held, rest, 1)) {
        const below = line(file, lock, namespace)
        if (below !== undefined) text += `${id}: ${'-> '.padStart(level + 2)}${below}`
      }
    }
  }
  return text
}

/** Those that `lock` keeps waiting, each before those that it keeps waiting itself. Takes them out of `rest`. */
function* waiters(
  lock: FileLock,
  rest: Set<FileLock>,
  level: number,
): Generator<{ readonly lock: FileLock; readonly level: number }> {
  for (const one of rest) {
    if (one.kind !== lock.kind || !conflicts(one.range, lock.range)) continue
    rest.delete(one)
    yield { lock: one, level }
    yield* waiters(one, rest, level + 1)
  }
}

function line(
  { inode }: FileLocks,
  { kind, range }: FileLock,
  namespace: PidNamespace,
): string | undefined {
  const pid = range.pid === undefined ? -1 : range.pid.in(namespace)
  if (pid === 0) return undefined
  const isFlock = kind === 'flock'
  const what = isFlock ? 'FLOCK ' : range.pid === undefined ? 'OFDLCK' : 'POSIX '
  const { dev } = inode.fs
  const place = `${hex(major(dev))}:${hex(minor(dev))}:${inode.attr().ino}`
  const end = range.end === Number.POSITIVE_INFINITY ? 'EOF' : range.end
  const type = range.type === 'exclusive' ? 'WRITE' : 'READ'
  return `${what} ADVISORY  ${type} ${pid} ${place} ${range.start} ${end}\n`
}

const hex = (value: number): string => value.toString(16).padStart(2, '0')
