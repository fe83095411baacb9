// Signals that the command gets, handed on to the guest. (runsc)

import { SIGCONT, SIGINT, SIGKILL, SIGTERM, SIGTSTP, SIGWINCH } from '@tsvisor/abi'
import { read, signalPipe } from '@tsvisor/host'
import type { ControlRequest } from '../boot/control.ts'
import { FORWARDED } from '../boot/forwarded.ts'
import type { Aside } from './control-call.ts'
import type { ControlConnection } from './control-connection.ts'
import { type RawTerminal, type TerminalSize, terminalSize } from './terminal.ts'

/** A guest that ignores so many requests to end in a row is ended. */
const MAX_REQUESTS = 3

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

/** Until the returned function is called, in Node's event loop. */
export function forwardSignals(control: ControlConnection, options: ForwardOptions): () => void {
  // A guest that is gone needs no signal.
  const onSignal = forwarder(
    request => void control.request(request, 'done').catch(() => {}),
    options,
  )
  const handlers = Object.entries({ ...FORWARDED, SIGWINCH }).map(
    ([name, signo]) => [name as NodeJS.Signals, () => onSignal(signo)] as const,
  )
  for (const [name, handler] of handlers) process.on(name, handler)
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler)
  }
}

/** From now on, for a command without an event loop; with the terminal that it has in raw mode, if any. */
export function signalsAside(
  tell: (request: ControlRequest) => void,
  options: ForwardOptions,
  terminal: RawTerminal | undefined,
): Aside {
  const onSignal = forwarder(tell, options)
  const pipe = signalPipe([
    ...Object.values(FORWARDED),
    SIGWINCH,
    ...(terminal ? [SIGTSTP, SIGCONT] : []),
  ])
  const bytes = new Uint8Array(256)
  return {
    fd: pipe,
    onReadable() {
      for (const signo of bytes.subarray(0, read(pipe, bytes))) {
        if (signo === SIGTSTP) terminal?.stop()
        else if (signo === SIGCONT) terminal?.enter()
        else onSignal(signo)
      }
    },
  }
}

/** What each signal means for the guest. */
function forwarder(
  tell: (request: ControlRequest) => void,
  { target, container, patience, onImpatience, size = terminalSize }: ForwardOptions,
): (signo: number) => void {
  const of = container === undefined ? {} : { container }
  let requests = 0
  return signo => {
    if (signo === SIGWINCH) {
      const now = size()
      if (now) tell({ type: 'winsize', ...of, ...now })
      return
    }
    const isRequest = signo === SIGINT || signo === SIGTERM
    if (patience === 'limited' && isRequest && ++requests >= MAX_REQUESTS) {
      if (target === 'exec') tell({ type: 'signal', signo: SIGKILL, target })
      else if (container === undefined) tell({ type: 'terminate' })
      else tell({ type: 'signal', container, signo: SIGKILL, target: 'all' })
      onImpatience?.()
      return
    }
    // A key of the terminal, say, is for its foreground job.
    tell({ type: 'signal', ...of, signo, target: target === 'init' ? 'foreground' : target })
  }
}
