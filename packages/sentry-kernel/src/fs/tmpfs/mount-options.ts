// The mount options of tmpfs: size, nr_blocks, nr_inodes, mode, uid, gid. (fs/tmpfs)
// Linux mm/shmem.c: shmem_parse_options; tmpfs(5).

import { EINVAL } from '@tsvisor/abi'
import type { Kernel } from '../../kernel/kernel.ts'
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

interface Parsed {
  size?: number
  inodes?: number
  mode?: number
  uid?: number
  gid?: number
}

/** Errors: EINVAL for an option or value that Linux refuses. */
export function parseTmpfsOptions(data: string, memoryBytes: number): Parsed {
  const parsed: Parsed = {}
  for (const option of data.split(',')) {
    if (option === '') continue
    const [name, value = ''] = option.split(/=(.*)/s)
    if (name === 'size') parsed.size = sizeOf(value, memoryBytes)
    else if (name === 'nr_blocks') parsed.size = amount(value) * 4096
    else if (name === 'nr_inodes') parsed.inodes = amount(value)
    else if (name === 'mode') parsed.mode = whole(value, 8) & 0o7777
    else if (name === 'uid') parsed.uid = whole(value, 10)
    else if (name === 'gid') parsed.gid = whole(value, 10)
    else if (name !== 'huge' && name !== 'mpol' && name !== 'inode32' && name !== 'inode64')
      throw EINVAL
  }
  return parsed
}

/** A tmpfs as `mount -t tmpfs -o data` makes it: half of memory unless `data` says otherwise. */
export function newTmpfs(kernel: Kernel, data: string): Tmpfs {
  const { platform, clock, memoryBytes } = kernel
  const options = parseTmpfsOptions(data, memoryBytes)
  return new Tmpfs({
    platform,
    clock,
    dev: kernel.nextDev(),
    size: memoryBytes / 2,
    usualSize: memoryBytes / 2,
    ...options,
  })
}

export const tmpfsType: FileSystemType = {
  make: (task, _source, data) => newTmpfs(task.kernel, data),
  check: (task, option) => {
    parseTmpfsOptions(option, task.kernel.memoryBytes)
  },
  remount: (fs, data) => {
    if (!(fs instanceof Tmpfs)) throw EINVAL
    const { size, inodes } = parseTmpfsOptions(data, 0)
    if (!fs.resize(size, inodes)) throw EINVAL
  },
}
