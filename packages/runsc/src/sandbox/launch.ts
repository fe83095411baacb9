// Telling the two processes of a sandbox what to be, and hearing how that went. (runsc)

import { writeSync } from 'node:fs'
import { encodeFrame } from '../boot/frames.ts'
import type { Plan } from '../container/plan.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { Log } from '../session/log.ts'
import { ControlConnection } from './control-connection.ts'
import { ControlError, ControlLost, type Passed } from './control-end.ts'
import { setOomScoreAdj } from './oom-score.ts'
import { describeExit, isGone, within } from './processes-end.ts'
import type { SandboxProcesses } from './spawn.ts'

/** How long one process gets to explain itself after the other has gone. */
const GRACE_MS = 500

/** The connection to the sandbox process on its fd 3. Errors and warnings go to the log. */
export const controlOf = ({ bootControl }: SandboxProcesses, log: Log): ControlConnection =>
  new ControlConnection(bootControl, {
    onLog: ({ level, message }) => {
      log.write(level, message)
      if (level === 'error') writeSync(2, `runsc: ${message.split('\n', 1)[0]}\n`)
    },
  })

/** Until the container is created, or with startMode `run`, runs. Errors: Failure. */
export async function launch(
  processes: SandboxProcesses,
  control: ControlConnection,
  { boot: config, gofer, trees = [] }: Plan,
  passed: Passed,
): Promise<void> {
  const { oomScoreAdj } = config.process
  if (oomScoreAdj !== 0)
    for (const { pid } of [processes.boot, processes.gofer]) setOomScoreAdj(pid!, oomScoreAdj)
  await tellGofer(processes, encodeFrame(gofer), trees)
  const reply = config.startMode === 'create' ? 'created' : 'started'
  await orLoss(processes, control.request({ type: 'boot', config }, reply, passed))
}

/** Errors: Failure. */
async function tellGofer(
  { goferControl }: SandboxProcesses,
  frame: Uint8Array,
  trees: readonly number[],
): Promise<void> {
  try {
    await goferControl.send(frame, trees)
  } catch (error) {
    // One that died shows in its exit; that says more.
    if (trees.length === 0) return
    throw new Failure(`the gofer cannot be given what the hooks have mounted: ${reasonOf(error)}`)
  }
}

/** What `promise` gives; when a process dies instead, why. Errors: Failure. */
export async function orLoss<T>(processes: SandboxProcesses, promise: Promise<T>): Promise<T> {
  try {
    return await Promise.race([promise, goferLoss(processes, promise)])
  } catch (error) {
    if (error instanceof ControlError)
      throw (
        (error.lost && (await goferFailure(processes))) || new Failure(error.message, error.status)
      )
    if (error instanceof ControlLost) throw await lossOf(processes)
    throw error
  }
}

/** Settles only when the gofer is gone and the sandbox process does not end because of it. */
async function goferLoss({ exits }: SandboxProcesses, verdict: Promise<unknown>): Promise<never> {
  const exit = await exits.gofer
  const settled = verdict.catch(() => {})
  if (await within(settled, GRACE_MS)) return new Promise(() => {})
  throw new Failure(`the gofer process died unexpectedly (${describeExit(exit)})`)
}

/** The sandbox process is gone without a word. */
async function lossOf(processes: SandboxProcesses): Promise<Failure> {
  const { boot, gofer, exits } = processes
  await within(exits.boot, GRACE_MS)
  // When the gofer went first, it is the reason.
  const failure = isGone(gofer) && (await goferFailure(processes))
  if (failure) return failure
  const exit = isGone(boot) ? describeExit(await exits.boot) : 'it closed its control socket'
  return new Failure(`the sandbox process died unexpectedly (${exit})`)
}

/** How the gofer failed, if it ended at all. */
async function goferFailure({ gofer, exits }: SandboxProcesses): Promise<Failure | undefined> {
  await within(exits.gofer, GRACE_MS)
  if (!isGone(gofer) || (gofer.signalCode === null && gofer.exitCode === 0)) return undefined
  return new Failure(`the gofer process died unexpectedly (${describeExit(await exits.gofer)})`)
}
