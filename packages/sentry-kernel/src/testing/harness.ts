// A whole deterministic Linux kernel in an object, with guests written in JavaScript. (testing)

import { Tmpfs } from '../fs/tmpfs/tmpfs.ts'
import type { ProcessOptions } from '../kernel/create-process.ts'
import { Kernel, type RunResult } from '../kernel/kernel.ts'
import type { KernelLog } from '../kernel/log.ts'
import { Reg } from '../platform/registers.ts'
import { type Credentials, rootCredentials } from '../task/credentials.ts'
import type { FileSystem } from '../vfs/inode.ts'
import { MountNamespace } from '../vfs/mount-namespace.ts'
import type { GuestFunction } from './guest.ts'
import { InProcessPlatform } from './in-process.ts'
import { SeededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

export interface HarnessOptions {
  /** Randomness of the kernel. Default 1. */
  readonly seed?: number
  /** Explore interleavings: see InProcessOptions. */
  readonly scheduleSeed?: number
  readonly creds?: Credentials
  /** What the guest sees as "/". Default: an empty tmpfs with mode 0755. */
  readonly rootFs?: (harness: { platform: InProcessPlatform; clock: VirtualClock }) => FileSystem
  readonly hostname?: string
  readonly cpus?: number
  readonly log?: KernelLog
}

/** Errors and warnings of the kernel, kept for assertions. */
export class RecordingLog implements KernelLog {
  readonly lines: string[] = []
  debug(): void {}
  warn(message: string): void {
    this.lines.push(`warning: ${message}`)
  }
  error(message: string): void {
    this.lines.push(`error: ${message}`)
  }
}

/** A kernel on the in-process platform. */
export class Harness {
  readonly clock = new VirtualClock()
  readonly platform: InProcessPlatform
  readonly log: KernelLog
  readonly kernel: Kernel
  readonly rootFs: FileSystem
  readonly mounts: MountNamespace
  readonly creds: Credentials

  constructor(options: HarnessOptions = {}) {
    const { clock } = this
    this.platform = new InProcessPlatform(
      options.scheduleSeed === undefined
        ? { clock }
        : { clock, scheduleSeed: options.scheduleSeed },
    )
    this.log = options.log ?? new RecordingLog()
    this.kernel = new Kernel({
      platform: this.platform,
      clock,
      random: new SeededRandom(options.seed ?? 1),
      log: this.log,
      hostname: options.hostname ?? 'tsvisor',
      cpus: options.cpus ?? 1,
    })
    this.rootFs =
      options.rootFs?.(this) ?? new Tmpfs({ platform: this.platform, clock, dev: 1, mode: 0o755 })
    this.mounts = MountNamespace.create(this.kernel.vfs, this.rootFs)
    this.creds = options.creds ?? rootCredentials()
  }

  /** Makes `main` the first process. `options` override what it starts with. */
  start(main: GuestFunction, options: Partial<ProcessOptions> = {}): this {
    this.kernel.createInit(this.process(main, options))
    return this
  }
  /** What createInit or createProcess need to run a guest function. */
  process(main: GuestFunction, options: Partial<ProcessOptions> = {}): ProcessOptions {
    return {
      file: 'guest',
      argv: ['guest'],
      env: [],
      creds: this.creds,
      mounts: this.mounts,
      stdio: [],
      load: task => {
        task.thread.registers.set(Reg.rip, this.platform.codeAddress(main))
      },
      ...options,
    }
  }
  /** Runs `main` as the first process to its end. */
  run(main: GuestFunction, options: Partial<ProcessOptions> = {}): RunResult {
    return this.start(main, options).kernel.run()
  }
}

/** Runs one guest program on a fresh kernel; what `run` answers. */
export const runGuest = (main: GuestFunction, options: HarnessOptions = {}): RunResult =>
  new Harness(options).run(main)
