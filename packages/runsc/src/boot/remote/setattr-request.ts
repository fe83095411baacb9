// The kernel's attribute changes as Tsetattr has them. (runsc)

import {
  type Request,
  SETATTR_ATIME,
  SETATTR_ATIME_SET,
  SETATTR_CTIME,
  SETATTR_GID,
  SETATTR_MODE,
  SETATTR_MTIME,
  SETATTR_MTIME_SET,
  SETATTR_SIZE,
  SETATTR_UID,
} from '@tsvisor/p9'
import type { RemoteSetAttr } from '@tsvisor/sentry-kernel'
import type { idMaps } from '../id-map.ts'

const NO_TIME = { sec: 0, nsec: 0 }

export const setattrRequest = (
  fid: number,
  change: RemoteSetAttr,
  ids: ReturnType<typeof idMaps>,
): Request<'setattr'> => {
  const { mode, uid, gid, size, atime, mtime } = change
  const valid =
    (mode === undefined ? 0 : SETATTR_MODE) |
    (uid === undefined ? 0 : SETATTR_UID) |
    (gid === undefined ? 0 : SETATTR_GID) |
    (size === undefined ? 0 : SETATTR_SIZE) |
    (atime === undefined ? 0 : SETATTR_ATIME) |
    (typeof atime === 'object' ? SETATTR_ATIME_SET : 0) |
    (mtime === undefined ? 0 : SETATTR_MTIME) |
    (typeof mtime === 'object' ? SETATTR_MTIME_SET : 0)
  return {
    fid,
    // chown(2) to nobody still changes the time of change.
    valid: valid === 0 ? SETATTR_CTIME : valid,
    mode: mode ?? 0,
    uid: uid === undefined ? 0 : ids.uid.toHost(uid),
    gid: gid === undefined ? 0 : ids.gid.toHost(gid),
    size: size ?? 0,
    atime: typeof atime === 'object' ? atime : NO_TIME,
    mtime: typeof mtime === 'object' ? mtime : NO_TIME,
  }
}
