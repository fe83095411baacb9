// The container's stdin, stdout and stderr: host files become open guest files. (fs/host)

import { S_IFCHR, S_IFIFO, S_IFMT, S_IFSOCK } from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
import type { HostFile } from '../../platform/host.ts'
import type { FileDescription } from '../../vfs/file-description.ts'
import { openMemoryDevice } from '../devices/memory-devices.ts'
import { type DescribeHost, type HostIdentity, HostInode, hostFs } from './host-inode.ts'
import { HostRegular } from './host-regular.ts'
import { HostStream } from './host-stream.ts'

/**
 * An open guest file over `host`, which is closed with it. `flags`: O_ACCMODE and status flags, as
 * F_GETFL told on the host. A host /dev/null, zero, full or random becomes the guest's own device.
 */
export function openHostFile(
  kernel: Kernel,
  host: HostFile,
  identity: HostIdentity,
  flags: number,
): FileDescription {
  const describe: DescribeHost = (inode, path, how) =>
    host.kind === 'regular' ? new HostRegular(inode, path, how) : new HostStream(inode, path, how)
  const now = kernel.clock.realtime()
  const inode = new HostInode(hostFs(kernel), host, shownAs(identity), now, { flags, describe })
  if ((identity.mode & S_IFMT) === S_IFCHR) {
    const device = openMemoryDevice(kernel, identity.rdev, inode, flags)
    if (device) {
      host.close()
      return device
    }
  }
  return describe(inode, undefined, flags)
}

/**
 * A host socket is a pipe to the guest: bytes can be read and written, but socket calls would have
 * to reach the host. Programs that choose by type (libuv) must not be told what it cannot do.
 */
const shownAs = (identity: HostIdentity): HostIdentity =>
  (identity.mode & S_IFMT) === S_IFSOCK
    ? { ...identity, mode: (identity.mode & ~S_IFMT) | S_IFIFO }
    : identity
