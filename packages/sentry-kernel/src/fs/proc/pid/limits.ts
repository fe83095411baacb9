// /proc/PID/limits. (fs/proc)
// Linux fs/proc/base.c: proc_pid_limits.

import { LIMIT_COUNT, UNLIMITED } from '../../../task/limits.ts'
import { type Entry, shown } from './subject.ts'

/** In order of RLIMIT_*. */
const NAMES: readonly (readonly [name: string, unit: string])[] = [
  ['Max cpu time', 'seconds'],
  ['Max file size', 'bytes'],
  ['Max data size', 'bytes'],
  ['Max stack size', 'bytes'],
  ['Max core file size', 'bytes'],
  ['Max resident set', 'bytes'],
  ['Max processes', 'processes'],
  ['Max open files', 'files'],
  ['Max locked memory', 'bytes'],
  ['Max address space', 'bytes'],
  ['Max file locks', 'locks'],
  ['Max pending signals', 'signals'],
  ['Max msgqueue size', 'bytes'],
  ['Max nice priority', ''],
  ['Max realtime priority', ''],
  ['Max realtime timeout', 'us'],
]

const row = (name: string, soft: string, hard: string, unit: string): string =>
  `${name.padEnd(25)} ${soft.padEnd(20)} ${hard.padEnd(20)} ${unit === '' ? '' : unit.padEnd(10)}\n`
const value = (limit: number): string => (limit === UNLIMITED ? 'unlimited' : String(limit))

export const limits: Entry = shown(({ group }) => {
  let text = row('Limit', 'Soft Limit', 'Hard Limit', 'Units')
  for (let i = 0; i < LIMIT_COUNT; i++) {
    const [name, unit] = NAMES[i]!
    text += row(name, value(group.limits.soft(i)), value(group.limits.hard(i)), unit)
  }
  return text
})
