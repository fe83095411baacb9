// A descriptor that the gofer passed, as a file of the kernel without a platform. (runsc tests)

import * as host from '@tsvisor/host'
import type { HostFile } from '@tsvisor/sentry-kernel'

export const passedFile = (fd: number): HostFile => ({
  kind: 'regular',
  label: 'gofer',
  read: (target, offset) => host.pread(fd, target, offset),
  write: (source, offset) => host.pwrite(fd, source, offset),
  size: () => host.fileSize(fd),
  truncate: size => host.ftruncate(fd, size),
  allocate: (mode, offset, length) => host.fallocate(fd, mode, offset, length),
  sync: () => host.fsync(fd),
  seek: (offset, whence) => host.lseek(fd, offset, whence),
  poll: () => 5,
  watch: () => () => {},
  close: () => host.close(fd),
})
