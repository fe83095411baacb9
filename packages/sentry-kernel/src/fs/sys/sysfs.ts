// sysfs: the small part of /sys that programs without hardware look at. (fs/sys)
// gVisor's counterpart: pkg/sentry/fsimpl/sys.

import type { Time } from '../../platform/host.ts'
import { Kernfs } from '../kernfs/kernfs.ts'
import { type DirectoryNode, directory, file, type Node } from '../kernfs/node.ts'
import { cpuMask } from '../proc/pid/cpus.ts'

const SYSFS_MAGIC = 0x62656572

export interface SysfsOptions {
  readonly dev: number
  readonly created: Time
  /** CPUs that the guest sees. */
  readonly cpus: number
  /** RAM that the guest sees, bytes; without it the memory of the one node is not described. */
  readonly memoryBytes?: number
}

/** A list of CPUs as the kernel prints it: "0-3", "0". */
const cpuList = (count: number): string => (count > 1 ? `0-${count - 1}\n` : '0\n')

const empty = (): DirectoryNode => directory({}, 0o755)

function cpu(index: number, cpus: number): DirectoryNode {
  const mask = `${cpuMask(new Uint8Array(0), cpus)}\n`
  return directory({
    topology: directory({
      core_id: file(() => `${index}\n`),
      physical_package_id: file(() => '0\n'),
      core_siblings: file(() => mask),
      core_siblings_list: file(() => cpuList(cpus)),
      thread_siblings: file(() => `${(1n << BigInt(index)).toString(16)}\n`),
      thread_siblings_list: file(() => `${index}\n`),
    }),
    ...(index > 0 && { online: file(() => '1\n') }),
  })
}

function cpus(count: number): DirectoryNode {
  const entries: Record<string, Node> = {
    kernel_max: file(() => '63\n'),
    offline: file(() => '\n'),
    online: file(() => cpuList(count)),
    possible: file(() => cpuList(count)),
    present: file(() => cpuList(count)),
  }
  for (let i = 0; i < count; i++) entries[`cpu${i}`] = cpu(i, count)
  return directory(entries, 0o755)
}

const nodeMemory = (bytes: number): string =>
  ['MemTotal', 'MemFree']
    .map(
      name => `Node 0 ${`${name}:`.padEnd(15)}${String(Math.floor(bytes / 1024)).padStart(9)} kB\n`,
    )
    .join('')

/** One node: all memory, all CPUs. */
const numaNodes = (count: number, memoryBytes: number): DirectoryNode =>
  directory({
    online: file(() => '0\n'),
    possible: file(() => '0\n'),
    has_cpu: file(() => '0\n'),
    has_memory: file(() => '0\n'),
    node0: directory({
      cpulist: file(() => cpuList(count)),
      cpumap: file(() => `${cpuMask(new Uint8Array(0), count)}\n`),
      distance: file(() => '10\n'),
      ...(memoryBytes > 0 && { meminfo: file(() => nodeMemory(memoryBytes)) }),
    }),
  })

/** A new instance. */
export const newSysfs = (options: SysfsOptions): Kernfs =>
  new Kernfs({
    type: 'sysfs',
    dev: options.dev,
    magic: SYSFS_MAGIC,
    created: options.created,
    root: directory(
      {
        block: empty(),
        bus: empty(),
        class: directory({ net: empty(), power_supply: empty() }, 0o755),
        dev: directory({ block: empty(), char: empty() }, 0o755),
        devices: directory(
          {
            system: directory(
              { cpu: cpus(options.cpus), node: numaNodes(options.cpus, options.memoryBytes ?? 0) },
              0o755,
            ),
            virtual: empty(),
          },
          0o755,
        ),
        firmware: empty(),
        fs: directory({ cgroup: empty() }, 0o755),
        kernel: directory(
          {
            mm: directory({
              transparent_hugepage: directory({
                enabled: file(() => 'always [madvise] never\n'),
                hpage_pmd_size: file(() => '2097152\n'),
              }),
            }),
          },
          0o755,
        ),
        module: empty(),
        power: empty(),
      },
      0o555,
    ),
  })
