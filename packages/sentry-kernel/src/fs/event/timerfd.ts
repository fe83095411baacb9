// timerfd: a timer that can be waited for. (fs/event)
// Linux fs/timerfd.c.

import {
  CLOCK_BOOTTIME_ALARM,
  CLOCK_REALTIME,
  CLOCK_REALTIME_ALARM,
  EINVAL,
  POLLIN,
  TFD_TIMER_ABSTIME,
} from '@tsvisor/abi'
import { WOULD_BLOCK } from '../../kernel/blocking.ts'
import type { Kernel } from '../../kernel/kernel.ts'
import type { IoTarget } from '../../mm/io.ts'
import type { Task } from '../../task/task.ts'
import type { Timer } from '../../time/timer-queue.ts'
import type { Inode } from '../../vfs/inode.ts'
import { AnonFile } from '../anon/anon-file.ts'

/** Both in ns; 0 for none. */
export interface TimerSetting {
  readonly intervalNs: number
  readonly valueNs: number
}

const ticksOut = new Uint8Array(8)
const ticksView = new DataView(ticksOut.buffer)

export class TimerFd extends AnonFile {
  readonly clock: number
  readonly #kernel: Kernel
  #intervalNs = 0
  /** When it expires next, on the monotonic scale; undefined when disarmed. */
  #nextNs: number | undefined
  /** A one-shot timer that went off and was not read. */
  #ticks = 0
  #settimeFlags = 0
  #timer: Timer | undefined

  constructor(kernel: Kernel, inode: Inode, clock: number, flags: number) {
    super(inode, undefined, 2 | flags)
    this.#kernel = kernel
    this.clock = clock
  }
  protected override close(): void {
    this.#disarm()
  }
  get isAlarm(): boolean {
    return this.clock === CLOCK_REALTIME_ALARM || this.clock === CLOCK_BOOTTIME_ALARM
  }

  /** timerfd_settime. Returns the setting before. */
  set(setting: TimerSetting, flags: number): TimerSetting {
    const old = this.get()
    this.#disarm()
    this.#ticks = 0
    this.#settimeFlags = flags
    this.#intervalNs = setting.intervalNs
    if (setting.valueNs > 0) {
      const absolute = (flags & TFD_TIMER_ABSTIME) !== 0
      this.#arm(absolute ? this.#toMonotonic(setting.valueNs) : this.#now() + setting.valueNs)
    }
    return old
  }
  /** timerfd_gettime: what is left. A timer that is overdue counts its ticks, and shows the next. */
  get(): TimerSetting {
    this.#advance()
    if (this.#nextNs === undefined) return { intervalNs: this.#intervalNs, valueNs: 0 }
    if (this.#timer === undefined) this.#arm(this.#nextNs)
    const left = Math.max(1, this.#nextNs - this.#now())
    return { intervalNs: this.#intervalNs, valueNs: left }
  }

  #now(): number {
    return this.#kernel.clock.monotonicNs()
  }
  /** CLOCK_REALTIME cannot be set in here, so its distance to the monotonic clock is fixed enough. */
  #toMonotonic(atNs: number): number {
    if (this.clock !== CLOCK_REALTIME && this.clock !== CLOCK_REALTIME_ALARM) return atNs
    const { sec, nsec } = this.#kernel.clock.realtime()
    return this.#now() + (atNs - (sec * 1e9 + nsec))
  }
  #arm(atNs: number): void {
    this.#nextNs = atNs
    // Not armed again until it is read: nobody needs to be woken twice (timerfd_tmrproc).
    this.#timer = this.#kernel.timers.add(atNs, () => {
      this.#timer = undefined
      this.queue.notify(POLLIN)
    })
  }
  #disarm(): void {
    if (this.#timer) this.#kernel.timers.cancel(this.#timer)
    this.#timer = undefined
    this.#nextNs = undefined
  }
  /** Counts expirations up to now. */
  #advance(): void {
    if (this.#nextNs === undefined) return
    const late = this.#now() - this.#nextNs
    if (late < 0) return
    if (this.#intervalNs === 0) {
      this.#ticks++
      this.#disarm()
      return
    }
    const times = Math.floor(late / this.#intervalNs) + 1
    this.#ticks += times
    const next = this.#nextNs + times * this.#intervalNs
    this.#disarm()
    this.#nextNs = next
  }

  override read(_task: Task, target: IoTarget, _offset: number): number {
    if (target.remaining < 8) throw EINVAL
    this.#advance()
    if (this.#nextNs !== undefined && this.#timer === undefined) this.#arm(this.#nextNs)
    if (this.#ticks === 0) return WOULD_BLOCK
    ticksView.setUint32(0, this.#ticks, true)
    ticksView.setUint32(4, Math.floor(this.#ticks / 0x1_0000_0000), true)
    this.#ticks = 0
    return target.put(ticksOut)
  }
  override poll(): number {
    const due = this.#nextNs !== undefined && this.#nextNs <= this.#now()
    return due || this.#ticks > 0 ? POLLIN : 0
  }
  override label(): string {
    return 'anon_inode:[timerfd]'
  }
  override fdinfo(): string {
    const ticks = this.#ticks
    const { intervalNs, valueNs } = this.get()
    const pair = (ns: number) => `(${Math.floor(ns / 1e9)}, ${Math.floor(ns % 1e9)})`
    return (
      `clockid: ${this.clock}\nticks: ${ticks}\nsettime flags: 0${this.#settimeFlags.toString(8)}\n` +
      `it_value: ${pair(valueNs)}\nit_interval: ${pair(intervalNs)}\n`
    )
  }
}
