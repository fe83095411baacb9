// A memory manager on JavaScript pages, and a task to call it with.

import { MemoryManager } from '../../src/mm/memory-manager.ts'
import { userCredentials } from '../../src/task/credentials.ts'
import type { Task } from '../../src/task/task.ts'
import { FakeMemoryFile, PageSpace } from './page-space.ts'

export const user = userCredentials(1000, 1000, 0n)

export interface TestMemory {
  readonly mm: MemoryManager
  readonly space: PageSpace
  readonly task: Task
  readonly files: FakeMemoryFile[]
}

/** Fresh memory; `limits` (by RLIMIT_ number) are unlimited unless given. */
export function testMemory(limits: Readonly<Record<number, number>> = {}): TestMemory {
  const space = new PageSpace()
  const files: FakeMemoryFile[] = []
  const environment = {
    random: { fill: (target: Uint8Array) => target.fill(7) },
    platform: {
      newMemoryFile: () => {
        const file = new FakeMemoryFile()
        files.push(file)
        return file
      },
    },
  }
  const mm = new MemoryManager(space, environment)
  mm.mmapBase = 0x7000_0000_0000
  mm.limits = { soft: resource => limits[resource] ?? Number.POSITIVE_INFINITY }
  const task = { mm, creds: user, cgroups: {}, group: { limits: mm.limits } } as unknown as Task
  return { mm, space, task, files }
}

/** '7000-9000 rw-p' for each vma, in hexadecimal. */
export const layout = (mm: MemoryManager): string[] =>
  mm.vmas.list.map(vma => {
    const prot = `${vma.prot & 1 ? 'r' : '-'}${vma.prot & 2 ? 'w' : '-'}${vma.prot & 4 ? 'x' : '-'}`
    return `${vma.start.toString(16)}-${vma.end.toString(16)} ${prot}${vma.shared ? 's' : 'p'}`
  })
