// Who a task acts as. (task)

import { UserNamespace } from './user-namespace.ts'

/** Capability sets as bit masks: bit n is CAP n. */
export interface Capabilities {
  readonly permitted: bigint
  readonly effective: bigint
  readonly inheritable: bigint
  readonly bounding: bigint
  readonly ambient: bigint
}

/**
 * Credentials. Immutable: a change replaces the object, so that one can be kept for an open file. Ids are the kernel's
 * numbers, those of the first user namespace.
 */
export interface Credentials {
  /** Where the capabilities are held, and whose numbers the task says and hears. */
  readonly userNamespace: UserNamespace
  readonly uid: number
  readonly euid: number
  readonly suid: number
  readonly fsuid: number
  readonly gid: number
  readonly egid: number
  readonly sgid: number
  readonly fsgid: number
  readonly groups: readonly number[]
  readonly capabilities: Capabilities
  /** SECBIT_* */
  readonly securebits: number
  readonly keepCapabilities: boolean
  readonly noNewPrivileges: boolean
}

/** Whether `creds` hold CAP number `cap` over the whole system: in the first user namespace (capable). */
export const hasCapability = (creds: Credentials, cap: number): boolean =>
  creds.userNamespace.level === 0 && hasOwnCapability(creds, cap)

/** Whether the effective set holds CAP number `cap`: a capability in their own user namespace. */
export const hasOwnCapability = (creds: Credentials, cap: number): boolean =>
  ((creds.capabilities.effective >> BigInt(cap)) & 1n) === 1n

/**
 * Whether `creds` hold CAP number `cap` over what belongs to `namespace` (ns_capable, cap_capable): those held there
 * or further out, and all of them where it or one around it is theirs.
 */
export function hasCapabilityIn(
  creds: Credentials,
  namespace: UserNamespace,
  cap: number,
): boolean {
  const own = creds.userNamespace
  for (let at = namespace; ; at = at.parent!) {
    if (at === own) return hasOwnCapability(creds, cap)
    if (at.level <= own.level) return false
    if (at.parent === own && at.owner === creds.euid) return true
  }
}

/** Whether CAP number `cap` counts for a file of that owner and group (capable_wrt_inode_uidgid). */
export const hasCapabilityOver = (
  creds: Credentials,
  file: { readonly uid: number; readonly gid: number },
  cap: number,
): boolean => hasOwnCapability(creds, cap) && creds.userNamespace.knows(file)

/** `creds` in another user namespace: with all capabilities there and none elsewhere (set_cred_user_ns). */
export const credentialsIn = (creds: Credentials, userNamespace: UserNamespace): Credentials => ({
  ...creds,
  userNamespace,
  capabilities: {
    permitted: ALL_CAPABILITIES,
    effective: ALL_CAPABILITIES,
    inheritable: 0n,
    bounding: ALL_CAPABILITIES,
    ambient: 0n,
  },
  securebits: 0,
  keepCapabilities: false,
})

/** Whether `next` can do no more than `old` (cred_cap_issubset). */
export function isCovered(next: Credentials, old: Credentials): boolean {
  const outer = old.userNamespace
  let at = next.userNamespace
  if (at === outer) return (next.capabilities.permitted & ~old.capabilities.permitted) === 0n
  for (; at.parent !== undefined; at = at.parent)
    if (at.parent === outer && at.owner === old.euid) return true
  return false
}

/** Whether `gid` is the file system group or a supplementary one. */
export const inGroup = (creds: Credentials, gid: number): boolean =>
  creds.fsgid === gid || creds.groups.includes(gid)

/** CAP_LAST_CAP + 1 ones. */
export const ALL_CAPABILITIES = (1n << 41n) - 1n

/** User 0 with every capability and no supplementary groups. */
export const rootCredentials = (): Credentials => userCredentials(0, 0, ALL_CAPABILITIES)

/** One user and group for all roles. `permitted` capabilities are also effective and bounding. */
export const userCredentials = (uid: number, gid: number, permitted: bigint): Credentials => ({
  userNamespace: UserNamespace.FIRST,
  uid,
  euid: uid,
  suid: uid,
  fsuid: uid,
  gid,
  egid: gid,
  sgid: gid,
  fsgid: gid,
  groups: [],
  capabilities: {
    permitted,
    effective: permitted,
    inheritable: 0n,
    bounding: uid === 0 ? permitted : ALL_CAPABILITIES,
    ambient: 0n,
  },
  securebits: 0,
  keepCapabilities: false,
  noNewPrivileges: false,
})
