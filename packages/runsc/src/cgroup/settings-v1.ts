// linux.resources as the files of version 1 cgroups, by controller. (runsc)
// Linux Documentation/admin-guide/cgroup-v1; what is written when, as runc does.

import type { SpecResources } from '@tsvisor/oci-spec'
import { type CgroupFiles, type SettingsOf, setting } from './setting.ts'

type DeviceRule = NonNullable<SpecResources['devices']>[number]

export const settingsV1: Readonly<Record<string, SettingsOf>> = {
  memory({ memory }, cgroup) {
    if (!memory) return []
    const { reservation, swappiness, kernelTCP, disableOOMKiller } = memory
    return [
      ...memoryAndSwap(memory, cgroup),
      ...(reservation
        ? [setting('memory.reservation', 'memory.soft_limit_in_bytes', reservation)]
        : []),
      ...(kernelTCP
        ? [setting('memory.kernelTCP', 'memory.kmem.tcp.limit_in_bytes', kernelTCP, 'warn')]
        : []),
      ...(swappiness === undefined
        ? []
        : [setting('memory.swappiness', 'memory.swappiness', swappiness)]),
      ...(disableOOMKiller ? [setting('memory.disableOOMKiller', 'memory.oom_control', 1)] : []),
    ]
  },
  cpu({ cpu }, cgroup) {
    if (!cpu) return []
    const { shares, quota, period, burst, realtimeRuntime, realtimePeriod, idle } = cpu
    const quotaAndPeriod = [
      ...(period ? [setting('cpu.period', 'cpu.cfs_period_us', period)] : []),
      ...(quota ? [setting('cpu.quota', 'cpu.cfs_quota_us', quota)] : []),
    ]
    // Whichever way the ratio never exceeds the parent's in between.
    if (quota && period && period < (cgroup.number('cpu.cfs_period_us') ?? 0))
      quotaAndPeriod.reverse()
    return [
      ...(shares ? [setting('cpu.shares', 'cpu.shares', shares)] : []),
      ...(realtimePeriod
        ? [setting('cpu.realtimePeriod', 'cpu.rt_period_us', realtimePeriod)]
        : []),
      ...(realtimeRuntime
        ? [setting('cpu.realtimeRuntime', 'cpu.rt_runtime_us', realtimeRuntime)]
        : []),
      ...quotaAndPeriod,
      ...(burst === undefined ? [] : [setting('cpu.burst', 'cpu.cfs_burst_us', burst, 'warn')]),
      ...(idle === undefined ? [] : [setting('cpu.idle', 'cpu.idle', idle, 'warn')]),
    ]
  },
  cpuset: ({ cpu }) => [
    ...(cpu?.cpus ? [setting('cpu.cpus', 'cpuset.cpus', cpu.cpus)] : []),
    ...(cpu?.mems ? [setting('cpu.mems', 'cpuset.mems', cpu.mems)] : []),
  ],
  pids({ pids }) {
    const limit = pids?.limit
    if (!limit) return []
    return limit < 0
      ? [setting('pids.limit', 'pids.max', 'max', 'skip')]
      : [setting('pids.limit', 'pids.max', limit)]
  },
  blkio({ blockIO }, cgroup) {
    if (!blockIO) return []
    // The scheduler that shares by weight has a name of its own.
    const weights = cgroup.has('blkio.bfq.weight') ? 'blkio.bfq.weight' : 'blkio.weight'
    const { weight, leafWeight, weightDevice = [] } = blockIO
    return [
      ...(weight ? [setting('blockIO.weight', weights, weight, 'warn')] : []),
      ...(leafWeight
        ? [setting('blockIO.leafWeight', 'blkio.leaf_weight', leafWeight, 'warn')]
        : []),
      ...weightDevice.flatMap(({ major, minor, weight, leafWeight }) => [
        ...(weight
          ? [
              setting(
                'blockIO.weightDevice',
                `${weights}_device`,
                `${major}:${minor} ${weight}`,
                'warn',
              ),
            ]
          : []),
        ...(leafWeight
          ? [
              setting(
                'blockIO.weightDevice',
                'blkio.leaf_weight_device',
                `${major}:${minor} ${leafWeight}`,
                'warn',
              ),
            ]
          : []),
      ]),
      ...THROTTLES.flatMap(([member, file]) =>
        (blockIO[member] ?? []).map(({ major, minor, rate }) =>
          setting(`blockIO.${member}`, file, `${major}:${minor} ${BigInt(rate)}`),
        ),
      ),
    ]
  },
  hugetlb: ({ hugepageLimits = [] }) =>
    hugepageLimits.flatMap(({ pageSize, limit }) => [
      setting('hugepageLimits', `hugetlb.${pageSize}.limit_in_bytes`, limit),
      setting('hugepageLimits', `hugetlb.${pageSize}.rsvd.limit_in_bytes`, limit, 'skip'),
    ]),
  devices: ({ devices = [] }) =>
    devices.length === 0
      ? []
      : [...devices, ...DEFAULT_DEVICES].map(rule =>
          setting('devices', rule.allow ? 'devices.allow' : 'devices.deny', deviceRule(rule)),
        ),
  net_cls: ({ network }) =>
    network?.classID ? [setting('network.classID', 'net_cls.classid', network.classID)] : [],
  net_prio: ({ network }) =>
    (network?.priorities ?? []).map(({ name, priority }) =>
      setting('network.priorities', 'net_prio.ifpriomap', `${name} ${priority}`),
    ),
  rdma: ({ rdma = {} }) =>
    Object.entries(rdma).map(([device, { hcaHandles = 'max', hcaObjects = 'max' }]) =>
      setting('rdma', 'rdma.max', `${device} hca_handle=${hcaHandles} hca_object=${hcaObjects}`),
    ),
}

const THROTTLES = [
  ['throttleReadBpsDevice', 'blkio.throttle.read_bps_device'],
  ['throttleWriteBpsDevice', 'blkio.throttle.write_bps_device'],
  ['throttleReadIOPSDevice', 'blkio.throttle.read_iops_device'],
  ['throttleWriteIOPSDevice', 'blkio.throttle.write_iops_device'],
] as const

/** memory ≤ memory + swap must hold after each of the two writes. */
function memoryAndSwap(
  { limit = 0, swap = 0 }: { limit?: number | undefined; swap?: number | undefined },
  cgroup: CgroupFiles,
) {
  // Without a limit on memory, one on both together would be one on memory.
  const both = limit === -1 && swap === 0 && cgroup.has(MEMSW) ? -1 : swap
  const writes = [
    ...(limit ? [setting('memory.limit', 'memory.limit_in_bytes', limit)] : []),
    ...(both ? [setting('memory.swap', MEMSW, both, 'warn')] : []),
  ]
  const grows = both === -1 || (cgroup.number('memory.limit_in_bytes') ?? 0) < both
  return writes.length === 2 && grows ? writes.reverse() : writes
}

const MEMSW = 'memory.memsw.limit_in_bytes'

/** What runc always allows: the devices that every container has. */
export const DEFAULT_DEVICES: readonly DeviceRule[] = [
  { allow: true, type: 'c', access: 'm' },
  { allow: true, type: 'b', access: 'm' },
  ...(
    [
      [1, 3],
      [1, 5],
      [1, 7],
      [1, 8],
      [1, 9],
      [5, 0],
      [5, 2],
      [136, -1],
      [10, 200],
    ] as const
  ).map(([major, minor]): DeviceRule => ({ allow: true, type: 'c', major, minor, access: 'rwm' })),
]

function deviceRule({ type, major, minor, access }: DeviceRule): string {
  const number = (value: number | undefined) =>
    value === undefined || value < 0 ? '*' : String(value)
  return `${type || 'a'} ${number(major)}:${number(minor)} ${access || 'rwm'}`
}
