// A process's memory: its mappings and the guest bytes in them. (mm)

import type { AddressSpace } from '../platform/platform.ts'
import { UserMemory } from './user-memory.ts'

/** Linux's mm_struct, gVisor's MemoryManager. Typed copies come from UserMemory. */
export class MemoryManager extends UserMemory {
  // biome-ignore lint/complexity/noUselessConstructor: filled in by the memory subsystem
  constructor(space: AddressSpace) {
    super(space)
  }
}
