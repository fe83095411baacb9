// Positions in host directories: 64-bit cookies that a double does not hold. (host)

import { checked } from './call.ts'
import { sys3 } from './native.ts'
import { NR } from './nr.ts'

/** lseek(2) with SEEK_SET of a directory to an `offset` that getdents gave, all 64 bits of it. */
export const seekDirectory = (fd: number, offset: bigint): void => {
  // koffi takes a bigint for int64 as well.
  checked(sys3(NR.lseek, fd, offset as unknown as number, 0))
}
