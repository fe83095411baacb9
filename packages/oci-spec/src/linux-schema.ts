// `linux`: namespaces, devices, cgroups, seccomp and what is hidden from the guest. (oci-spec, pure)

import { array, optional, record, strictObject } from 'zod/mini'
import {
  NAMESPACES,
  ROOTFS_PROPAGATIONS,
  SECCOMP_ACTIONS,
  SECCOMP_ARCHITECTURES,
  SECCOMP_FLAGS,
  SECCOMP_OPERATORS,
} from './names.ts'
import { resourcesSchema } from './resources-schema.ts'
import {
  absolutePath,
  bool,
  cString,
  int64,
  integer,
  leaf,
  nonEmpty,
  oneOf,
  text,
  uint32,
  uint64,
  userId,
} from './scalar.ts'

/** A range of ids: `size` of them from `containerID` in the guest are `hostID` … outside. */
export const idMapping = strictObject({ containerID: uint32, hostID: uint32, size: uint32 })

const device = strictObject({
  path: absolutePath,
  type: oneOf(['c', 'b', 'u', 'p']),
  major: optional(int64),
  minor: optional(int64),
  // Go writes os.FileMode: permission bits, and sometimes the type bits of its own above them.
  fileMode: optional(uint32),
  uid: optional(userId),
  gid: optional(userId),
})

const errnoRet = optional(integer(0, 0xffff_ffff))

const seccompArg = strictObject({
  index: integer(0, 5),
  value: uint64,
  valueTwo: optional(uint64),
  op: oneOf(SECCOMP_OPERATORS),
})

const seccomp = strictObject({
  defaultAction: oneOf(SECCOMP_ACTIONS),
  defaultErrnoRet: errnoRet,
  architectures: optional(array(oneOf(SECCOMP_ARCHITECTURES))),
  flags: optional(array(oneOf(SECCOMP_FLAGS))),
  listenerPath: optional(cString),
  listenerMetadata: optional(text),
  syscalls: optional(
    array(
      strictObject({
        names: leafArray(),
        action: oneOf(SECCOMP_ACTIONS),
        errnoRet,
        args: optional(array(seccompArg)),
      }),
    ),
  ),
})

function leafArray() {
  return leaf<string[]>(
    'a list of at least one system call name',
    value =>
      Array.isArray(value) &&
      value.length > 0 &&
      value.every(name => typeof name === 'string' && name !== ''),
  )
}

const intelRdt = strictObject({
  closID: optional(text),
  schemata: optional(array(text)),
  l3CacheSchema: optional(text),
  memBwSchema: optional(text),
  enableMonitoring: optional(bool),
  enableCMT: optional(bool),
  enableMBM: optional(bool),
})

export const linuxSchema = strictObject({
  uidMappings: optional(array(idMapping)),
  gidMappings: optional(array(idMapping)),
  sysctl: optional(record(text, cString)),
  resources: optional(resourcesSchema),
  cgroupsPath: optional(cString),
  namespaces: optional(array(strictObject({ type: oneOf(NAMESPACES), path: optional(cString) }))),
  devices: optional(array(device)),
  netDevices: optional(record(text, strictObject({ name: optional(nonEmpty) }))),
  seccomp: optional(seccomp),
  rootfsPropagation: optional(oneOf(['', ...ROOTFS_PROPAGATIONS])),
  maskedPaths: optional(array(absolutePath)),
  readonlyPaths: optional(array(absolutePath)),
  mountLabel: optional(text),
  intelRdt: optional(intelRdt),
  personality: optional(
    strictObject({ domain: oneOf(['LINUX', 'LINUX32']), flags: optional(array(text)) }),
  ),
  timeOffsets: optional(
    record(
      text,
      strictObject({ secs: optional(int64), nanosecs: optional(integer(0, 999_999_999)) }),
    ),
  ),
})
