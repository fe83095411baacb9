// statmount(2), listmount(2). (syscalls)
// Linux fs/namespace.c: do_statmount, do_listmount.

import {
  type Addr,
  CAP_SYS_ADMIN,
  E2BIG,
  EFAULT,
  EINVAL,
  ENOENT,
  EOVERFLOW,
  EPERM,
  LISTMOUNT_REVERSE,
  LSMT_ROOT,
  MS_DIRSYNC,
  MS_PRIVATE,
  MS_RDONLY,
  MS_SHARED,
  MS_SLAVE,
  MS_SYNCHRONOUS,
  MS_UNBINDABLE,
  major,
  minor,
  mnt_id_req,
  STATMOUNT_FS_SUBTYPE,
  STATMOUNT_FS_TYPE,
  STATMOUNT_MNT_BASIC,
  STATMOUNT_MNT_GIDMAP,
  STATMOUNT_MNT_NS_ID,
  STATMOUNT_MNT_OPTS,
  STATMOUNT_MNT_POINT,
  STATMOUNT_MNT_ROOT,
  STATMOUNT_MNT_UIDMAP,
  STATMOUNT_OPT_ARRAY,
  STATMOUNT_OPT_SEC_ARRAY,
  STATMOUNT_PROPAGATE_FROM,
  STATMOUNT_SB_BASIC,
  STATMOUNT_SB_SOURCE,
  STATMOUNT_SUPPORTED_MASK,
  statmount as statmountStruct,
} from '@tsvisor/abi'
import { rootText } from '../fs/proc/pid/mounts.ts'
import { USER_END } from '../mm/user-memory.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { MNT_UNIQUE_ID_OFFSET, type Mount } from '../vfs/mount.ts'
import type { MountNamespace } from '../vfs/mount-namespace.ts'
import type { Path } from '../vfs/path.ts'
import { isReachable, locate } from '../vfs/path-text.ts'
import { dominatingGroup } from '../vfs/propagation.ts'
import type { Handler } from './handler.ts'
import { attributesOfFlags } from './mount-flags.ts'

/** Without mnt_ns_id (MNT_ID_REQ_SIZE_VER0). */
const FIRST_SIZE = 24
/** More than any namespace has. */
const MOST_LISTED = 1_000_000

const STRINGS =
  STATMOUNT_MNT_ROOT |
  STATMOUNT_MNT_POINT |
  STATMOUNT_FS_TYPE |
  STATMOUNT_MNT_OPTS |
  STATMOUNT_FS_SUBTYPE |
  STATMOUNT_SB_SOURCE |
  STATMOUNT_OPT_ARRAY |
  STATMOUNT_OPT_SEC_ARRAY |
  STATMOUNT_MNT_UIDMAP |
  STATMOUNT_MNT_GIDMAP
const SUPPORTED =
  STRINGS |
  STATMOUNT_SB_BASIC |
  STATMOUNT_MNT_BASIC |
  STATMOUNT_PROPAGATE_FROM |
  STATMOUNT_MNT_NS_ID |
  STATMOUNT_SUPPORTED_MASK

interface Request {
  readonly id: bigint
  readonly param: bigint
  readonly namespace: MountNamespace
  /** What is not below it needs CAP_SYS_ADMIN. */
  readonly root: Path
}

/** Errors: EFAULT, E2BIG, EINVAL, ENOENT (no such namespace). */
function readRequest(task: Task, addr: Addr): Request {
  const size = task.mm.readU32(addr)
  if (size > PAGE_SIZE) throw E2BIG
  if (size < FIRST_SIZE) throw EINVAL
  const data = task.mm.readBytes(addr, size)
  if (data.subarray(mnt_id_req.size).some(byte => byte !== 0)) throw E2BIG
  const whole = new Uint8Array(mnt_id_req.size)
  whole.set(data.subarray(0, whole.length))
  const { spare, mnt_id, param, mnt_ns_id } = mnt_id_req.decode(whole)
  if (spare !== 0 || mnt_id <= BigInt(MNT_UNIQUE_ID_OFFSET)) throw EINVAL
  const namespace = mnt_ns_id === 0n ? task.mounts : namespaceOf(task, mnt_ns_id)
  const root = namespace === task.mounts ? task.fs.root : namespace.rootPath
  return { id: mnt_id, param, namespace, root }
}
function namespaceOf({ kernel }: Task, id: bigint): MountNamespace {
  for (const { state, mounts } of kernel.rootPidNamespace.tasks())
    if (state !== 'dead' && BigInt(mounts.born) === id) return mounts
  throw ENOENT
}

function mountWith({ namespace, id }: Request): Mount {
  for (const mount of namespace.mounts()) if (BigInt(mount.uniqueId) === id) return mount
  throw ENOENT
}
/** Errors: EPERM. */
function checkSeen(task: Task, place: Path, { namespace, root }: Request): void {
  if (namespace === task.mounts && locate(place, root).reachable) return
  if (!hasCapabilityIn(task.creds, namespace.userNamespace, CAP_SYS_ADMIN)) throw EPERM
}

/** The strings after the structure: the first is empty, for what is not there. */
class Strings {
  text = ''
  /** Where it begins; undefined for an empty one. */
  add(text: string): number | undefined {
    if (text === '') return undefined
    const at = this.text.length
    this.text += `${text}\0`
    return at
  }
}

const propagationOf = ({ groupId, master, unbindable }: Mount): number =>
  (groupId === 0 ? 0 : MS_SHARED) |
    (master === undefined ? 0 : MS_SLAVE) |
    (unbindable ? MS_UNBINDABLE : 0) || MS_PRIVATE

/** What is asked for of `mask`, as the fields of struct statmount. */
function statusOf(task: Task, mount: Mount, request: Request, mask: number, strings: Strings) {
  const { fs } = mount
  const { root, namespace } = request
  const status = { ...NOTHING }
  const has = (part: number): boolean => {
    const wanted = (mask & part) !== 0
    if (wanted) status.mask |= part
    return wanted
  }
  /** Only what is not empty counts as there. */
  const string = (part: number, text: () => string): number => {
    const at = mask & part ? strings.add(text()) : undefined
    if (at !== undefined) status.mask |= part
    return at ?? 0
  }
  if (has(STATMOUNT_SB_BASIC)) {
    status.sb_dev_major = major(fs.dev)
    status.sb_dev_minor = minor(fs.dev)
    status.sb_magic = fs.statfs().type
    status.sb_flags = (fs.superFlags ?? 0) & (MS_RDONLY | MS_SYNCHRONOUS | MS_DIRSYNC)
  }
  if (has(STATMOUNT_MNT_BASIC)) {
    const above = mount.parent ?? mount
    status.mnt_id = mount.uniqueId
    status.mnt_parent_id = above.uniqueId
    status.mnt_id_old = mount.id
    status.mnt_parent_id_old = above.id
    status.mnt_attr = attributesOfFlags(mount.flags)
    status.mnt_propagation = propagationOf(mount)
    status.mnt_peer_group = mount.groupId
    status.mnt_master = mount.master?.groupId ?? 0
  }
  if (has(STATMOUNT_PROPAGATE_FROM)) status.propagate_from = dominatingGroup(mount, root)
  if (has(STATMOUNT_MNT_NS_ID)) status.mnt_ns_id = namespace.born
  if (has(STATMOUNT_SUPPORTED_MASK)) status.supported_mask = SUPPORTED
  if (mask & STRINGS) strings.text = '\0'
  const options = fs.options()
  status.fs_type = string(STATMOUNT_FS_TYPE, () => fs.type)
  status.mnt_root = string(STATMOUNT_MNT_ROOT, () => rootText(mount.root, task))
  status.mnt_point = string(STATMOUNT_MNT_POINT, () => {
    const place = locate({ mount, dentry: mount.root }, root)
    return place.reachable ? place.text : ''
  })
  status.mnt_opts = string(STATMOUNT_MNT_OPTS, () => options.join(','))
  status.opt_array = string(STATMOUNT_OPT_ARRAY, () => options.join('\0'))
  if (status.mask & STATMOUNT_OPT_ARRAY) status.opt_num = options.length
  status.sb_source = string(STATMOUNT_SB_SOURCE, () => mount.source)
  return status
}
const NOTHING = statmountStruct.decode(new Uint8Array(statmountStruct.size))

export const statmount: Handler<'statmount'> = (task, { req, buf, bufsize, flags }) => {
  if (flags !== 0) throw EINVAL
  const request = readRequest(task, req)
  if (buf + bufsize > USER_END) throw EFAULT
  const mount = mountWith(request)
  checkSeen(task, below(mount), request)
  const strings = new Strings()
  const mask = Number(request.param & BigInt(SUPPORTED))
  const status = statusOf(task, mount, request, mask, strings)
  const { length } = strings.text
  if (length > 0 && statmountStruct.size + length > bufsize) throw EOVERFLOW
  const copied = Math.min(bufsize, statmountStruct.size)
  status.size = copied + length
  const text = Uint8Array.from(strings.text, char => char.charCodeAt(0))
  if (length > 0) task.mm.write((buf + statmountStruct.size) as Addr, text)
  task.mm.write(buf, statmountStruct.encode(status).subarray(0, copied))
  return 0
}

export const listmount: Handler<'listmount'> = (task, { req, mnt_ids, nr_mnt_ids, flags }) => {
  if (flags & ~LISTMOUNT_REVERSE) throw EINVAL
  if (nr_mnt_ids > MOST_LISTED) throw EOVERFLOW
  if (mnt_ids + nr_mnt_ids * 8 > USER_END) throw EFAULT
  const request = readRequest(task, req)
  const { param: last, namespace } = request
  if (last !== 0n && last <= BigInt(MNT_UNIQUE_ID_OFFSET)) throw EINVAL
  const top = request.id === LSMT_ROOT ? request.root : below(mountWith(request))
  checkSeen(task, top, request)
  const found: number[] = []
  for (const mount of namespace.mounts())
    if (BigInt(mount.uniqueId) !== request.id && isReachable(mount, top)) found.push(mount.uniqueId)
  const isReversed = (flags & LISTMOUNT_REVERSE) !== 0
  found.sort((a, b) => (isReversed ? b - a : a - b))
  const isNext = (id: number): boolean => (isReversed ? id < last : id > last)
  const given = found.filter(id => last === 0n || isNext(id)).slice(0, nr_mnt_ids)
  const data = new BigUint64Array(given.map(BigInt))
  if (data.length > 0) task.mm.write(mnt_ids, new Uint8Array(data.buffer))
  return data.length
}
const below = (mount: Mount): Path => ({ mount, dentry: mount.root })
