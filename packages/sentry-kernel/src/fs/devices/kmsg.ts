// /dev/kmsg: the kernel's log, a record a read, and a way to add to it. (fs/devices)
// Linux kernel/printk/printk.c: devkmsg_read, devkmsg_write, devkmsg_llseek;
// Documentation/ABI/testing/dev-kmsg. Writers are not slowed down.

import { EINVAL, EPIPE, ESPIPE, makedev, SEEK_DATA, SEEK_END, SEEK_SET } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { LogRecord } from '../../kernel/printk.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import { bytesOf } from '../../mm/user-memory.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Inode } from '../../vfs/inode.ts'
import type { Path } from '../../vfs/path.ts'
import { READABLE, WRITABLE } from '../poll-events.ts'
import type { DeviceRegistry } from './registry.ts'

/** PRINTKRB_RECORD_MAX */
const MAX_RECORD = 1024
const LOG_WARNING = 4
const LOG_USER = 1 << 3

class KernelMessages extends FileDescription {
  readonly #kernel: Kernel
  #next: number

  constructor(kernel: Kernel, inode: Inode, path: Path | undefined, flags: number) {
    super(inode, path, flags, kernel.printk.queue)
    this.#kernel = kernel
    this.#next = kernel.printk.first
  }

  /** Errors: EPIPE, once, when records were forgotten before they were read; EINVAL for too small a buffer. */
  override read(_task: Task, target: IoTarget, _offset: number): number {
    const { printk } = this.#kernel
    if (this.#next < printk.first) {
      this.#next = printk.first
      throw EPIPE
    }
    const record = printk.record(this.#next)
    if (record === undefined) return WOULD_BLOCK
    const bytes = bytesOf(format(record, this.#next))
    if (target.remaining < bytes.length) throw EINVAL
    this.#next++
    return target.put(bytes)
  }

  override write(_task: Task, source: IoSource, _offset: number): number {
    const length = source.remaining
    if (length > MAX_RECORD) throw EINVAL
    const bytes = new Uint8Array(length)
    const taken = source.take(bytes)
    const { clock, bootNs, printk } = this.#kernel
    const written = String.fromCharCode(...bytes.subarray(0, taken))
    const timeUs = Math.floor((clock.monotonicNs() - bootNs) / 1000)
    printk.add({ ...parse(written), timeUs })
    return taken
  }

  /** To the oldest, to the first since the last clear, to what comes: no other places have a meaning. */
  override seek(_task: Task, offset: number, whence: number): number {
    if (offset !== 0) throw ESPIPE
    const { printk } = this.#kernel
    if (whence === SEEK_SET) this.#next = printk.first
    else if (whence === SEEK_DATA) this.#next = printk.cleared
    else if (whence === SEEK_END) this.#next = printk.next
    else throw EINVAL
    return 0
  }

  override poll(): number {
    return (this.#next < this.#kernel.printk.next ? READABLE : 0) | WRITABLE
  }
}

/** `<priority>text`, where a facility of 0, the kernel's, is not for others to use. */
function parse(written: string): Pick<LogRecord, 'priority' | 'text'> {
  const [prefix = '', digits] = /^<(\d{1,9})>/.exec(written) ?? []
  const given = digits === undefined ? LOG_WARNING : Number(digits)
  const priority = given >> 3 === 0 ? LOG_USER | given : given
  return { priority, text: written.slice(prefix.length).replace(/\n$/, '') }
}

/** What could steer a terminal, or be taken for the next record, is escaped. */
const format = ({ priority, timeUs, text }: LogRecord, number: number): string =>
  `${priority},${number},${timeUs},-;${text.replaceAll(/[^ -[\]-~]/g, escaped)}\n`

const escaped = (char: string): string => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`

export function registerKernelMessages(registry: DeviceRegistry): void {
  registry.register(makedev(1, 11), (task, inode, path, flags) => {
    return new KernelMessages(task.kernel, inode, path, flags)
  })
}
