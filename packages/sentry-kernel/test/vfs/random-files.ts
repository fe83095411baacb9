// Random sequences of file operations, run by a guest and by node:fs on the host. (test)

import * as fs from 'node:fs'
import { Errno, O_RDWR } from '@tsvisor/abi'
import type { Guest, Sys } from '../../src/testing/guest.ts'

/** A small linear generator: sequences are named by their seed. */
export class Dice {
  #state: number
  constructor(seed: number) {
    this.#state = seed >>> 0
  }
  below(n: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 2 ** 32) * n)
  }
  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)]!
  }
}

export interface Operation {
  readonly name: keyof typeof onHost
  readonly path: string
  readonly other: string
  readonly number: number
}

const NAMES = ['a', 'b', 'c', 'd']
const OPEN_FLAGS = [
  0, 1, 2, 0o101, 0o102, 0o302, 0o1001, 0o1101, 0o2101, 0o200000, 0o400000, 0o400102, 0o200101,
  0o10000000, 0o10200000, 0o1000, 0o10400000, 0o20200002,
]

function randomPath(dice: Dice): string {
  const parts: string[] = []
  const depth = 1 + dice.below(3)
  for (let i = 0; i < depth; i++) {
    const odd = dice.below(20)
    parts.push(odd === 0 ? '.' : odd === 1 && i > 0 ? '..' : dice.pick(NAMES))
  }
  const end = dice.below(15)
  return parts.join(dice.below(20) === 0 ? '//' : '/') + (end === 0 ? '/' : end === 1 ? '/.' : '')
}

export function randomOperation(dice: Dice, users: 'root' | 'several' = 'root'): Operation {
  const name = dice.pick(users === 'root' ? weighted : asUsers)
  const other =
    name === 'symlink'
      ? dice.pick(['a', 'b', 'c/d', './a', '../b', 'a/', '.', '..', 'd'])
      : randomPath(dice)
  return { name, path: randomPath(dice), other, number: dice.below(1 << 20) }
}

const idOf = (n: number): number => [0, 1000, 1001][n % 3]!
const modeOf = (n: number): number => [0o755, 0o700, 0o644, 0o1777, 0o2755, 0o4711][n % 6]!
const flagsOf = (n: number): number => OPEN_FLAGS[n % OPEN_FLAGS.length]!
/** Whether it opens with O_TMPFILE. */
export const usesTmpfile = ({ name, number }: Operation): boolean =>
  (name === 'read' || name === 'write') && (flagsOf(number) & 0o20000000) !== 0
const sizeOf = (n: number): number => [0, 1, 100, 4096, 5000, 70_000, 300_000][n % 7]!
const patternOf = (n: number): Uint8Array => new Uint8Array(sizeOf(n) % 9000).fill(1 + (n % 250))
const accessOf = (n: number): number => n % 8

/** What lstat shows of both sides that must agree. */
const shape = (mode: number, nlink: number, size: number): string => {
  const directory = (mode & 0o170000) === 0o040000
  return `${mode.toString(8)} ${nlink} ${directory ? '-' : size}`
}

/** Runs on the host below `base`; the result, or the name of an errno. */
export function runOnHost(base: string, operation: Operation): string {
  try {
    return String(onHost[operation.name](`${base}/${operation.path}`, operation, base))
  } catch (error) {
    return (error as NodeJS.ErrnoException).code ?? String(error)
  }
}

const closing = (fd: number, use: (fd: number) => string): string => {
  try {
    return use(fd)
  } finally {
    fs.closeSync(fd)
  }
}

/** Effective user and group; the real ones stay root's, so that it can be undone. */
export function becomeOnHost(id: number): void {
  process.seteuid?.(0)
  process.setegid?.(id)
  process.seteuid?.(id)
}

const onHost = {
  become: (_path: string, { number }: Operation) => becomeOnHost(idOf(number)),
  mkdir: (path: string, { number }: Operation) => void fs.mkdirSync(path, modeOf(number)),
  rmdir: (path: string) => void fs.rmdirSync(path),
  unlink: (path: string) => void fs.unlinkSync(path),
  rename: (path: string, { other }: Operation, base: string) =>
    void fs.renameSync(path, `${base}/${other}`),
  link: (path: string, { other }: Operation, base: string) =>
    void fs.linkSync(path, `${base}/${other}`),
  symlink: (path: string, { other }: Operation) => void fs.symlinkSync(other, path),
  readlink: (path: string) => fs.readlinkSync(path),
  lstat: (path: string) => {
    const { mode, nlink, size } = fs.lstatSync(path)
    return shape(mode, nlink, size)
  },
  stat: (path: string) => {
    const { mode, nlink, size } = fs.statSync(path)
    return shape(mode, nlink, size)
  },
  chmod: (path: string, { number }: Operation) => void fs.chmodSync(path, modeOf(number)),
  chown: (path: string, { number }: Operation) =>
    void fs.chownSync(path, idOf(number), idOf(number >> 4)),
  truncate: (path: string, { number }: Operation) => {
    const fd = fs.openSync(path, O_RDWR)
    return closing(fd, () => String(fs.ftruncateSync(fd, sizeOf(number)) ?? ''))
  },
  access: (path: string, { number }: Operation) => void fs.accessSync(path, accessOf(number)),
  readdir: (path: string) => fs.readdirSync(path).sort().join(' '),
  write: (path: string, { number }: Operation) => {
    const fd = fs.openSync(path, flagsOf(number), modeOf(number))
    return closing(fd, () =>
      String(fs.writeSync(fd, patternOf(number), 0, null, number % 3 ? null : sizeOf(number >> 3))),
    )
  },
  read: (path: string, { number }: Operation) => {
    const fd = fs.openSync(path, flagsOf(number), modeOf(number))
    return closing(fd, () => {
      const data = new Uint8Array(9000)
      const got = fs.readSync(fd, data, 0, data.length, number % 3 ? null : sizeOf(number >> 3))
      return `${got} ${digest(data.subarray(0, got))}`
    })
  },
}
const weighted: readonly Operation['name'][] = [
  ...(Object.keys(onHost) as Operation['name'][]).filter(name => name !== 'become'),
  'mkdir',
  'mkdir',
  'write',
  'write',
  'rename',
  'rename',
  'link',
  'symlink',
]
/** With changes of the effective user, which permissions then depend on. */
const asUsers: readonly Operation['name'][] = [
  ...weighted,
  ...(['become', 'become', 'become', 'chmod', 'chmod', 'chown', 'chown'] as const),
]

function digest(data: Uint8Array): number {
  let sum = 17
  for (const byte of data) sum = (Math.imul(sum, 31) + byte) >>> 0
  return sum
}

/** Leaves an id alone in setresuid(2). */
const KEEP = 0xffff_ffff

class Failure extends Error {}
const ok = (result: number): number => {
  if (result < 0) throw new Failure(Errno.of(-result).name)
  return result
}

/** Runs in a guest below its working directory `base`. */
export function* runInGuest(sys: Sys, base: string, operation: Operation): Guest<string> {
  try {
    return yield* guestOperation(sys, `${base}/${operation.path}`, operation, base)
  } catch (error) {
    if (error instanceof Failure) return error.message
    throw error
  }
}

function* guestOperation(
  sys: Sys,
  path: string,
  { name, other, number }: Operation,
  base: string,
): Guest<string> {
  const nothing = 'undefined'
  switch (name) {
    case 'become': {
      const id = idOf(number)
      ok(yield* sys.setresuid(KEEP, 0, KEEP))
      ok(yield* sys.setresgid(KEEP, id, KEEP))
      ok(yield* sys.setresuid(KEEP, id, KEEP))
      return nothing
    }
    case 'mkdir':
      ok(yield* sys.mkdir(path, modeOf(number)))
      return nothing
    case 'rmdir':
    case 'unlink':
      ok(yield* sys[name](path))
      return nothing
    case 'rename':
    case 'link':
      ok(yield* sys[name](path, `${base}/${other}`))
      return nothing
    case 'symlink':
      ok(yield* sys.symlink(other, path))
      return nothing
    case 'readlink': {
      const data = new Uint8Array(300)
      const length = ok(yield* sys.readlink(path, data, data.length))
      return String.fromCharCode(...data.subarray(0, length))
    }
    case 'lstat':
    case 'stat': {
      const result: Record<string, number> = {}
      ok(yield* sys[name](path, result))
      return shape(result['st_mode']!, result['st_nlink']!, result['st_size']!)
    }
    case 'chmod':
      ok(yield* sys.chmod(path, modeOf(number)))
      return nothing
    case 'chown':
      ok(yield* sys.chown(path, idOf(number), idOf(number >> 4)))
      return nothing
    case 'access':
      ok(yield* sys.access(path, accessOf(number)))
      return nothing
    case 'truncate':
      return yield* withFile(sys, path, O_RDWR, 0, function* (fd) {
        ok(yield* sys.ftruncate(fd, sizeOf(number)))
        return ''
      })
    case 'readdir':
      return yield* withFile(sys, path, 0o200000, 0, function* (fd) {
        return (yield* entriesOf(sys, fd)).sort().join(' ')
      })
    case 'write':
      return yield* withFile(sys, path, flagsOf(number), modeOf(number), function* (fd) {
        const data = patternOf(number)
        const done =
          number % 3
            ? yield* sys.write(fd, data, data.length)
            : yield* sys.pwrite64(fd, data, data.length, sizeOf(number >> 3))
        return String(ok(done))
      })
    case 'read':
      return yield* withFile(sys, path, flagsOf(number), modeOf(number), function* (fd) {
        const data = new Uint8Array(9000)
        const got =
          number % 3
            ? ok(yield* sys.read(fd, data, data.length))
            : ok(yield* sys.pread64(fd, data, data.length, sizeOf(number >> 3)))
        return `${got} ${digest(data.subarray(0, got))}`
      })
  }
}

function* withFile(
  sys: Sys,
  path: string,
  flags: number,
  mode: number,
  use: (fd: number) => Guest<string>,
): Guest<string> {
  const fd = ok(yield* sys.open(path, flags, mode))
  try {
    return yield* use(fd)
  } finally {
    yield* sys.close(fd)
  }
}

function* entriesOf(sys: Sys, fd: number): Guest<string[]> {
  const names: string[] = []
  const data = new Uint8Array(96)
  for (;;) {
    const length = ok(yield* sys.getdents64(fd, data, data.length))
    if (length === 0) return names
    for (let at = 0; at < length; at += data[at + 16]! + data[at + 17]! * 256) {
      let name = ''
      for (let i = at + 19; data[i] !== 0; i++) name += String.fromCharCode(data[i]!)
      if (name !== '.' && name !== '..') names.push(name)
    }
  }
}
