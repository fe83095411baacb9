// The flags before the verb, as they were given. (runsc)

import type { LogFormat } from './log.ts'

/** What happens where the host does not let a wall be raised: it is a warning, or an error. */
export type Walls = 'available' | 'required'

export interface GlobalOptions {
  /** Where the state of containers is kept. */
  readonly root: string
  readonly debug?: boolean
  readonly debugLog?: string
  readonly strace?: boolean
  readonly log?: string
  readonly logFormat: LogFormat
  readonly platform: 'ptrace'
  readonly network: string
  readonly fileAccess: 'exclusive' | 'shared'
  readonly walls?: Walls
  readonly watchdogAction?: 'log' | 'panic'
  readonly watchdogTimeout?: string
  readonly overlay?: 'memory' | 'none'
  readonly rootless?: boolean
  readonly systemdCgroup?: boolean
  readonly cgroupManager?: string
  readonly ignoreCgroups?: boolean
}
