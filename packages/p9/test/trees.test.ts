import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Volume } from 'memfs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  decodeText,
  directory,
  type Entry,
  Files,
  type FsLike,
  FsTree,
  file,
  memoryPair,
  ObjectTree,
  type P9Error,
  type ServedTree,
  serve,
  symlink,
} from '../src/index.ts'
import { directoryTree } from '../src/node/index.ts'

let open: Files[] = []
const mount = async <N, H>(tree: ServedTree<N, H>): Promise<Files> => {
  const [theirs, ours] = memoryPair()
  serve(tree, theirs, { onBug: error => expect.fail(`${(error as Error).stack}`) })
  const files = await Files.mount(ours)
  open.push(files)
  return files
}
afterEach(() => {
  for (const files of open) files.close()
  open = []
})
const errno = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => '',
    (error: P9Error) => error.errno ?? String(error),
  )
const text = async (files: Files, path: string): Promise<string> =>
  decodeText(await files.readFile(path))

let host: string
beforeEach(() => {
  host = mkdtempSync(join(tmpdir(), 'p9-trees-'))
})
afterEach(() => execFileSync('rm', ['-rf', host]))

const volume = () => {
  const memory = new Volume()
  memory.mkdirSync('/served')
  return new FsTree(memory as unknown as FsLike, '/served', { now: Date.now })
}

describe.each([
  ['a host directory', () => directoryTree(host)],
  ['memfs', volume],
])('%s', (kind, make) => {
  it('makes, reads, changes and removes', async () => {
    const files = await mount(make())
    await files.mkdir('/dir', { permissions: 0o750 })
    await files.writeFile('/dir/ä-☃', 'hällo')
    expect(await text(files, 'dir/ä-☃')).toBe('hällo')
    expect(await files.readdir('/dir')).toEqual(['ä-☃'])
    const stat = await files.stat('/dir/ä-☃')
    expect(stat).toMatchObject({ kind: 'file', size: 6 })
    expect((await files.stat('/dir')).mode & 0o777).toBe(0o750)
    await files.truncate('/dir/ä-☃', 2)
    await files.chmod('/dir/ä-☃', 0o600)
    await files.utimes('/dir/ä-☃', 1000, 1_234_567_000)
    const changed = await files.stat('/dir/ä-☃')
    expect(changed).toMatchObject({ size: 2, mtimeMs: 1_234_567_000, mode: 0o100600 })
    await files.symlink('ä-☃', '/dir/link')
    expect(await files.readlink('/dir/link')).toBe('ä-☃')
    expect(await errno(files.readFile('/dir/link'))).toBe('ELOOP')
    await files.link('/dir/ä-☃', '/second')
    expect((await files.stat('/second')).nlink).toBe(2)
    expect(await errno(files.rmdir('/dir'))).toBe('ENOTEMPTY')
    await files.unlink('/dir/link')
    await files.unlink('/dir/ä-☃')
    await files.rmdir('/dir')
    expect(await files.readdir('/')).toEqual(['second'])
    expect(await errno(files.open('/second', 'wx'))).toBe('EEXIST')
  })

  it('every fid sees a rename, of the file or of what it is in', async () => {
    const tree = make()
    const [one, two] = [await mount(tree), await mount(tree)]
    await one.mkdir('/a')
    await one.mkdir('/a/b')
    await one.writeFile('/a/b/c', 'deep')
    const fid = await two.walk('/a/b/c')
    const handle = await two.open('/a/b/c')
    await one.rename('/a', '/z')
    await one.rename('/z/b/c', '/z/moved')
    expect((await two.client.call('getattr', { fid, mask: 0x7ff })).size).toBe(4)
    await one.unlink('/z/moved')
    expect((await two.client.call('getattr', { fid, mask: 0x7ff })).size).toBe(4)
    expect(decodeText(await handle.readAll())).toBe('deep')
    expect((await handle.stat()).nlink).toBe(0)
  })

  it('refuses what no file can have, and shows the file afterwards', async () => {
    const files = await mount(make())
    const { client } = files
    const root = await files.walk('/')
    await files.writeFile('/f', 'content')
    await files.mkdir('/d')
    const none = { sec: 0, nsec: 0 }
    const unchanged = { mode: 0, uid: 0, gid: 0, size: 0, atime: none, mtime: none }
    const setMtime = async (mtime: { sec: number | bigint; nsec: number }) => {
      const fid = await files.walk('/f')
      const change = { ...unchanged, fid, valid: 0x20 | 0x100, mtime }
      return errno(client.call('setattr', change))
    }
    expect(await setMtime({ sec: 1, nsec: 1_000_000_000 })).toBe('EINVAL')
    for (const sec of [2n ** 63n - 1n, -(2n ** 63n)]) {
      expect(await setMtime({ sec, nsec: 999_999_999 })).toBe('')
      expect(await files.stat('/f')).toMatchObject({ kind: 'file', size: 7 })
    }
    const fid = await files.walk('/d')
    await client.call('lopen', { fid, flags: 0 })
    const write = { fid, offset: 0, data: Uint8Array.of(1) }
    expect(await errno(client.call('write', write))).toBe('EBADF')
    for (const [target, why] of [
      ['a\0b', 'EINVAL'],
      ['', 'ENOENT'],
      ['x'.repeat(4096), 'ENAMETOOLONG'],
    ] as const) {
      const symlink = { dfid: root, name: 'l', target, gid: 0 }
      expect(await errno(client.call('symlink', symlink))).toBe(why)
    }
    expect((await files.readdir('/')).sort()).toEqual(['d', 'f'])
  })

  it('has files with large holes', async () => {
    const files = await mount(make())
    const deep = 5 * 2 ** 32 + 4094
    await files.writeFile('/f', 'start')
    const handle = await files.open('/f', 'r+')
    await handle.write('deep down', deep)
    expect((await handle.stat()).size).toBe(deep + 9)
    expect(decodeText(await handle.read(deep - 2, 100))).toBe('\0\0deep down')
    expect(decodeText(await handle.read(3, 4))).toBe('rt\0\0')
    const fid = await files.walk('/f')
    const { blocks } = await files.client.call('getattr', { fid, mask: 0x7ff })
    expect(blocks).toBeLessThan(1000)
    const appending = await files.open('/f', 'a')
    await appending.write('!', 0)
    expect(decodeText(await handle.read(deep + 5, 100))).toBe('down!')
    await files.truncate('/f', deep + 2)
    await files.truncate('/f', deep + 4)
    expect(decodeText(await handle.read(deep, 100))).toBe('de\0\0')
    await files.truncate('/f', 7)
    expect(await text(files, '/f')).toBe('start\0\0')
    await files.truncate('/f', 2 ** 40)
    expect((await files.stat('/f')).size).toBe(2 ** 40)
    expect(decodeText(await handle.read(2 ** 40 - 3, 9))).toBe('\0\0\0')
    await files.writeFile('/f', 'new')
    expect(await text(files, '/f')).toBe('new')
  })

  it('tells an open file without a name from a new one', async () => {
    const files = await mount(make())
    const old = await files.open('/f', 'wx')
    await old.write('deep', 2 ** 33)
    const { ino } = await old.stat()
    await files.unlink('/f')
    await files.writeFile('/f', 'new')
    expect((await files.stat('/f')).ino).not.toBe(ino)
    expect((await files.stat('/f')).size).toBe(3)
    expect(await old.stat()).toMatchObject({ ino, size: 2 ** 33 + 4 })
    await files.rename('/f', '/g')
    expect(await text(files, '/g')).toBe('new')
  })

  it('leaves permissions to the client where this process is root', async ctx => {
    if (process.getuid?.() !== 0 && kind !== 'memfs') ctx.skip('not root')
    const files = await mount(make())
    await files.mkdir('/d', { permissions: 0 })
    await files.writeFile('/d/f', 'x')
    await files.chmod('/d/f', 0o100)
    await files.chmod('/d', 0o100)
    expect((await files.stat('/d')).mode).toBe(0o040100)
    expect((await files.stat('/d/f')).mode).toBe(0o100100)
    expect(await files.readdir('/d')).toEqual(['f'])
    await files.writeFile('/d/f', 'y')
    await files.rename('/d/f', '/d/g')
    expect((await files.stat('/d/g')).mode).toBe(0o100100)
    expect(await text(files, '/d/g')).toBe('y')
    await files.unlink('/d/g')
    await files.rmdir('/d')
  })

  it('lists many names, each once', async () => {
    const files = await mount(make())
    for (let i = 0; i < 3000; i += 100) {
      await Promise.all(Array.from({ length: 100 }, (_, j) => files.mkdir(`/name-${i + j}`)))
    }
    const names = await files.readdir('/')
    expect(new Set(names).size).toBe(3000)
    expect(names).toHaveLength(3000)
  })
})

describe('a host directory', () => {
  it('carries names that are no UTF-8', async () => {
    const name = Buffer.from([0x66, 0xff, 0xfe])
    mkdirSync(Buffer.concat([Buffer.from(`${host}/`), name]))
    const files = await mount(directoryTree(host))
    expect(await files.readdir('/')).toEqual(['f\udcff\udcfe'])
    await files.rename('f\udcff\udcfe', 'ok')
    expect(existsSync(join(host, 'ok'))).toBe(true)
  })

  it('never follows a symlink out, nor opens what is no file', async () => {
    execFileSync('ln', ['-s', '/etc', join(host, 'etc')])
    execFileSync('mkfifo', [join(host, 'fifo')])
    const files = await mount(directoryTree(host))
    expect(await errno(files.readFile('/etc/passwd'))).toBe('ENOENT')
    expect(await errno(files.readFile('/../../etc/passwd'))).toBe('ENOENT')
    expect(await errno(files.readFile('/fifo'))).toBe('ENXIO')
    expect(await errno(files.open('/etc', 'w'))).toBe('ELOOP')
    // The directory that was walked to is another now.
    mkdirSync(join(host, 'dir'))
    writeFileSync(join(host, 'dir', 'f'), 'x')
    const fid = await files.walk('/dir/f')
    execFileSync('sh', ['-c', `mv ${host}/dir/f ${host}/old && cp /etc/passwd ${host}/dir/f`])
    await expect(files.client.call('lopen', { fid, flags: 0 })).rejects.toMatchObject({
      errno: 'ESTALE',
    })
  })

  it('read-only is EROFS for every change', async () => {
    writeFileSync(join(host, 'file'), 'content')
    const files = await mount(directoryTree(host, { access: 'read' }))
    const changes = [
      () => files.writeFile('/file', ''),
      () => files.open('/new', 'wx'),
      () => files.open('/file', 'a'),
      () => files.mkdir('/d'),
      () => files.unlink('/file'),
      () => files.rename('/file', '/g'),
      () => files.link('/file', '/g'),
      () => files.symlink('x', '/g'),
      () => files.chmod('/file', 0o777),
      () => files.truncate('/file', 0),
    ]
    for (const change of changes) expect(await errno(change())).toBe('EROFS')
    expect(readFileSync(join(host, 'file'), 'utf8')).toBe('content')
    expect(await text(files, '/file')).toBe('content')
  })

  it('gives new files the permissions asked for, whatever the umask', async () => {
    const files = await mount(directoryTree(host))
    await (await files.open('/open', 'wx', { permissions: 0o666 })).close()
    expect(statSync(join(host, 'open')).mode & 0o777).toBe(0o666)
    chmodSync(join(host, 'open'), 0o600)
    expect((await files.stat('/open')).mode & 0o777).toBe(0o600)
    expect((await files.statfs()).namelen).toBe(255)
  })
})

describe('objects', () => {
  let said: string[]
  let shelf: Map<string, Entry>
  const make = () =>
    new ObjectTree({
      hello: 'hello\n',
      bytes: Uint8Array.of(1, 2, 3),
      count: () => `${said.length}`,
      later: async () => 'later',
      say: file({ write: data => void said.push(decodeText(data)) }),
      dir: { link: symlink('../hello'), ä: 'umlaut' },
      shelf: directory({
        list: () => shelf.keys(),
        get: name => shelf.get(name),
        create: name => {
          const made = file({ read: () => 'made', write: () => {} })
          shelf.set(name, made)
          return made
        },
        remove: name => void shelf.delete(name),
      }),
      squares: file({
        readAt: (count, { offset }) => (offset > 9 ? '' : `${offset}`.slice(0, count)),
      }),
      broken: () => {
        throw Object.assign(new Error('no'), { code: 'EHOSTDOWN' })
      },
    })
  beforeEach(() => {
    said = []
    shelf = new Map([['book', 'read me']])
  })

  it('are files', async () => {
    const files = await mount(make())
    expect(await text(files, '/hello')).toBe('hello\n')
    expect([...(await files.readFile('/bytes'))]).toEqual([1, 2, 3])
    expect(await text(files, '/later')).toBe('later')
    await files.writeFile('/say', 'one')
    await files.writeFile('/say', 'two')
    expect(said).toEqual(['one', 'two'])
    expect(await text(files, '/count')).toBe('2')
    expect(await files.readdir('/dir')).toEqual(['link', 'ä'])
    expect(await text(files, '/dir/ä')).toBe('umlaut')
    expect(await files.readlink('/dir/link')).toBe('../hello')
    expect(await text(files, '/squares')).toBe('0123456789')
    expect(await errno(files.readFile('/say'))).toBe('EACCES')
    expect(await errno(files.writeFile('/hello', 'x'))).toBe('EACCES')
    expect(await errno(files.readFile('/broken'))).toBe('EHOSTDOWN')
    expect(await errno(files.stat('/constructor'))).toBe('ENOENT')
    const kinds: Record<string, string> = {}
    for await (const entry of files.entries('/')) kinds[entry.name] = entry.kind
    expect(kinds).toMatchObject({ hello: 'file', dir: 'directory', shelf: 'directory' })
    for (const name of Object.keys(kinds)) {
      const { ino } = await files.stat(name)
      for await (const entry of files.entries('/'))
        if (entry.name === name) expect(entry.ino).toBe(ino)
    }
  })
  it('change when their functions say so', async () => {
    const files = await mount(make())
    expect(await files.readdir('/shelf')).toEqual(['book'])
    await files.writeFile('/shelf/new', 'x')
    expect(await text(files, '/shelf/new')).toBe('made')
    await files.unlink('/shelf/book')
    expect(await files.readdir('/shelf')).toEqual(['new'])
    expect(await errno(files.unlink('/hello'))).toBe('EPERM')
    expect(await errno(files.mkdir('/shelf/d'))).toBe('EPERM')
  })
})
