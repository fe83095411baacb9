// /proc/PID/ns: links to the namespaces of a process. (fs/proc)
// Linux fs/proc/namespaces.c.

import type { Task } from '../../../task/task.ts'
import { directory } from '../../kernfs/node.ts'
import { type NamespaceKind, namespaceInode, namespaceOf } from '../../nsfs/namespace.ts'
import { internalPlace } from '../internal-mount.ts'
import { type Entry, magicLink } from './subject.ts'

const inodeOf = (task: Task, kind: NamespaceKind) =>
  namespaceInode(task.kernel, kind, namespaceOf(task, kind))

const namespaceLink = (kind: NamespaceKind): Entry =>
  magicLink(
    task => inodeOf(task, kind).label,
    task => internalPlace(inodeOf(task, kind)),
  )

const childPids = (task: Task) => namespaceInode(task.kernel, 'pid', task.childPidNamespace)

const LINKS: Readonly<Record<string, Entry>> = {
  cgroup: namespaceLink('cgroup'),
  ipc: namespaceLink('ipc'),
  mnt: namespaceLink('mnt'),
  net: namespaceLink('net'),
  pid: namespaceLink('pid'),
  pid_for_children: magicLink(
    task => childPids(task).label,
    task => internalPlace(childPids(task)),
  ),
  time: namespaceLink('time'),
  time_for_children: namespaceLink('time'),
  user: namespaceLink('user'),
  uts: namespaceLink('uts'),
}

export const ns: Entry = subject => {
  const entries = Object.entries(LINKS).map(([name, make]) => [name, make(subject)] as const)
  return directory(Object.fromEntries(entries), 0o511, { owner: subject.owner })
}
