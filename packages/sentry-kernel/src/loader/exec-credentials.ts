// What executing a file does to credentials: set-user-ID, capabilities, AT_SECURE. (loader)
// Linux fs/exec.c: bprm_fill_uid; security/commoncap.c: cap_bprm_creds_from_file.

import { MS_NOSUID, S_ISGID, S_ISUID, S_IXGRP } from '@tsvisor/abi'
import type { Credentials } from '../task/credentials.ts'
import type { FileDescription } from '../vfs/file-description.ts'

/** SECBIT_NOROOT: uid 0 means nothing to capabilities. */
const SECBIT_NOROOT = 1
/** SECBIT_KEEP_CAPS: cleared by every execve. */
const SECBIT_KEEP_CAPS = 1 << 4

export interface ExecCredentials {
  readonly creds: Credentials
  /** AT_SECURE: the program must not trust its environment. */
  readonly secure: 'secure' | 'plain'
}

/**
 * The credentials of `old` after it executed `file` (for a script: the interpreter). Set-id bits
 * count unless the mount is nosuid or no_new_privs is set. File capabilities are not honoured.
 */
export function credentialsForExec(old: Credentials, file: FileDescription): ExecCredentials {
  const { mode, uid, gid } = file.inode.attr()
  const honoured =
    !old.noNewPrivileges && file.path !== undefined && !(file.path.mount.flags & MS_NOSUID)
  const euid = honoured && mode & S_ISUID ? uid : old.euid
  const setsGroup = (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)
  const egid = honoured && setsGroup ? gid : old.egid
  const setId = euid !== old.uid || egid !== old.gid

  const { bounding, inheritable } = old.capabilities
  const ambient = setId ? 0n : old.capabilities.ambient
  const root = !(old.securebits & SECBIT_NOROOT)
  const privileged = root && (euid === 0 || old.uid === 0)
  const permitted = (privileged ? bounding | inheritable : 0n) | ambient
  const effective = root && euid === 0 ? permitted : ambient

  const grew = (permitted & ~ambient) !== 0n || (root && euid === 0)
  return {
    creds: {
      ...old,
      euid,
      suid: euid,
      fsuid: euid,
      egid,
      sgid: egid,
      fsgid: egid,
      capabilities: { permitted, effective, inheritable, bounding, ambient },
      securebits: old.securebits & ~SECBIT_KEEP_CAPS,
      keepCapabilities: false,
    },
    secure: setId || (old.uid !== 0 && grew) ? 'secure' : 'plain',
  }
}
