// How user ids and execve change capabilities. (task)
// Linux security/commoncap.c: cap_task_fix_setuid, cap_bprm_creds_from_file.

import { EPERM, SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP, SECBIT_NOROOT } from '@tsvisor/abi'
import { ALL_CAPABILITIES, type Credentials } from './credentials.ts'
import { UserNamespace } from './user-namespace.ts'

/** CAP_CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID, LINUX_IMMUTABLE, MAC_OVERRIDE, MKNOD. */
const FILE_CAPABILITIES = 0x1_0800_021fn

/** `next` differs from `old` in user ids only: gives and takes capabilities as Linux does for root. */
export function afterUserChange(old: Credentials, next: Credentials): Credentials {
  if ((old.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return next
  let { permitted, effective, ambient } = next.capabilities
  const root = old.userNamespace.uids.toKernel(0)
  const wasRoot = old.uid === root || old.euid === root || old.suid === root
  const isRoot = next.uid === root || next.euid === root || next.suid === root
  const keep = old.keepCapabilities || (old.securebits & SECBIT_KEEP_CAPS) !== 0
  if (wasRoot && !isRoot) {
    if (!keep) {
      permitted = 0n
      effective = 0n
    }
    ambient = 0n
  }
  if (old.euid === root && next.euid !== root) effective = 0n
  if (old.euid !== root && next.euid === root) effective = permitted
  if (old.fsuid === root && next.fsuid !== root) effective &= ~FILE_CAPABILITIES
  if (old.fsuid !== root && next.fsuid === root) effective |= permitted & FILE_CAPABILITIES
  return { ...next, capabilities: { ...next.capabilities, permitted, effective, ambient } }
}

/** What the executable says about privileges. */
export interface FilePrivileges {
  /** Owner when the file is set-user-ID (and its mount allows it). */
  readonly setUid?: number | undefined
  readonly setGid?: number | undefined
  /** security.capability, decoded. */
  readonly capabilities?:
    | {
        readonly permitted: bigint
        readonly inheritable: bigint
        readonly effective: boolean
      }
    | undefined
}

export interface ExecCredentials {
  readonly creds: Credentials
  /** AT_SECURE: the program gained something; also makes it undumpable. */
  readonly secure: 'secure' | 'plain'
}

/**
 * Credentials after execve of a file. `pdeathsig` and dumpable follow from `secure`. Errors: EPERM (the file's
 * effective capabilities are not all to be had).
 */
export function credentialsForExec(old: Credentials, file: FilePrivileges): ExecCredentials {
  const trusted = !old.noNewPrivileges
  const euid = trusted && file.setUid !== undefined ? file.setUid : old.euid
  const egid = trusted && file.setGid !== undefined ? file.setGid : old.egid
  const caps = old.capabilities
  const rootMagic = (old.securebits & SECBIT_NOROOT) === 0
  const declared = trusted ? file.capabilities : undefined

  let filePermitted = declared?.permitted ?? 0n
  let fileInheritable = declared?.inheritable ?? 0n
  let fileEffective = declared?.effective ?? false
  // A program that knows nothing of capabilities may take for granted what its file names.
  const given = (filePermitted & caps.bounding) | (fileInheritable & caps.inheritable)
  if (fileEffective && (filePermitted & ~given) !== 0n) throw EPERM
  const root = old.userNamespace.uids.toKernel(0)
  const setUidRoot = euid === root && old.uid !== root
  // A set-user-ID root file with capabilities of its own gets just those (handle_privileged_root).
  if (rootMagic && !(declared !== undefined && setUidRoot)) {
    if (euid === root || old.uid === root) {
      filePermitted = ALL_CAPABILITIES
      fileInheritable = ALL_CAPABILITIES
    }
    if (euid === root) fileEffective = true
  }
  const changedIds = euid !== old.uid || egid !== old.gid
  const gainsIds = euid !== old.euid || egid !== old.egid
  const ambient = declared !== undefined || gainsIds ? 0n : caps.ambient
  let permitted = (filePermitted & caps.bounding) | (fileInheritable & caps.inheritable) | ambient
  if (!trusted) permitted &= caps.permitted | ambient
  const effective = fileEffective ? permitted : ambient
  const gains = changedIds || (old.uid !== root && (fileEffective || (permitted & ~ambient) !== 0n))
  return {
    creds: {
      ...old,
      euid,
      egid,
      suid: euid,
      sgid: egid,
      fsuid: euid,
      fsgid: egid,
      capabilities: { ...caps, permitted, effective, ambient },
      securebits: old.securebits & ~SECBIT_KEEP_CAPS,
      keepCapabilities: false,
    },
    secure: gains ? 'secure' : 'plain',
  }
}

const VFS_CAP_REVISION_1 = 0x0100_0000
export const VFS_CAP_REVISION_2 = 0x0200_0000
export const VFS_CAP_REVISION_3 = 0x0300_0000

/**
 * Decodes the extended attribute security.capability; undefined if it is malformed, or for other user namespaces than
 * `userNamespace` and those around it.
 */
export function decodeFileCapabilities(
  data: Uint8Array,
  userNamespace = UserNamespace.FIRST,
): FilePrivileges['capabilities'] {
  if (data.length < 12) return undefined
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const magic = view.getUint32(0, true)
  const revision = (magic & 0xff00_0000) >>> 0
  const effective = (magic & 1) === 1
  const words = revision === VFS_CAP_REVISION_1 ? 1 : 2
  if (revision === VFS_CAP_REVISION_3 ? data.length !== 24 : data.length !== 4 + 8 * words)
    return undefined
  if (revision === VFS_CAP_REVISION_3) {
    if (!isRootOf(view.getUint32(20, true), userNamespace)) return undefined
  } else if (revision !== VFS_CAP_REVISION_1 && revision !== VFS_CAP_REVISION_2) return undefined
  let permitted = 0n
  let inheritable = 0n
  for (let i = 0; i < words; i++) {
    permitted |= BigInt(view.getUint32(4 + 8 * i, true)) << BigInt(32 * i)
    inheritable |= BigInt(view.getUint32(8 + 8 * i, true)) << BigInt(32 * i)
  }
  return { permitted, inheritable, effective }
}

/** Whether the kernel's `uid` is user 0 of the namespace or of one around it (rootid_owns_currentns). */
export function isRootOf(uid: number, namespace: UserNamespace): boolean {
  for (let at: UserNamespace | undefined = namespace; at !== undefined; at = at.parent)
    if (at.uids.fromKernel(uid) === 0) return true
  return false
}
