// What every container's /dev holds. (fs/dev)
// runtime-spec config-linux.md, "Default Devices"; runc libcontainer/rootfs_linux.go: setupDevSymlinks.

import { makedev, S_IFCHR } from '@tsvisor/abi'
import type { Inode, Owner } from '../../vfs/inode.ts'

const NODES: readonly (readonly [name: string, major: number, minor: number])[] = [
  ['null', 1, 3],
  ['zero', 1, 5],
  ['full', 1, 7],
  ['random', 1, 8],
  ['urandom', 1, 9],
  ['tty', 5, 0],
]
const LINKS: readonly (readonly [name: string, target: string])[] = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
  ['core', '/proc/kcore'],
  ['ptmx', 'pts/ptmx'],
]
const DIRECTORIES = ['pts', 'shm', 'mqueue'] as const

const ROOT: Owner = { uid: 0, gid: 0 }

/**
 * Fills the root of a fresh file system (a tmpfs): device nodes, links, mount points. /dev/console
 * is added for containers with a terminal: see addConsole.
 */
export function populateDev({ root }: { readonly root: Inode }): void {
  for (const [name, major, minor] of NODES)
    root.mknod(name, S_IFCHR | 0o666, makedev(major, minor), ROOT)
  for (const [name, target] of LINKS) root.symlink(name, target, ROOT)
  for (const name of DIRECTORIES) root.mkdir(name, name === 'shm' ? 0o1777 : 0o755, ROOT)
}

/** /dev/console: the terminal that the kernel was told is the console. */
export function addConsole({ root }: { readonly root: Inode }, owner: Owner = ROOT): void {
  root.mknod('console', S_IFCHR | 0o620, makedev(5, 1), owner)
}
