// What a process has in its memory for others to read: arguments, environment. (fs/proc)
// Linux fs/proc/base.c: get_mm_cmdline, get_mm_proctitle, environ_read.

import type { Addr } from '@tsvisor/abi'
import type { MemoryManager } from '../../../mm/memory-manager.ts'
import { PAGE_SIZE } from '../../../platform/platform.ts'

const NOTHING = new Uint8Array(0)
/** The most that execve accepts for arguments and environment, whatever the stack limit. */
const MAX_STRINGS = 6 << 20

/** What can be read of [start, end): the guest may have unmapped some. */
function readRange(mm: MemoryManager, start: number, end: number): Uint8Array {
  if (start <= 0 || end <= start) return NOTHING
  const data = new Uint8Array(Math.min(end - start, MAX_STRINGS))
  return data.subarray(0, mm.copyIn(start as Addr, data))
}

/** The arguments, each with its NUL; or what the program put in their place (setproctitle). */
export function commandLine(mm: MemoryManager): Uint8Array {
  const { argStart, argEnd } = mm.program
  const args = readRange(mm, argStart, argEnd)
  if (args.length === 0 || args[args.length - 1] === 0) return args
  // No NUL at the end: the title goes on into the environment, up to a NUL there.
  const title = readRange(mm, argStart, argStart + PAGE_SIZE)
  const end = title.indexOf(0)
  return end < 0 ? title : title.subarray(0, end + 1)
}

export function environment(mm: MemoryManager): Uint8Array {
  const { envStart, envEnd } = mm.program
  return readRange(mm, envStart, envEnd)
}
