// `linux.resources`: the cgroup's limits. (oci-spec, pure)

import { array, optional, record, strictObject } from 'zod/mini'
import {
  bool,
  int64,
  integer,
  leaf,
  letters,
  nonEmpty,
  oneOf,
  text,
  uint16,
  uint32,
  uint64,
} from './scalar.ts'

const deviceNumber = { major: int64, minor: int64 }

const deviceRule = strictObject({
  allow: bool,
  type: optional(oneOf(['a', 'b', 'c', 'p', 'u', ''])),
  major: optional(int64),
  minor: optional(int64),
  access: optional(letters('rwm')),
})

const memory = strictObject({
  limit: optional(int64),
  reservation: optional(int64),
  swap: optional(int64),
  kernel: optional(int64),
  kernelTCP: optional(int64),
  swappiness: optional(uint64),
  disableOOMKiller: optional(bool),
  useHierarchy: optional(bool),
  checkBeforeUpdate: optional(bool),
})

const cpu = strictObject({
  shares: optional(uint64),
  quota: optional(int64),
  burst: optional(uint64),
  period: optional(uint64),
  realtimeRuntime: optional(int64),
  realtimePeriod: optional(uint64),
  cpus: optional(text),
  mems: optional(text),
  idle: optional(int64),
})

const throttle = optional(array(strictObject({ ...deviceNumber, rate: uint64 })))

const blockIO = strictObject({
  weight: optional(uint16),
  leafWeight: optional(uint16),
  weightDevice: optional(
    array(
      strictObject({ ...deviceNumber, weight: optional(uint16), leafWeight: optional(uint16) }),
    ),
  ),
  throttleReadBpsDevice: throttle,
  throttleWriteBpsDevice: throttle,
  throttleReadIOPSDevice: throttle,
  throttleWriteIOPSDevice: throttle,
})

const pageSize = leaf<string>(
  'a size such as "64KB", "2MB" or "1GB"',
  value => typeof value === 'string' && /^[1-9][0-9]*[KMG]B$/.test(value),
)

export const resourcesSchema = strictObject({
  devices: optional(array(deviceRule)),
  memory: optional(memory),
  cpu: optional(cpu),
  pids: optional(strictObject({ limit: optional(int64) })),
  blockIO: optional(blockIO),
  hugepageLimits: optional(array(strictObject({ pageSize, limit: uint64 }))),
  network: optional(
    strictObject({
      classID: optional(uint32),
      priorities: optional(array(strictObject({ name: nonEmpty, priority: uint32 }))),
    }),
  ),
  rdma: optional(
    record(
      text,
      strictObject({
        hcaHandles: optional(integer(0, 2 ** 32 - 1)),
        hcaObjects: optional(integer(0, 2 ** 32 - 1)),
      }),
    ),
  ),
  unified: optional(record(text, text)),
})
