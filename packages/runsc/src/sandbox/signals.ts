// Signals that the command gets, handed on to the guest. (runsc)

import type { ControlClient } from './control-client.ts'
import { signalNumber } from './processes-end.ts'
import { currentTerminalSize } from './terminal.ts'

const FORWARDED = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGURG',
] as const satisfies readonly NodeJS.Signals[]

/** A guest that ignores so many requests to end in a row is ended. */
const PATIENCE = 3

/**
 * Until the returned function is called. `end` is called when the user asks for the end once more
 * and the guest has not heard the requests before.
 */
export function forwardSignals(control: ControlClient, end: () => void): () => void {
  const handlers: [NodeJS.Signals, () => unknown][] = []
  const on = (name: NodeJS.Signals, handler: () => unknown) => {
    process.on(name, handler)
    handlers.push([name, handler])
  }
  let endings = 0
  for (const name of FORWARDED) {
    on(name, () => {
      if ((name === 'SIGINT' || name === 'SIGTERM') && ++endings >= PATIENCE) {
        control.send({ type: 'terminate' })
        end()
      } else {
        control.send({ type: 'signal', signo: signalNumber(name), target: 'foreground' })
      }
    })
  }
  on('SIGWINCH', async () => {
    const size = await currentTerminalSize()
    if (size) control.send({ type: 'winsize', ...size })
  })
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler)
  }
}
