// Pausing and resuming a container. (runsc)

import { MESSAGES } from '../boot/control.ts'
import { Failure } from '../failure.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target } from './connect.ts'

/** Errors: Failure. */
export const pauseContainer = (store: StateStore, id: string): Promise<void> =>
  change(store, id, 'pause', record => {
    const status = statusOf(record)
    if (status !== 'running') throw new Failure(`${MESSAGES.notRunning}: it is ${status}`)
  })

/** Errors: Failure. */
export const resumeContainer = (store: StateStore, id: string): Promise<void> =>
  change(store, id, 'resume', record => {
    const status = statusOf(record)
    if (status !== 'paused') throw new Failure(`${MESSAGES.notPaused}: it is ${status}`)
  })

async function change(
  store: StateStore,
  id: string,
  type: 'pause' | 'resume',
  check: (record: ContainerRecord) => void,
): Promise<void> {
  const container = await store.lock(id)
  try {
    const { record } = container
    check(record)
    const status = type === 'pause' ? 'paused' : 'running'
    const changed = container.prepare({ ...record, status })
    try {
      ask(store, record, { type, ...target(record) }, 'done')
    } catch (error) {
      // Said twice, because a command that was killed in between could not save what it did.
      const isSo = type === 'resume' && (error as Error).message === MESSAGES.notPaused
      if (!isSo) {
        changed.discard()
        throw error
      }
    }
    changed.commit()
  } finally {
    container.release()
  }
}
