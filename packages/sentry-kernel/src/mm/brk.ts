// The heap at the end of a program: brk(2). (mm)

import { type Addr, RLIMIT_DATA } from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { ANONYMOUS, MAX_MAP_COUNT, type MemoryManager, pageUp } from './memory-manager.ts'
import { VM_LOCKED, VM_LOCKONFAULT, VM_MAYEXEC, VM_MAYREAD, VM_MAYWRITE } from './vma.ts'
import { guardStart } from './vma-set.ts'

/** brk(2), Linux mm/mmap.c: the break after the call, which is the old one when the request cannot be met. */
export function brk(mm: MemoryManager, task: Task, address: number): Addr {
  const program = mm.program
  const old = program.brk as Addr
  if (address < program.startBrk || address > mm.space.maxAddr) return old
  const data = address - program.startBrk + (program.endData - program.startData)
  if (data > mm.limits.soft(RLIMIT_DATA)) return old
  const from = pageUp(old)
  const to = pageUp(address)
  try {
    if (to < from) mm.unmap(to, from - to)
    else if (to > from) {
      const next = mm.vmas.list[mm.vmas.indexOf(from)]
      if (next !== undefined && guardStart(next) < to) return old
      let flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | mm.futureFlags
      if (flags & VM_LOCKED) mm.checkLockLimit(task, to - from)
      else flags &= ~VM_LOCKONFAULT
      const prot = 3
      if (!mm.usage.mayExpand(mm.limits, to - from, prot, flags)) return old
      if (mm.vmas.size > MAX_MAP_COUNT) return old
      mm.map(from, to - from, prot, flags, ANONYMOUS, undefined, 0)
      mm.settle(from, to - from, ANONYMOUS)
    }
  } catch {
    return old
  }
  program.brk = address
  return address as Addr
}
