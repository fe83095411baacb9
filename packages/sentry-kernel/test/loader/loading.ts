// A task without a kernel loop, and a tree of files in memory, for loader tests.

import { ENODEV, ENOENT, type Errno } from '@tsvisor/abi'
import { prepareImage } from '../../src/loader/image.ts'
import { installImage } from '../../src/loader/load-image.ts'
import type { IoTarget } from '../../src/mm/io.ts'
import type { MemoryManager } from '../../src/mm/memory-manager.ts'
import type { MapSource } from '../../src/platform/platform.ts'
import { rootCredentials } from '../../src/task/credentials.ts'
import { IoUsage } from '../../src/task/io-usage.ts'
import type { Task } from '../../src/task/task.ts'
import { FileDescription } from '../../src/vfs/file-description.ts'
import { testMemory } from '../mm/memory.ts'
import { Bytes } from '../mm/page-space.ts'

export class TestFile extends FileDescription {
  readonly data: Uint8Array
  readonly mappable: boolean
  constructor(data: Uint8Array, mappable: boolean) {
    const inode = {
      writers: 0,
      attr: () => ({ mode: 0o100755, uid: 0, gid: 0, size: data.length }),
    }
    super(inode as never, undefined, 0)
    this.data = data
    this.mappable = mappable
  }
  override read(_task: Task, target: IoTarget, offset: number): number {
    const rest = this.data.subarray(offset)
    return rest.length === 0 || target.remaining === 0
      ? 0
      : target.put(rest.subarray(0, target.remaining))
  }
  override mmap(_task: Task, offset: number): MapSource {
    if (!this.mappable) throw ENODEV
    return { kind: 'file', file: new Bytes(this.data), offset, shared: false }
  }
}

export interface Loaded {
  readonly mm: MemoryManager
  readonly ip: number
  readonly sp: number
  readonly file: TestFile
}

/** Loads `data`; throws the Errno. Scripts and interpreters are not found (ENOENT). */
export function load(
  data: Uint8Array,
  options: {
    argv?: string[]
    envp?: string[]
    limits?: Record<number, number>
    mappable?: boolean
  } = {},
): Loaded {
  const { mm, task } = testMemory(options.limits ?? {})
  const creds = rootCredentials()
  Object.assign(task, {
    creds,
    io: new IoUsage(),
    kernel: { random: { fill: (bytes: Uint8Array) => bytes.fill(9) }, platform: {} },
    thread: { readFpu: () => new Uint8Array(832) },
    fds: { peek: () => undefined, get: () => undefined },
  })
  Object.defineProperty(task, 'fs', {
    get: () => {
      throw ENOENT
    },
  })
  const file = new TestFile(data, options.mappable ?? true)
  const image = prepareImage(task, {
    file: file.hold() as TestFile,
    filename: '/bin/program',
    argv: options.argv ?? ['program', 'x'],
    envp: options.envp ?? ['A=1'],
    reachable: 'reachable',
  })
  try {
    const { ip, sp } = installImage(task, mm, image, {
      creds,
      secure: 'plain',
      randomisation: 'random',
    })
    return { mm, ip, sp, file }
  } finally {
    image.release()
  }
}

export type Outcome = 'loaded' | Errno
