// What is kept of a container: state.json below --root, version 1. (runsc)

import type { ContainerStatus, Spec, State } from '@tsvisor/oci-spec'
import type { CgroupState } from '../cgroup/cgroup.ts'
import { isRunning, type ProcessIdentity } from './process-identity.ts'

export const RECORD_VERSION = 1

export interface ContainerRecord {
  readonly version: typeof RECORD_VERSION
  readonly ociVersion: string
  readonly id: string
  /** As it was when it was written. What holds now: {@link statusOf}. */
  readonly status: ContainerStatus
  /** The command that makes it. When that ends while the status is `creating`, nobody goes on. */
  readonly creator: ProcessIdentity
  /** What stands for the container on the host, and ends with its exit status. */
  readonly process?: ProcessIdentity
  /** The container whose sandbox this one lives in: its own id, unless it joined a pod. */
  readonly sandboxId: string
  readonly gofer?: ProcessIdentity
  readonly cgroup?: CgroupState
  /** Absolute. */
  readonly bundle: string
  /** Absolute. */
  readonly rootfs: string
  /** RFC 3339. */
  readonly created: string
  /** Name of the user who made it. */
  readonly owner: string
  /** Where --debug and --strace write: a file, or `stderr`. */
  readonly debugLog?: string
  /** config.json as it was then. */
  readonly config: Spec
}

/** What the container is now: a process that has ended leaves nothing else behind to say so. */
export function statusOf({ status, creator, process }: ContainerRecord): ContainerStatus {
  if (status === 'stopped') return status
  if (status === 'creating') return isRunning(creator) ? status : 'stopped'
  return process !== undefined && isRunning(process) ? status : 'stopped'
}

/** What `state` prints and hooks read: runtime.md, "State", with runc's additions. */
export interface PublicState extends State {
  readonly rootfs: string
  readonly created: string
  readonly owner: string
}

export function publicState(
  record: ContainerRecord,
  status: ContainerStatus = statusOf(record),
): PublicState {
  const { annotations } = record.config
  return {
    ociVersion: record.ociVersion,
    id: record.id,
    pid: status === 'stopped' ? 0 : (record.process?.pid ?? 0),
    status,
    bundle: record.bundle,
    rootfs: record.rootfs,
    created: record.created,
    ...(annotations && { annotations }),
    owner: record.owner,
  }
}

/** Errors: Error, which says what is wrong with the text. */
export function parseRecord(text: string): ContainerRecord {
  const record = JSON.parse(text) as ContainerRecord
  if (typeof record !== 'object' || record === null) throw new Error('no JSON object')
  if (record.version !== RECORD_VERSION) {
    throw new Error(`version ${JSON.stringify(record.version)}, this runsc knows ${RECORD_VERSION}`)
  }
  for (const name of TEXTS) {
    if (typeof record[name] !== 'string') throw new Error(`${name} is missing`)
  }
  if (typeof record.config !== 'object') throw new Error('config is missing')
  for (const name of PROCESSES) {
    const identity = record[name]
    if (identity === undefined && name !== 'creator') continue
    if (!(Number.isInteger(identity?.pid) && Number.isInteger(identity?.startTime))) {
      throw new Error(`${name} is no process`)
    }
  }
  return record
}

const TEXTS = [
  'ociVersion',
  'id',
  'status',
  'sandboxId',
  'bundle',
  'rootfs',
  'created',
  'owner',
] as const
const PROCESSES = ['creator', 'process', 'gofer'] as const
