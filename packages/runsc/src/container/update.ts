// Other limits for a container that is there: in its host cgroup, in its kernel, on record. (runsc)

import { readFileSync } from 'node:fs'
import type { SpecResources } from '@tsvisor/oci-spec'
import type { ContainerLimits } from '../boot/boot-config.ts'
import { MESSAGES } from '../boot/control.ts'
import { Cgroup } from '../cgroup/cgroup.ts'
import { Failure, reasonOf } from '../failure.ts'
import { parseBytes, parseLimit } from '../session/count-argument.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'
import { ask, target } from './connect.ts'

export interface UpdateOptions {
  readonly resources?: string
  readonly memory?: string
  readonly memoryReservation?: string
  readonly memorySwap?: string
  readonly cpuPeriod?: string
  readonly cpuQuota?: string
  readonly cpuBurst?: string
  readonly cpuShare?: string
  readonly cpuRtPeriod?: string
  readonly cpuRtRuntime?: string
  readonly cpusetCpus?: string
  readonly cpusetMems?: string
  readonly cpuIdle?: string
  readonly pidsLimit?: string
  readonly blkioWeight?: string
}

type Warn = (message: string) => void

/** Errors: Failure. */
export async function updateContainer(
  store: StateStore,
  id: string,
  options: UpdateOptions,
  warn: Warn,
): Promise<void> {
  const changes =
    options.resources === undefined
      ? fromFlags(options)
      : await readResources(options.resources, warn)
  const container = await store.lock(id)
  try {
    const { record } = container
    if (statusOf(record) === 'stopped') throw new Failure(MESSAGES.notRunning)
    const saved = container.prepare(withResources(record, changes))
    try {
      if (record.cgroup !== undefined) Cgroup.load(record.cgroup).update(changes, warn)
      const limits = limitsOf(changes)
      if (Object.keys(limits).length > 0)
        ask(store, record, { type: 'update', ...target(record), limits }, 'done')
    } catch (error) {
      saved.discard()
      throw error
    }
    saved.commit()
  } finally {
    container.release()
  }
}

/** -1, and 0 for tasks, is no limit (config-linux.md). */
function limitsOf({ memory, pids }: SpecResources): ContainerLimits {
  const bytes = memory?.limit
  const tasks = pids?.limit
  return {
    ...(bytes !== undefined && { memoryBytes: bytes < 0 ? null : bytes }),
    ...(tasks !== undefined && { pids: tasks <= 0 ? null : tasks }),
  }
}

function withResources(record: ContainerRecord, changes: SpecResources): ContainerRecord {
  const before = record.config.linux?.resources ?? {}
  const resources: SpecResources = {
    ...before,
    ...changes,
    ...(changes.memory && { memory: { ...before.memory, ...changes.memory } }),
    ...(changes.cpu && { cpu: { ...before.cpu, ...changes.cpu } }),
    ...(changes.blockIO && { blockIO: { ...before.blockIO, ...changes.blockIO } }),
  }
  return { ...record, config: { ...record.config, linux: { ...record.config.linux, resources } } }
}

const MEMORY = { limit: 'memory', reservation: 'memoryReservation', swap: 'memorySwap' } as const
const CPU = {
  period: 'cpuPeriod',
  quota: 'cpuQuota',
  burst: 'cpuBurst',
  shares: 'cpuShare',
  realtimePeriod: 'cpuRtPeriod',
  realtimeRuntime: 'cpuRtRuntime',
  idle: 'cpuIdle',
} as const

function fromFlags(options: UpdateOptions): SpecResources {
  const numbers = (
    flags: Readonly<Record<string, keyof UpdateOptions>>,
    parse: (flag: string, text: string) => number,
  ) =>
    Object.fromEntries(
      Object.entries(flags).flatMap(([member, flag]) => {
        const text = options[flag]
        return text === undefined ? [] : [[member, parse(flagName(flag), text)]]
      }),
    )
  const { cpusetCpus: cpus, cpusetMems: mems, pidsLimit, blkioWeight } = options
  const memory = numbers(MEMORY, parseBytes)
  const cpu = { ...numbers(CPU, parseLimit), ...(cpus && { cpus }), ...(mems && { mems }) }
  const resources: SpecResources = {
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(pidsLimit !== undefined && { pids: { limit: parseLimit('--pids-limit', pidsLimit) } }),
    ...(blkioWeight !== undefined && {
      blockIO: { weight: parseLimit('--blkio-weight', blkioWeight) },
    }),
  }
  if (Object.keys(resources).length > 0) return resources
  throw new Failure('update: name a limit, or a file with --resources')
}

/** `memorySwap` is --memory-swap. */
const flagName = (flag: string): string =>
  `--${flag.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`

async function readResources(path: string, warn: Warn): Promise<SpecResources> {
  const { formatIssue, parseResources, SpecError } = await import('@tsvisor/oci-spec')
  let text: string
  try {
    text = readFileSync(path === '-' ? 0 : path, 'utf8')
  } catch (error) {
    throw new Failure(`--resources ${path}: ${reasonOf(error)}`)
  }
  try {
    const { value, warnings } = parseResources(text)
    for (const warning of warnings) warn(`--resources ${path}: ${formatIssue(warning)}`)
    return value
  } catch (error) {
    if (!(error instanceof SpecError)) throw error
    throw new Failure(error.message.replace(/^/gm, `--resources ${path}: `))
  }
}
