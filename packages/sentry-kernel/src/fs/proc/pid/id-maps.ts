// /proc/PID/{uid,gid,projid}_map and setgroups: what a user namespace calls its users. (fs/proc)
// Linux kernel/user_namespace.c: m_show, map_write, proc_setgroups_write.

import {
  CAP_SETFCAP,
  CAP_SETGID,
  CAP_SETUID,
  CAP_SYS_ADMIN,
  EACCES,
  EINVAL,
  EPERM,
} from '@tsvisor/abi'
import { byteString } from '../../../mm/user-memory.ts'
import { type Credentials, hasCapabilityIn } from '../../../task/credentials.ts'
import { IdMap, type IdRange, NO_ID } from '../../../task/id-map.ts'
import { idMaps } from '../../../task/id-maps.ts'
import type { Task } from '../../../task/task.ts'
import type { UserNamespace } from '../../../task/user-namespace.ts'
import { parseIdMap } from './parse-id-map.ts'
import type { Entry } from './subject.ts'

export type IdKind = 'uids' | 'gids' | 'projects'

/** Held over the ids outside; of projects nobody is asked. */
const SETTER = { uids: CAP_SETUID, gids: CAP_SETGID, projects: undefined } as const

const column = (id: number): string => String(id).padStart(10)
const row = ({ inside, outside, size }: IdRange): string =>
  `${column(inside)} ${column(outside)} ${column(size)}\n`

/** The opener's namespace says how the ids outside are called, and his rights count beside the writer's. */
export const idMap =
  (kind: IdKind): Entry =>
  subject => ({
    kind: 'file',
    mode: 0o644,
    owner: subject.owner,
    open: opener => {
      const { userNamespace } = subject.present.creds
      const { creds, kernel } = opener
      return {
        read: () => {
          if (userNamespace.level === 0 && creds.userNamespace.level === 0)
            return idMaps(kernel)[kind === 'gids' ? 'gid' : 'uid'].map(row).join('')
          return shownMap(userNamespace, kind, creds.userNamespace)
        },
        write: (writer, data, offset) => {
          setMap(userNamespace, kind, { opener: creds, writer: writer.creds }, { data, offset })
          return data.length
        },
      }
    },
  })

function shownMap(namespace: UserNamespace, kind: IdKind, reader: UserNamespace): string {
  const outer = reader === namespace && reader.parent !== undefined ? reader.parent : reader
  return namespace[kind].ranges
    .map(range => row({ ...range, outside: outer[kind].fromKernel(range.outside) }))
    .join('')
}

interface Parties {
  readonly opener: Credentials
  readonly writer: Credentials
}

const PAGE = 4096

/** A map is written once, at once. Errors: EPERM, EINVAL. */
function setMap(
  namespace: UserNamespace,
  kind: IdKind,
  by: Parties,
  { data, offset }: { readonly data: Uint8Array; readonly offset: number },
): void {
  const { parent } = namespace
  const { userNamespace } = by.opener
  if (parent === undefined) throw EPERM
  if (userNamespace !== namespace && userNamespace !== parent) throw EPERM
  if (offset !== 0 || data.length >= PAGE) throw EINVAL
  if (!namespace[kind].isEmpty) throw EPERM
  if (kind !== 'projects' && !hasCapabilityIn(by.opener, namespace, CAP_SYS_ADMIN)) throw EPERM
  const ranges = parseIdMap(byteString(data))
  if (!isPermitted(namespace, parent, kind, by, ranges)) throw EPERM
  namespace[kind] = IdMap.of(
    ranges.map(({ inside, outside, size }) => {
      const first = parent[kind].rangeToKernel(outside, size)
      if (first === NO_ID) throw EPERM
      return { inside, outside: first, size }
    }),
  )
}

/** new_idmap_permitted: one's own id alone, or whatever the parent lets one change to. */
function isPermitted(
  namespace: UserNamespace,
  parent: UserNamespace,
  kind: IdKind,
  { opener, writer }: Parties,
  ranges: readonly IdRange[],
): boolean {
  if (kind === 'uids' && !mayMapRoot(namespace, parent, opener, ranges)) return false
  const { outside, size } = ranges[0]!
  if (ranges.length === 1 && size === 1 && namespace.owner === opener.euid) {
    const own = parent[kind].toKernel(outside)
    if (kind === 'uids' && own === opener.euid) return true
    if (kind === 'gids' && own === opener.egid && namespace.setgroups === 'deny') return true
  }
  const setter = SETTER[kind]
  if (setter === undefined) return true
  return hasCapabilityIn(writer, parent, setter) && hasCapabilityIn(opener, parent, setter)
}

/** verify_root_map: with the parent's root comes the right to set file capabilities for it. */
function mayMapRoot(
  namespace: UserNamespace,
  parent: UserNamespace,
  opener: Credentials,
  ranges: readonly IdRange[],
): boolean {
  if (!ranges.some(({ outside }) => outside === 0)) return true
  if (opener.userNamespace === namespace) return namespace.makerSetsCapabilities
  return hasCapabilityIn(opener, parent, CAP_SETFCAP)
}

/** "deny" comes before the group map, and stays. */
export const setgroups: Entry = subject => ({
  kind: 'file',
  mode: 0o644,
  owner: subject.owner,
  // For writing; who only reads is asked nothing.
  refuse: (task, mask) => {
    const { task: target } = subject.pid
    if (!(mask & 2) || target === undefined) return undefined
    const may = hasCapabilityIn(task.creds, target.creds.userNamespace, CAP_SYS_ADMIN)
    return may ? undefined : EACCES
  },
  open: () => {
    const { userNamespace } = subject.present.creds
    return {
      read: () => `${userNamespace.setgroups}\n`,
      write: (_writer: Task, data: Uint8Array, offset: number) => {
        setSetgroups(userNamespace, byteString(data), offset)
        return data.length
      },
    }
  },
})

/** Errors: EINVAL, EPERM. */
function setSetgroups(namespace: UserNamespace, text: string, offset: number): void {
  if (offset !== 0 || text.length >= 8) throw EINVAL
  const match = /^(allow|deny)\s*(\0|$)/.exec(text)
  if (match === null) throw EINVAL
  if (match[1] === 'allow') {
    if (namespace.setgroups === 'deny') throw EPERM
    return
  }
  if (!namespace.gids.isEmpty) throw EPERM
  namespace.setgroups = 'deny'
}
