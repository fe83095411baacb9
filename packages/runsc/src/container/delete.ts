// Removing a container: what runs of it, its cgroup, its directory. (runsc)

import type { ControlRequest } from '../boot/control.ts'
import { Cgroup } from '../cgroup/cgroup.ts'
import { Failure } from '../failure.ts'
import type { Log } from '../session/log.ts'
import {
  allEnded,
  isRunning,
  type ProcessIdentity,
  signalProcess,
} from '../state/process-identity.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { LockedContainer, StateStore } from '../state/store.ts'
import { ask, connect } from './connect.ts'
import { tryHooks } from './hooks.ts'

export interface DeleteOptions {
  /** `kill` is content as well when there is no such container. */
  readonly ifRunning: 'kill' | 'refuse'
  readonly log: Log
}

/** How long killed processes may take to be gone. */
const KILL_GRACE_MS = 10_000
const TERMINATE_GRACE_MS = 1000

/** Errors: Failure. */
export async function deleteContainer(
  store: StateStore,
  id: string,
  { ifRunning, log }: DeleteOptions,
): Promise<void> {
  let container: LockedContainer
  try {
    container = await store.lock(id)
  } catch (error) {
    if (ifRunning === 'kill' && error instanceof Failure && !store.has(id)) return
    throw error
  }
  try {
    const record = readable(container, ifRunning)
    if (record === undefined) return removeUnreadable(store, container)
    const status = statusOf(record)
    // As runc: what was never started may go.
    if (ifRunning === 'refuse' && status !== 'stopped' && status !== 'created') {
      throw new Failure(
        `cannot delete container ${JSON.stringify(id)} that is not stopped: ${status}; use --force`,
      )
    }
    await removeLocked(store, container, log)
  } finally {
    container.release()
  }
}

/** The end of a container that the caller has locked. Errors: Failure. */
export async function removeLocked(
  store: StateStore,
  container: LockedContainer,
  log: Log,
): Promise<void> {
  const { record } = container
  await endProcesses(store, record)
  if (record.cgroup !== undefined)
    await Cgroup.load(record.cgroup).remove(message => log.write('warning', message))
  container.remove()
  await tryHooks('poststop', { ...record, status: 'stopped' }, log)
}

function readable(
  container: LockedContainer,
  ifRunning: DeleteOptions['ifRunning'],
): ContainerRecord | undefined {
  try {
    return container.record
  } catch (error) {
    if (ifRunning === 'refuse') throw error
    return undefined
  }
}

/** Nothing is known of it but where its sandbox would listen. */
function removeUnreadable(store: StateStore, container: LockedContainer): void {
  const { id } = container
  try {
    const call = connect(store, { sandboxId: id })
    try {
      call.limit(TERMINATE_GRACE_MS)
      call.request({ type: 'terminate' }, 'done')
    } finally {
      call.close()
    }
  } catch {
    // Nobody listens, or it is gone before it says so.
  }
  container.remove()
}

async function endProcesses(store: StateStore, record: ContainerRecord): Promise<void> {
  const { id, sandboxId } = record
  const processes = [record.process, record.gofer].filter(it => it !== undefined)
  if (id !== sandboxId) {
    const container = id
    const kill = { type: 'signal', container, signo: 9, target: 'all' } as const
    const isTold = tell(store, record, kill)
    if (isTold) await allEnded(processes, TERMINATE_GRACE_MS)
    tell(store, record, { type: 'destroy', container })
  }
  for (const it of processes) killSession(it)
  if (!(await allEnded(processes, KILL_GRACE_MS))) {
    const pids = processes.filter(isRunning).map(({ pid }) => pid)
    throw new Failure(`container ${JSON.stringify(id)}: process ${pids.join(', ')} does not end`)
  }
}

/** Whether its sandbox could do it. */
function tell(store: StateStore, record: ContainerRecord, request: ControlRequest): boolean {
  try {
    ask(store, record, request, 'done')
    return true
  } catch {
    return false
  }
}

/** It leads a session; what it started may outlive it in its group. */
function killSession(leader: ProcessIdentity): void {
  if (!isRunning(leader)) return
  try {
    process.kill(-leader.pid, 'SIGKILL')
  } catch {
    // No group of its own.
  }
  signalProcess(leader, 'SIGKILL')
}
