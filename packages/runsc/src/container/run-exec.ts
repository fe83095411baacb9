// One exec'ed process, from asking for it to its exit status. (runsc)

import { closeSync } from 'node:fs'
import type { BootProcess } from '../boot/boot-config.ts'
import { EXIT, Failure } from '../failure.ts'
import { ControlError, ControlLost } from '../sandbox/control-end.ts'
import { type Patience, signalsAside } from '../sandbox/signals.ts'
import type { RawTerminal, TerminalSize } from '../sandbox/terminal.ts'
import type { ContainerRecord } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { asFailure, connect, target } from './connect.ts'

export interface RunExecOptions {
  readonly process: BootProcess
  /** Descriptors for its 0, 1 and 2; with a terminal, the same one three times. */
  readonly stdio: readonly [number, number, number]
  /** Its others, by the names that requests have for them; closed when it has them. */
  readonly further: Readonly<Record<`fd${number}`, number>>
  /** Whether it may be started in a paused container, to run later. */
  readonly ifPaused?: 'wait' | undefined
  /** What happens to it when this process is killed. */
  readonly ifAlone?: 'kill'
  readonly patience: Patience
  /** What its terminal's size is now, where that is not this process's own terminal. */
  readonly size?: () => TerminalSize | undefined
  /** This process's own one, if that is its terminal. */
  readonly terminal?: RawTerminal | undefined
  readonly onStarted?: () => void
}

/** How long the sandbox may take to end what must end. */
const TERMINATE_GRACE_MS = 2000
/** The sandbox went, and took the process with it. */
const KILLED = 128 + 9

/** Waits; returns its exit status. Signals that this process gets from now on are its. Errors: Failure. */
export function runExec(
  store: StateStore,
  record: ContainerRecord,
  options: RunExecOptions,
): number {
  const { process, stdio, further, patience, ifPaused, ifAlone, terminal, size, onStarted } =
    options
  const call = connect(store, record)
  const [stdin, stdout, stderr] = stdio
  let isStarted = false
  try {
    const request = {
      ...({ type: 'exec', ...target(record), process } as const),
      ...(ifPaused && { ifPaused }),
      ...(ifAlone && { ifAlone }),
    }
    // The sandbox may have stopped to answer.
    const onImpatience = () => call.limit(TERMINATE_GRACE_MS)
    const forwarding = { target: 'exec', patience, onImpatience, ...(size && { size }) } as const
    call.lookAfter(signalsAside(it => call.tell(it), forwarding, terminal))
    call.request(request, 'started', { stdin, stdout, stderr, ...further })
    for (const fd of Object.values(further)) closeSync(fd)
    isStarted = true
    onStarted?.()
    return call.ended().status
  } catch (error) {
    if (isStarted && error instanceof ControlLost) return KILLED
    throw error instanceof ControlError ? new Failure(error.message, EXIT.exec) : asFailure(error)
  } finally {
    call.close()
  }
}
