// The mount options of tmpfs: size, nr_blocks, nr_inodes, mode, uid, gid. (fs/tmpfs)
// Linux mm/shmem.c: shmem_parse_options; tmpfs(5).

import { EINVAL } from '@tsvisor/abi'
import { type IdMap, NO_ID } from '../../task/id-map.ts'
import type { Task } from '../../task/task.ts'
import { UserNamespace } from '../../task/user-namespace.ts'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import { Tmpfs } from './tmpfs.ts'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
}

function amount(text: string): number {
  const match = /^(\d+)([kmgt]?)$/i.exec(text)
  if (match === null) throw EINVAL
  return Number(match[1]) * UNITS[match[2]!.toLowerCase()]!
}
function sizeOf(text: string, memoryBytes: number): number {
  const percent = /^(\d+)%$/.exec(text)
  return percent ? Math.floor((memoryBytes * Number(percent[1])) / 100) : amount(text)
}
function whole(text: string, base: 8 | 10): number {
  if (!(base === 8 ? /^[0-7]+$/ : /^\d+$/).test(text)) throw EINVAL
  return Number.parseInt(text, base)
}

function idOf(text: string, map: IdMap): number {
  const id = map.toKernel(whole(text, 10))
  if (id === NO_ID) throw EINVAL
  return id
}

interface Parsed {
  size?: number
  inodes?: number
  mode?: number
  uid?: number
  gid?: number
}

/** Ids are those of `userNamespace`. Errors: EINVAL for an option or value that Linux refuses. */
export function parseTmpfsOptions(
  data: string,
  memoryBytes: number,
  { uids, gids } = UserNamespace.FIRST,
): Parsed {
  const parsed: Parsed = {}
  for (const option of data.split(',')) {
    if (option === '') continue
    const [name, value = ''] = option.split(/=(.*)/s)
    if (name === 'size') parsed.size = sizeOf(value, memoryBytes)
    else if (name === 'nr_blocks') parsed.size = amount(value) * 4096
    else if (name === 'nr_inodes') parsed.inodes = amount(value)
    else if (name === 'mode') parsed.mode = whole(value, 8) & 0o7777
    else if (name === 'uid') parsed.uid = idOf(value, uids)
    else if (name === 'gid') parsed.gid = idOf(value, gids)
    else if (name !== 'huge' && name !== 'mpol' && name !== 'inode32' && name !== 'inode64')
      throw EINVAL
  }
  return parsed
}

/** A tmpfs as `mount -t tmpfs -o data` makes it: half of memory, and the caller's, unless `data` says otherwise. */
function newTmpfs({ kernel, creds }: Task, data: string): Tmpfs {
  const { platform, clock, memoryBytes } = kernel
  const options = parseTmpfsOptions(data, memoryBytes, creds.userNamespace)
  return new Tmpfs({
    platform,
    clock,
    dev: kernel.nextDev(),
    size: memoryBytes / 2,
    usualSize: memoryBytes / 2,
    uid: creds.fsuid,
    gid: creds.fsgid,
    ...options,
  })
}

export const tmpfsType: FileSystemType = {
  owner: ({ creds }) => creds.userNamespace,
  make: (task, _source, data) => newTmpfs(task, data),
  check: (task, option) => {
    parseTmpfsOptions(option, task.kernel.memoryBytes, task.creds.userNamespace)
  },
  remount: (fs, data) => {
    if (!(fs instanceof Tmpfs)) throw EINVAL
    const { size, inodes } = parseTmpfsOptions(data, 0)
    if (!fs.resize(size, inodes)) throw EINVAL
  },
}
