// Which ids a container has, and what they are on the host. (runsc)

import type { Spec, SpecProcess } from '@tsvisor/oci-spec'
import type { Owners } from '../boot/id-map.ts'
import { Failure } from '../failure.ts'
import { isWhole, type MappedIds, ownIds } from '../user-namespace.ts'
import { ownersOfUser } from './plan.ts'

type Kind = 'uid' | 'gid'

/** The maps of the container's user namespace; without one, those of this process, or an ordinary user's own. */
export function ownersOf({ linux }: Spec): { readonly owners?: Owners } {
  const { uidMappings = [], gidMappings = [] } = linux ?? {}
  if (uidMappings.length === 0 && gidMappings.length === 0)
    return process.geteuid!() === 0 ? ownersHere() : ownersOfUser()
  const ranges = (mappings: typeof uidMappings) =>
    mappings.map(({ containerID, hostID, size }) => ({ guest: containerID, host: hostID, size }))
  return { owners: { uid: ranges(uidMappings), gid: ranges(gidMappings), others: 'nobody' } }
}

/** The ids that this process has are the container's. What they are on the machine is nobody's business. */
function ownersHere(): { readonly owners?: Owners } {
  const ids = { uid: ownIds('uid'), gid: ownIds('gid') }
  if (isWhole(ids.uid) && isWhole(ids.gid)) return {}
  const ranges = (own: readonly MappedIds[]) =>
    own.map(({ inside, size }) => ({ guest: inside, host: inside, size }))
  return { owners: { uid: ranges(ids.uid), gid: ranges(ids.gid), others: 'nobody' } }
}

/** Errors: Failure for a process of a user or group that the container does not have, as setuid(2) gives. */
export function checkUser(spec: Spec, user: SpecProcess['user'] = { uid: 0, gid: 0 }): void {
  const { owners } = ownersOf(spec)
  if (owners?.others !== 'nobody') return
  const check = (member: string, kind: Kind, id: number) => {
    if (owners[kind].some(({ guest, size }) => id >= guest && id - guest < size)) return
    const map = spec.linux?.uidMappings?.length
      ? `linux.${kind}Mappings`
      : `/proc/self/${kind}_map (an ordinary user's come from /etc/sub${kind})`
    throw new Failure(`process.user.${member}: ${id}: invalid argument: not in ${map}`)
  }
  check('uid', 'uid', user.uid ?? 0)
  check('gid', 'gid', user.gid ?? 0)
  user.additionalGids?.forEach((id, i) => {
    check(`additionalGids[${i}]`, 'gid', id)
  })
}
