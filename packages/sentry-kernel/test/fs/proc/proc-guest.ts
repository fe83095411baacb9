// A kernel with /proc mounted, and reading its files from a guest. (tests)

import { O_RDONLY } from '@tsvisor/abi'
import type { ProcfsOptions } from '../../../src/fs/proc/context.ts'
import { newProcfs } from '../../../src/fs/proc/procfs.ts'
import { byteString } from '../../../src/mm/user-memory.ts'
import {
  type Guest,
  type GuestFunction,
  Harness,
  type HarnessOptions,
  type RecordingLog,
  type Sys,
} from '../../../src/testing/index.ts'

export function procHarness(options: HarnessOptions = {}, procfs: ProcfsOptions = {}): Harness {
  const harness = new Harness(options)
  const { kernel, mounts, rootFs } = harness
  rootFs.root.mkdir('proc', 0o555, { uid: 0, gid: 0 })
  rootFs.root.mkdir('tmp', 0o1777, { uid: 0, gid: 0 })
  const proc = newProcfs({
    kernel,
    pidNamespace: kernel.rootPidNamespace,
    dev: kernel.nextDev(),
    options: procfs,
  })
  mounts.mount('/proc', proc, 0, 'proc')
  return harness
}

/** Runs a guest with /proc; its own assertions must not be lost, and the kernel must not complain. */
export function runWithProc(main: GuestFunction, options: HarnessOptions = {}): Harness {
  const harness = procHarness(options)
  let failure: unknown
  const guarded: GuestFunction = function* (sys, a, b, c) {
    try {
      return yield* main(sys, a, b, c)
    } catch (error) {
      failure = error
      return 1
    }
  }
  const result = harness.run(guarded)
  if (failure !== undefined) throw failure
  const { lines } = harness.log as RecordingLog
  if (lines.some(line => line.startsWith('error'))) throw new Error(lines.join('\n'))
  if (result.status !== 0) throw new Error(`the guest ended with ${result.status}`)
  return harness
}

/** The whole file as a byte string, or a negative errno. */
export function* tryRead(sys: Sys, path: string): Guest<string | number> {
  const fd = yield* sys.open(path, O_RDONLY, 0)
  if (fd < 0) return fd
  const buffer = new Uint8Array(4096)
  let text = ''
  let got: number
  do {
    got = yield* sys.read(fd, buffer, buffer.length)
    if (got > 0) text += byteString(buffer.subarray(0, got))
  } while (got > 0)
  yield* sys.close(fd)
  return got < 0 ? got : text
}

export function* readFile(sys: Sys, path: string): Guest<string> {
  const text = yield* tryRead(sys, path)
  if (typeof text === 'number') throw new Error(`${path}: ${text}`)
  return text
}

/** One write(2) to a file; its result. */
export function* writeFile(sys: Sys, path: string, text: string): Guest<number> {
  const fd = yield* sys.open(path, 1, 0)
  if (fd < 0) return fd
  const data = Uint8Array.from(text, char => char.charCodeAt(0))
  const done = yield* sys.write(fd, data, data.length)
  yield* sys.close(fd)
  return done
}

export function* readLink(sys: Sys, path: string): Guest<string | number> {
  const buffer = new Uint8Array(512)
  const got = yield* sys.readlink(path, buffer, buffer.length)
  return got < 0 ? got : byteString(buffer.subarray(0, got))
}

/** Names in a directory, sorted as they come. */
export function* listDirectory(sys: Sys, path: string, bufferBytes = 1024): Guest<string[]> {
  const fd = yield* sys.open(path, 0o200000, 0)
  if (fd < 0) throw new Error(`${path}: ${fd}`)
  const names: string[] = []
  for (;;) {
    const buffer = new Uint8Array(bufferBytes)
    const got = yield* sys.getdents64(fd, buffer, buffer.length)
    if (got < 0) throw new Error(`${path}: ${got}`)
    if (got === 0) break
    const view = new DataView(buffer.buffer)
    for (let at = 0; at < got; at += view.getUint16(at + 16, true)) {
      const record = byteString(buffer.subarray(at + 19, at + view.getUint16(at + 16, true)))
      names.push(record.slice(0, record.indexOf('\0')))
    }
  }
  yield* sys.close(fd)
  return names
}
