// linux.resources as the files of version 2 cgroups, by controller. (runsc)
// Linux Documentation/admin-guide/cgroup-v2.rst; conversions of version 1's numbers as runc has them.

import { Failure } from '../failure.ts'
import { type CgroupFiles, type Setting, type SettingsOf, setting } from './setting.ts'
import { settingsV1 } from './settings-v1.ts'

export const settingsV2: Readonly<Record<string, SettingsOf>> = {
  memory({ memory }, cgroup) {
    if (!memory) return []
    const { limit = 0, reservation = 0, checkBeforeUpdate } = memory
    const swap = swapAlone(limit, memory.swap ?? 0)
    const usage = cgroup.number('memory.current') ?? 0
    if (checkBeforeUpdate && limit > 0 && usage > limit) {
      throw new Failure(
        `linux.resources.memory.limit: ${limit} is less than the ${usage} bytes in use`,
      )
    }
    const unlimited = limit === -1 && swap === undefined ? 'max' : swap
    return [
      ...(unlimited === undefined
        ? []
        : [setting('memory.swap', 'memory.swap.max', unlimited, limit === -1 ? 'skip' : 'warn')]),
      ...(limit ? [setting('memory.limit', 'memory.max', orMax(limit))] : []),
      ...(reservation ? [setting('memory.reservation', 'memory.low', orMax(reservation))] : []),
    ]
  },
  cpu({ cpu }) {
    if (!cpu) return []
    const { shares, quota, period, burst, idle } = cpu
    const limit = `${quota && quota > 0 ? quota : 'max'}${period ? ` ${period}` : ''}`
    return [
      ...(shares ? [setting('cpu.shares', 'cpu.weight', weightOfShares(shares))] : []),
      ...(quota || period ? [setting('cpu.quota', 'cpu.max', limit)] : []),
      ...(burst === undefined ? [] : [setting('cpu.burst', 'cpu.max.burst', burst, 'warn')]),
      ...(idle === undefined ? [] : [setting('cpu.idle', 'cpu.idle', idle, 'warn')]),
    ]
  },
  cpuset: settingsV1['cpuset']!,
  pids: settingsV1['pids']!,
  io({ blockIO }, cgroup) {
    if (!blockIO) return []
    const { weight, weightDevice = [] } = blockIO
    return [
      ...(weight ? [ioWeight(cgroup, 'blockIO.weight', '', weight)] : []),
      ...weightDevice.flatMap(({ major, minor, weight }) =>
        weight ? [ioWeight(cgroup, 'blockIO.weightDevice', `${major}:${minor} `, weight)] : [],
      ),
      ...THROTTLES.flatMap(([member, key]) =>
        (blockIO[member] ?? []).map(({ major, minor, rate }) =>
          setting(`blockIO.${member}`, 'io.max', `${major}:${minor} ${key}=${BigInt(rate)}`),
        ),
      ),
    ]
  },
  hugetlb: ({ hugepageLimits = [] }) =>
    hugepageLimits.flatMap(({ pageSize, limit }) => [
      setting('hugepageLimits', `hugetlb.${pageSize}.max`, limit),
      setting('hugepageLimits', `hugetlb.${pageSize}.rsvd.max`, limit, 'skip'),
    ]),
  rdma: settingsV1['rdma']!,
}

const THROTTLES = [
  ['throttleReadBpsDevice', 'rbps'],
  ['throttleWriteBpsDevice', 'wbps'],
  ['throttleReadIOPSDevice', 'riops'],
  ['throttleWriteIOPSDevice', 'wiops'],
] as const

const orMax = (value: number): number | string => (value < 0 ? 'max' : value)

/** Version 1 limits memory and swap together, version 2 swap alone. Errors: Failure. */
export function swapAlone(limit: number, both: number): number | 'max' | undefined {
  if (both === 0) return undefined
  if (both === -1) return 'max'
  if (limit <= 0) {
    throw new Failure('linux.resources.memory.swap: needs linux.resources.memory.limit beside it')
  }
  if (both < limit) {
    throw new Failure('linux.resources.memory.swap: includes memory, and is less than memory.limit')
  }
  return both - limit
}

/** 2 … 262144 onto 1 … 10000. */
export const weightOfShares = (shares: number): number =>
  Math.min(10_000, Math.max(1, 1 + Math.floor(((shares - 2) * 9999) / 262_142)))

/** BFQ takes version 1's numbers; io.weight is 10 … 1000 onto 1 … 10000. */
function ioWeight(cgroup: CgroupFiles, member: string, device: string, weight: number): Setting {
  if (cgroup.has('io.bfq.weight'))
    return setting(member, 'io.bfq.weight', `${device}${weight}`, 'warn')
  const converted = 1 + Math.floor(((weight - 10) * 9999) / 990)
  return setting(member, 'io.weight', `${device || 'default '}${converted}`, 'warn')
}
