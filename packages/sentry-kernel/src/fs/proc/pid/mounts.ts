// /proc/PID/mounts, mountinfo, mountstats: the mounts that a process sees. (fs/proc)
// Linux fs/proc_namespace.c: show_vfsmnt, show_mountinfo, show_vfsstat.

import {
  EINVAL,
  MS_DIRSYNC,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_SYNCHRONOUS,
  major,
  minor,
} from '@tsvisor/abi'
import type { Task } from '../../../task/task.ts'
import type { Dentry } from '../../../vfs/dentry.ts'
import type { FileSystem } from '../../../vfs/inode.ts'
import type { Mount } from '../../../vfs/mount.ts'
import type { Path } from '../../../vfs/path.ts'
import { locate } from '../../../vfs/path-text.ts'
import { dominatingGroup } from '../../../vfs/propagation.ts'
import type { FileNode } from '../../kernfs/node.ts'
import { escapePath } from './path-text.ts'
import type { Entry, Subject } from './subject.ts'

const SPACE = ' \t\n\\'
const SOURCE_SPECIAL = ' \t\n\\#'

/** In the order of Linux's show_mnt_opts. */
const OPTIONS: readonly (readonly [number, string])[] = [
  [MS_NOSUID, 'nosuid'],
  [MS_NODEV, 'nodev'],
  [MS_NOEXEC, 'noexec'],
  [MS_NOATIME, 'noatime'],
  [MS_NODIRATIME, 'nodiratime'],
  [MS_RELATIME, 'relatime'],
  [MS_NOSYMFOLLOW, 'nosymfollow'],
]

const access = (isReadOnly: unknown): string => (isReadOnly ? 'ro' : 'rw')
const mountOptions = ({ flags }: Mount): string[] =>
  OPTIONS.flatMap(([flag, name]) => (flags & flag ? [name] : []))

const superOptions = ({ superFlags = 0 }: FileSystem): string[] => [
  ...(superFlags & MS_SYNCHRONOUS ? ['sync'] : []),
  ...(superFlags & MS_DIRSYNC ? ['dirsync'] : []),
]

/** Which part of the file system the mount shows. */
export function rootText(root: Dentry, reader: Task): string {
  const { rootName = '', shownPath } = root.inode?.fs ?? {}
  let text = ''
  for (let at = root; at.parent !== at; at = at.parent) text = `/${at.name}${text}`
  if (shownPath !== undefined) return shownPath(text || '/', reader)
  return `${`${rootName === '/' ? '' : rootName}${text}` || '/'}${root.unlinked ? '//deleted' : ''}`
}

/** show_mountinfo's tagged fields. */
function propagation(mount: Mount, root: Path): string {
  let text = mount.groupId === 0 ? '' : ` shared:${mount.groupId}`
  if (mount.master !== undefined) {
    const { groupId } = mount.master
    text += ` master:${groupId}`
    const from = dominatingGroup(mount, root)
    if (from !== 0 && from !== groupId) text += ` propagate_from:${from}`
  }
  return mount.unbindable ? `${text} unbindable` : text
}

type Format = (mount: Mount, point: string, root: Path, reader: Task) => string

const asMounts: Format = (mount, point) => {
  const { fs } = mount
  const options = [
    access(mount.isReadOnly),
    ...superOptions(fs),
    ...mountOptions(mount),
    ...fs.options(),
  ]
  return `${escapePath(mount.source, SOURCE_SPECIAL)} ${point} ${fs.type} ${options.join(',')} 0 0\n`
}

const asMountinfo: Format = (mount, point, root, reader) => {
  const { fs } = mount
  const own = [access(mount.flags & MS_RDONLY), ...mountOptions(mount)].join(',')
  const shared = [
    access((fs.superFlags ?? 0) & MS_RDONLY),
    ...superOptions(fs),
    ...fs.options(),
  ].join(',')
  return (
    `${mount.id} ${mount.parent?.id ?? mount.id} ${major(fs.dev)}:${minor(fs.dev)} ` +
    `${escapePath(rootText(mount.root, reader), SPACE)} ${point} ${own}${propagation(mount, root)} - ` +
    `${fs.type} ${escapePath(mount.source, SOURCE_SPECIAL)} ${shared}\n`
  )
}

const asMountstats: Format = (mount, point) =>
  `device ${escapePath(mount.source, SOURCE_SPECIAL)} mounted on ${point} with fstype ${mount.fs.type}\n`

function list(task: Task, root: Path, format: Format, reader: Task): string {
  let text = ''
  // In the order in which they were made, as Linux since 6.8.
  for (const mount of [...task.mounts.mounts()].sort((a, b) => a.id - b.id)) {
    const at = locate({ mount, dentry: mount.root }, root)
    // What the process cannot reach from its root is not shown.
    if (at.reachable) text += format(mount, escapePath(at.text, SPACE), root, reader)
  }
  return text
}

/** The namespace and root are those at the time of opening. Errors: EINVAL for a zombie. */
const mountTable =
  (format: Format, mode = 0o444): Entry =>
  (subject: Subject): FileNode => ({
    kind: 'file',
    mode,
    owner: subject.owner,
    open: () => {
      const { task } = subject
      if (task.state === 'dead') throw EINVAL
      const { mounts } = task
      const { root } = task.fs
      return {
        read: reader => list(task, root, format, reader),
        changes: { queue: mounts.changed, stamp: () => mounts.changes },
      }
    },
  })

export const mounts = mountTable(asMounts)
export const mountinfo = mountTable(asMountinfo)
export const mountstats = mountTable(asMountstats, 0o400)
