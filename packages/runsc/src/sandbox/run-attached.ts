// Runs a sandbox in the foreground, from starting its processes to the guest's exit status. (runsc)

import type { Plan } from '../container/plan.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import type { Log } from '../session/log.ts'
import { training } from '../start/training.ts'
import type { ControlConnection } from './control-connection.ts'
import type { Passed } from './control-end.ts'
import { startProcesses } from './debug-log.ts'
import { controlOf, launch, orLoss } from './launch.ts'
import { killAll, killGroup, within } from './processes-end.ts'
import { forwardSignals } from './signals.ts'
import type { SandboxProcesses, SelfCommand } from './spawn.ts'
import { holdRawMode } from './terminal.ts'

/** What a sandbox is told, and what happens between its being built and its end. */
export interface Launch {
  readonly plan: Plan
  /** Descriptors that go with the configuration. */
  readonly passed?: Passed
  /** With startMode `create`: once it is built; starts it. Errors: Failure ends the sandbox. */
  readonly onCreated?: (control: ControlConnection) => Promise<void>
  /** Called with the sandbox process's id once the guest runs. Errors: Failure ends the sandbox. */
  readonly onStart?: (pid: number) => void | Promise<void>
}

export interface RunAttachedOptions {
  readonly globals: GlobalOptions
  readonly log: Log
  /** Made while the processes start. Errors: Failure, and then they end. */
  readonly prepare: (processes: SandboxProcesses) => Launch | Promise<Launch>
  /** Processes that run already. */
  readonly early?: SandboxProcesses | undefined
  /** Instead of this program: for tests. */
  readonly self?: SelfCommand
}

/** How long the processes of a training run may take to write what V8 compiled, in milliseconds. */
const TRAINING_GRACE_MS = 5000
/** How long the sandbox process may take to end a guest that must end. */
const TERMINATE_GRACE_MS = 2000

/** Returns the guest's exit status. Errors: Failure. Leaves no process behind, whatever happens. */
export async function runAttached(options: RunAttachedOptions): Promise<number> {
  const processes =
    options.early ??
    startProcesses(options.globals, 'attached', options.self && { self: options.self })
  const end = () => killAll(processes)
  const undo: (() => void)[] = []
  // Even an exception of our own must not leave them.
  process.on('exit', end)
  try {
    return await supervise(processes, options, undo)
  } finally {
    // First, so that they end meanwhile.
    end()
    for (const step of undo.reverse()) step()
    await Promise.all([processes.exits.boot, processes.exits.gofer])
    process.off('exit', end)
    processes.goferControl.close()
  }
}

/** `undo` gets what must be undone when the sandbox has ended. */
async function supervise(
  processes: SandboxProcesses,
  { prepare, log }: RunAttachedOptions,
  undo: (() => void)[],
): Promise<number> {
  const { boot, exits } = processes
  const control = controlOf(processes, log)
  undo.push(() => control.close())
  const { plan, passed = {}, onCreated, onStart } = await prepare(processes)
  undo.push(
    forwardSignals(control, {
      target: 'init',
      patience: 'limited',
      onImpatience: () => {
        // The kernel itself may hang.
        setTimeout(() => killGroup(boot), TERMINATE_GRACE_MS).unref()
      },
    }),
  )
  if (plan.boot.process.terminal) undo.push(holdRawMode())
  const end = control.ended()
  // Looked at below; it may come before.
  end.catch(() => {})
  await launch(processes, control, plan, passed)
  await onCreated?.(control)
  await onStart?.(boot.pid!)
  const { status } = await orLoss(processes, end)
  // That was its last word, and it holds nothing that its end does not give back: nobody waits for
  // V8 to tidy up. Unless it has code to keep.
  if (training !== undefined)
    await within(Promise.all([exits.boot, exits.gofer]), TRAINING_GRACE_MS)
  return status
}
