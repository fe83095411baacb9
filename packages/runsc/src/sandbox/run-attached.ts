// Runs a sandbox in the foreground, from starting its processes to the guest's exit status. (runsc)

import { closeSync, openSync } from 'node:fs'
import { encodeFrame } from '../boot/control.ts'
import type { GlobalOptions } from '../cli/global-options.ts'
import type { Log } from '../cli/log.ts'
import type { Plan } from '../container/plan.ts'
import { EXIT, Failure, reasonOf } from '../failure.ts'
import { ControlClient, type Verdict } from './control-client.ts'
import { describeExit, exitOf, isGone, killGroup, within } from './processes-end.ts'
import { forwardSignals } from './signals.ts'
import { type SandboxProcesses, type SelfCommand, spawnSandbox } from './spawn.ts'
import { enterRawMode, terminalSize } from './terminal.ts'

export interface RunAttachedOptions {
  readonly globals: GlobalOptions
  readonly log: Log
  /** Made while the processes start. Errors: Failure, and then they end. */
  readonly plan: () => Plan | Promise<Plan>
  /** Called with the sandbox process's id once the guest runs. Errors: Failure ends the sandbox. */
  readonly onStart?: (pid: number) => void
  /** Instead of this program: for tests. */
  readonly self?: SelfCommand
}

/** How long a process may take to leave by itself once the guest is over, in milliseconds. */
const GRACE_MS = 5000
/** How long the sandbox process may take to end a guest that must end. */
const TERMINATE_GRACE_MS = 2000
/** How long the sandbox process gets to explain itself after the gofer has gone. */
const GOFER_GRACE_MS = 500

/** Returns the guest's exit status. Errors: Failure. Leaves no process behind, whatever happens. */
export async function runAttached(options: RunAttachedOptions): Promise<number> {
  const log = openDebugLog(options.globals)
  let processes: SandboxProcesses
  try {
    processes = spawnSandbox({
      stdio: [0, 1, 2],
      log,
      ...(options.self && { self: options.self }),
    })
  } finally {
    if (log !== undefined && log !== 2) closeSync(log)
  }
  const killAll = () => {
    killGroup(processes.boot)
    killGroup(processes.gofer)
  }
  // Even an exception of our own must not leave them.
  process.on('exit', killAll)
  const exits = { boot: exitOf(processes.boot), gofer: exitOf(processes.gofer) }
  try {
    return await supervise(processes, exits, options)
  } finally {
    killAll()
    await Promise.all([exits.boot, exits.gofer])
    process.off('exit', killAll)
    processes.goferControl.destroy()
  }
}

type Exits = Record<'boot' | 'gofer', ReturnType<typeof exitOf>>

async function supervise(
  processes: SandboxProcesses,
  exits: Exits,
  options: RunAttachedOptions,
): Promise<number> {
  const { boot } = processes
  let startFailure: unknown
  const control = new ControlClient(processes.bootControl, {
    onStarted: () => {
      try {
        options.onStart?.(boot.pid!)
      } catch (error) {
        startFailure = error
        control.send({ type: 'terminate' })
      }
    },
    onLog: event => options.log.write(event.level, event.message),
  })
  const undo: (() => void)[] = [() => control.close()]
  try {
    const plan = await options.plan()
    undo.push(
      forwardSignals(control, () => {
        // The kernel itself may hang.
        setTimeout(() => killGroup(boot), TERMINATE_GRACE_MS).unref()
      }),
    )
    if (plan.boot.process.terminal) undo.push(await enterRawModeIfTerminal())
    processes.goferControl.write(encodeFrame(plan.gofer))
    control.send({ type: 'boot', config: plan.boot })
    const verdict = await Promise.race([control.verdict, goferLoss(exits, control)])
    if (startFailure !== undefined) throw startFailure
    return await conclude(verdict, processes, exits)
  } finally {
    for (const step of undo.reverse()) step()
  }
}

const enterRawModeIfTerminal = async (): Promise<() => void> =>
  terminalSize() === undefined ? () => {} : enterRawMode()

/** Settles only when the gofer is gone and the sandbox process does not end because of it. */
async function goferLoss(exits: Exits, control: ControlClient): Promise<Verdict> {
  const exit = await exits.gofer
  if (await within(control.verdict, GOFER_GRACE_MS)) return new Promise(() => {})
  throw new Failure(`the gofer process died unexpectedly (${describeExit(exit)})`)
}

async function conclude(
  verdict: Verdict | undefined,
  { boot, gofer }: SandboxProcesses,
  exits: Exits,
): Promise<number> {
  if (verdict?.type === 'fatal') throw new Failure(verdict.message, verdict.status)
  if (verdict === undefined) {
    await within(exits.boot, GOFER_GRACE_MS)
    // When the gofer went first, it is the reason.
    if (isGone(gofer) && (gofer.signalCode !== null || gofer.exitCode !== 0)) {
      const exit = describeExit(await exits.gofer)
      throw new Failure(`the gofer process died unexpectedly (${exit})`)
    }
    const exit = isGone(boot) ? describeExit(await exits.boot) : 'it closed its control socket'
    throw new Failure(`the sandbox process died unexpectedly (${exit})`)
  }
  // It has still to give back what it holds; the exit status is known.
  await within(exits.boot, GRACE_MS)
  return verdict.status
}

/** The fd for debug output: a file, or stderr when some is wanted and no file is named. */
function openDebugLog(globals: GlobalOptions): number | undefined {
  const { debugLog } = globals
  if (debugLog === undefined) return globals.debug || globals.strace ? 2 : undefined
  try {
    return openSync(debugLog, 'a', 0o644)
  } catch (error) {
    throw new Failure(`--debug-log ${debugLog}: ${reasonOf(error)}`, EXIT.runtime)
  }
}
