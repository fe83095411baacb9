// The directory of one process or thread: its entries are made when first looked at. (fs/proc)
// Linux fs/proc/base.c: proc_pident_lookup, proc_pid_permission, has_pid_permissions.

import { ENOENT, EPERM, type Errno } from '@tsvisor/abi'
import { inGroup } from '../../../task/credentials.ts'
import type { Pid } from '../../../task/pid-namespace.ts'
import type { Task } from '../../../task/task.ts'
import type { Inode } from '../../../vfs/inode.ts'
import { KernfsInode } from '../../kernfs/kernfs.ts'
import type { DirectoryNode, Node } from '../../kernfs/node.ts'
import type { HidePid, ProcContext } from '../context.ts'
import { mayInspect } from './access.ts'
import type { Entry, Subject } from './subject.ts'

/** Whether the mount's hidepid= lets `reader` see `task` as far as `from` forbids. */
export function isVisible(
  { options }: ProcContext,
  reader: Task,
  task: Task,
  forbidding: readonly HidePid[],
): boolean {
  const hide = options.hidePid ?? 'off'
  if (!forbidding.includes(hide)) return true
  if (hide !== 'ptraceable' && inGroup(reader.creds, options.gid ?? 0)) return true
  return mayInspect(reader, task)
}

const ENTERING: readonly HidePid[] = ['noaccess', 'invisible', 'ptraceable']

/** Errors: EPERM, or ENOENT where even its existence is a secret. */
function refusal({ context, pid }: Subject, reader: Task): Errno | undefined {
  if (pid.task === undefined || isVisible(context, reader, pid.task, ENTERING)) return undefined
  return context.options.hidePid === 'noaccess' ? EPERM : ENOENT
}

export function subjectDirectory(
  subject: Subject,
  entries: Readonly<Record<string, Entry>>,
): DirectoryNode {
  const made = new Map<string, Node>()
  const nodeOf = (name: string, make: Entry): Node => {
    let node = made.get(name)
    if (node === undefined) {
      node = make(subject)
      made.set(name, node)
    }
    return node
  }
  const directory: DirectoryNode = {
    kind: 'directory',
    mode: 0o555,
    // The directory itself belongs to the process's user, dumpable or not.
    owner: () => {
      const creds = subject.pid.task?.creds
      return { uid: creds?.euid ?? 0, gid: creds?.egid ?? 0 }
    },
    refuse: reader => refusal(subject, reader),
    // task (for a process), fd, fdinfo, net, ns
    subdirectories: subject.scope === 'process' ? 5 : 4,
    lookup: name => {
      if (subject.pid.task === undefined || !Object.hasOwn(entries, name)) return undefined
      return nodeOf(name, entries[name]!)
    },
    *list() {
      if (subject.pid.task === undefined) throw ENOENT
      for (const [name, make] of Object.entries(entries)) yield [name, nodeOf(name, make)]
    },
  }
  if (subject.scope === 'process') processes.set(directory, subject.pid)
  return directory
}

const processes = new WeakMap<Node, Pid>()

/** The process whose /proc/PID this is: such a directory serves as a pidfd (tgid_pidfd_to_pid). */
export const processOf = (inode: Inode): Pid | undefined =>
  inode instanceof KernfsInode ? processes.get(inode.node) : undefined
