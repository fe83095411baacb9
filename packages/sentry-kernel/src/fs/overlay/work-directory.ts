// The directory "work" in the work directory of an overlay, new with each mount. (fs/overlay)
// Linux fs/overlayfs/super.c: ovl_workdir_create, ovl_create_volatile_dirty; readdir.c: ovl_workdir_cleanup.

import { EINVAL, EPERM, S_IFDIR } from '@tsvisor/abi'
import type { Task } from '../../task/task.ts'
import type { Dentry } from '../../vfs/dentry.ts'
import { lookupChild } from '../../vfs/namei.ts'
import { instantiate } from '../../vfs/open.ts'
import { checkInode, MAY_EXEC, MAY_WRITE, stickyForbids } from '../../vfs/permission.ts'
import type { TmpfsInode } from '../tmpfs/tmpfs-inode.ts'

/**
 * Errors: EINVAL (what is there was used in a way that this overlay does not know), ENOSPC; EACCES, EPERM (the task may
 * not do that there).
 */
export function makeWorkDirectory(task: Task, base: Dentry, isVolatile: boolean): TmpfsInode {
  const directory = base.inode as TmpfsInode
  checkInode(task, directory, MAY_WRITE | MAY_EXEC)
  const owner = { uid: task.creds.fsuid, gid: task.creds.fsgid }
  const dentry = lookupChild(base, 'work')
  const old = dentry.inode as TmpfsInode | undefined
  if (old !== undefined) {
    const incompatible = old.entries && old.lookup('incompat')
    if (incompatible?.entries && incompatible.entries.size > 0) throw EINVAL
    removeTree(task, directory, 'work', old)
    dentry.detach()
  }
  const made = directory.mkdir('work', 0, owner)
  instantiate(base, lookupChild(base, 'work'), made)
  checkInode(task, made, MAY_WRITE | MAY_EXEC)
  if (isVolatile)
    made.mkdir('incompat', 0, owner).mkdir('volatile', 0, owner).create('dirty', 0, owner)
  return made
}

/** Deep trees may be hostile: no recursion. Errors: EACCES, EPERM. */
function removeTree(task: Task, directory: TmpfsInode, name: string, file: TmpfsInode): void {
  const rest = [{ directory, name, file }]
  for (let at = rest.at(-1); at; at = rest.at(-1)) {
    const [inner] = at.file.entries ?? []
    if (inner !== undefined) {
      rest.push({ directory: at.file, name: inner[0], file: inner[1].inode })
      continue
    }
    rest.pop()
    checkInode(task, at.directory, MAY_WRITE | MAY_EXEC)
    if (stickyForbids(task, at.directory, at.file)) throw EPERM
    if (at.file.type === S_IFDIR) at.directory.rmdir(at.name, at.file)
    else at.directory.unlink(at.name, at.file)
  }
}
