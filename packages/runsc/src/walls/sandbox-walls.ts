// The walls around the sandbox process, raised before it sees the first byte of a container. (runsc)

import { availableParallelism, totalmem } from 'node:os'
import { dieWithParent, installSeccomp, ownThreads, setDumpable, setLimit } from '@tsvisor/host'
import { openProc, prepareStreams } from '@tsvisor/platform-ptrace'
import { compileRules } from './call-rule.ts'
import { enterEmptyRoot } from './empty-root.ts'
import { canBecome, keepOnly, NOBODY } from './privileges.ts'
import { sandboxCalls } from './sandbox-calls.ts'
import { UNCONFINED } from './unconfined.ts'

const SIGKILL = 9
const RLIMIT_CORE = 4
const RLIMIT_MEMLOCK = 8
const RLIMIT_MSGQUEUE = 12

export interface Enclosed<Platform> {
  readonly platform: Platform
  readonly machine: { readonly cpus: number; readonly memoryBytes: number }
  /** Walls that could not be raised, and what to set: one line each. */
  readonly missing: readonly string[]
}

export interface EncloseOptions<Platform> {
  /** `attached`: die with the parent. */
  readonly lifetime: 'attached' | 'detached'
  /** Descriptors of the first process: what they are is opened anew while that can be. */
  readonly streams: readonly number[]
  /** Makes what needs rights that this process has no longer afterwards: the first processes of guests. */
  readonly newPlatform: () => Platform
}

/** Raises the walls for good. Throws what `newPlatform` throws, and Errno. */
export function encloseSandbox<Platform>({
  lifetime,
  streams,
  newPlatform,
}: EncloseOptions<Platform>): Enclosed<Platform> {
  const machine = { cpus: availableParallelism(), memoryBytes: totalmem() }
  const missing: string[] = []
  const reason = process.env[UNCONFINED]
  const threads = ownThreads()
  const id = canBecome(NOBODY) ? NOBODY : undefined
  const proc = openProc()
  prepareStreams(streams)
  if (reason !== undefined) {
    missing.push(`the sandbox process has no namespaces of its own: ${reason}`)
  } else {
    try {
      enterEmptyRoot()
    } catch (error) {
      missing.push(`the sandbox process cannot leave the host's file tree: ${String(error)}`)
    }
  }
  keepOnly(threads, { ...(id !== undefined && { id }), capabilities: [] })
  // The change of user has forgotten it.
  if (lifetime === 'attached') dieWithParent(SIGKILL)
  // The processes of guests are copies of this one, and have to be looked into.
  setDumpable('yes')
  const platform = newPlatform()
  setDumpable('no')
  for (const limit of [RLIMIT_CORE, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE]) setLimit(limit, 0, 0)
  installSeccomp(compileRules(sandboxCalls({ pid: process.pid, proc })))
  return { platform, machine, missing }
}
