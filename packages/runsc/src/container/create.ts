// Creating a container that lives on when the command has gone. (runsc)

import { type Bundle, loadBundle } from '../bundle/load-bundle.ts'
import { prepareMoves } from '../cgroup/prepare-moves.ts'
import { controlOf, launch } from '../sandbox/launch.ts'
import { killAll } from '../sandbox/processes-end.ts'
import { pidsOf, type SandboxProcesses } from '../sandbox/spawn.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import type { Session } from '../session/session.ts'
import type { StateStore } from '../state/store.ts'
import { checkId } from './id.ts'
import { abandon, makeContainer, usesCgroups } from './make.ts'
import { createMember } from './member.ts'
import { sandboxProcesses } from './namespaces.ts'
import { writePidFile } from './pid-file.ts'
import { sandboxFor } from './pod.ts'
import type { PreservedFds } from './preserved-fds.ts'

export interface CreateOptions {
  readonly id: string
  readonly bundle: string
  readonly config?: string | undefined
  readonly store: StateStore
  readonly globals: GlobalOptions
  readonly session: Session
  readonly consoleSocket?: string | undefined
  readonly pidFile?: string | undefined
  readonly preserved: PreservedFds
}

/** Errors: Failure, and then nothing is left of it. */
export async function createContainer(options: CreateOptions): Promise<void> {
  const { id, store, session } = options
  checkId(id)
  const { globals } = options
  if (globals.strace && globals.debugLog === undefined)
    session.warn('--strace: name a file with --debug-log: the container outlives this command')
  const prepared = usesCgroups(globals) ? prepareMoves(session.earlyPid()) : undefined
  const bundle = await loadBundle(options.bundle, options.config)
  const sandbox = sandboxFor(bundle.spec, store)
  if (sandbox !== undefined) return createMember(bundle, sandbox, options)
  const processes = sandboxProcesses(bundle.spec, session, 'detached')
  try {
    await create(bundle, processes, options, prepared)
  } catch (error) {
    killAll(processes)
    await Promise.all([processes.exits.boot, processes.exits.gofer])
    throw error
  }
}

async function create(
  bundle: Bundle,
  processes: SandboxProcesses,
  { id, store, globals, session, consoleSocket, pidFile, preserved }: CreateOptions,
  prepared: Promise<void> | undefined,
): Promise<void> {
  const { log } = session
  const control = controlOf(processes, log)
  const made = await makeContainer(bundle, pidsOf(processes), {
    id,
    store,
    globals,
    log,
    warn: session.warn,
    prepared,
    lifetime: 'detached',
    consoleSocket,
    preserved,
  })
  const { container, plan, passed, closePassed } = made
  try {
    await launch(processes, control, plan, passed)
    closePassed()
    if (pidFile !== undefined) writePidFile(pidFile, processes.boot.pid!)
    container.save({ ...container.record, status: 'created' })
  } catch (error) {
    await abandon(store, container, log)
    throw error
  }
  container.release()
}
