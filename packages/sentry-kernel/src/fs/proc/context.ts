// What one proc mount knows: its kernel, the PID namespace it shows, its options. (fs/proc)

import type { Kernel } from '../../kernel/kernel.ts'
import type { PidNamespace } from '../../task/pid-namespace.ts'
import type { CpuModel } from './system/cpuinfo.ts'

/**
 * hidepid=: whose processes a user sees. `off`: all; `noaccess`: names only of others'; `invisible`:
 * others' not at all; `ptraceable`: only what it may trace.
 */
export type HidePid = 'off' | 'noaccess' | 'invisible' | 'ptraceable'

export interface ProcfsOptions {
  /** What /proc/cpuinfo describes; a plain x86-64-v2 machine when absent. */
  readonly cpu?: CpuModel
  /** /proc/cmdline, a byte string without newline. */
  readonly commandLine?: string
  readonly hidePid?: HidePid
  /** gid=: members of this group see everything in spite of `hidePid`. */
  readonly gid?: number
  /** subset=pid: only the process directories, self and thread-self. */
  readonly subset?: 'pid'
}

export interface ProcContext {
  readonly kernel: Kernel
  readonly namespace: PidNamespace
  readonly options: ProcfsOptions
}
