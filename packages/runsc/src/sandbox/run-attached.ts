// Runs a sandbox in the foreground, from starting its processes to the guest's exit status. (runsc)

import { closeSync, openSync, writeSync } from 'node:fs'
import { encodeFrame } from '../boot/frames.ts'
import type { GlobalOptions } from '../cli/global-options.ts'
import type { Log } from '../cli/log.ts'
import type { Plan } from '../container/plan.ts'
import { EXIT, Failure, reasonOf } from '../failure.ts'
import { training } from '../start/part.ts'
import { ControlClient, type ControlHandlers, type Verdict } from './control-client.ts'
import { describeExit, isGone, killAll, killGroup, within } from './processes-end.ts'
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
  /** Processes that run already. */
  readonly early?: SandboxProcesses
  /** Instead of this program: for tests. */
  readonly self?: SelfCommand
}

/** How long the processes of a training run may take to write what V8 compiled, in milliseconds. */
const TRAINING_GRACE_MS = 5000
/** How long the sandbox process may take to end a guest that must end. */
const TERMINATE_GRACE_MS = 2000
/** How long the sandbox process gets to explain itself after the gofer has gone. */
const GOFER_GRACE_MS = 500

/** Returns the guest's exit status. Errors: Failure. Leaves no process behind, whatever happens. */
export async function runAttached(options: RunAttachedOptions): Promise<number> {
  const processes = options.early ?? startProcesses(options)
  const end = () => killAll(processes)
  // Even an exception of our own must not leave them.
  process.on('exit', end)
  try {
    return await supervise(processes, options)
  } finally {
    end()
    await Promise.all([processes.exits.boot, processes.exits.gofer])
    process.off('exit', end)
    processes.goferControl.destroy()
  }
}

function startProcesses({ globals, self }: RunAttachedOptions): SandboxProcesses {
  const log = openDebugLog(globals)
  try {
    return spawnSandbox({ stdio: [0, 1, 2], log, ...(self && { self }) })
  } finally {
    if (log !== undefined && log !== 2) closeSync(log)
  }
}

async function supervise(
  processes: SandboxProcesses,
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
    onLog: event => showLog(event, options.log),
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
    const verdict = await Promise.race([control.verdict, goferLoss(processes, control)])
    if (startFailure !== undefined) throw startFailure
    return await conclude(verdict, processes)
  } finally {
    for (const step of undo.reverse()) step()
  }
}

const enterRawModeIfTerminal = async (): Promise<() => void> =>
  terminalSize() === undefined ? () => {} : enterRawMode()

/** Settles only when the gofer is gone and the sandbox process does not end because of it. */
async function goferLoss({ exits }: SandboxProcesses, control: ControlClient): Promise<Verdict> {
  const exit = await exits.gofer
  if (await within(control.verdict, GOFER_GRACE_MS)) return new Promise(() => {})
  throw new Failure(`the gofer process died unexpectedly (${describeExit(exit)})`)
}

async function conclude(
  verdict: Verdict | undefined,
  { boot, gofer, exits }: SandboxProcesses,
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
  // That was its last word, and it holds nothing that its end does not give back: nobody waits for
  // V8 to tidy up. Unless it has code to keep.
  if (training !== undefined)
    await within(Promise.all([exits.boot, exits.gofer]), TRAINING_GRACE_MS)
  return verdict.status
}

/** All of it to the log; the first line of what went wrong also to the user. */
function showLog({ level, message }: Parameters<ControlHandlers['onLog']>[0], log: Log): void {
  log.write(level, message)
  if (level === 'error') writeSync(2, `runsc: ${message.split('\n', 1)[0]}\n`)
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
