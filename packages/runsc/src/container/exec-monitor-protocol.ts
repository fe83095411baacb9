// What `exec --detach` and the process that it leaves behind say to each other: a frame each. (runsc)

import type { BootProcess } from '../boot/boot-config.ts'

/** A stream socket to the command. */
export const MONITOR_FD = 3

export interface MonitorRequest {
  /** The container. */
  readonly id: string
  readonly process: BootProcess
  /** Gets the master of the terminal. */
  readonly consoleSocket: string | undefined
  readonly ifPaused: 'wait' | undefined
  /** How many descriptors follow {@link MONITOR_FD} that are meant for the process. */
  readonly preservedFds: number
}

export type MonitorReply =
  | { readonly type: 'started' }
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: number }
