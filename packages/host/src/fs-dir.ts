// Reading host directories. (host)

import { call3 } from './call.ts'
import { addressOf } from './memory.ts'
import { NR } from './nr.ts'
import { byteString } from './scratch.ts'

/** One directory entry as getdents64(2) has it. */
export interface HostDirent {
  readonly name: string
  readonly ino: bigint
  /** Where the directory continues after this entry: lseek there with SEEK_SET. */
  readonly offset: bigint
  /** DT_* */
  readonly type: number
}

const room = new Uint8Array(65536)
const view = new DataView(room.buffer)

/**
 * getdents64(2): the next entries of an open directory, "." and ".." included; empty at the end.
 * At most 64 KiB of entries a call.
 */
export const getdents = (fd: number): HostDirent[] => {
  const length = call3(NR.getdents64, fd, addressOf(room), room.length)
  const entries: HostDirent[] = []
  for (let start = 0; start < length; ) {
    const size = view.getUint16(start + 16, true)
    let end = start + 19
    while (room[end] !== 0) end++
    entries.push({
      ino: view.getBigUint64(start, true),
      offset: view.getBigUint64(start + 8, true),
      type: room[start + 18]!,
      name: byteString(room, start + 19, end),
    })
    start += size
  }
  return entries
}
