// Looking into a running sandbox. (runsc)

import { closeSync, openSync } from 'node:fs'
import { MESSAGES } from '../boot/control.ts'
import { Failure, reasonOf } from '../failure.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask } from './connect.ts'

/** What each task does and waits for, for people. Errors: Failure. */
export function taskStacks(store: StateStore, id: string): string {
  const { text } = ask(store, running(store, id), { type: 'stacks' }, 'text')
  return `${text.trimEnd()}\n`
}

/**
 * Lines go to the file that is named here, or else to where the container's debug messages go.
 * Errors: Failure, also when there is no such place.
 */
export function setStrace(
  store: StateStore,
  id: string,
  wanted: 'on' | 'off',
  path: string | undefined,
): void {
  const record = running(store, id)
  const request = { type: 'strace', enabled: wanted === 'on' } as const
  if (wanted === 'off') {
    ask(store, record, request, 'done')
  } else if (path !== undefined) {
    const log = openLog(path)
    try {
      ask(store, record, request, 'done', { passed: { log } })
    } finally {
      closeSync(log)
    }
  } else if (record.debugLog !== undefined) {
    ask(store, record, request, 'done')
  } else {
    throw new Failure(
      'debug --strace on: the container has no debug log; name one: runsc --debug-log FILE debug …',
    )
  }
}

function running(store: StateStore, id: string): ContainerRecord {
  const record = store.read(id)
  if (statusOf(record) === 'stopped') throw new Failure(MESSAGES.notRunning)
  return record
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o644)
  } catch (error) {
    throw new Failure(`--debug-log ${path}: ${reasonOf(error)}`)
  }
}
