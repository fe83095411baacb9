// Who a task acts as. (task)

/** Capability sets as bit masks: bit n is CAP n. */
export interface Capabilities {
  readonly permitted: bigint
  readonly effective: bigint
  readonly inheritable: bigint
  readonly bounding: bigint
  readonly ambient: bigint
}

/** Credentials. Immutable: a change replaces the object, so that one can be kept for an open file. */
export interface Credentials {
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

/** Whether the effective set holds CAP number `cap`. */
export const hasCapability = (creds: Credentials, cap: number): boolean =>
  ((creds.capabilities.effective >> BigInt(cap)) & 1n) === 1n

/** Whether `gid` is the file system group or a supplementary one. */
export const inGroup = (creds: Credentials, gid: number): boolean =>
  creds.fsgid === gid || creds.groups.includes(gid)

/** CAP_LAST_CAP + 1 ones. */
export const ALL_CAPABILITIES = (1n << 41n) - 1n

/** User 0 with every capability and no supplementary groups. */
export const rootCredentials = (): Credentials => userCredentials(0, 0, ALL_CAPABILITIES)

/** One user and group for all roles. `permitted` capabilities are also effective and bounding. */
export const userCredentials = (uid: number, gid: number, permitted: bigint): Credentials => ({
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
