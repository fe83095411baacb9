// linux.sysctl: a setting of a namespace needs that to be the container's own. (oci-spec, pure)
// sysctl(5), namespaces(7); runc libcontainer/configs/validate: sysctl.

import type { SpecLinux } from './config-schema.ts'

type Namespace = NonNullable<SpecLinux['namespaces']>[number]['type']

const OWNERS: readonly (readonly [Namespace, RegExp])[] = [
  [
    'ipc',
    /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/,
  ],
  ['network', /^net\./],
  ['uts', /^kernel\.domainname$/],
]

/** The namespace that a setting is part of; undefined for one of the whole kernel. */
const namespaceOfSysctl = (name: string): Namespace | undefined =>
  OWNERS.find(([, names]) => names.test(name.replaceAll('/', '.')))?.[0]

/** Why the container may not have a setting. */
export function sysctlProblem(name: string, { namespaces = [] }: SpecLinux): string | undefined {
  if (name.replaceAll('/', '.') === 'kernel.hostname') return 'not allowed, "hostname" sets it'
  const owner = namespaceOfSysctl(name)
  if (owner === undefined || namespaces.some(({ type }) => type === owner)) return undefined
  return `given, but linux.namespaces has no "${owner}" namespace`
}
