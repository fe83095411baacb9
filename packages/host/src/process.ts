// Processes, namespaces and mounts of this process. (host)

import { call1, call3, call4, call6 } from './call.ts'
import { sys3 } from './native.ts'
import { NR } from './nr.ts'
import { cString, cString2, scratch, scratchView } from './scratch.ts'

/** prctl(2). */
export const prctl = (option: number, a: number, b: number, c: number, d: number): number =>
  call6(NR.prctl, option, a, b, c, d, 0)

/** PR_SET_PDEATHSIG: the signal this process gets when its parent thread dies. */
export const dieWithParent = (signal: number): void => {
  prctl(1, signal, 0, 0, 0)
}

/** PR_SET_DUMPABLE: whether other processes of its user may look into this one. */
export const setDumpable = (dumpable: 'yes' | 'no'): void => {
  prctl(4, dumpable === 'yes' ? 1 : 0, 0, 0, 0)
}

/** unshare(2) with CLONE_NEW* bits. Most need a single-threaded caller or none of its memory shared. */
export const unshare = (flags: number): void => {
  call1(NR.unshare, flags)
}

/** setns(2); `type` a CLONE_NEW* bit or 0. */
export const setns = (fd: number, type: number): void => {
  call3(NR.setns, fd, type, 0)
}

/** mount(2). Undefined strings are NULL; `options` goes to the file system. */
export const mount = (
  source: string | undefined,
  target: string,
  type: string | undefined,
  flags: number,
  options: string | undefined,
): void => {
  // Two C strings of ours and two in the struct scratch, none longer than 4095 bytes.
  const place = (text: string | undefined, start: number): number => {
    if (text === undefined) return 0
    for (let i = 0; i < text.length && i < 4095; i++) {
      scratchView.setUint8(start + i, text.charCodeAt(i))
    }
    scratchView.setUint8(start + Math.min(4095, text.length), 0)
    return scratch.address + start
  }
  call6(
    NR.mount,
    source === undefined ? 0 : cString(source),
    cString2(target),
    place(type, 0),
    flags,
    place(options, 4096),
    0,
  )
}

/** umount2(2); `flags` MNT_DETACH 2, UMOUNT_NOFOLLOW 8. */
export const umount = (target: string, flags: number): void => {
  call3(NR.umount2, cString(target), flags, 0)
}

/** pivot_root(2). */
export const pivotRoot = (newRoot: string, putOld: string): void => {
  call3(NR.pivot_root, cString(newRoot), cString2(putOld), 0)
}

/** chdir(2), past Node, which remembers the path. */
export const chdir = (path: string): void => {
  call1(NR.chdir, cString(path))
}

/** fchdir(2). */
export const fchdir = (fd: number): void => {
  call1(NR.fchdir, fd)
}

/** chroot(2). */
export const chroot = (path: string): void => {
  call1(NR.chroot, cString(path))
}

/** sethostname(2). */
export const sethostname = (name: string): void => {
  call3(NR.sethostname, cString(name), name.length, 0)
}

/** setsid(2); the new session id. */
export const setsid = (): number => call1(NR.setsid, 0)

/** setresgid(2), then setresuid(2): all three ids each. This thread only; libc would do all. */
export const setIds = (uid: number, gid: number): void => {
  call3(NR.setresgid, gid, gid, gid)
  call3(NR.setresuid, uid, uid, uid)
}

/** setgroups(2) to none. */
export const dropGroups = (): void => {
  call3(NR.setgroups, 0, 0, 0)
}

/** prlimit(2) of this process: sets soft and hard limit, Infinity for none. */
export const setLimit = (resource: number, soft: number, hard: number): void => {
  const put = (offset: number, value: number) => {
    const none = !Number.isFinite(value)
    scratchView.setUint32(offset, none ? 0xffff_ffff : value % 0x1_0000_0000, true)
    scratchView.setUint32(offset + 4, none ? 0xffff_ffff : value / 0x1_0000_0000, true)
  }
  put(0, soft)
  put(8, hard)
  call4(NR.prlimit64, 0, resource, scratch.address, 0)
}

/** prlimit(2) of this process: what holds now. */
export const getLimit = (resource: number): { soft: number; hard: number } => {
  call4(NR.prlimit64, 0, resource, 0, scratch.address)
  const get = (offset: number) => {
    const value = scratchView.getBigUint64(offset, true)
    return value === 0xffff_ffff_ffff_ffffn ? Number.POSITIVE_INFINITY : Number(value)
  }
  return { soft: get(0), hard: get(8) }
}

/** kill(2); -errno on failure, nothing thrown. */
export const kill = (pid: number, signal: number): number => sys3(NR.kill, pid, signal, 0)

/** tgkill(2); -errno on failure, nothing thrown. */
export const tgkill = (tgid: number, tid: number, signal: number): number =>
  sys3(NR.tgkill, tgid, tid, signal)

/** pidfd_open(2). */
export const pidfdOpen = (pid: number): number => call3(NR.pidfd_open, pid, 0, 0)

/** The CPU that this thread runs on now. */
export const currentCpu = (): number => {
  call3(NR.getcpu, scratch.address, 0, 0)
  return scratchView.getUint32(0, true)
}
