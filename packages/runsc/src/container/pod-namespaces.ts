// linux.namespaces of a container in another one's sandbox: whose they are, found by their paths. (runsc)

import { statSync } from 'node:fs'
import type { Spec, SpecLinux } from '@tsvisor/oci-spec'
import type { ContainerNamespaces, NamespaceSource } from '../boot/boot-config.ts'
import { Failure } from '../failure.ts'
import type { ContainerRecord } from '../state/record.ts'
import type { StateStore } from '../state/store.ts'

type Entry = NonNullable<SpecLinux['namespaces']>[number]
type Type = Entry['type']

export interface PodPlace {
  /** The container whose sandbox it is. */
  readonly sandbox: ContainerRecord
  readonly store: StateStore
}

/**
 * The network is the sandbox's. Process numbers and IPC are the container's own, unless it names those of the
 * sandbox or of another container in it, or no such namespace at all. The names of the system are its own
 * if it has a host name and joins nobody's. Errors: Failure for a path that leads elsewhere.
 */
export function podNamespaces(spec: Spec, place: PodPlace): ContainerNamespaces {
  const sources = new Map<Type, NamespaceSource>()
  spec.linux?.namespaces?.forEach((entry, index) => {
    sources.set(entry.type, entry.path ? sourceOf(entry, index, place) : 'own')
  })
  const uts = sources.get('uts') ?? 'sandbox'
  return {
    pid: sources.get('pid') ?? 'sandbox',
    uts: uts === 'own' && spec.hostname === undefined ? 'sandbox' : uts,
    ipc: sources.get('ipc') ?? 'sandbox',
  }
}

/** The names that Linux gives the files in /proc/PID/ns. */
const FILES: Readonly<Partial<Record<Type, string>>> = { network: 'net', mount: 'mnt' }

function sourceOf({ type, path }: Entry, index: number, place: PodPlace): NamespaceSource {
  const file = FILES[type] ?? type
  const { sandbox } = place
  const members = [sandbox, ...otherMembers(place)]
  const found =
    // As an ordinary user's they may all be one; then what the path says decides.
    members.find(({ process }) => path === `/proc/${process?.pid}/ns/${file}`) ??
    (sandbox.config.linux?.namespaces?.some(it => it.type === type && it.path === path)
      ? sandbox
      : members.find(({ process }) => isSame(path!, `/proc/${process?.pid}/ns/${file}`)))
  if (found === undefined) {
    throw new Failure(
      `config.json: linux.namespaces[${index}].path: no container of the sandbox ${JSON.stringify(sandbox.id)} has this ${type} namespace`,
    )
  }
  return found === sandbox ? 'sandbox' : { container: found.id }
}

const otherMembers = ({ sandbox, store }: PodPlace): ContainerRecord[] =>
  store
    .list()
    .flatMap(entry => ('record' in entry ? [entry.record] : []))
    .filter(({ id, sandboxId }) => sandboxId === sandbox.id && id !== sandbox.id)

function isSame(one: string, other: string): boolean {
  try {
    const [a, b] = [statSync(one), statSync(other)]
    return a.ino === b.ino && a.dev === b.dev
  } catch {
    return false
  }
}
