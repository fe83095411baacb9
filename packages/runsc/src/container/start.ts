// Starting a created container. (runsc)

import { MESSAGES } from '../boot/control.ts'
import { Failure } from '../failure.ts'
import type { ControlConnection } from '../sandbox/control-connection.ts'
import type { Log } from '../session/log.ts'
import { publicState, statusOf } from '../state/record.ts'
import type { LockedContainer, StateStore } from '../state/store.ts'
import { ask, askLive, target } from './connect.ts'
import { tryHooks } from './hooks.ts'

/** Hooks in the container have time-outs of their own, or none. */
const NO_TIMEOUT = 0x7fff_ffff

/** `live` where signals are to be handed on while its hooks run. Errors: Failure. */
export async function startContainer(
  store: StateStore,
  id: string,
  { log }: { readonly log: Log },
  live?: ControlConnection,
): Promise<void> {
  const container = await store.lock(id)
  try {
    await startLocked(store, container, live)
  } finally {
    container.release()
  }
  // They may ask for its state, or stop it.
  await tryHooks('poststart', container.record, log)
}

async function startLocked(
  store: StateStore,
  container: LockedContainer,
  live?: ControlConnection,
): Promise<void> {
  const { record } = container
  const status = statusOf(record)
  if (status === 'stopped') throw new Failure(MESSAGES.stopped)
  if (status !== 'created') throw new Failure(`${MESSAGES.started}: it is ${status}`)
  const running = container.prepare({ ...record, status: 'running' })
  try {
    const state = JSON.stringify(publicState(record))
    const request = { type: 'start', ...target(record), state } as const
    if (live) await askLive(live, request, 'done')
    else ask(store, record, request, 'done', { timeoutMs: NO_TIMEOUT })
  } catch (error) {
    // A command that was killed in between has started it, but could not say so.
    const started = error instanceof Failure && error.message === MESSAGES.started
    if (started) running.commit()
    else running.discard()
    throw error
  }
  running.commit()
}
