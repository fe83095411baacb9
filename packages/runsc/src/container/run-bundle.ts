// `runsc run`, the part behind the flags. (runsc)

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { loadBundle } from '../bundle/load-bundle.ts'
import { prepareMoves } from '../cgroup/prepare-moves.ts'
import { Failure } from '../failure.ts'
import { orLoss } from '../sandbox/launch.ts'
import { type Launch, runAttached } from '../sandbox/run-attached.ts'
import { pidsOf, type SandboxProcesses } from '../sandbox/spawn.ts'
import { terminalSize } from '../sandbox/terminal.ts'
import type { Session } from '../session/session.ts'
import { publicState } from '../state/record.ts'
import type { LockedContainer, StateStore } from '../state/store.ts'
import { createContainer } from './create.ts'
import { deleteContainer } from './delete.ts'
import { tryHooks } from './hooks.ts'
import { checkId, makeId } from './id.ts'
import { abandon, makeContainer, usesCgroups } from './make.ts'
import { runMember } from './member.ts'
import { sandboxProcesses } from './namespaces.ts'
import { memoryVerdict } from './out-of-memory.ts'
import { writePidFile } from './pid-file.ts'
import { sandboxFor } from './pod.ts'
import { preservedFds } from './preserved-fds.ts'
import { startContainer } from './start.ts'

export interface RunOptions {
  readonly bundle?: string
  readonly config?: string
  readonly detach?: boolean
  readonly consoleSocket?: string
  readonly pidFile?: string
  readonly keep?: boolean
  readonly preserveFds?: string
}

/** The exit status of what SIGKILL ended. */
const KILLED = 128 + 9

export interface RunBundleOptions {
  readonly id: string
  readonly options: RunOptions
  readonly session: Session
}

/** Returns the exit code of the container; 0 when it runs in the background. Errors: Failure. */
export async function runBundle({ id, options, session }: RunBundleOptions): Promise<number> {
  const { bundle, ...target } = findBundle(id, options.bundle)
  checkId(target.id)
  const store = await session.store()
  if (options.detach) return runDetached(store, target.id, bundle, options, session)
  return runForeground(store, target.id, bundle, options, session)
}

async function runDetached(
  store: StateStore,
  id: string,
  bundle: string,
  { config, consoleSocket, pidFile, preserveFds }: RunOptions,
  session: Session,
): Promise<number> {
  const globals = session.globals()
  const preserved = preservedFds(preserveFds, process.env)
  await createContainer({
    ...{ id, bundle, config, store, globals, session, consoleSocket, pidFile, preserved },
  })
  try {
    await startContainer(store, id, session)
  } catch (error) {
    await deleteContainer(store, id, { ifRunning: 'kill', log: session.log })
    throw error
  }
  return 0
}

async function runForeground(
  store: StateStore,
  id: string,
  directory: string,
  { config, consoleSocket, pidFile, keep, preserveFds }: RunOptions,
  session: Session,
): Promise<number> {
  const { log } = session
  const globals = session.globals()
  const preserved = preservedFds(preserveFds, process.env)
  const prepared = usesCgroups(globals) ? prepareMoves(session.earlyPid()) : undefined
  const bundle = await loadBundle(directory, config)
  const sandbox = sandboxFor(bundle.spec, store)
  if (sandbox !== undefined) {
    return runMember(bundle, sandbox, {
      ...{ id, bundle: directory, store, globals, session },
      ...{ consoleSocket, pidFile, preserved, keep: keep ?? false },
    })
  }
  /** What is ours to remove in the end. */
  let locked: LockedContainer | undefined
  let made: LockedContainer | undefined

  async function prepare(processes: SandboxProcesses): Promise<Launch> {
    const built = await makeContainer(bundle, pidsOf(processes), {
      id,
      store,
      globals,
      log,
      warn: session.warn,
      prepared,
      lifetime: 'attached',
      consoleSocket,
      preserved,
      consoleSize: terminalSize(),
    })
    const { container, plan, passed, closePassed } = built
    locked = container
    made = container
    return {
      plan,
      passed,
      async onCreated(control) {
        closePassed()
        container.save({ ...container.record, status: 'created' })
        const state = JSON.stringify(publicState(container.record))
        await orLoss(processes, control.request({ type: 'start', state }, 'done'))
      },
      async onStart(pid) {
        if (pidFile !== undefined) writePidFile(pidFile, pid)
        container.save({ ...container.record, status: 'running' })
        locked = undefined
        container.release()
        await tryHooks('poststart', container.record, log)
      },
    }
  }

  try {
    const early = sandboxProcesses(bundle.spec, session, 'attached')
    const status = await runAttached({ globals, log, early, prepare })
    const verdict = made && memoryVerdict(made.record)
    if (verdict !== undefined) session.warn(verdict)
    return status
  } catch (error) {
    const verdict = made && memoryVerdict(made.record)
    throw verdict === undefined ? error : new Failure(verdict, KILLED)
  } finally {
    if (locked !== undefined) await abandon(store, locked, log)
    // Whoever deleted it meanwhile has done the rest too.
    else if (made !== undefined && !keep && store.has(id))
      await deleteContainer(store, id, { ifRunning: 'kill', log })
  }
}

/** A directory that is a bundle stands for itself, unless a bundle is named as well. */
function findBundle(id: string, bundle: string | undefined): { id: string; bundle: string } {
  if (bundle !== undefined) return { id, bundle }
  if (existsSync(join(id, 'config.json'))) return { id: makeId(), bundle: id }
  if (id.includes('/')) throw new Failure(`${id}: no bundle there: it has no config.json`)
  return { id, bundle: '.' }
}
