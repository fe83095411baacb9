// System calls on the caller's own memory. (syscalls)

import { EINVAL, ENOMEM, ENOSPC, EOPNOTSUPP, MAP_ANONYMOUS, MAP_HUGETLB } from '@tsvisor/abi'
import { brk as setBreak } from '../mm/brk.ts'
import { madvise as advise, msync as syncRange } from '../mm/madvise.ts'
import { type MemoryManager, pageUp } from '../mm/memory-manager.ts'
import * as locks from '../mm/mlock.ts'
import { mmap as map } from '../mm/mmap.ts'
import { mprotect as protect } from '../mm/mprotect.ts'
import { mremap as remap } from '../mm/mremap.ts'
import { VM_LOCKED, VM_LOCKONFAULT, VM_SEALED } from '../mm/vma.ts'
import { PAGE_SIZE } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

/** The caller's memory, under the caller's limits. */
const memory = (task: Task): MemoryManager => {
  task.mm.limits = task.group.limits
  return task.mm
}

export const mmap: Handler<'mmap'> = (task, { addr, length, prot, flags, fd, offset }) => {
  if (offset % PAGE_SIZE !== 0) throw EINVAL
  const file = flags & MAP_ANONYMOUS ? undefined : task.fds.get(fd)
  if (flags & MAP_HUGETLB) {
    // There is no hugetlbfs, and no reserved huge page.
    throw file === undefined ? ENOMEM : EINVAL
  }
  return map(memory(task), task, addr, length, prot, flags, file, file === undefined ? 0 : offset)
}

export const munmap: Handler<'munmap'> = (task, { addr, length }) => {
  memory(task).munmap(addr, length)
  return 0
}

export const mprotect: Handler<'mprotect'> = (task, { addr, len, prot }) => {
  protect(memory(task), addr, len, prot)
  return 0
}

export const mremap: Handler<'mremap'> = (
  task,
  { old_address, old_size, new_size, flags, new_address },
) => remap(memory(task), task, old_address, old_size, new_size, flags, new_address)

export const brk: Handler<'brk'> = (task, { addr }) => setBreak(memory(task), task, addr)

export const madvise: Handler<'madvise'> = (task, { addr, length, advice }) => {
  advise(memory(task), addr, length, advice)
  return 0
}

export const msync: Handler<'msync'> = (task, { addr, length, flags }) => {
  syncRange(task.mm, addr, length, flags, vma => vma.backing!.file!.sync(task, 'data'))
  return 0
}

export const mincore: Handler<'mincore'> = (task, { addr, length, vec }) => {
  locks.mincore(task.mm, addr, length, vec)
  return 0
}

export const mlock: Handler<'mlock'> = (task, { addr, len }) => {
  locks.mlock(memory(task), task, addr, len, VM_LOCKED)
  return 0
}

const MLOCK_ONFAULT = 1

export const mlock2: Handler<'mlock2'> = (task, { addr, len, flags }) => {
  if (flags & ~MLOCK_ONFAULT) throw EINVAL
  const lazy = flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0
  locks.mlock(memory(task), task, addr, len, VM_LOCKED | lazy)
  return 0
}

export const munlock: Handler<'munlock'> = (task, { addr, len }) => {
  locks.munlock(task.mm, addr, len)
  return 0
}

export const mlockall: Handler<'mlockall'> = (task, { flags }) => {
  locks.mlockall(memory(task), task, flags)
  return 0
}

export const munlockall: Handler<'munlockall'> = task => {
  locks.munlockall(task.mm)
  return 0
}

/** Linux 6.10. Errors: EINVAL, ENOMEM (a hole: nothing is sealed). */
export const mseal: Handler<'mseal'> = (task, { addr, len, flags }) => {
  if (flags !== 0 || addr % PAGE_SIZE !== 0) throw EINVAL
  const end = addr + pageUp(len)
  if (end > 2 ** 64) throw EINVAL
  if (len === 0) return 0
  const { mm } = task
  if (!mm.vmas.covers(addr, end)) throw ENOMEM
  mm.change(addr, end, vma => {
    vma.flags |= VM_SEALED
  })
  mm.vmas.mergeAround(addr, end)
  return 0
}

// A CPU without protection keys: only the default key 0 exists (-1: leave it).
export const pkey_mprotect: Handler<'pkey_mprotect'> = (task, { addr, len, prot, pkey }) => {
  if (pkey !== -1 && pkey !== 0) throw EINVAL
  protect(memory(task), addr, len, prot)
  return 0
}
export const pkey_alloc: Handler<'pkey_alloc'> = (_task, { flags, access_rights }) => {
  if (flags !== 0 || access_rights > 3) throw EINVAL
  throw ENOSPC
}
export const pkey_free: Handler<'pkey_free'> = () => {
  throw EINVAL
}

/** Errors: EOPNOTSUPP: a CPU without shadow stacks. */
export const map_shadow_stack: Handler<'map_shadow_stack'> = () => {
  throw EOPNOTSUPP
}
