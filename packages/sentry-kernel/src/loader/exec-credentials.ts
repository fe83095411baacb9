// What an executable says about privileges: set-user-ID, file capabilities. (loader)
// Linux fs/exec.c: bprm_fill_uid; security/commoncap.c: get_file_caps.

import { CAP_SYS_PTRACE, Errno, MS_NOSUID, S_ISGID, S_ISUID, S_IXGRP } from '@tsvisor/abi'
import {
  credentialsForExec as credentialsForFile,
  decodeFileCapabilities,
  type ExecCredentials,
  type FilePrivileges,
} from '../task/credential-rules.ts'
import { type Credentials, hasCapabilityIn } from '../task/credentials.ts'
import type { UserNamespace } from '../task/user-namespace.ts'
import type { FileDescription } from '../vfs/file-description.ts'

/**
 * The credentials of `old` after it executed `file` (for a script: the interpreter). Set-id bits
 * and file capabilities count unless the mount is nosuid, no_new_privs is set, or a tracer watches
 * that may not trace everybody.
 */
export const credentialsForExec = (
  old: Credentials,
  file: FileDescription,
  tracer: Credentials | undefined,
): ExecCredentials => {
  const { userNamespace } = old
  const watched = tracer !== undefined && !hasCapabilityIn(tracer, userNamespace, CAP_SYS_PTRACE)
  if (old.noNewPrivileges || watched) return credentialsForFile(old, {})
  return credentialsForFile(old, privilegesOf(file, userNamespace))
}

function privilegesOf(file: FileDescription, userNamespace: UserNamespace): FilePrivileges {
  if (file.path === undefined || file.path.mount.flags & MS_NOSUID) return {}
  // Nobody gives privileges further out by what is on a file system of his own (mnt_may_suid).
  const { userNamespace: owner } = file.inode.fs
  if (owner !== undefined && !userNamespace.isWithin(owner)) return {}
  const attr = file.inode.attr()
  const { mode, uid, gid } = attr
  const setsGroup = (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)
  const counts = userNamespace.knows(attr)
  return {
    setUid: counts && mode & S_ISUID ? uid : undefined,
    setGid: counts && setsGroup ? gid : undefined,
    capabilities: fileCapabilities(file, userNamespace),
  }
}

function fileCapabilities(
  file: FileDescription,
  userNamespace: UserNamespace,
): FilePrivileges['capabilities'] {
  try {
    return decodeFileCapabilities(file.inode.getxattr('security.capability'), userNamespace)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}
