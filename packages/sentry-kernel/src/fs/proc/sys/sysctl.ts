// Declaring system controls: files in /proc/sys that hold a number or a text. (fs/proc)
// Linux fs/proc/proc_sysctl.c, kernel/sysctl.c: proc_dointvec_minmax, proc_dostring.

import { EACCES, EINVAL, type Errno } from '@tsvisor/abi'
import type { Kernel } from '../../../kernel/kernel.ts'
import { kernelLocal } from '../../../kernel/kernel-local.ts'
import { byteString } from '../../../mm/user-memory.ts'
import type { Task } from '../../../task/task.ts'
import {
  type DirectoryNode,
  directory,
  type FileNode,
  type Node,
  parseInteger,
} from '../../kernfs/node.ts'

/**
 * Values that programs have set, by path below /proc/sys. One per kernel: every proc mount shows
 * them, and other parts of the kernel may ask.
 */
const values = kernelLocal((): Values => new Map())

/** What a control that was declared with `numbers` holds now. */
export const sysctl = (kernel: Kernel, path: string, initial: number): number =>
  values(kernel).get(path)?.[0] ?? initial

export const setSysctlValue = (kernel: Kernel, path: string, value: number): void => {
  values(kernel).set(path, [value])
}

/** A declaration: made into a node once its path and kernel are known. */
export type Declaration = (kernel: Kernel, path: string) => Node
export interface Declarations {
  readonly [name: string]: Declaration | Declarations
}

/** The permission bits count for everybody, root too: no capability opens a read-only control. */
function refuse(mode: number) {
  return (task: Task, mask: number): Errno | undefined => {
    const { fsuid, fsgid } = task.creds
    const bits = fsuid === 0 ? mode >> 6 : fsgid === 0 ? mode >> 3 : mode
    return (bits & mask & 6) === (mask & 6) ? undefined : EACCES
  }
}

function control(mode: number, { read, write }: Pick<FileNode, 'read' | 'write'>): FileNode {
  return {
    kind: 'file',
    mode,
    refuse: refuse(mode),
    ...(read && { read }),
    // Nothing written changes nothing.
    ...(write && {
      write: (task, data, offset) => (data.length === 0 ? 0 : write(task, data, offset)),
    }),
  }
}

/** A text that only the kernel changes. */
export const shown =
  (read: (task: Task) => string | number, mode = 0o444): Declaration =>
  () =>
    control(mode, { read: task => `${read(task)}\n` })

/** A text; `write` gets it without its newline. Longer than `max` bytes is cut, as Linux does. */
export const text =
  (
    read: (task: Task) => string,
    write: (task: Task, value: string) => void,
    max: number,
  ): Declaration =>
  () =>
    control(0o644, {
      read: task => `${read(task)}\n`,
      write: (task, data, offset) => {
        if (offset === 0)
          write(
            task,
            byteString(data)
              .split(/[\n\0]/)[0]!
              .slice(0, max),
          )
        return data.length
      },
    })

export interface Range {
  readonly min?: number
  readonly max?: number
  readonly mode?: number
}

const INT_MAX = 0x7fff_ffff

/** Where numbers are: of the whole system, or of a namespace that the task is in. */
interface Cells {
  readonly read: (task: Task) => readonly number[]
  readonly write: (task: Task, values: readonly number[]) => void
}

function cells({ read, write }: Cells, { min = 0, max = INT_MAX, mode = 0o644 }: Range): FileNode {
  return control(mode, {
    read: task => `${read(task).join('\t')}\n`,
    write: (task, data, offset) => {
      // sysctl_writes_strict: what does not start at 0 is swallowed.
      if (offset === 0) {
        const now = read(task)
        const given = parseNumbers(byteString(data), now.length, min, max)
        write(task, [...given, ...now.slice(given.length)])
      }
      return data.length
    },
  })
}

/** Numbers that were set, by path below /proc/sys. */
export type Values = Map<string, readonly number[]>

/** Declares one or several numbers that can be set, each within the range. Errors: EINVAL. */
export const numbersIn =
  (valuesOf: (task: Task) => Values) =>
  (initial: readonly number[], range: Range = {}): Declaration =>
  (_kernel, path) =>
    cells(
      {
        read: task => valuesOf(task).get(path) ?? initial,
        write: (task, given) => valuesOf(task).set(path, given),
      },
      range,
    )

/** Of the whole system. */
export const numbers = numbersIn(({ kernel }) => values(kernel))

/** A number that another part of the kernel keeps. Errors: EINVAL. */
export const kept =
  (
    read: (task: Task) => number,
    write: (task: Task, value: number) => void,
    { min = 0, max = INT_MAX, mode = 0o644 }: Range = {},
  ): Declaration =>
  () =>
    control(mode, {
      read: task => `${read(task)}\n`,
      write: (task, data, offset) => {
        const [value] = parseNumbers(byteString(data), 1, min, max)
        if (offset === 0) write(task, value!)
        return data.length
      },
    })

export const number = (initial: number, range: Range = {}): Declaration => numbers([initial], range)

/** As `numbers`, kept by something else. */
export const numbersOf =
  (
    read: (task: Task) => readonly number[],
    write: (task: Task, values: readonly number[]) => void,
    range: Range = {},
  ): Declaration =>
  () =>
    cells({ read, write }, range)

function parseNumbers(written: string, count: number, min: number, max: number): number[] {
  const words = written.replace(/\0.*$/s, '').trim().split(/\s+/)
  if (words[0] === '' || words.length > count) throw EINVAL
  return words.map(word => {
    const value = parseInteger(word)
    if (value < min || value > max) throw EINVAL
    return value
  })
}

export function controls(kernel: Kernel, declared: Declarations, path = ''): DirectoryNode {
  const entries: Record<string, Node> = {}
  for (const [name, entry] of Object.entries(declared)) {
    const below = path === '' ? name : `${path}/${name}`
    entries[name] =
      typeof entry === 'function' ? entry(kernel, below) : controls(kernel, entry, below)
  }
  return { ...directory(entries), isUncounted: true }
}
