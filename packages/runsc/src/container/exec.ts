// `runsc exec`, the part behind the flags. (runsc)

import type { BootProcess } from '../boot/boot-config.ts'
import { MESSAGES } from '../boot/control.ts'
import { Failure } from '../failure.ts'
import { enterRawMode, terminalSize } from '../sandbox/terminal.ts'
import type { Session } from '../session/session.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { exactArguments } from './do-plan.ts'
import { execCgroups } from './exec-cgroups.ts'
import { execDetached } from './exec-detached.ts'
import { type ExecOptions, execProcess } from './exec-process.ts'
import { checkUser } from './owners.ts'
import { writePidFile } from './pid-file.ts'
import { type PreservedFds, passFds, preservedFds } from './preserved-fds.ts'
import { planProcess } from './process-plan.ts'
import { runExec } from './run-exec.ts'

export interface ExecInContainerOptions {
  readonly id: string
  readonly command: readonly string[]
  readonly options: ExecOptions
  readonly session: Session
}

/** Returns the exit status of the process; 0 when it runs in the background. Errors: Failure. */
export async function execInContainer(call: ExecInContainerOptions): Promise<number> {
  const { id, command, options, session } = call
  const store = await session.store()
  const record = store.read(id)
  checkStatus(record, options)
  const spec = await execProcess(record.config, command, options, session)
  checkUser(record.config, spec.user)
  const planned = planProcess(spec, terminalSize())
  const isOwn = options.process === undefined
  const process = {
    ...planned,
    ...(isOwn && { args: exactArguments(command) }),
    ...execCgroups(options.cgroup),
  }
  const { consoleSocket, detach, pidFile } = options
  const ifPaused = options.ignorePaused ? 'wait' : undefined
  // Sockets of systemd are for the first process.
  const preserved = preservedFds(options.preserveFds, {})
  if (consoleSocket !== undefined && !process.terminal) {
    throw new Failure('cannot use console socket without allocating tty: --tty')
  }
  if (!detach && consoleSocket === undefined)
    return inForeground(store, record, process, { ifPaused, preserved, pidFile })
  if (detach && process.terminal && consoleSocket === undefined) {
    throw new Failure('cannot allocate tty if runsc will detach without setting console socket')
  }
  const monitor = await execDetached(
    store,
    { id, process, consoleSocket, ifPaused, preservedFds: preserved.count },
    pidFile,
  )
  return detach ? 0 : monitor.ended
}

function checkStatus(record: ContainerRecord, { ignorePaused }: ExecOptions): void {
  const status = statusOf(record)
  if (status === 'stopped') throw new Failure(MESSAGES.stoppedExec)
  if (status === 'paused' && !ignorePaused) {
    throw new Failure(`${MESSAGES.paused} (use --ignore-paused to override)`)
  }
}

interface ForegroundOptions {
  readonly ifPaused: 'wait' | undefined
  readonly preserved: PreservedFds
  readonly pidFile: string | undefined
}

function inForeground(
  store: StateStore,
  record: ContainerRecord,
  process: BootProcess,
  { ifPaused, preserved, pidFile }: ForegroundOptions,
): number {
  const terminal = process.terminal ? enterRawMode() : undefined
  try {
    return runExec(store, record, {
      process,
      terminal,
      stdio: [0, 1, 2],
      further: passFds(preserved),
      ifPaused,
      patience: 'limited',
      onStarted() {
        if (pidFile !== undefined) writePidFile(pidFile, globalThis.process.pid)
      },
    })
  } finally {
    terminal?.leave()
  }
}
