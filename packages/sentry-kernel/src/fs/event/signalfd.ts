// signalfd: pending signals as something to read. (fs/event)
// Linux fs/signalfd.c.

import { EINVAL, POLLIN, SIGKILL, SIGSTOP } from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { IoTarget } from '../../mm/io.ts'
import type { SignalInfo } from '../../signal/signal-info.ts'
import { SignalSet } from '../../signal/signal-set.ts'
import type { Task } from '../../task/task.ts'
import type { Inode } from '../../vfs/inode.ts'
import { AnonFile } from '../anon/anon-file.ts'

/** sizeof(struct signalfd_siginfo) */
const INFO_SIZE = 128
const record = new Uint8Array(INFO_SIZE)
const view = new DataView(record.buffer)

/**
 * Reads take signals of the reading task. Linux polls for the polling task; here polls look at the
 * task that made it (they differ only when the descriptor is passed to another process).
 */
export class SignalFd extends AnonFile {
  readonly #owner: Task
  #mask = new SignalSet()

  constructor(owner: Task, inode: Inode, mask: SignalSet, flags: number) {
    super(inode, undefined, 2 | flags, owner.group.signalQueue)
    this.#owner = owner
    this.setMask(mask)
  }
  setMask(mask: SignalSet): void {
    const set = mask.copy()
    set.remove(SIGKILL)
    set.remove(SIGSTOP)
    this.#mask = set
    this.queue.notify(POLLIN)
  }

  override read(task: Task, target: IoTarget, _offset: number): number {
    if (target.remaining < INFO_SIZE) throw EINVAL
    let total = 0
    while (target.remaining >= INFO_SIZE) {
      const info =
        task.signals.pending.takeFrom(this.#mask) ?? task.group.pending.takeFrom(this.#mask)
      if (info === undefined) break
      encode(info)
      total += target.put(record)
    }
    return total === 0 ? WOULD_BLOCK : total
  }

  override poll(): number {
    const { signals, group } = this.#owner
    const ready =
      signals.pending.set.intersects(this.#mask) || group.pending.set.intersects(this.#mask)
    return ready ? POLLIN : 0
  }
  override label(): string {
    return 'anon_inode:[signalfd]'
  }
  override fdinfo(): string {
    return `sigmask:\t${this.#mask.bits.toString(16).padStart(16, '0')}\n`
  }
}

/** struct signalfd_siginfo, linux/signalfd.h. */
function encode(info: SignalInfo): void {
  record.fill(0)
  view.setUint32(0, info.signo, true)
  view.setInt32(4, info.errno ?? 0, true)
  view.setInt32(8, info.code, true)
  view.setUint32(12, info.pid ?? 0, true)
  view.setUint32(16, info.uid ?? 0, true)
  view.setInt32(20, info.fd ?? 0, true)
  view.setUint32(24, info.timerid ?? 0, true)
  view.setUint32(28, info.band ?? 0, true)
  view.setUint32(32, info.overrun ?? 0, true)
  view.setInt32(40, info.status ?? 0, true)
  const value = BigInt.asUintN(64, info.value ?? 0n)
  view.setInt32(44, Number(BigInt.asIntN(32, value)), true)
  view.setBigUint64(48, value, true)
  view.setBigUint64(56, BigInt(Math.floor(info.utime ?? 0)), true)
  view.setBigUint64(64, BigInt(Math.floor(info.stime ?? 0)), true)
  view.setBigUint64(72, BigInt(info.addr ?? 0), true)
  view.setInt32(84, info.syscall ?? 0, true)
}
