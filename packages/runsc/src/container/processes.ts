// The processes of a container, for `ps`. (runsc)

import type { ProcessInfo } from '../boot/control.ts'
import { statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target } from './connect.ts'

/**
 * Host ids of its processes, for engines, which look these up on the host. Guest processes have
 * none there; the one that stands for all of them does. Errors: Failure.
 */
export function hostPids(store: StateStore, id: string): number[] {
  const record = store.read(id)
  const { process } = record
  return process === undefined || statusOf(record) === 'stopped' ? [] : [process.pid]
}

/** Its live processes; none of a container that has stopped. Errors: Failure. */
export function processesOf(store: StateStore, id: string): readonly ProcessInfo[] {
  const record = store.read(id)
  if (statusOf(record) === 'stopped') return []
  return ask(store, record, { type: 'ps', ...target(record) }, 'processes').list
}
