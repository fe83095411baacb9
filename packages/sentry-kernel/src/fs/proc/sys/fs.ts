// /proc/sys/fs. (fs/proc)
// proc_sys_fs(5), Documentation/admin-guide/sysctl/fs.rst.

import { AIO_MAX_NR, aioUsage } from '../../../aio/context.ts'
import type { Kernel } from '../../../kernel/kernel.ts'
import type { FdTable } from '../../../vfs/fd-table.ts'
import type { FileDescription } from '../../../vfs/file-description.ts'
import { mqueueControls } from './ipc.ts'
import { type Declarations, kept, number, shown } from './sysctl.ts'

/** Open file descriptions that some descriptor refers to. */
function openFiles(kernel: Kernel): number {
  const tables = new Set<FdTable>()
  const files = new Set<FileDescription>()
  for (const task of kernel.rootPidNamespace.tasks()) {
    if (task.state === 'dead' || tables.has(task.fds)) continue
    tables.add(task.fds)
    for (const [, file] of task.fds.entries()) files.add(file)
  }
  return files.size
}

/** LONG_MAX, the default of today's kernels. */
const FILE_MAX = '9223372036854775807'

export const fsControls: Declarations = {
  'aio-max-nr': number(AIO_MAX_NR),
  'aio-nr': shown(task => aioUsage(task.kernel).requests),
  'dentry-state': shown(() => '0\t0\t45\t0\t0\t0'),
  'dir-notify-enable': shown(() => 1),
  epoll: { max_user_watches: number(3_500_000) },
  'file-max': shown(() => FILE_MAX),
  'file-nr': shown(task => `${openFiles(task.kernel)}\t0\t${FILE_MAX}`),
  'inode-nr': shown(() => '0\t0'),
  inotify: {
    max_queued_events: number(16_384),
    max_user_instances: number(128),
    max_user_watches: number(180_000),
  },
  'lease-break-time': number(45),
  'leases-enable': number(1, { max: 1 }),
  'mount-max': kept(
    task => task.kernel.vfs.mountMax,
    (task, value) => {
      task.kernel.vfs.mountMax = value
    },
    { min: 1 },
  ),
  mqueue: mqueueControls,
  nr_open: shown(() => 1_048_576),
  overflowgid: number(65_534, { max: 65_535 }),
  overflowuid: number(65_534, { max: 65_535 }),
  'pipe-max-size': shown(() => 1_048_576),
  'pipe-user-pages-hard': number(0),
  'pipe-user-pages-soft': number(16_384),
  protected_fifos: shown(() => 0),
  protected_hardlinks: shown(() => 1),
  protected_regular: shown(() => 0),
  protected_symlinks: shown(() => 0),
  suid_dumpable: shown(() => 0),
}
