// security.capability on its way in and out: whose root a file's capabilities are for. (syscalls)
// Linux security/commoncap.c: cap_convert_nscap, cap_inode_getsecurity. Kept with the kernel's number of that root.

import { EINVAL, EOVERFLOW } from '@tsvisor/abi'
import { isRootOf, VFS_CAP_REVISION_2, VFS_CAP_REVISION_3 } from '../task/credential-rules.ts'
import { NO_ID } from '../task/id-map.ts'
import type { UserNamespace } from '../task/user-namespace.ts'

/** sizeof(struct vfs_cap_data), and with the root's number behind it. */
const SIZE = 20
const SIZE_WITH_ROOT = 24
const REVISION = 0xff00_0000

const viewOf = (data: Uint8Array): DataView =>
  new DataView(data.buffer, data.byteOffset, data.byteLength)

/** What to keep of what a program in `namespace` writes. Errors: EINVAL. */
export function storedCapability(data: Uint8Array, namespace: UserNamespace): Uint8Array {
  if (data.length !== SIZE && data.length !== SIZE_WITH_ROOT) throw EINVAL
  const revision = (viewOf(data).getUint32(0, true) & REVISION) >>> 0
  const namesRoot = data.length === SIZE_WITH_ROOT
  if (revision !== (namesRoot ? VFS_CAP_REVISION_3 : VFS_CAP_REVISION_2)) throw EINVAL
  if (!namesRoot && namespace.level === 0) return data
  const root = namespace.uids.toKernel(namesRoot ? viewOf(data).getUint32(SIZE, true) : 0)
  if (root === NO_ID) throw EINVAL
  return withRoot(data, root)
}

/** What a program in `namespace` reads. Errors: EOVERFLOW (for somebody whom it cannot name). */
export function shownCapability(data: Uint8Array, namespace: UserNamespace): Uint8Array {
  if (data.length !== SIZE_WITH_ROOT) return data
  const root = viewOf(data).getUint32(SIZE, true)
  const own = namespace.uids.fromKernel(root)
  if (own !== NO_ID && own !== 0) return withRoot(data, own)
  if (!isRootOf(root, namespace)) throw EOVERFLOW
  const plain = data.slice(0, SIZE)
  const flags = viewOf(data).getUint32(0, true) & ~REVISION
  viewOf(plain).setUint32(0, VFS_CAP_REVISION_2 | flags, true)
  return plain
}

function withRoot(data: Uint8Array, root: number): Uint8Array {
  const named = new Uint8Array(SIZE_WITH_ROOT)
  named.set(data.subarray(0, SIZE))
  const view = viewOf(named)
  view.setUint32(0, VFS_CAP_REVISION_3 | (view.getUint32(0, true) & ~REVISION), true)
  view.setUint32(SIZE, root, true)
  return named
}
