// Signals that the command gets, handed on to the guest. (runsc)

import type { ControlRequest } from '../boot/control.ts'
import type { ControlConnection } from './control-connection.ts'
import { signalNumber } from './processes-end.ts'
import { type TerminalSize, terminalSize } from './terminal.ts'

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
const MAX_REQUESTS = 3
const SIGKILL = 9

/** `limited` where a person waits for the end; `endless` where an engine has its own way to force it. */
export type Patience = 'limited' | 'endless'

export interface ForwardOptions {
  /** The first process, or the one that was exec'ed on this connection. */
  readonly target: 'init' | 'exec'
  /** Default: the sandbox's first. */
  readonly container?: string
  readonly patience: Patience
  /** Called when patience is over, after the sandbox has been told. */
  readonly onImpatience?: () => void
  /** The size of the guest's terminal; default: that of this process's own. */
  readonly size?: () => TerminalSize | undefined
}

/** Until the returned function is called. */
export function forwardSignals(control: ControlConnection, options: ForwardOptions): () => void {
  const { target, container, patience, onImpatience, size = terminalSize } = options
  const of = container === undefined ? {} : { container }
  const handlers: [NodeJS.Signals, () => unknown][] = []
  const on = (name: NodeJS.Signals, handler: () => unknown) => {
    process.on(name, handler)
    handlers.push([name, handler])
  }
  // A guest that is gone needs no signal.
  const tell = (request: ControlRequest) => void control.request(request, 'done').catch(() => {})
  let requests = 0
  for (const name of FORWARDED) {
    on(name, () => {
      const isRequest = name === 'SIGINT' || name === 'SIGTERM'
      if (patience === 'limited' && isRequest && ++requests >= MAX_REQUESTS) {
        if (target === 'exec') tell({ type: 'signal', signo: SIGKILL, target })
        else if (container === undefined) tell({ type: 'terminate' })
        else tell({ type: 'signal', container, signo: SIGKILL, target: 'all' })
        onImpatience?.()
      } else {
        // A key of the terminal, say, is for its foreground job.
        const to = target === 'init' ? 'foreground' : target
        tell({ type: 'signal', ...of, signo: signalNumber(name), target: to })
      }
    })
  }
  on('SIGWINCH', () => {
    const now = size()
    if (now) tell({ type: 'winsize', ...of, ...now })
  })
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler)
  }
}
