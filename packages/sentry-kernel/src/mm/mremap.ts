// Growing, shrinking and moving mappings: mremap(2). (mm)

import {
  type Addr,
  EFAULT,
  EINVAL,
  ENOMEM,
  EPERM,
  MAP_FIXED,
  MREMAP_DONTUNMAP,
  MREMAP_FIXED,
  MREMAP_MAYMOVE,
} from '@tsvisor/abi'
import { type MapSource, PAGE_SIZE } from '../platform/platform.ts'
import type { Task } from '../task/task.ts'
import { MAX_MAP_COUNT, type MemoryManager, pageUp } from './memory-manager.ts'
import { VM_DONTEXPAND, VM_LOCKED, VM_LOCKONFAULT, VM_SEALED, Vma } from './vma.ts'

/** What to ask the platform for, to have the pages of `vma` again from `address` on. */
export const sourceOf = (vma: Vma, address: number): MapSource =>
  vma.backing === undefined
    ? { kind: 'anonymous' }
    : {
        kind: 'file',
        file: vma.backing.mappable,
        offset: vma.offsetOf(address),
        shared: vma.shared,
      }

/** mremap(2), Linux mm/mremap.c. Errors: EINVAL, EFAULT, ENOMEM, EAGAIN, EPERM (sealed). */
export function mremap(
  mm: MemoryManager,
  task: Task,
  from: number,
  oldSize: number,
  newSize: number,
  flags: number,
  target: number,
): Addr {
  if (flags & ~(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) throw EINVAL
  const mayMove = (flags & MREMAP_MAYMOVE) !== 0
  const fixed = (flags & MREMAP_FIXED) !== 0
  const keep = (flags & MREMAP_DONTUNMAP) !== 0
  if ((fixed || keep) && !mayMove) throw EINVAL
  if (keep && pageUp(oldSize) !== pageUp(newSize)) throw EINVAL
  if (from % PAGE_SIZE !== 0) throw EINVAL
  let oldLength = pageUp(oldSize)
  const newLength = pageUp(newSize)
  if (newLength === 0) throw EINVAL
  const { maxAddr } = mm.space
  if (fixed || keep) {
    if (target % PAGE_SIZE !== 0 || newLength > maxAddr || target > maxAddr - newLength)
      throw EINVAL
    if (from + oldLength > target && target + newLength > from) throw EINVAL
  }
  const vma = mm.vmas.find(from)
  if (vma === undefined) throw EFAULT
  if (vma.flags & VM_SEALED) throw EPERM
  if (oldLength === 0 && !vma.shared) throw EINVAL
  const kept = Math.min(oldLength, newLength)
  if ((fixed || keep || newLength > oldLength) && kept > vma.end - from) throw EFAULT

  if (fixed || keep) {
    if (mm.vmas.size + 2 >= MAX_MAP_COUNT - 3) throw ENOMEM
    if (fixed) {
      if (target < mm.space.minAddr) throw EPERM
      mm.unmap(target, newLength)
    }
  } else if (oldLength >= newLength) {
    if (oldLength > newLength) mm.unmap(from + newLength, oldLength - newLength)
    return from as Addr
  }
  if (oldLength > newLength) {
    mm.unmap(from + newLength, oldLength - newLength)
    oldLength = newLength
  }

  const at = mm.vmas.find(from)
  if (at === undefined) throw EFAULT
  if (oldLength > at.end - from) throw EFAULT
  if (newLength > oldLength) {
    if (at.flags & VM_DONTEXPAND) throw EFAULT
    const extra = newLength - oldLength
    if (at.flags & VM_LOCKED) mm.checkLockLimit(task, extra)
    if (!mm.usage.mayExpand(mm.limits, extra, at.prot, at.flags)) throw ENOMEM
  }
  if (keep && !mm.usage.mayExpand(mm.limits, oldLength, at.prot, at.flags)) throw ENOMEM

  if (!fixed && !keep && oldLength > 0 && from + oldLength === at.end) {
    const next = mm.vmas.list[mm.vmas.indexOf(at.end)]
    const end = from + newLength
    if (end <= maxAddr && (next === undefined || next.start >= end)) {
      const start = at.end
      const { prot, flags: vmFlags, backing } = at
      const source = sourceOf(at, start)
      mm.map(start, end - start, prot, vmFlags, source, backing, at.offsetOf(start), at.label)
      mm.settle(start, end - start, source)
      return from as Addr
    }
  }
  if (!mayMove) throw ENOMEM
  const to = fixed
    ? mm.place(target, newLength, MAP_FIXED)
    : mm.place(keep ? target : 0, newLength, 0)
  return move(mm, at, from, oldLength, to, newLength, keep ? 'keep' : 'drop')
}

function move(
  mm: MemoryManager,
  vma: Vma,
  from: number,
  oldLength: number,
  to: number,
  newLength: number,
  old: 'keep' | 'drop',
): Addr {
  const { prot, flags, backing, label } = vma
  const offset = vma.offsetOf(from)
  if (oldLength === 0) {
    const source = sourceOf(vma, from)
    mm.map(to, newLength, prot, flags, source, backing, offset, label)
    mm.settle(to, newLength, source)
    return to as Addr
  }
  if (mm.vmas.size + 3 > MAX_MAP_COUNT) throw ENOMEM
  mm.space.remap(from as Addr, oldLength, to as Addr, newLength)
  const left = sourceOf(vma, from)
  if (old === 'keep') mm.space.map(from as Addr, oldLength, prot, left)
  mm.space.flush()
  const moved = new Vma(to, to + newLength, prot, flags, backing, offset, label)
  moved.policy = vma.policy
  backing?.open()
  for (const part of mm.detach(from, from + oldLength)) {
    if (old === 'keep') {
      part.flags &= ~(VM_LOCKED | VM_LOCKONFAULT)
      mm.attach(part)
    } else part.backing?.close()
  }
  mm.attach(moved)
  return to as Addr
}
