// The file system types that every kernel can mount. (fs)

import { EINVAL } from '@tsvisor/abi'
import type { FileSystemType } from '../vfs/filesystems.ts'
import { cgroup1Type, cgroup2Type } from './cgroup/cgroupfs.ts'
import { procType } from './proc/mount-options.ts'
import { newSysfs } from './sys/sysfs.ts'
import { parseTmpfsOptions, tmpfsType } from './tmpfs/mount-options.ts'
import { Tmpfs } from './tmpfs/tmpfs.ts'

function noOptions(): never {
  throw EINVAL
}

const sysfsType: FileSystemType = {
  check: noOptions,
  make: ({ kernel }) =>
    newSysfs({
      dev: kernel.nextDev(),
      created: kernel.clock.realtime(),
      cpus: kernel.cpus,
      memoryBytes: kernel.memoryBytes,
    }),
}

/** A directory as programs expect it; the queues of mq_open(2) do not show in it. */
const mqueueType: FileSystemType = {
  check: noOptions,
  make: ({ kernel }, _source, data) =>
    new Tmpfs({
      platform: kernel.platform,
      clock: kernel.clock,
      dev: kernel.nextDev(),
      type: 'mqueue',
      ...parseTmpfsOptions(data, kernel.memoryBytes),
    }),
}

let known: ReadonlyMap<string, FileSystemType> | undefined
/** By name, in the order of /proc/filesystems. A kernel's own `fileSystemTypes` come on top. */
export const standardTypes = (): ReadonlyMap<string, FileSystemType> =>
  (known ??= new Map([
    ['sysfs', sysfsType],
    ['tmpfs', tmpfsType],
    ['proc', procType],
    ['cgroup', cgroup1Type],
    ['cgroup2', cgroup2Type],
    ['mqueue', mqueueType],
  ]))
