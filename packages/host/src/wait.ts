// wait4(2), allocation free. (host)

import { allocate } from './memory.ts'
import { sys4 } from './native.ts'
import { NR } from './nr.ts'

export const WNOHANG = 1
export const WALL = 0x40000000

const room = allocate(4096)
/** What a wait has found: the status, and what ptrace.ts adds. */
export const waitResult = new Uint32Array(room.bytes.buffer)
export const waitResultAddress = room.address

/** The status of the last `wait4`, as waitpid(2) encodes it. */
export const waitStatus = (): number => waitResult[0]!

/** wait4(2); the pid, 0 with WNOHANG, or -errno. The status is read with `waitStatus`. */
export const wait4 = (pid: number, options: number): number =>
  sys4(NR.wait4, pid, waitResultAddress, options, 0)
