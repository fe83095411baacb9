// What a file allows its mappings. (mm)

import {
  EACCES,
  EINVAL,
  EOPNOTSUPP,
  EPERM,
  MAP_ANONYMOUS,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_SHARED_VALIDATE,
  MAP_TYPE,
  MS_NOEXEC,
  PROT_EXEC,
  PROT_WRITE,
} from '@tsvisor/abi'
import type { FileDescription } from '../vfs/file-description.ts'
import { VM_MAYEXEC, VM_MAYWRITE } from './vma.ts'

/** MAP_* that MAP_SHARED_VALIDATE accepts (LEGACY_MAP_MASK). */
const KNOWN_MAP_FLAGS = 0x7c07_f9f3

/**
 * The VM_MAY* mask that a file allows its mapping. Errors: EACCES (access mode), EPERM (noexec
 * mount), EOPNOTSUPP (unknown flags with MAP_SHARED_VALIDATE), EINVAL (type).
 */
export function fileRights(
  file: FileDescription,
  type: number,
  flags: number,
  prot: number,
): number {
  let rights = ~0
  if (type === MAP_SHARED || type === MAP_SHARED_VALIDATE) {
    if (type === MAP_SHARED_VALIDATE && flags & ~(KNOWN_MAP_FLAGS | MAP_TYPE)) throw EOPNOTSUPP
    if (prot & PROT_WRITE && !file.writable) throw EACCES
    if (!file.writableMapped) rights &= ~VM_MAYWRITE
  } else if (type !== MAP_PRIVATE) throw EINVAL
  if (!file.readable) throw EACCES
  if (file.path !== undefined && file.path.mount.flags & MS_NOEXEC) {
    if (prot & PROT_EXEC) throw EPERM
    rights &= ~VM_MAYEXEC
  }
  if (flags & MAP_ANONYMOUS) throw EINVAL
  return rights
}
