// User and group ids, capabilities. (syscalls)
// Linux kernel/sys.c, kernel/groups.c, kernel/capability.c, security/commoncap.c.

import {
  type Addr,
  CAP_SETGID,
  CAP_SETPCAP,
  CAP_SETUID,
  cap_user_data_t,
  cap_user_header_t,
  EFAULT,
  EINVAL,
  EPERM,
  ESRCH,
  NGROUPS_MAX,
} from '@tsvisor/abi'
import { changeCredentials } from '../task/change-credentials.ts'
import { afterUserChange } from '../task/credential-rules.ts'
import { type Credentials, hasOwnCapability } from '../task/credentials.ts'
import { type IdMap, NO_ID } from '../task/id-map.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

/** "Leave it": (uid_t)-1. */
const SAME = 0xffff_ffff

const shownUid = ({ creds }: Task, uid: number): number => creds.userNamespace.uids.shown(uid)
const shownGid = ({ creds }: Task, gid: number): number => creds.userNamespace.gids.shown(gid)
/** The kernel's number of a user that a program names. Errors: EINVAL for one that it cannot name. */
const kernelUid = ({ creds }: Task, uid: number): number => known(creds.userNamespace.uids, uid)
const kernelGid = ({ creds }: Task, gid: number): number => known(creds.userNamespace.gids, gid)
function known(map: IdMap, id: number): number {
  const own = map.toKernel(id)
  if (own === NO_ID) throw EINVAL
  return own
}
/** As kernelUid, for calls that leave with -1 what is. */
const wantedUid = (task: Task, uid: number): number => (uid === SAME ? SAME : kernelUid(task, uid))
const wantedGid = (task: Task, gid: number): number => (gid === SAME ? SAME : kernelGid(task, gid))

export const getuid: Handler<'getuid'> = task => shownUid(task, task.creds.uid)
export const geteuid: Handler<'geteuid'> = task => shownUid(task, task.creds.euid)
export const getgid: Handler<'getgid'> = task => shownGid(task, task.creds.gid)
export const getegid: Handler<'getegid'> = task => shownGid(task, task.creds.egid)

/** Installs new user ids with what Linux does beside: capabilities, dumpable, parent-death signal. */
function setUsers(task: Task, next: Credentials): number {
  changeCredentials(task, afterUserChange(task.creds, next))
  return 0
}

export const setuid: Handler<'setuid'> = (task, { uid: wanted }) => {
  const { creds } = task
  const uid = kernelUid(task, wanted)
  if (hasOwnCapability(creds, CAP_SETUID))
    return setUsers(task, { ...creds, uid, euid: uid, suid: uid, fsuid: uid })
  if (uid !== creds.uid && uid !== creds.suid) throw EPERM
  return setUsers(task, { ...creds, euid: uid, fsuid: uid })
}

export const setreuid: Handler<'setreuid'> = (task, { ruid, euid }) => {
  const { creds } = task
  const capable = hasOwnCapability(creds, CAP_SETUID)
  const real = ruid === SAME ? creds.uid : kernelUid(task, ruid)
  const effective = euid === SAME ? creds.euid : kernelUid(task, euid)
  if (!capable) {
    if (real !== creds.uid && real !== creds.euid) throw EPERM
    if (effective !== creds.uid && effective !== creds.euid && effective !== creds.suid) throw EPERM
  }
  const saved = ruid !== SAME || (euid !== SAME && effective !== creds.uid)
  return setUsers(task, {
    ...creds,
    uid: real,
    euid: effective,
    suid: saved ? effective : creds.suid,
    fsuid: effective,
  })
}

export const setresuid: Handler<'setresuid'> = (task, wanted) => {
  const { creds } = task
  const ruid = wantedUid(task, wanted.ruid)
  const euid = wantedUid(task, wanted.euid)
  const suid = wantedUid(task, wanted.suid)
  if (!hasOwnCapability(creds, CAP_SETUID)) {
    for (const id of [ruid, euid, suid])
      if (id !== SAME && id !== creds.uid && id !== creds.euid && id !== creds.suid) throw EPERM
  }
  const effective = euid === SAME ? creds.euid : euid
  return setUsers(task, {
    ...creds,
    uid: ruid === SAME ? creds.uid : ruid,
    euid: effective,
    suid: suid === SAME ? creds.suid : suid,
    fsuid: effective,
  })
}

export const getresuid: Handler<'getresuid'> = (task, { ruid, euid, suid }) => {
  task.mm.writeU32(ruid, shownUid(task, task.creds.uid))
  task.mm.writeU32(euid, shownUid(task, task.creds.euid))
  task.mm.writeU32(suid, shownUid(task, task.creds.suid))
  return 0
}

export const setgid: Handler<'setgid'> = (task, { gid: wanted }) => {
  const { creds } = task
  const gid = kernelGid(task, wanted)
  if (hasOwnCapability(creds, CAP_SETGID))
    changeCredentials(task, { ...creds, gid, egid: gid, sgid: gid, fsgid: gid })
  else if (gid === creds.gid || gid === creds.sgid)
    changeCredentials(task, { ...creds, egid: gid, fsgid: gid })
  else throw EPERM
  return 0
}

export const setregid: Handler<'setregid'> = (task, { rgid, egid }) => {
  const { creds } = task
  const real = rgid === SAME ? creds.gid : kernelGid(task, rgid)
  const effective = egid === SAME ? creds.egid : kernelGid(task, egid)
  if (!hasOwnCapability(creds, CAP_SETGID)) {
    if (real !== creds.gid && real !== creds.egid) throw EPERM
    if (effective !== creds.gid && effective !== creds.egid && effective !== creds.sgid) throw EPERM
  }
  const saved = rgid !== SAME || (egid !== SAME && effective !== creds.gid)
  changeCredentials(task, {
    ...creds,
    gid: real,
    egid: effective,
    sgid: saved ? effective : creds.sgid,
    fsgid: effective,
  })
  return 0
}

export const setresgid: Handler<'setresgid'> = (task, wanted) => {
  const { creds } = task
  const rgid = wantedGid(task, wanted.rgid)
  const egid = wantedGid(task, wanted.egid)
  const sgid = wantedGid(task, wanted.sgid)
  if (!hasOwnCapability(creds, CAP_SETGID)) {
    for (const id of [rgid, egid, sgid])
      if (id !== SAME && id !== creds.gid && id !== creds.egid && id !== creds.sgid) throw EPERM
  }
  const effective = egid === SAME ? creds.egid : egid
  changeCredentials(task, {
    ...creds,
    gid: rgid === SAME ? creds.gid : rgid,
    egid: effective,
    sgid: sgid === SAME ? creds.sgid : sgid,
    fsgid: effective,
  })
  return 0
}

export const getresgid: Handler<'getresgid'> = (task, { rgid, egid, sgid }) => {
  task.mm.writeU32(rgid, shownGid(task, task.creds.gid))
  task.mm.writeU32(egid, shownGid(task, task.creds.egid))
  task.mm.writeU32(sgid, shownGid(task, task.creds.sgid))
  return 0
}

export const setfsuid: Handler<'setfsuid'> = (task, { fsuid: wanted }) => {
  const { creds } = task
  const fsuid = creds.userNamespace.uids.toKernel(wanted)
  const own = [creds.uid, creds.euid, creds.suid, creds.fsuid].includes(fsuid)
  if (fsuid !== NO_ID && fsuid !== creds.fsuid && (own || hasOwnCapability(creds, CAP_SETUID)))
    setUsers(task, { ...creds, fsuid })
  return shownUid(task, creds.fsuid)
}
export const setfsgid: Handler<'setfsgid'> = (task, { fsgid: wanted }) => {
  const { creds } = task
  const fsgid = creds.userNamespace.gids.toKernel(wanted)
  const own = [creds.gid, creds.egid, creds.sgid, creds.fsgid].includes(fsgid)
  if (fsgid !== NO_ID && (own || hasOwnCapability(creds, CAP_SETGID)))
    changeCredentials(task, { ...creds, fsgid })
  return shownGid(task, creds.fsgid)
}

export const getgroups: Handler<'getgroups'> = (task, { size, list }) => {
  const { groups } = task.creds
  if (size < 0) throw EINVAL
  if (size === 0) return groups.length
  if (groups.length > size) throw EINVAL
  const data = new Uint8Array(4 * groups.length)
  const view = new DataView(data.buffer)
  groups.forEach((gid, i) => {
    view.setUint32(4 * i, shownGid(task, gid), true)
  })
  task.mm.write(list, data)
  return groups.length
}
export const setgroups: Handler<'setgroups'> = (task, { size, list }) => {
  const { userNamespace } = task.creds
  // Groups may take rights away; who could leave them unasked would have these (userns_may_setgroups).
  if (userNamespace.gids.isEmpty || userNamespace.setgroups === 'deny') throw EPERM
  if (!hasOwnCapability(task.creds, CAP_SETGID)) throw EPERM
  if (size < 0 || size > NGROUPS_MAX) throw EINVAL
  const data = task.mm.readBytes(list, 4 * size)
  const view = new DataView(data.buffer)
  const groups = Array.from({ length: size }, (_, i) =>
    kernelGid(task, view.getUint32(4 * i, true)),
  )
  task.creds = { ...task.creds, groups: groups.sort((a, b) => a - b) }
  return 0
}

const VERSION_1 = 0x1998_0330
const VERSION_2 = 0x2007_1026
const VERSION_3 = 0x2008_0522

/** Words of 32 bits in each set; undefined for an unknown version, after storing the right one. */
function capabilityWords(task: Task, hdrp: Addr): number | undefined {
  const version = task.mm.readU32(hdrp)
  if (version === VERSION_1) return 1
  if (version === VERSION_2 || version === VERSION_3) return 2
  task.mm.writeU32(hdrp, VERSION_3)
  return undefined
}

export const capget: Handler<'capget'> = (task, { hdrp, datap }) => {
  const words = capabilityWords(task, hdrp)
  if (words === undefined) {
    if (datap === 0) return 0
    throw EINVAL
  }
  if (datap === 0) return 0
  const { pid } = task.mm.readStruct(cap_user_header_t, hdrp)
  if (pid < 0) throw EINVAL
  const target = pid === 0 ? task : task.pidNamespace.task(pid)
  if (!target) throw ESRCH
  const { effective, permitted, inheritable } = target.creds.capabilities
  for (let i = 0; i < words; i++) {
    const part = (set: bigint) => Number((set >> BigInt(32 * i)) & 0xffff_ffffn)
    task.mm.writeStruct(cap_user_data_t, (datap + i * cap_user_data_t.size) as Addr, {
      effective: part(effective),
      permitted: part(permitted),
      inheritable: part(inheritable),
    })
  }
  return 0
}

export const capset: Handler<'capset'> = (task, { hdrp, datap }) => {
  const words = capabilityWords(task, hdrp)
  if (words === undefined) throw EINVAL
  const { pid } = task.mm.readStruct(cap_user_header_t, hdrp)
  if (pid !== 0 && pid !== task.pid.own) throw EPERM
  if (datap === 0) throw EFAULT
  let effective = 0n
  let permitted = 0n
  let inheritable = 0n
  for (let i = 0; i < words; i++) {
    const part = task.mm.readStruct(cap_user_data_t, (datap + i * cap_user_data_t.size) as Addr)
    const shift = BigInt(32 * i)
    effective |= BigInt(part.effective) << shift
    permitted |= BigInt(part.permitted) << shift
    inheritable |= BigInt(part.inheritable) << shift
  }
  const { creds } = task
  const old = creds.capabilities
  const known = (1n << 41n) - 1n
  effective &= known
  permitted &= known
  inheritable &= known
  if (!hasOwnCapability(creds, CAP_SETPCAP) && inheritable & ~(old.inheritable | old.permitted))
    throw EPERM
  if (inheritable & ~(old.inheritable | old.bounding)) throw EPERM
  if (permitted & ~old.permitted) throw EPERM
  if (effective & ~permitted) throw EPERM
  task.creds = {
    ...creds,
    capabilities: {
      ...old,
      effective,
      permitted,
      inheritable,
      ambient: old.ambient & permitted & inheritable,
    },
  }
  return 0
}
