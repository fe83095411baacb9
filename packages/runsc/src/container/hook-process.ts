// One hook as a process of the host: the container's state on its stdin, nothing else of ours. (runsc)

import { type ChildProcessWithoutNullStreams, type SpawnOptions, spawn } from 'node:child_process'
import type { SpecHook } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'
import { describeExit, within } from '../sandbox/processes-end.ts'
import type { PublicState } from '../state/record.ts'
import { childExit } from './child-exit.ts'
import type { HookMounts } from './hook-mounts.ts'

/** How much of what a hook printed goes into the message about its failure. */
const MAX_OUTPUT = 1000
/** How long to wait for the end of it, when the hook has failed. */
const LAST_WORDS_MS = 100

export interface HookPlace {
  /** Where it starts. */
  readonly directory: string
  /** In whose mount namespace; absent: in ours. */
  readonly mounts?: HookMounts | undefined
}

/** Waits for its end. `name` is for messages. Errors: Failure when it fails or takes too long. */
export async function runHook(
  name: string,
  hook: SpecHook,
  state: PublicState,
  place: HookPlace,
): Promise<void> {
  const { path, args = [path], env, timeout } = hook
  const options: SpawnOptions = {
    argv0: args[0] ?? path,
    cwd: place.directory,
    // As runc and crun: without one of its own it gets ours.
    ...(env && { env: Object.fromEntries(env.map(entry => splitOnce(entry))) }),
    stdio: ['pipe', 'pipe', 'pipe'],
    // A group of its own, so that a time-out reaches what it started too.
    detached: true,
  }
  const start = () => spawn(path, args.slice(1), options) as ChildProcessWithoutNullStreams
  const child = place.mounts === undefined ? start() : place.mounts.within(start)
  let output = ''
  const keep = (chunk: Buffer) => void (output = (output + chunk).slice(-MAX_OUTPUT))
  child.stdout.on('data', keep)
  child.stderr.on('data', keep)
  // One that does not read its state is free not to.
  child.stdin.on('error', () => {})
  child.stdin.end(JSON.stringify(state))

  let timedOut = false
  const timer =
    timeout === undefined
      ? undefined
      : setTimeout(() => {
          timedOut = true
          killGroupOf(child.pid)
        }, timeout * 1000)
  const closed = new Promise(resolve => child.once('close', resolve))
  // Not its output's end: something that it left in the background may hold that open.
  const exit = await childExit(child)
  clearTimeout(timer)
  // Node may hear of its end before it has read its last words: those of another child's SIGCHLD are enough.
  if (exit.code !== 0 && !exit.error && !timedOut) await within(closed, LAST_WORDS_MS)
  child.stdout.destroy()
  child.stderr.destroy()
  if (timedOut) throw new Failure(`${name} (${path}): killed: took longer than ${timeout} s`)
  if (exit.code === 0) return
  const detail = output.trim() === '' ? '' : `: ${output.trim().replaceAll('\n', '; ')}`
  throw new Failure(`${name} (${path}): ${describeExit(exit)}${detail}`)
}

function killGroupOf(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}

function splitOnce(entry: string): [string, string] {
  const at = entry.indexOf('=')
  return [entry.slice(0, at), entry.slice(at + 1)]
}
