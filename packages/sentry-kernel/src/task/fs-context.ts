// A process's place in the file tree: root, working directory, umask. (task)

import type { Path } from '../vfs/path.ts'

/** Shared between tasks with CLONE_FS. */
export class FsContext {
  root: Path
  cwd: Path
  umask: number

  constructor(root: Path, cwd: Path, umask: number) {
    this.root = root
    this.cwd = cwd
    this.umask = umask
  }
  fork(): FsContext {
    return new FsContext(this.root, this.cwd, this.umask)
  }
}
