// The watchdog: says where the kernel is when it no longer comes back to its loop. (runsc)

import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import { describeTasks, type Kernel } from '@tsvisor/sentry-kernel'
import type { BootWatchdog } from './boot-config.ts'
import { writeLogLine } from './sandbox-log.ts'

/** How often it looks in the time that it allows, as gVisor's does. */
const LOOKS = 4

export interface WatchdogOptions extends BootWatchdog {
  readonly platform: PtracePlatform
  readonly kernel: Kernel
  /** For action `panic`: ends the sandbox, in the middle of whatever it does. */
  readonly panic: (message: string) => never
}

/**
 * From now on. A guest that computes, one that sleeps and one that is held are no hang: the kernel
 * waits for them in its loop. Throws a plain Error or an Errno where it cannot be had.
 */
export function startWatchdog({
  platform,
  kernel,
  action,
  timeoutMs,
  panic,
}: WatchdogOptions): void {
  platform.heartbeat.watch({
    periodMs: timeoutMs / LOOKS,
    periods: LOOKS,
    onChange(state, stack) {
      if (state === 'turns') return writeLogLine('watchdog: the sandbox goes on')
      const message = `the sandbox hangs: nothing has been answered for ${timeoutMs / 1000} s`
      report(message, stack, kernel)
      if (action === 'panic') panic(`${message} (--watchdog-action=panic)`)
    },
  })
}

/** The log has it all; nothing else that may be in the middle of something is touched. */
function report(message: string, stack: readonly string[], kernel: Kernel): void {
  writeLogLine(`watchdog: ${message}. The kernel is`)
  for (const line of stack) writeLogLine(line)
  writeLogLine('Its tasks:')
  try {
    writeLogLine(describeTasks(kernel).trimEnd())
  } catch (error) {
    // It may be in the middle of changing them.
    writeLogLine(`they cannot be described: ${String(error)}`)
  }
}
