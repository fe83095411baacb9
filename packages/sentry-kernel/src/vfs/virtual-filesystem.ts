// What all mount namespaces of one kernel have in common: limits, and the numbers they count up. (vfs)
// gVisor's VirtualFilesystem.

import { LowestIds } from './lowest-ids.ts'

export class VirtualFilesystem {
  /** fs.mount-max: mounts at most in one namespace. */
  mountMax = 100_000
  /** Of peer groups: never 0, which is none. */
  readonly groupIds = new LowestIds()
  #mounts = 0
  #namespaces = 0
  #cookies = 0

  /** The id of a mount, as in mountinfo. */
  nextMountId(): number {
    return ++this.#mounts
  }
  /** In which order mount namespaces are made. */
  nextNamespace(): number {
    return ++this.#namespaces
  }
  /** What joins the two events of one rename(2). */
  nextRenameCookie(): number {
    return ++this.#cookies
  }
}
