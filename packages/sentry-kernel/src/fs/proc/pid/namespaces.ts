// /proc/PID/ns: links to the namespaces of a process. (fs/proc)
// Linux fs/proc/namespaces.c.

import { ENOENT } from '@tsvisor/abi'
import type { Task } from '../../../task/task.ts'
import { directory } from '../../kernfs/node.ts'
import {
  type NamespaceInode,
  type NamespaceKind,
  namespaceInode,
  namespaceOf,
} from '../../nsfs/namespace.ts'
import { internalPlace } from '../internal-mount.ts'
import { type Entry, magicLink } from './subject.ts'

/** Errors: ENOENT for what a zombie has given up already. */
function inodeOf(task: Task, kind: NamespaceKind): NamespaceInode {
  if (task.state === 'dead' && kind !== 'pid' && kind !== 'user') throw ENOENT
  return namespaceInode(task.kernel, namespaceOf(task, kind))
}

const namespaceLink = (kind: NamespaceKind): Entry =>
  magicLink(
    task => inodeOf(task, kind).label,
    task => internalPlace(task.kernel, inodeOf(task, kind)),
  )

/** Errors: ENOENT before somebody is in it, and for a zombie. */
function childPids(task: Task): NamespaceInode {
  const namespace = task.childPidNamespace
  if (task.state === 'dead' || namespace.init === undefined) throw ENOENT
  return namespaceInode(task.kernel, { kind: 'pid', namespace })
}

const LINKS: Readonly<Record<string, Entry>> = {
  cgroup: namespaceLink('cgroup'),
  ipc: namespaceLink('ipc'),
  mnt: namespaceLink('mnt'),
  net: namespaceLink('net'),
  pid: namespaceLink('pid'),
  pid_for_children: magicLink(
    task => childPids(task).label,
    task => internalPlace(task.kernel, childPids(task)),
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
