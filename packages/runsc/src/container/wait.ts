// Waiting for a container's end. (runsc)

import { MESSAGES } from '../boot/control.ts'
import { Failure } from '../failure.ts'
import { statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { asFailure, connect, target } from './connect.ts'
import { memoryVerdict } from './out-of-memory.ts'

/** The exit status, of the container or of one of its processes. Errors: Failure. */
export function waitForContainer(store: StateStore, id: string, pid: number | undefined): number {
  const record = store.read(id)
  if (pid === undefined && statusOf(record) === 'stopped') {
    const status = store.exitStatus(id)
    if (status !== undefined) return status
    const why = memoryVerdict(record) ?? 'it was killed from outside'
    throw new Failure(`${MESSAGES.notRunning}: ${why}`)
  }
  const call = connect(store, record)
  try {
    const which = pid === undefined ? {} : { pid }
    call.request({ type: 'wait', ...target(record), ...which }, 'done')
    return call.ended().status
  } catch (error) {
    throw asFailure(error)
  } finally {
    call.close()
  }
}
