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
