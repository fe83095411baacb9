// The line discipline, compared with what a Linux pty did (pty-native.py made pty-native.json).
import { readFileSync } from 'node:fs'
import * as abi from '@tsvisor/abi'
import { EAGAIN, Errno, FIONREAD, TCFLSH, TIOCPKT } from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { DevptsFs } from '../../src/fs/pty/devpts.ts'
import type { PtyMaster } from '../../src/fs/pty/pty-master.ts'
import { PtySlave } from '../../src/fs/pty/pty-slave.ts'
import type { Termios } from '../../src/fs/pty/termios.ts'
import { WOULD_BLOCK } from '../../src/kernel/blocking.ts'
import { BufferIo } from '../../src/mm/io.ts'
import type { Task } from '../../src/task/task.ts'
import { Harness } from '../../src/testing/index.ts'

type Step = readonly [op: string, ...args: (string | number)[]]
interface Case {
  readonly name: string
  readonly setup: Readonly<Record<string, number>>
  readonly steps: readonly Step[]
  readonly log: readonly unknown[]
}

const cases: Case[] = JSON.parse(readFileSync(new URL('pty-native.json', import.meta.url), 'utf8'))
const bytes = (s: string) => Uint8Array.from(s, c => c.charCodeAt(0))
const O_RDWR_NONBLOCK = 2 | 0o4000

/** A pty pair of a task that is not in its session, and one word of memory for ioctls. */
function pair(): { master: PtyMaster; slave: PtySlave; task: Task; word: { value: number } } {
  const harness = new Harness()
  harness.start(function* (sys) {
    yield* sys.getpid()
  })
  const word = { value: 0 }
  const real = harness.kernel.init!.leader
  const mm = { writeU32: (_: number, v: number) => (word.value = v), readI32: () => word.value }
  const task = Object.create(real, { mm: { value: mm } }) as Task
  const fs = new DevptsFs(harness.kernel, 5)
  const master = fs.openMaster(task, fs.root, undefined, O_RDWR_NONBLOCK)
  master.tty.locked = false
  const slave = new PtySlave(master.tty, fs.slave(0)!, undefined, O_RDWR_NONBLOCK)
  return { master, slave, task, word }
}

function replay({ setup, steps }: Case): unknown[] {
  const { master, slave, task, word } = pair()
  const { tty } = master
  const cc = tty.termios.cc.slice()
  const flags: Partial<Record<'iflag' | 'oflag' | 'lflag', number>> = {}
  for (const [key, value] of Object.entries(setup)) {
    if (key.endsWith('flag')) flags[key as 'iflag'] = value
    else cc[(abi as unknown as Record<string, number>)[key]!] = value
  }
  tty.configure({ ...tty.termios, ...flags, cc })
  const one = ([op, arg, value]: Step): unknown => {
    const file = op[0] === 'm' ? master : slave
    switch (op.slice(1)) {
      case 'w':
        return file.write(task, new BufferIo(bytes(arg as string)), -1)
      case 'r': {
        const io = new BufferIo(new Uint8Array(arg as number))
        const data = new Uint8Array(arg as number)
        const target = new BufferIo(data)
        const n = file.read(task, target, -1)
        void io
        return n === WOULD_BLOCK ? n : String.fromCharCode(...data.subarray(0, n))
      }
      case 'p':
        return file.poll() & 0x3f
      case 'q':
        file.ioctl(task, FIONREAD, 0)
        return word.value
      case 'a':
        tty.configure({ ...tty.termios, [arg as string]: value } as Termios)
        return 0
      case 'k':
        word.value = arg as number
        return master.ioctl(task, TIOCPKT, 0)
      case 'f':
        return slave.ioctl(task, TCFLSH, arg as number)
      default:
        file.release()
        return 0
    }
  }
  return steps.map(step => {
    try {
      const result = one(step)
      return result === WOULD_BLOCK ? { errno: EAGAIN.code } : result
    } catch (error) {
      if (error instanceof Errno) return { errno: error.code }
      throw error
    }
  })
}

describe('as a Linux pty', () => {
  test.each(cases.map(c => [c.name, c] as const))('%s', (_name, c) => {
    expect(replay(c)).toEqual(c.log)
  })
})
