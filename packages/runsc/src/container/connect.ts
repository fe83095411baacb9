// Asking the sandbox of a container: one request on a connection of its own. (runsc)

import type { ControlRequest } from '../boot/control.ts'
import { errnoName, Failure, reasonOf } from '../failure.ts'
import {
  ControlConnection,
  ControlError,
  ControlLost,
  type EventOf,
  type Passed,
} from '../sandbox/control-connection.ts'
import type { ContainerRecord } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'

/** What a request about one container says of it: nothing, when it is the sandbox's first. */
export const target = ({ id, sandboxId }: ContainerRecord): { readonly container?: string } =>
  id === sandboxId ? {} : { container: id }

/** How long a sandbox may take to answer. A hook that runs in it has its own time-out. */
const PATIENCE_MS = 10_000

/** Errors: Failure "container not running" when its sandbox is gone. */
export function connect(
  store: StateStore,
  { sandboxId }: Pick<ContainerRecord, 'sandboxId'>,
): ControlConnection {
  const directory = store.directory(sandboxId)
  try {
    return ControlConnection.open(directory)
  } catch (error) {
    const name = errnoName(error)
    if (name === 'ENOENT' || name === 'ECONNREFUSED') throw new Failure('container not running')
    throw new Failure(`${directory}/control.sock: ${reasonOf(error)}`)
  }
}

export interface AskOptions {
  readonly timeoutMs?: number
  readonly passed?: Passed
}

/**
 * Sends one request and returns the reply. Errors: Failure in the words of the sandbox process, or
 * that it does not answer.
 */
export async function ask<K extends Parameters<ControlConnection['request']>[1]>(
  store: StateStore,
  record: ContainerRecord,
  request: ControlRequest,
  reply: K,
  { timeoutMs = PATIENCE_MS, passed = {} }: AskOptions = {},
): Promise<EventOf<K>> {
  const connection = connect(store, record)
  const timer = setTimeout(() => connection.close(), timeoutMs)
  try {
    return await connection.request(request, reply, passed)
  } catch (error) {
    throw asFailure(error)
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}

/** What went wrong on a control connection, for the user. */
export function asFailure(error: unknown): unknown {
  if (error instanceof ControlError) return new Failure(error.message, error.status)
  if (error instanceof ControlLost) return new Failure(error.message)
  return error
}
