// null, zero, full, random, urandom: devices of major 1. (fs/devices)
// Linux drivers/char/mem.c, drivers/char/random.c.

import {
  type Addr,
  EINVAL,
  ENODEV,
  ENOSPC,
  EPERM,
  makedev,
  POLLIN,
  POLLOUT,
  POLLRDNORM,
  POLLWRNORM,
} from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import { lazily } from '../../kernel/lazily.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { MapSource } from '../../platform/platform.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import type { DeviceRegistry } from './registry.ts'

const zerosOf = lazily(() => new Uint8Array(64 * 1024))
const scratch = new Uint8Array(4096)
/** RNDGETENTCNT, linux/random.h */
const RNDGETENTCNT = 0x80045200
const RNDADDTOENTCNT = 0x40045201
const RNDADDENTROPY = 0x40085203

abstract class MemoryDevice extends FileDescription {
  override get seekable(): boolean {
    return true
  }
  /** null_lseek: always at 0. */
  override seek(_task: Task, _offset: number, _whence: number): number {
    this.position = 0
    return 0
  }
}

/** Takes the whole source without looking at it. */
const swallow = (source: IoSource): number => source.remaining

class NullDevice extends MemoryDevice {
  override read(_task: Task, _target: IoTarget, _offset: number): number {
    return 0
  }
  override write(_task: Task, source: IoSource, _offset: number): number {
    return swallow(source)
  }
}

class ZeroDevice extends MemoryDevice {
  override read(_task: Task, target: IoTarget, _offset: number): number {
    const zeros = zerosOf()
    let total = 0
    while (target.remaining > 0) {
      const wanted = Math.min(target.remaining, zeros.length)
      const stored = target.put(zeros)
      total += stored
      if (stored < wanted) break
    }
    return total
  }
  override write(_task: Task, source: IoSource, _offset: number): number {
    return swallow(source)
  }
  /** As without a file: shared mappings get pages of their own (shmem_zero_setup). */
  override mmap(): MapSource {
    return { kind: 'anonymous' }
  }
}

class FullDevice extends ZeroDevice {
  override write(_task: Task, _source: IoSource, _offset: number): number {
    throw ENOSPC
  }
  override mmap(): MapSource {
    throw ENODEV
  }
}

class RandomDevice extends MemoryDevice {
  readonly #kernel: Kernel
  constructor(kernel: Kernel, inode: Inode, path: Path | undefined, flags: number) {
    super(inode, path, flags)
    this.#kernel = kernel
  }
  override read(_task: Task, target: IoTarget, _offset: number): number {
    let total = 0
    while (target.remaining > 0) {
      const piece = scratch.subarray(0, Math.min(target.remaining, scratch.length))
      this.#kernel.random.fill(piece)
      const stored = target.put(piece)
      total += stored
      if (stored < piece.length) break
    }
    scratch.fill(0)
    return total
  }
  /** What is written would be mixed into the pool; the host's needs none. */
  override write(_task: Task, source: IoSource, _offset: number): number {
    let total = 0
    while (source.remaining > 0) {
      const taken = source.take(scratch)
      if (taken === 0) break
      total += taken
    }
    return total
  }
  override ioctl(task: Task, request: number, arg: number): number {
    if (request === RNDGETENTCNT) {
      task.mm.writeU32(arg as Addr, 256)
      return 0
    }
    if (request === RNDADDTOENTCNT || request === RNDADDENTROPY) throw EPERM
    throw EINVAL
  }
}

/** /dev/random can be waited for, /dev/urandom cannot. */
class BlockingRandomDevice extends RandomDevice {
  override poll(): number {
    return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM
  }
}

type Make = (kernel: Kernel, inode: Inode, path: Path | undefined, flags: number) => FileDescription

const devices = new Map<number, Make>([
  [makedev(1, 3), (_kernel, inode, path, flags) => new NullDevice(inode, path, flags)],
  [makedev(1, 5), (_kernel, inode, path, flags) => new ZeroDevice(inode, path, flags)],
  [makedev(1, 7), (_kernel, inode, path, flags) => new FullDevice(inode, path, flags)],
  [
    makedev(1, 8),
    (kernel, inode, path, flags) => new BlockingRandomDevice(kernel, inode, path, flags),
  ],
  [makedev(1, 9), (kernel, inode, path, flags) => new RandomDevice(kernel, inode, path, flags)],
])

/** The device of this number, opened without a path; undefined if there is none. */
export const openMemoryDevice = (
  kernel: Kernel,
  rdev: number,
  inode: Inode,
  flags: number,
): FileDescription | undefined => devices.get(rdev)?.(kernel, inode, undefined, flags)

export function registerMemoryDevices(registry: DeviceRegistry): void {
  for (const [rdev, make] of devices) {
    registry.register(rdev, (task, inode, path, flags) => make(task.kernel, inode, path, flags))
  }
}
