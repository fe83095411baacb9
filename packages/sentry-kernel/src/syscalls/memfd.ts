// memfd_create. (syscalls)

import {
  EINVAL,
  F_SEAL_EXEC,
  F_SEAL_SEAL,
  MFD_ALLOW_SEALING,
  MFD_CLOEXEC,
  MFD_EXEC,
  MFD_NOEXEC_SEAL,
} from '@tsvisor/abi'
import { newMemfd } from '../fs/memfd/memfd.ts'
import type { Handler } from './handler.ts'
import { installNew } from './install-fd.ts'

/** MFD_NAME_MAX_LEN and the NUL. */
const NAME_ROOM = 250

/** Huge pages are not offered: MFD_HUGETLB is refused as by a kernel without hugetlbfs. */
export const memfd_create: Handler<'memfd_create'> = (task, { name, flags }) => {
  if (flags & ~(MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC | MFD_NOEXEC_SEAL)) throw EINVAL
  if (flags & MFD_EXEC && flags & MFD_NOEXEC_SEAL) throw EINVAL
  const text = task.mm.readString(name, NAME_ROOM, EINVAL)
  const noExec = (flags & MFD_NOEXEC_SEAL) !== 0
  const seals = noExec ? F_SEAL_EXEC : flags & MFD_ALLOW_SEALING ? 0 : F_SEAL_SEAL
  const file = newMemfd(task, text, noExec ? 0o666 : 0o777, seals)
  return installNew(task, file, (flags & MFD_CLOEXEC) !== 0)
}
