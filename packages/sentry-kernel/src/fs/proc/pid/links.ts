// /proc/PID/exe, cwd, root. (fs/proc)
// Linux fs/proc/base.c: proc_exe_link, proc_cwd_link, proc_root_link.

import { ENOENT } from '@tsvisor/abi'
import type { Task } from '../../../task/task.ts'
import type { Path } from '../../../vfs/path.ts'
import { pathText } from '../../../vfs/path-text.ts'
import { internalPlace } from '../internal-mount.ts'
import { fileText } from './path-text.ts'
import { type Entry, magicLink } from './subject.ts'

function executable(task: Task) {
  const found = task.state === 'dead' ? undefined : task.mm.exe
  if (found === undefined) throw ENOENT
  return found
}

export const exe: Entry = magicLink(
  (task, reader) => fileText(executable(task), reader.fs.root),
  task => {
    const found = executable(task)
    return found.path ?? internalPlace(task.kernel, found.inode)
  },
)

const place =
  (pick: (task: Task) => Path) =>
  (task: Task): Path => {
    if (task.state === 'dead') throw ENOENT
    return pick(task)
  }
const linkTo = (pick: (task: Task) => Path): Entry =>
  magicLink((task, reader) => pathText(place(pick)(task), reader.fs.root), place(pick))

export const cwd: Entry = linkTo(task => task.fs.cwd)
export const root: Entry = linkTo(task => task.fs.root)
