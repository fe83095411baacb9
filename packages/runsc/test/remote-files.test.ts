// The kernel's view of the gofer's files, against a real gofer process.
import { execFileSync } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { EEXIST, EINVAL, EISDIR, ELOOP, ENOENT, ENOTDIR, ENXIO } from '@tsvisor/abi'
import { close, SOCK_STREAM, sendmsg, socketpair } from '@tsvisor/host'
import type { HostFile, RemoteEntry, RemoteNumber } from '@tsvisor/sentry-kernel'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Gofer, startGofer, tempDirectory } from '../../gofer/test/gofer.ts'
import { connectFiles, GoferGone, type RemoteFiles } from '../src/boot/remote/files.ts'

const O_RDWR = 2
const fdOf = (file: HostFile): number => (file as unknown as { fd: number }).fd

let temp: ReturnType<typeof tempDirectory>
let gofer: Gofer
let files: RemoteFiles
let root: RemoteEntry
const gone: string[] = []

beforeEach(() => {
  temp = tempDirectory()
  fs.mkdirSync(join(temp.path, 'a/b'), { recursive: true })
  fs.writeFileSync(join(temp.path, 'a/file'), 'content')
  gofer = startGofer([{ attach: '0', path: temp.path, access: 'write' }])
  gone.length = 0
  files = connectFiles(gofer.socket, fd => ({ fd }) as unknown as HostFile, {
    onGone: error => gone.push(error.message),
  })
  root = files.tree('0').attach()
})
afterEach(async () => {
  await gofer.stop()
  temp.remove()
})
const find = (...names: string[]) => root.node.walk(names).reached.at(-1)!

describe('remote files', () => {
  it('walks as far as there is something', () => {
    expect(root.attr.ino).toBe(fs.statSync(temp.path).ino)
    expect(root.node.walk(['a', 'file']).reached.map(e => e.attr.size)).toEqual([
      fs.statSync(join(temp.path, 'a')).size,
      7,
    ])
    const walk = (...names: string[]) => {
      const { reached, stopped } = root.node.walk(names)
      return [reached.length, stopped]
    }
    expect(walk('a', 'none', 'x')).toEqual([1, ENOENT])
    expect(walk('none')).toEqual([0, ENOENT])
    expect(walk('a', 'file', 'x')).toEqual([2, ENOTDIR])
    expect(find('a', 'file').node.walk(['x'])).toEqual({ reached: [], stopped: ENOTDIR })
    const deep = Array.from({ length: 40 }, (_, i) => `d${i}`)
    fs.mkdirSync(join(temp.path, ...deep), { recursive: true })
    expect(walk(...deep)).toEqual([40, undefined])
    expect(walk(...deep.slice(0, 33), 'none')).toEqual([33, ENOENT])
  })

  it('opens and creates with descriptors of the very files', () => {
    const fd = fdOf(find('a', 'file').node.open(0))
    expect(fs.readFileSync(fd, 'utf8')).toBe('content')
    close(fd)
    const made = root.node.create('new', O_RDWR, 0o600, process.getuid!(), process.getgid!())
    fs.writeSync(fdOf(made.file), 'abc')
    close(fdOf(made.file))
    expect(fs.readFileSync(join(temp.path, 'new'), 'utf8')).toBe('abc')
    expect(made.node.getattr()).toMatchObject({ size: 3, ino: made.attr.ino, mode: 0o100600 })
    expect(() => root.node.create('new', O_RDWR, 0o600, 0, 0)).toThrow(EEXIST)
  })

  it('makes, links, renames and removes names', () => {
    const [uid, gid] = [process.getuid!(), process.getgid!()]
    expect(root.node.mkdir('dir', 0o700, uid, gid).attr.mode).toBe(0o040700)
    const link = root.node.symlink('link', 'a/\xff', uid, gid)
    expect(link.node.readlink()).toBe('a/\xff')
    expect(root.node.mknod('fifo', 0o010644, 0, uid, gid).attr.mode).toBe(0o010644)
    root.node.link(find('a', 'file').node, 'hard')
    expect(find('hard').attr.nlink).toBe(2)
    root.node.rename('hard', find('a').node, 'file')
    root.node.rename('link', find('dir').node, 'moved')
    expect(fs.readdirSync(join(temp.path, 'dir'))).toEqual(['moved'])
    find('dir').node.unlink('moved')
    root.node.rmdir('dir')
    expect(fs.readdirSync(temp.path).sort()).toEqual(['a', 'fifo', 'hard'])
  })

  it('changes attributes', () => {
    const { node } = find('a', 'file')
    const mtime = { sec: -7, nsec: 123 }
    node.setattr({ mode: 0o600, size: 2, mtime, atime: 'now' })
    const attr = node.getattr()
    expect(attr).toMatchObject({ mode: 0o100600, size: 2, mtime })
    expect(Math.abs(attr.atime.sec - Date.now() / 1000)).toBeLessThan(10)
    node.setxattr('user.x', Uint8Array.of(1, 0, 2), 0)
    expect(node.listxattr()).toContain('user.x')
    const value = node.getxattr('user.x')
    node.removexattr('user.x')
    expect([...value]).toEqual([1, 0, 2])
    node.fsync(true)
    expect(node.statfs().bsize).toBe(fs.statfsSync(temp.path).bsize)
  })

  it('lists without dots, to the end', () => {
    for (let i = 0; i < 3000; i++) fs.writeFileSync(join(temp.path, 'a/b', `name-${i}`), '')
    const names = new Map<string, number | undefined>()
    let pages = 0
    for (let offset: RemoteNumber = 0, last = false; !last; pages++) {
      const page = root.node.list(['a', 'b'], offset, pages === 0 ? 'small' : 'large', 'all')
      expect(page.reached.map(entry => entry.attr.ino)).toEqual([
        fs.statSync(join(temp.path, 'a')).ino,
        fs.statSync(join(temp.path, 'a/b')).ino,
      ])
      for (const { node } of page.reached) node.clunk()
      for (const { name, attrs } of page.entries) names.set(name, attrs?.unpack().mode)
      offset = page.entries.at(-1)!.offset
      last = page.last
    }
    expect(pages).toBeGreaterThan(2)
    expect(names.size).toBe(3000)
    expect(names.has('..')).toBe(false)
    expect([...new Set(names.values())]).toEqual([fs.statSync(join(temp.path, 'a/b/name-0')).mode])
    expect(root.node.list(['a', 'none'], 0, 'large', 'all')).toMatchObject({ entries: [] })
    expect(() => root.node.list(['a', 'file'], 0, 'large', 'all')).toThrow(ENOTDIR)
    const deep = Array.from({ length: 40 }, (_, i) => `d${i}`)
    fs.mkdirSync(join(temp.path, ...deep, 'end'), { recursive: true })
    const { reached, entries } = root.node.list(deep, 0, 'large', 'all')
    expect(reached).toHaveLength(40)
    expect(entries.map(({ name }) => name)).toEqual(['end'])
    const listed = root.node.list(['a'], 0, 'large', 'directories').entries
    expect(
      Object.fromEntries(listed.map(({ name, attrs }) => [name, attrs?.unpack().mode])),
    ).toEqual({
      b: fs.statSync(join(temp.path, 'a/b')).mode,
      file: undefined,
    })
  })

  it('opens several files of a directory at once, what is no regular file never', () => {
    const { node } = find('a')
    fs.writeFileSync(join(temp.path, 'a/second'), 'more')
    fs.symlinkSync('second', join(temp.path, 'a/link'))
    execFileSync('mkfifo', [join(temp.path, 'a/fifo')])
    const opened = node.openChildren(['second', 'none', 'b', 'link', 'fifo', 'file', '..'])
    expect(opened.slice(1, 5)).toEqual([ENOENT, EISDIR, ELOOP, ENXIO])
    expect(opened[6]).toBe(EINVAL)
    for (const [index, text] of [
      [0, 'more'],
      [5, 'content'],
    ] as const) {
      const fd = fdOf(opened[index] as HostFile)
      expect(fs.readFileSync(fd, 'utf8')).toBe(text)
      close(fd)
    }
  })

  it('gives handles back', () => {
    for (let i = 0; i < 20_000; i++) find('a').node.clunk()
    const fds = execFileSync('ls', [`/proc/${gofer.process.pid}/fd`])
      .toString()
      .split('\n').length
    expect(fds).toBeLessThan(60)
  })
})

describe('when the gofer is gone', () => {
  it('every call throws GoferGone, which is no errno, and onGone hears it once', async () => {
    gofer.process.kill('SIGKILL')
    await gofer.exited
    expect(() => root.node.getattr()).toThrow(GoferGone)
    expect(() => root.node.walk(['a'])).toThrow(GoferGone)
    expect(() => root.node.clunk()).not.toThrow()
    expect(gone).toHaveLength(1)
    expect(gone[0]).toMatch(/^the gofer is gone: /)
  })

  it('and when it talks nonsense', () => {
    const [mine, theirs] = socketpair(SOCK_STREAM)
    sendmsg(theirs, Uint8Array.of(9, 0, 0, 0, 101, 255, 255, 1, 2), [], 0)
    expect(() => connectFiles(mine, () => ({}) as HostFile)).toThrow('the gofer sent no 9P')
    close(mine)
    close(theirs)
  })
})
