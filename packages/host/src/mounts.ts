// Mounts without a place in the tree: file systems and copies of trees, as descriptors. (host)

import { call3, call6 } from './call.ts'
import { close } from './fs-open.ts'
import { NR } from './nr.ts'
import { cString, cString2, scratch, scratchView } from './scratch.ts'

const FSOPEN_CLOEXEC = 1
const FSMOUNT_CLOEXEC = 1
const FSCONFIG_SET_STRING = 1
const FSCONFIG_CMD_CREATE = 6
const OPEN_TREE_CLONE = 1
const O_CLOEXEC = 0o2000000
const AT_EMPTY_PATH = 0x1000
const AT_RECURSIVE = 0x8000
const MOVE_MOUNT_F_EMPTY_PATH = 4
const AT_FDCWD = -100

/** MOUNT_ATTR_* of mount_setattr(2). */
export const MOUNT_ATTR = { readonly: 1, nosuid: 2, nodev: 4, noexec: 8 } as const

/** fsopen(2) to fsmount(2): a new file system that only the descriptor leads to. Throws EPERM … */
export const newFileSystem = (
  type: string,
  options: Readonly<Record<string, string>>,
  attributes: number,
): number => {
  const context = call3(NR.fsopen, cString(type), FSOPEN_CLOEXEC, 0)
  try {
    for (const [key, value] of Object.entries(options)) {
      call6(NR.fsconfig, context, FSCONFIG_SET_STRING, cString(key), cString2(value), 0, 0)
    }
    call6(NR.fsconfig, context, FSCONFIG_CMD_CREATE, 0, 0, 0, 0)
    return call3(NR.fsmount, context, FSMOUNT_CLOEXEC, attributes)
  } finally {
    close(context)
  }
}

/** open_tree(2): a copy of the mounts at and below an open file (a bind mount yet to be placed). */
export const cloneTree = (fd: number): number =>
  call3(NR.open_tree, fd, cString(''), OPEN_TREE_CLONE | O_CLOEXEC | AT_EMPTY_PATH | AT_RECURSIVE)

/** mount_setattr(2) of such a copy, all of its mounts: sets MOUNT_ATTR bits. */
export const restrictTree = (fd: number, attributes: number): void => {
  scratchView.setBigUint64(0, BigInt(attributes), true)
  for (const offset of [8, 16, 24]) scratchView.setBigUint64(offset, 0n, true)
  const flags = AT_EMPTY_PATH | AT_RECURSIVE
  call6(NR.mount_setattr, fd, cString(''), flags, scratch.address, 32, 0)
}

/** move_mount(2) of one of the above to a path. */
export const attachMount = (fd: number, target: string): void => {
  const flags = MOVE_MOUNT_F_EMPTY_PATH
  call6(NR.move_mount, fd, cString(''), AT_FDCWD, cString2(target), flags, 0)
}
