// System V shared memory: shmget, shmat, shmdt, shmctl. (syscalls)

import {
  CAP_IPC_LOCK,
  EINVAL,
  ENOMEM,
  ENOSPC,
  EPERM,
  IPC_INFO,
  IPC_RMID,
  IPC_SET,
  IPC_STAT,
  MAP_FIXED,
  MAP_FIXED_NOREPLACE,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  RLIMIT_MEMLOCK,
  SHM_DEST,
  SHM_EXEC,
  SHM_HUGETLB,
  SHM_INFO,
  SHM_LOCK,
  SHM_LOCKED,
  SHM_RDONLY,
  SHM_REMAP,
  SHM_RND,
  SHM_STAT,
  SHM_STAT_ANY,
  SHM_UNLOCK,
  shm_info,
  shmid_ds,
  shminfo,
} from '@tsvisor/abi'
import { IPC_READ, now } from '../ipc/ipc-table.ts'
import { SharedSegment } from '../ipc/shared-segment.ts'
import { MAX_MAP_COUNT, pageUp } from '../mm/memory-manager.ts'
import { VM_MAYEXEC, VM_MAYREAD, VM_MAYWRITE, VM_SHARED } from '../mm/vma.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

/** What a host file can hold. */
const MAX_BYTES = 2 ** 46

export const shmget: Handler<'shmget'> = (task, { key, size, shmflg }) => {
  const { segments, limits } = task.namespaces.ipc
  const segment = segments.get(
    task,
    key,
    shmflg,
    found => {
      if (size > found.size) throw EINVAL
    },
    base => {
      if (size < 1 || size > limits.shmmax) throw EINVAL
      if (size > MAX_BYTES || pagesOf(segments) + pageUp(size) / PAGE_SIZE > limits.shmall)
        throw ENOSPC
      // No huge page is reserved.
      if (shmflg & SHM_HUGETLB) throw ENOMEM
      const memory = task.kernel.platform.newMemoryFile('sysv-shm')
      memory.resize(pageUp(size))
      return new SharedSegment(base, { segments, limits }, memory, size)
    },
  )
  return segment.id
}

function pagesOf(segments: Iterable<SharedSegment>): number {
  let pages = 0
  for (const { size } of segments) pages += pageUp(size) / PAGE_SIZE
  return pages
}

export const shmat: Handler<'shmat'> = (task, { shmid, shmaddr, shmflg }) => {
  const { mm } = task
  mm.limits = task.group.limits
  let address: number = shmaddr
  if (address === 0) {
    if (shmflg & SHM_REMAP) throw EINVAL
  } else if (address % PAGE_SIZE !== 0) {
    if (!(shmflg & SHM_RND)) throw EINVAL
    address -= address % PAGE_SIZE
    if (address === 0 && shmflg & SHM_REMAP) throw EINVAL
  }
  let prot = PROT_READ
  let wanted = 0o444
  let flags = VM_SHARED | VM_MAYREAD | VM_MAYEXEC
  if (!(shmflg & SHM_RDONLY)) {
    prot |= PROT_WRITE
    wanted |= 0o222
    flags |= VM_MAYWRITE
  }
  if (shmflg & SHM_EXEC) {
    prot |= PROT_EXEC
    wanted |= 0o111
  }
  const segment = task.namespaces.ipc.segments.find(shmid)
  segment.check(task, wanted)
  const length = pageUp(segment.size)
  if (mm.vmas.size > MAX_MAP_COUNT) throw ENOMEM
  const remap = (shmflg & SHM_REMAP) !== 0
  if (address !== 0 && !remap && mm.vmas.overlaps(address, address + length)) throw EINVAL
  const fixed = address === 0 ? 0 : remap ? MAP_FIXED : MAP_FIXED | MAP_FIXED_NOREPLACE
  const at = mm.place(address, length, fixed)
  if (!mm.usage.mayExpand(mm.limits, length, prot, flags)) throw ENOMEM
  const source = { kind: 'file', file: segment.mappable, offset: 0, shared: true } as const
  mm.map(at, length, prot, flags | mm.futureFlags, source, segment, 0)
  mm.settle(at, length, source)
  segment.lastPid = task.group.pid
  return at
}

export const shmdt: Handler<'shmdt'> = (task, { shmaddr }) => {
  const { mm } = task
  if (shmaddr % PAGE_SIZE !== 0) throw EINVAL
  const start: number = shmaddr
  let segment: SharedSegment | undefined
  let end = Number.POSITIVE_INFINITY
  // Parts of one attachment may be left, anywhere up to its full length.
  const { list } = mm.vmas
  const parts: [number, number][] = []
  for (let i = mm.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++) {
    const vma = list[i]!
    const { backing } = vma
    if (!(backing instanceof SharedSegment) || vma.start - start !== vma.offset) continue
    if (segment === undefined) {
      segment = backing
      end = start + pageUp(backing.size)
    } else if (segment !== backing) continue
    parts.push([vma.start, vma.length])
  }
  if (segment === undefined) throw EINVAL
  for (const [from, length] of parts) mm.unmap(from, length)
  segment.lastPid = task.group.pid
  return 0
}

export const shmctl: Handler<'shmctl'> = (task, { shmid, cmd, buf }) => {
  const { segments, limits } = task.namespaces.ipc
  if (cmd < 0 || shmid < 0) throw EINVAL
  switch (cmd) {
    case IPC_INFO:
      task.mm.writeStruct(shminfo, buf, {
        shmmax: limits.shmmax,
        shmmin: 1,
        shmmni: limits.shmmni,
        shmseg: limits.shmmni,
        shmall: limits.shmall,
      })
      return segments.highest
    case SHM_INFO: {
      let resident = 0
      for (const { mappable } of segments) resident += Math.ceil(mappable.allocated() / PAGE_SIZE)
      task.mm.writeStruct(shm_info, buf, {
        used_ids: segments.count,
        shm_tot: pagesOf(segments),
        shm_rss: resident,
        shm_swp: 0,
        swap_attempts: 0,
        swap_successes: 0,
      })
      return segments.highest
    }
    case IPC_STAT:
    case SHM_STAT:
    case SHM_STAT_ANY: {
      const segment = cmd === IPC_STAT ? segments.find(shmid) : segments.at(shmid)
      if (cmd !== SHM_STAT_ANY) segment.check(task, IPC_READ)
      task.mm.writeStruct(shmid_ds, buf, describe(segment, task))
      return cmd === IPC_STAT ? 0 : segment.id
    }
    case IPC_SET: {
      const { shm_perm } = task.mm.readStruct(shmid_ds, buf)
      const segment = segments.find(shmid)
      segment.checkOwner(task)
      segment.assign(task, shm_perm)
      return 0
    }
    case IPC_RMID: {
      const segment = segments.find(shmid)
      segment.checkOwner(task)
      segment.destroyLater()
      return 0
    }
    case SHM_LOCK:
    case SHM_UNLOCK:
      lock(task, segments.find(shmid), cmd)
      return 0
    default:
      throw EINVAL
  }
}

/** Errors: EPERM. Memory of a sandbox is the host's to swap: only the mark is kept. */
function lock(task: Task, segment: SharedSegment, cmd: number): void {
  if (!hasCapabilityIn(task.creds, task.namespaces.ipc.userNamespace, CAP_IPC_LOCK)) {
    const { euid } = task.creds
    if (euid !== segment.uid && euid !== segment.cuid) throw EPERM
    if (cmd === SHM_LOCK && task.group.limits.soft(RLIMIT_MEMLOCK) === 0) throw EPERM
  }
  if (cmd === SHM_LOCK) segment.mode |= SHM_LOCKED
  else segment.mode &= ~SHM_LOCKED
  segment.ctime = now(task)
}

const describe = (segment: SharedSegment, task: Task) => ({
  shm_perm: { ...segment.perm(task), mode: segment.mode & (0o777 | SHM_DEST | SHM_LOCKED) },
  shm_segsz: segment.size,
  shm_atime: segment.attachTime,
  shm_dtime: segment.detachTime,
  shm_ctime: segment.ctime,
  shm_cpid: segment.creator,
  shm_lpid: segment.lastPid,
  shm_nattch: segment.attached,
})
