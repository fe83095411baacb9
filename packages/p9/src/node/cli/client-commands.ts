// p9 ls, cat, put and stat. (p9)

import { once } from 'node:events'
import { Files } from '../../client/files.ts'
import type { Stat } from '../../client/stat.ts'
import { dial } from '../dial.ts'

interface ClientFlags {
  readonly aname: string
  readonly uid: number
  readonly trace: boolean
}

const using = async (
  address: string,
  { aname, uid, trace }: ClientFlags,
  work: (files: Files) => Promise<void>,
): Promise<void> => {
  const files = await Files.mount(await dial(address), {
    tree: aname,
    uid,
    msize: 1024 * 1024,
    ...(trace && { trace: (line: string) => void process.stderr.write(`${line}\n`) }),
  })
  try {
    await work(files)
  } finally {
    files.close()
  }
}

const print = async (data: string | Uint8Array): Promise<void> => {
  if (!process.stdout.write(data)) await once(process.stdout, 'drain')
}

const LETTERS = { directory: 'd', symlink: 'l', file: '-', other: '?' } as const

/** "drwxr-xr-x" */
export const modeText = ({ kind, mode }: Pick<Stat, 'kind' | 'mode'>): string => {
  const bits = [...'rwxrwxrwx'].map((letter, i) => (mode & (0o400 >> i) ? letter : '-'))
  return LETTERS[kind] + bits.join('')
}

const longLine = (name: string, stat: Stat): string => {
  const time = new Date(stat.mtimeMs).toISOString().slice(0, 16).replace('T', ' ')
  const columns = [modeText(stat), stat.nlink, stat.uid, stat.gid, `${stat.size}`.padStart(10)]
  return `${columns.join(' ')} ${time} ${name}`
}

export const ls = (
  address: string,
  path: string,
  flags: ClientFlags & { readonly long: boolean },
): Promise<void> =>
  using(address, flags, async files => {
    const { kind, ...rest } = await files.stat(path)
    const names = kind === 'directory' ? (await files.readdir(path)).sort() : ['']
    for (const name of names) {
      if (!flags.long) await print(`${name || path}\n`)
      else if (name === '') await print(`${longLine(path, { kind, ...rest })}\n`)
      else await print(`${longLine(name, await files.stat(`${path}/${name}`))}\n`)
    }
  })

export const cat = (address: string, paths: string[], flags: ClientFlags): Promise<void> =>
  using(address, flags, async files => {
    for (const path of paths) {
      const file = await files.open(path)
      for await (const piece of file) await print(piece)
      await file.close()
    }
  })

export const put = (address: string, path: string, flags: ClientFlags): Promise<void> =>
  using(address, flags, async files => {
    const file = await files.open(path, 'w')
    let at = 0
    for await (const piece of process.stdin) at += await file.write(piece as Uint8Array, at)
    await file.close()
  })

const asJson = (_key: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${value}` : value

export const stat = (address: string, paths: string[], flags: ClientFlags): Promise<void> =>
  using(address, flags, async files => {
    for (const path of paths) {
      const { raw, ...shown } = await files.stat(path)
      await print(`${JSON.stringify({ path, ...shown }, asJson, 2)}\n`)
    }
  })
