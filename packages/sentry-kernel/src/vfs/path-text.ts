// From a place back to a path: getcwd(2), /proc/PID/fd, mountinfo. (vfs)
// Linux fs/d_path.c.

import type { Dentry } from './dentry.ts'
import type { Mount } from './mount.ts'
import type { Path } from './path.ts'

/** Where a place is, seen from a root. */
export interface PlaceText {
  /** Absolute, a byte string, without "(deleted)". */
  readonly text: string
  /** False when the root is not above it: the text starts at the top of its mount tree. */
  readonly reachable: boolean
}

export function locate(place: Path, root: Path): PlaceText {
  let mount: Mount = place.mount
  let dentry: Dentry = place.dentry
  let text = ''
  for (;;) {
    if (dentry === root.dentry && mount === root.mount)
      return { text: text || '/', reachable: true }
    if (dentry === mount.root || dentry.parent === dentry) {
      const { parent, mountPoint } = mount
      if (parent === undefined || mountPoint === undefined || dentry !== mount.root)
        return { text: text || '/', reachable: false }
      dentry = mountPoint
      mount = parent
      continue
    }
    text = `/${dentry.name}${text}`
    dentry = dentry.parent
  }
}

/** is_path_reachable: whether a mount is seen from a root. */
export const isReachable = (mount: Mount, root: Path): boolean =>
  locate({ mount, dentry: mount.root }, root).reachable

/** As /proc/PID/fd/N and exe show it: with " (deleted)" where the name is gone. */
export function pathText(place: Path, root: Path): string {
  const { text } = locate(place, root)
  return place.dentry.unlinked ? `${text} (deleted)` : text
}

/** As getcwd(2) answers it: "(unreachable)" in front where the root is not above it. */
export function directoryText(place: Path, root: Path): string {
  const { text, reachable } = locate(place, root)
  return reachable ? text : `(unreachable)${text}`
}
