// Where the kernel's messages and strace lines go: the log fd and the command. (runsc)

import { writeSync } from 'node:fs'
import type { KernelLog } from '@tsvisor/sentry-kernel'
import { type Debug, debugOf } from '../debug.ts'
import { type BootLog, SANDBOX_FDS } from './boot-config.ts'
import type { ControlPeer } from './control-peer.ts'

/** Appends one line; a full disk or closed pipe must not end the sandbox. */
export function writeLogLine(line: string): void {
  try {
    writeSync(SANDBOX_FDS.log, `${line}\n`, null, 'latin1')
  } catch {
    // Nobody is left to tell.
  }
}

/** What DEBUG asks for of this process, to the log fd. Before the walls, which end the reading of modules. */
export const sandboxDebugs = () => ({
  sandbox: debugOf('sandbox', SANDBOX_FDS.log),
  kernel: debugOf('kernel', SANDBOX_FDS.log),
  platform: debugOf('platform', SANDBOX_FDS.log),
  '9p': debugOf('9p', SANDBOX_FDS.log),
})
export type SandboxDebugs = ReturnType<typeof sandboxDebugs>

/** Debug messages need `--debug`; warnings and errors always reach the command's log too. */
export function sandboxLog(
  options: BootLog,
  control: ControlPeer,
  debug: Debug | undefined,
): KernelLog {
  const toFile = options.debug ? writeLogLine : (debug ?? (() => {}))
  return {
    debug: message => toFile(`debug: ${message}`),
    warn(message) {
      toFile(`warning: ${message}`)
      control.send({ type: 'log', level: 'debug', message })
    },
    error(message) {
      toFile(`error: ${message}`)
      control.send({ type: 'log', level: 'error', message })
    },
  }
}
