// sysfs(2) and ustat(2): what /proc/filesystems and statfs(2) replaced. (syscalls)
// Linux fs/filesystems.c, fs/statfs.c.

import type { Addr } from '@tsvisor/abi'
import { EINVAL, ustat as ustatStruct } from '@tsvisor/abi'
import { fileSystemNames } from '../fs/proc/system/texts.ts'
import { bytesOf } from '../mm/user-memory.ts'
import type { Handler } from './handler.ts'

const INDEX_OF_NAME = 1
const NAME_OF_INDEX = 2
const COUNT = 3
const TWO_32 = 2 ** 32

/** Errors: EINVAL, EFAULT. */
export const sysfs: Handler<'sysfs'> = (task, { option, arg1, arg2 }) => {
  const names = fileSystemNames(task.kernel).map(([name]) => name)
  switch (option) {
    case INDEX_OF_NAME: {
      const index = names.indexOf(task.mm.readPath(arg1 as Addr))
      if (index < 0) throw EINVAL
      return index
    }
    case NAME_OF_INDEX: {
      const name = names[arg1 % TWO_32]
      if (name === undefined) throw EINVAL
      task.mm.write(arg2 as Addr, bytesOf(`${name}\0`))
      return 0
    }
    case COUNT:
      return names.length
    default:
      throw EINVAL
  }
}

/** Errors: EINVAL (nothing with that device is mounted), EFAULT. */
export const ustat: Handler<'ustat'> = (task, { dev, ubuf }) => {
  for (const { fs } of task.mounts.mounts()) {
    if (fs.dev !== dev) continue
    const { bfree, ffree } = fs.statfs()
    task.mm.writeStruct(ustatStruct, ubuf, { f_tfree: bfree | 0, f_tinode: ffree })
    return 0
  }
  throw EINVAL
}
