// Containers that live in another one's sandbox: a pod, by the annotations of Kubernetes' engines. (runsc)

import type { Spec } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'
import { type ContainerRecord, statusOf } from '../state/record.ts'
import type { Listed, StateStore } from '../state/store.ts'

const CONTAINERD = {
  type: 'io.kubernetes.cri.container-type',
  sandbox: 'io.kubernetes.cri.sandbox-id',
} as const
/** And podman, whose pods need not have a container that is the sandbox. */
const CRI_O = {
  type: 'io.kubernetes.cri-o.ContainerType',
  sandbox: 'io.kubernetes.cri-o.SandboxID',
} as const

/** Whether it is the container that a pod's others will share the sandbox of. */
export const isPodSandbox = ({ annotations = {} }: Spec): boolean =>
  [CONTAINERD, CRI_O].some(({ type }) => annotations[type] === 'sandbox')

/**
 * The container whose sandbox a new one is to live in, by its annotations or because it joins a namespace of
 * that one's; undefined: one of its own. Errors: Failure when that cannot be.
 */
export function sandboxFor(spec: Spec, store: StateStore): ContainerRecord | undefined {
  const { annotations = {} } = spec
  const family = [CONTAINERD, CRI_O].find(({ type }) => annotations[type] === 'container')
  if (family === undefined) return sandboxByNamespace(spec, store)
  const id = annotations[family.sandbox]
  const place = `annotations.${family.sandbox}`
  if (!id) {
    const type = family.type.replace(/^.*\./, '')
    throw new Failure(`${place}: required with ${type} "container"`)
  }
  if (family === CRI_O && !store.has(id) && !joinsNamespaces(spec)) return undefined
  try {
    return checked(store.read(id))
  } catch (error) {
    if (error instanceof Failure) throw new Failure(`${place}: ${error.message}`)
    throw error
  }
}

function checked(record: ContainerRecord): ContainerRecord {
  const id = JSON.stringify(record.id)
  if (record.sandboxId !== record.id) throw new Failure(`container ${id} is no sandbox`)
  if (statusOf(record) === 'stopped') throw new Failure(`the sandbox ${id} has stopped`)
  return record
}

/** By paths such as /proc/123/ns/ipc, where 123 is a container of ours, as engines give them for `--ipc container:…`. */
function sandboxByNamespace({ linux }: Spec, store: StateStore): ContainerRecord | undefined {
  for (const { path = '' } of linux?.namespaces ?? []) {
    const [, pid] = /^\/proc\/(\d+)\/ns\/(?:net|ipc|uts|pid)$/.exec(path) ?? []
    const joined = pid && store.list().find(it => isOf(it, Number(pid)))
    if (joined && 'record' in joined) return checked(store.read(joined.record.sandboxId))
  }
  return undefined
}

const isOf = (listed: Listed, pid: number): boolean =>
  'record' in listed && listed.record.process?.pid === pid && statusOf(listed.record) !== 'stopped'

const joinsNamespaces = ({ linux }: Spec): boolean =>
  linux?.namespaces?.some(({ path }) => path) ?? false
