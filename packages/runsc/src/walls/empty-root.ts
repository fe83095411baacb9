// Leaves the host's file tree for one without files. For a process with a mount namespace of its own. (runsc)

import { chdir, mount, pivotRoot, umount } from '@tsvisor/host'

const MS_RDONLY = 1
const MS_NOSUID = 2
const MS_NODEV = 4
const MS_NOEXEC = 8
const MS_REC = 0x4000
const MS_SLAVE = 1 << 19
const MNT_DETACH = 2

/** Throws the Errno of the call that the host forbids. Descriptors that are open stay so. */
export function enterEmptyRoot(): void {
  stopPropagation()
  // Any directory will do to put it on.
  const flags = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC
  mount('none', '/proc', 'tmpfs', flags, 'size=4k,nr_inodes=2,mode=0555')
  enterRoot('/proc')
}

/** What is mounted here is not seen outside. */
export function stopPropagation(): void {
  mount(undefined, '/', undefined, MS_REC | MS_SLAVE, undefined)
}

/** Makes a mount the root, and lets go of all others. All threads share the change. */
export function enterRoot(path: string): void {
  chdir(path)
  // The old root is then on top of the new one, see pivot_root(2).
  pivotRoot('.', '.')
  umount('.', MNT_DETACH)
  chdir('/')
}
