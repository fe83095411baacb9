// /proc/PID/fd and fdinfo: the open files of a process. (fs/proc)
// Linux fs/proc/fd.c: proc_readfd_common, tid_fd_revalidate, seq_show.

import { EACCES, ENOENT, type Errno, O_CLOEXEC, O_PATH } from '@tsvisor/abi'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { Task } from '../../../task/task.ts'
import type { FileDescription } from '../../../vfs/file-description.ts'
import type { Path } from '../../../vfs/path.ts'
import {
  type DirectoryNode,
  type FileNode,
  file,
  type LinkNode,
  type Node,
} from '../../kernfs/node.ts'
import { internalPlace } from '../internal-mount.ts'
import { mayInspect } from './access.ts'
import { fileText } from './path-text.ts'
import { type Entry, LINK_SIZE, type Subject } from './subject.ts'

/** Descriptor numbers as the kernel prints them: no sign, no leading zeros. */
const DESCRIPTOR = /^(0|[1-9]\d{0,9})$/

/** Errors: ENOENT when the process or the descriptor is gone. */
function fileAt(task: Task, fd: number): FileDescription {
  const found = task.state === 'dead' ? undefined : task.fds.peek(fd)
  if (found === undefined) throw ENOENT
  return found
}

/** What is open, also where its name is gone or it never had one. */
function placeOf(kernel: Kernel, { path, inode }: FileDescription): Path {
  return path !== undefined && path.dentry.inode !== undefined ? path : internalPlace(kernel, inode)
}

function fdLink(subject: Subject, fd: number): LinkNode {
  return {
    kind: 'link',
    size: LINK_SIZE,
    owner: subject.owner,
    get mode() {
      const task = subject.pid.task
      const found = task === undefined || task.state === 'dead' ? undefined : task.fds.peek(fd)
      if (found === undefined || found.flags & O_PATH) return 0
      return (found.readable ? 0o500 : 0) | (found.writable ? 0o300 : 0)
    },
    target: reader => fileText(fileAt(subject.checkPresent(reader), fd), reader.fs.root),
    follow: reader => placeOf(reader.kernel, fileAt(subject.checkPresent(reader), fd)),
  }
}

function info(task: Task, fd: number): string {
  const found = fileAt(task, fd)
  const flags = found.flags | (task.fds.closesOnExec(fd) ? O_CLOEXEC : 0)
  return (
    `pos:\t${found.position}\nflags:\t0${(flags >>> 0).toString(8)}\n` +
    `mnt_id:\t${placeOf(task.kernel, found).mount.id}\nino:\t${found.inode.attr().ino}\n${found.fdinfo()}`
  )
}

function fdInfo(subject: Subject, fd: number): FileNode {
  return file(reader => info(subject.check(reader), fd), 0o444, { owner: subject.owner })
}

type MakeEntry = (subject: Subject, fd: number) => Node
type Rule = (subject: Subject) => (reader: Task, mask: number) => Errno | undefined

type Grant = (subject: Subject) => (reader: Task) => boolean

/** A directory with an entry for each open descriptor. */
const descriptors =
  (make: MakeEntry, mode: number, rule?: Rule, grants?: Grant): Entry =>
  (subject): DirectoryNode => {
    // Kept by number: the same descriptor keeps its inode number.
    const known = new Map<number, Node>()
    const nodeAt = (fd: number): Node => {
      let node = known.get(fd)
      if (node === undefined) {
        node = make(subject, fd)
        known.set(fd, node)
      }
      return node
    }
    return {
      kind: 'directory',
      mode,
      owner: subject.owner,
      refuse: rule?.(subject),
      grants: grants?.(subject),
      lookup: name => {
        if (!DESCRIPTOR.test(name)) return undefined
        const task = subject.present
        const fd = Number(name)
        if (task.state === 'dead' || task.fds.peek(fd) === undefined) return undefined
        return nodeAt(fd)
      },
      *list() {
        const task = subject.present
        if (task.state === 'dead') throw ENOENT
        for (const [fd] of task.fds.entries()) yield [String(fd), nodeAt(fd)]
      },
    }
  }

/** A process may always see its own descriptors, also when it is not dumpable. */
export const fd: Entry = descriptors(
  fdLink,
  0o500,
  undefined,
  subject => reader => subject.pid.task?.group === reader.group,
)

export const fdinfo: Entry = descriptors(fdInfo, 0o555, subject => (reader, mask) => {
  const { task } = subject.pid
  // Listing and entering needs what tracing needs; looking at the directory itself does not.
  return mask !== 0 && task !== undefined && !mayInspect(reader, task) ? EACCES : undefined
})
