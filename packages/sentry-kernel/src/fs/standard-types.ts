// The file system types that every kernel can mount. (fs)

import { EINVAL } from '@tsvisor/abi'
import type { FileSystemType } from '../vfs/filesystems.ts'
import { cgroup1Type, cgroup2Type } from './cgroup/cgroupfs.ts'
import { overlayType } from './overlay/overlay-type.ts'
import { procType } from './proc/mount-options.ts'
import { devptsType } from './pty/mount-options.ts'
import { newSysfs } from './sys/sysfs.ts'
import { parseTmpfsOptions, tmpfsType } from './tmpfs/mount-options.ts'
import { Tmpfs } from './tmpfs/tmpfs.ts'

function noOptions(): never {
  throw EINVAL
}

const sysfsType: FileSystemType = {
  owner: ({ namespaces }) => namespaces.net.userNamespace,
  shows: 'system',
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
  owner: ({ namespaces }) => namespaces.ipc.userNamespace,
  check: noOptions,
  make: ({ kernel, creds }, _source, data) =>
    new Tmpfs({
      platform: kernel.platform,
      clock: kernel.clock,
      dev: kernel.nextDev(),
      type: 'mqueue',
      uid: creds.fsuid,
      gid: creds.fsgid,
      ...parseTmpfsOptions(data, kernel.memoryBytes, creds.userNamespace),
    }),
}

let known: ReadonlyMap<string, FileSystemType> | undefined
/** By name, in the order of /proc/filesystems. */
export const standardTypes = (): ReadonlyMap<string, FileSystemType> =>
  (known ??= new Map([
    ['sysfs', sysfsType],
    ['tmpfs', tmpfsType],
    ['proc', procType],
    ['cgroup', cgroup1Type],
    ['cgroup2', cgroup2Type],
    ['devpts', devptsType],
    ['mqueue', mqueueType],
    ['overlay', overlayType],
  ]))
