// What an executable says about privileges: set-user-ID, file capabilities. (loader)
// Linux fs/exec.c: bprm_fill_uid; security/commoncap.c: get_file_caps.

import { CAP_SYS_PTRACE, Errno, MS_NOSUID, S_ISGID, S_ISUID, S_IXGRP } from '@tsvisor/abi'
import {
  credentialsForExec as credentialsForFile,
  decodeFileCapabilities,
  type ExecCredentials,
  type FilePrivileges,
} from '../task/credential-rules.ts'
import { type Credentials, hasCapability } from '../task/credentials.ts'
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
  const watched = tracer !== undefined && !hasCapability(tracer, CAP_SYS_PTRACE)
  return credentialsForFile(old, old.noNewPrivileges || watched ? {} : privilegesOf(file))
}

function privilegesOf(file: FileDescription): FilePrivileges {
  if (file.path === undefined || file.path.mount.flags & MS_NOSUID) return {}
  const { mode, uid, gid } = file.inode.attr()
  const setsGroup = (mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP)
  return {
    setUid: mode & S_ISUID ? uid : undefined,
    setGid: setsGroup ? gid : undefined,
    capabilities: fileCapabilities(file),
  }
}

function fileCapabilities(file: FileDescription): FilePrivileges['capabilities'] {
  try {
    return decodeFileCapabilities(file.inode.getxattr('security.capability'))
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}
