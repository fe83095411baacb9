// Asking the sandbox of a container: one request on a connection of its own. (runsc)

import type { ControlRequest } from '../boot/control.ts'
import { errnoName, Failure, reasonOf } from '../failure.ts'
import { ControlCall } from '../sandbox/control-call.ts'
import { ControlConnection } from '../sandbox/control-connection.ts'
import {
  ControlError,
  ControlLost,
  type EventOf,
  type Passed,
  type Reply,
} from '../sandbox/control-end.ts'
import type { ContainerRecord } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'

/** What a request about one container says of it: nothing, when it is the sandbox's first. */
export const target = ({ id, sandboxId }: ContainerRecord): { readonly container?: string } =>
  id === sandboxId ? {} : { container: id }

/** How long a sandbox may take to answer. A hook that runs in it has its own time-out. */
const PATIENCE_MS = 10_000

type InSandbox = Pick<ContainerRecord, 'sandboxId'>

/** Errors: Failure "container not running" when its sandbox is gone. */
export const connect = (store: StateStore, record: InSandbox): ControlCall =>
  connectWith(ControlCall.open, store, record)

/** The same, for a command that waits for other things too. */
export const connectLive = (store: StateStore, record: InSandbox): ControlConnection =>
  connectWith(ControlConnection.open, store, record)

function connectWith<T>(
  open: (directory: string) => T,
  store: StateStore,
  { sandboxId }: InSandbox,
): T {
  const directory = store.directory(sandboxId)
  try {
    return open(directory)
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
export function ask<K extends Reply>(
  store: StateStore,
  record: ContainerRecord,
  request: ControlRequest,
  reply: K,
  { timeoutMs = PATIENCE_MS, passed = {} }: AskOptions = {},
): EventOf<K> {
  const call = connect(store, record)
  try {
    call.limit(timeoutMs)
    return call.request(request, reply, passed)
  } catch (error) {
    throw asFailure(error)
  } finally {
    call.close()
  }
}

/** The same on a connection that is there, for a command that waits for other things too. */
export async function askLive<K extends Reply>(
  live: ControlConnection,
  request: ControlRequest,
  reply: K,
): Promise<EventOf<K>> {
  try {
    return await live.request(request, reply)
  } catch (error) {
    throw asFailure(error)
  }
}

/** What went wrong on a control connection, for the user. */
export function asFailure(error: unknown): unknown {
  if (error instanceof ControlError) return new Failure(error.message, error.status)
  if (error instanceof ControlLost) return new Failure(error.message)
  return error
}
