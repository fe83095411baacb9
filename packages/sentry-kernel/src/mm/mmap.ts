// New mappings, of files and of nothing: mmap(2). (mm)

import {
  type Addr,
  EINVAL,
  ENODEV,
  ENOMEM,
  EOVERFLOW,
  EPERM,
  MADV_POPULATE_READ,
  MADV_POPULATE_WRITE,
  MAP_GROWSDOWN,
  MAP_LOCKED,
  MAP_NONBLOCK,
  MAP_NORESERVE,
  MAP_POPULATE,
  MAP_PRIVATE,
  MAP_SHARED,
  MAP_TYPE,
  PROT_WRITE,
} from '@tsvisor/abi'
import type { MapSource } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { FileBacking, SharedMemory } from './backing.ts'
import { copyFileIn } from './copy-file-in.ts'
import { fileRights } from './file-rights.ts'
import {
  ANONYMOUS,
  MAX_MAP_COUNT,
  type MemoryManager,
  MOST_POPULATED,
  mayLock,
  PROT_RWX,
  pageUp,
} from './memory-manager.ts'
import {
  type Backing,
  VM_GROWSDOWN,
  VM_LOCKED,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYWRITE,
  VM_NORESERVE,
  VM_SHARED,
} from './vma.ts'

/** Flags of a mapping that may change its file. */
const WRITES = VM_SHARED | VM_MAYWRITE

/** mmap(2), Linux mm/mmap.c:do_mmap. Errors: as Linux. The result is the address. */
export function mmap(
  mm: MemoryManager,
  task: Task,
  address: number,
  lengthBytes: number,
  prot: number,
  flags: number,
  file: FileDescription | undefined,
  offset: number,
): Addr {
  if (lengthBytes === 0) throw EINVAL
  const length = pageUp(lengthBytes)
  if (length > mm.space.maxAddr) throw ENOMEM
  if (offset + length >= 2 ** 63) throw EOVERFLOW
  if (mm.vmas.size > MAX_MAP_COUNT) throw ENOMEM
  const start = mm.place(address, length, flags)

  let vmFlags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | mm.futureFlags
  if (flags & MAP_LOCKED) vmFlags |= VM_LOCKED
  if (flags & MAP_NORESERVE) vmFlags |= VM_NORESERVE
  if (flags & MAP_LOCKED && !mayLock(task, mm.limits)) throw EPERM
  if (vmFlags & VM_LOCKED) mm.checkLockLimit(task, length)

  const type = flags & MAP_TYPE
  if (flags & MAP_GROWSDOWN && (file !== undefined || type !== MAP_PRIVATE)) throw EINVAL
  if (flags & MAP_GROWSDOWN) vmFlags |= VM_GROWSDOWN
  let copied = false
  let source: MapSource = ANONYMOUS
  if (file !== undefined) {
    vmFlags &= fileRights(file, type, flags, prot)
    if (type !== MAP_PRIVATE) vmFlags |= VM_SHARED
    const kind = type === MAP_PRIVATE ? 'private' : 'shared'
    try {
      source = file.mmap(task, offset, length, prot & PROT_RWX, kind)
    } catch (error) {
      if (error !== ENODEV || kind === 'shared' || !file.mapsByCopy) throw error
      copied = true
    }
  } else if (type === MAP_SHARED) vmFlags |= VM_SHARED
  else if (type !== MAP_PRIVATE) throw EINVAL

  const end = start + length
  if (!mm.usage.mayExpand(mm.limits, length, prot, vmFlags)) {
    const replaced = mm.vmas.overlaps(start, end) ? mappedBytes(mm, start, end) : 0
    if (!mm.usage.mayExpand(mm.limits, length - replaced, prot, vmFlags)) throw ENOMEM
  }

  let backing: Backing | undefined
  let at = 0
  if (source.kind === 'file') {
    const access = (vmFlags & WRITES) === WRITES ? 'writes' : 'reads'
    backing = new FileBacking(source.file, file!, access)
    at = source.offset
  } else if (vmFlags & VM_SHARED) {
    const memory = mm.env.platform.newMemoryFile('dev-zero')
    memory.resize(length)
    backing = new SharedMemory(memory, task.cgroups.memory)
    source = { kind: 'file', file: memory, offset: 0, shared: true }
  }
  mm.map(start, length, prot & PROT_RWX, vmFlags, source, backing, at)
  mm.settle(start, length, source)
  if (copied) copyFileIn(task, mm, file!, offset, start, length, prot & PROT_RWX)
  const populate = (flags & (MAP_POPULATE | MAP_NONBLOCK)) === MAP_POPULATE
  if (populate && prot & PROT_RWX && length <= MOST_POPULATED) {
    const write = prot & PROT_WRITE && type === MAP_PRIVATE
    mm.space.advise(start as Addr, length, write ? MADV_POPULATE_WRITE : MADV_POPULATE_READ)
  }
  return start as Addr
}

function mappedBytes(mm: MemoryManager, start: number, end: number): number {
  let bytes = 0
  const list = mm.vmas.list
  for (let i = mm.vmas.indexOf(start); i < list.length && list[i]!.start < end; i++)
    bytes += Math.min(end, list[i]!.end) - Math.max(start, list[i]!.start)
  return bytes
}
