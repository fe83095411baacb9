// Signals for a container. (runsc)

import { MESSAGES } from '../boot/control.ts'
import { Failure } from '../failure.ts'
import { signalProcess } from '../state/process-identity.ts'
import { statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target as ofContainer } from './connect.ts'

const SIGKILL = 9

export interface KillOptions {
  /** 0 sends nothing, and finds out whether there is somebody to send to. */
  readonly signo: number
  /** `all` its processes, or one as the guest numbers it. */
  readonly target: 'init' | 'all' | number
}

/** Errors: Failure, "container not running" when it has stopped. */
export function killContainer(store: StateStore, id: string, { signo, target }: KillOptions): void {
  const record = store.read(id)
  if (statusOf(record) === 'stopped') {
    // As runc: there is nobody left who did not get it.
    if (target === 'all') return
    throw new Failure(MESSAGES.notRunning)
  }
  if (signo === 0) return
  try {
    ask(store, record, { type: 'signal', ...ofContainer(record), signo, target }, 'done')
  } catch (error) {
    if (statusOf(record) === 'stopped') throw new Failure(MESSAGES.notRunning)
    // A sandbox that hangs must not keep anybody from ending it.
    const isEnd = signo === SIGKILL && typeof target === 'string' && record.process
    const isHung = error instanceof Failure && error.message.startsWith('the sandbox process')
    if (!isEnd || !isHung) throw error
    signalProcess(isEnd, 'SIGKILL')
  }
}
