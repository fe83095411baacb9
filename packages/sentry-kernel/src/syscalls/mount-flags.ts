// MOUNT_ATTR_* of the newer mount calls, as the MS_* flags that a mount keeps. (syscalls)
// Linux fs/namespace.c: attr_flags_to_mnt_flags, build_mount_kattr.

import {
  EINVAL,
  MOUNT_ATTR__ATIME,
  MOUNT_ATTR_NOATIME,
  MOUNT_ATTR_NODEV,
  MOUNT_ATTR_NODIRATIME,
  MOUNT_ATTR_NOEXEC,
  MOUNT_ATTR_NOSUID,
  MOUNT_ATTR_NOSYMFOLLOW,
  MOUNT_ATTR_RDONLY,
  MOUNT_ATTR_RELATIME,
  MOUNT_ATTR_STRICTATIME,
  MS_NOATIME,
  MS_NODEV,
  MS_NODIRATIME,
  MS_NOEXEC,
  MS_NOSUID,
  MS_NOSYMFOLLOW,
  MS_RDONLY,
  MS_RELATIME,
  MS_STRICTATIME,
} from '@tsvisor/abi'

const ATTRIBUTES: readonly (readonly [attribute: number, flag: number])[] = [
  [MOUNT_ATTR_RDONLY, MS_RDONLY],
  [MOUNT_ATTR_NOSUID, MS_NOSUID],
  [MOUNT_ATTR_NODEV, MS_NODEV],
  [MOUNT_ATTR_NOEXEC, MS_NOEXEC],
  [MOUNT_ATTR_NODIRATIME, MS_NODIRATIME],
  [MOUNT_ATTR_NOSYMFOLLOW, MS_NOSYMFOLLOW],
]
const ATIME: ReadonlyMap<number, number> = new Map([
  [MOUNT_ATTR_RELATIME, MS_RELATIME],
  [MOUNT_ATTR_NOATIME, MS_NOATIME],
  [MOUNT_ATTR_STRICTATIME, MS_STRICTATIME],
])
const ANY_ATIME = MS_RELATIME | MS_NOATIME | MS_STRICTATIME
/** All but MOUNT_ATTR_IDMAP. */
const KNOWN = ATTRIBUTES.reduce((all, [attribute]) => all | attribute, MOUNT_ATTR__ATIME)

const plainFlags = (attributes: number): number =>
  ATTRIBUTES.reduce((all, [attribute, flag]) => (attributes & attribute ? all | flag : all), 0)

function check(attributes: number): void {
  if (attributes > 0xffff_ffff || attributes & ~KNOWN) throw EINVAL
}
function atimeFlag(attributes: number): number {
  const flag = ATIME.get(attributes & MOUNT_ATTR__ATIME)
  if (flag === undefined) throw EINVAL
  return flag
}

/** As statmount(2) shows them. */
export function attributesOfFlags(flags: number): number {
  const plain = ATTRIBUTES.filter(([, flag]) => flags & flag)
  const atime = [...ATIME].filter(([, flag]) => flags & flag)
  return [...plain, ...atime].reduce((all, [attribute]) => all | attribute, 0)
}

/** The flags of a new mount. Errors: EINVAL. */
export function flagsOfAttributes(attributes: number): number {
  check(attributes)
  return plainFlags(attributes) | atimeFlag(attributes)
}

export interface FlagsChange {
  readonly set: number
  readonly clear: number
}

/** What mount_setattr(2) changes: how access times are kept only as a whole. Errors: EINVAL. */
export function flagsChange(set: number, clear: number): FlagsChange {
  check(set)
  check(clear)
  const change = { set: plainFlags(set), clear: plainFlags(clear) }
  if ((clear & MOUNT_ATTR__ATIME) === 0) {
    if (set & MOUNT_ATTR__ATIME) throw EINVAL
    return change
  }
  if ((clear & MOUNT_ATTR__ATIME) !== MOUNT_ATTR__ATIME) throw EINVAL
  return { set: change.set | atimeFlag(set), clear: change.clear | ANY_ATIME }
}
