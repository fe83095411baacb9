// Where the kernel's messages and strace lines go: the log fd and the command. (runsc)

import { writeSync } from 'node:fs'
import type { KernelLog } from '@tsvisor/sentry-kernel'
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

/** Debug messages need `--debug`; warnings and errors always reach the command's log too. */
export function sandboxLog(options: BootLog, control: ControlPeer): KernelLog {
  const toFile = options.debug ? writeLogLine : () => {}
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
