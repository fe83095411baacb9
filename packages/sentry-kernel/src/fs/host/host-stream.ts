// A host pipe, socket or character device as an open guest file. (fs/host)

import { EAGAIN, EPIPE, SIGPIPE } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoSource, IoTarget } from '../../mm/io.ts'
import type { HostFile } from '../../platform/host.ts'
import { raise } from '../../signal/raise.ts'
import type { Task } from '../../task/task.ts'
import { FileDescription } from '../../vfs/file-description.ts'
import type { Path } from '../../vfs/path.ts'
import { widened } from '../poll-events.ts'
import type { HostInode } from './host-inode.ts'

const CHUNK = 64 * 1024
const chunk = new Uint8Array(CHUNK)

export class HostStream extends FileDescription {
  declare readonly inode: HostInode
  readonly host: HostFile
  #unwatch: (() => void) | undefined

  constructor(inode: HostInode, path: Path | undefined, flags: number) {
    super(inode, path, flags)
    this.host = inode.host
    inode.hold()
  }
  protected override close(): void {
    this.#unwatch?.()
    this.inode.drop()
  }
  override get writesAll(): boolean {
    return true
  }

  /** Only what somebody waited for is watched: an idle stdin costs nothing. */
  #watch(): void {
    this.#unwatch ??= this.host.watch(events => this.queue.notify(widened(events)))
  }

  override read(_task: Task, target: IoTarget, _offset: number): number {
    const want = Math.min(target.remaining, CHUNK)
    if (want === 0) return 0
    let got: number
    try {
      got = this.host.read(chunk.subarray(0, want), -1)
    } catch (error) {
      if (error !== EAGAIN) throw error
      this.#watch()
      return WOULD_BLOCK
    }
    return got === 0 ? 0 : target.put(chunk.subarray(0, got))
  }

  /** Errors: EPIPE, with SIGPIPE to the task. */
  override write(task: Task, source: IoSource, _offset: number): number {
    let total = 0
    while (source.remaining > 0) {
      const taken = source.take(chunk.subarray(0, Math.min(source.remaining, CHUNK)))
      const written = this.#send(task, chunk.subarray(0, taken), total)
      source.untake(taken - Math.max(written, 0))
      if (written === WOULD_BLOCK) return total === 0 ? WOULD_BLOCK : total
      total += written
    }
    return total
  }
  /** Bytes written. Once something was, a failure is left for the next call to find. */
  #send(task: Task, data: Uint8Array, before: number): number {
    try {
      return this.host.write(data, -1)
    } catch (error) {
      if (error === EAGAIN) this.#watch()
      else if (before === 0) {
        if (error === EPIPE) raise(task, SIGPIPE)
        throw error
      }
      return WOULD_BLOCK
    }
  }

  override poll(): number {
    this.#watch()
    return widened(this.host.poll())
  }
  override label(): string {
    return `host:[${this.inode.attr().ino}]`
  }
}
