import { execFileSync, spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { join } from 'node:path'
import { close } from '@tsvisor/host'
import { VERSION_TSVISOR } from '@tsvisor/p9'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { code, type Gofer, startGofer, tempDirectory } from './gofer.ts'

const ROOT = 0xf000_0000
const ENOENT = 2
const EINVAL = 22
const ENXIO = 6
const EPERM = 1
const EEXIST = 17
const ENOTDIR = 20
const EISDIR = 21
const EROFS = 30
const ELOOP = 40
const O_RDWR = 2
const OWNER = { uid: process.getuid!(), gid: process.getgid!() }
const asRoot = it.runIf(process.getuid!() === 0)

let temp: ReturnType<typeof tempDirectory>
let dir: string
let shared: Gofer
/** The gofer under test: the shared one, or one that a test started. */
let gofer: Gofer
const call: Gofer['client']['call'] = (name, request) => gofer.client.call(name, request)

beforeAll(() => {
  temp = tempDirectory()
  dir = join(temp.path, 'served')
  fs.mkdirSync(dir)
  fs.writeFileSync(join(dir, 'file'), '')
  shared = startGofer([
    { attach: 'rw', path: dir, access: 'write' },
    { attach: 'ro', path: dir, access: 'read' },
    { attach: 'one', path: join(dir, 'file'), access: 'write' },
  ])
})
afterAll(async () => {
  expect(await shared.stop()).toBe(0)
  temp.remove()
})
beforeEach(() => {
  gofer = shared
  // Not fs.rmSync: it loses names that are no UTF-8.
  const others = ['-mindepth', '1', '-maxdepth', '1', '!', '-name', 'file']
  execFileSync('find', [dir, ...others, '-exec', 'rm', '-rf', '{}', '+'])
  for (const name of ['gone', 'outside']) {
    fs.rmSync(join(temp.path, name), { recursive: true, force: true })
  }
  fs.mkdirSync(join(dir, 'sub/deep'), { recursive: true })
  fs.writeFileSync(join(dir, 'file'), 'hello')
  fs.writeFileSync(join(temp.path, 'secret'), 'secret')
  // Starts anew: drops every fid.
  call('version', { msize: gofer.client.msize, version: VERSION_TSVISOR })
  attach(ROOT, 'rw')
})
afterEach(async () => {
  if (gofer !== shared) expect(await gofer.stop()).toBe(0)
})

const attach = (fid: number, aname: string) =>
  call('attach', { fid, afid: 0xffff_ffff, uname: '', aname, uid: 0 })
const walk = (fid: number, ...names: string[]) => {
  const steps = names.map(name => ({ newfid: gofer.client.newFid(), name }))
  const { entries } = call('walkattr', { fid, steps })
  return { fids: steps.map(s => s.newfid), entries, reached: entries.length }
}
const fidOf = (fid: number, ...names: string[]) => {
  const { fids, reached } = walk(fid, ...names)
  expect(reached).toBe(names.length)
  return fids.at(-1)!
}
/** Opens by passed descriptor. */
const openFd = (fid: number, flags = 0) => {
  call('openfd', { fid, flags })
  return gofer.passed.pop()!
}
const content = (fid: number) => {
  const fd = openFd(fid)
  try {
    return fs.readFileSync(fd, 'latin1')
  } finally {
    close(fd)
  }
}
const make = (dfid: number, name: string) => ({
  dfid,
  newfid: gofer.client.newFid(),
  name,
  ...OWNER,
})

describe('there is no way out', () => {
  it('by symlinks: they are opened as themselves, never followed', () => {
    fs.symlinkSync('..', join(dir, 'up'))
    fs.symlinkSync('../secret', join(dir, 'link'))
    fs.symlinkSync('/', join(dir, 'slash'))
    for (const name of ['up', 'link', 'slash']) {
      const { fids, entries } = walk(ROOT, name, 'secret')
      expect(entries).toHaveLength(1)
      expect(entries[0]!.mode & 0o170000).toBe(0o120000)
      expect(code(() => openFd(fids[0]!))).toBe(ELOOP)
      expect(code(() => call('lopen', { fid: fids[0]!, flags: 0 }))).toBe(ELOOP)
      expect(code(() => walk(fids[0]!, 'secret'))).toBe(ENOTDIR)
      expect(
        code(() => call('createfd', { ...make(fids[0]!, 'x'), flags: O_RDWR, mode: 0o644 })),
      ).toBe(ENOTDIR)
      expect(code(() => call('list', { fid: fids[0]!, offset: 0, count: 9000 }))).toBe(ENOTDIR)
    }
    expect(
      code(() => call('createfd', { ...make(ROOT, 'link'), flags: O_RDWR, mode: 0o644 })),
    ).toBe(EEXIST)
    // Without O_EXCL an existing symlink is not followed either.
    const clone = gofer.client.newFid()
    call('walk', { fid: ROOT, newfid: clone, wname: [] })
    expect(
      code(() => call('lcreate', { fid: clone, name: 'link', flags: O_RDWR, mode: 0o644, gid: 0 })),
    ).toBe(ELOOP)
    expect(fs.readFileSync(join(temp.path, 'secret'), 'utf8')).toBe('secret')
  })

  it('by ".." at the root, in walks and listings', () => {
    const up = gofer.client.newFid()
    const { wqid } = call('walk', { fid: ROOT, newfid: up, wname: ['..', '..'] })
    const rootIno = fs.statSync(dir).ino
    expect(wqid.map(q => q.path)).toEqual([rootIno, rootIno])
    expect(code(() => walk(ROOT, '..'))).not.toBe(0)
    call('lopen', { fid: up, flags: 0 })
    const { entries } = call('readdir', { fid: up, offset: 0, count: 9000 })
    expect(entries.filter(e => e.name.startsWith('.')).map(e => e.qid.path)).toEqual([
      rootIno,
      rootIno,
    ])
  })

  it.each(['../secret', '/etc/passwd', 'sub/../../secret', 'a\0b', '', '.', '..'])(
    'by the name %j',
    name => {
      expect(code(() => walk(ROOT, name))).not.toBe(0)
      expect(
        code(() =>
          call('renameat', { olddfid: ROOT, oldname: 'file', newdfid: ROOT, newname: name }),
        ),
      ).not.toBe(0)
      expect(code(() => call('link', { dfid: ROOT, fid: ROOT, name }))).not.toBe(0)
      expect(fs.existsSync(join(dir, 'file'))).toBe(true)
    },
  )

  it('by magic links', async () => {
    gofer = startGofer([{ attach: 'rw', path: '/proc/self', access: 'read' }])
    attach(ROOT, 'rw')
    const cwd = walk(ROOT, 'cwd', 'etc')
    expect(cwd.reached).toBe(1)
    expect(code(() => openFd(cwd.fids[0]!))).toBe(ELOOP)
    const link = walk(ROOT, 'fd', '2')
    expect(link.reached).toBe(2)
    expect(code(() => openFd(link.fids[1]!))).toBe(ELOOP)
  })

  it('by renames and symlinks that race with every kind of request', () => {
    const outside = join(temp.path, 'outside')
    fs.mkdirSync(outside)
    fs.writeFileSync(join(outside, 'deep'), 'secret')
    fs.writeFileSync(join(dir, 'target'), '')
    // Swaps a directory for a symlink out, and a file for one, as fast as it can.
    const script = `
      const { renameSync: mv, symlinkSync } = require('node:fs')
      process.chdir(${JSON.stringify(dir)})
      symlinkSync('../outside', 'evil')
      symlinkSync('../outside/deep', 'evil-file')
      for (;;) {
        mv('sub', 'kept'); mv('evil', 'sub'); mv('sub', 'evil'); mv('kept', 'sub')
        mv('target', 'kept-file'); mv('evil-file', 'target'); mv('target', 'evil-file'); mv('kept-file', 'target')
      }`
    const racer = spawn(process.execPath, ['-e', script], { stdio: 'inherit' })
    const secret = fs.statSync(join(outside, 'deep')).ino
    const outcomes = new Map<string, number>()
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
    const attempt = (name: string, step: () => string) => {
      try {
        count(`${name}: ${step()}`)
      } catch (error) {
        // ENOENT between two renames, ELOOP or ENOTDIR for the symlink; EEXIST for what is made twice.
        const { code } = error as { code: number }
        expect([ENOENT, ELOOP, ENOTDIR, EEXIST]).toContain(code)
        count(`${name}: errno ${code}`)
      } finally {
        while (gofer.passed.length > 0) {
          const fd = gofer.passed.pop()!
          expect(fs.fstatSync(fd).ino).not.toBe(secret)
          close(fd)
        }
      }
    }
    const wanted = ['walk: 1', 'walk: 2', 'list: directory', `open: errno ${ELOOP}`, 'open: file']
    try {
      const deadline = Date.now() + 60_000
      for (let round = 0; Date.now() < deadline; round++) {
        if (round >= 3000 && wanted.every(outcome => outcomes.has(outcome))) break
        attempt('walk', () => {
          const { fids, entries } = walk(ROOT, 'sub', 'deep')
          for (const { qid } of entries) expect(qid.path).not.toBe(secret)
          call('clunkall', { fids })
          return String(entries.length)
        })
        attempt('list', () => {
          const newfid = gofer.client.newFid()
          const steps = [{ newfid, name: 'sub' }]
          const { entries } = call('listattr', {
            fid: ROOT,
            steps,
            offset: 0,
            count: 9000,
            wanted: 0,
          })
          for (const { qid } of entries) expect(qid.path).not.toBe(secret)
          // Whatever the fid is by now, what is made below it is made inside.
          attempt('make', () => {
            const made = {
              dfid: newfid,
              newfid: gofer.client.newFid(),
              name: 'made',
              uid: 0,
              gid: 0,
            }
            call('mkdirattr', { ...made, mode: 0o755 })
            call('clunkall', { fids: [made.newfid] })
            return 'made'
          })
          call('clunkall', { fids: [newfid] })
          return 'directory'
        })
        attempt('open', () => {
          const { results } = call('openfds', { fid: ROOT, flags: 2, names: ['target'] })
          return results[0] === 0 ? 'file' : `errno ${results[0]}`
        })
      }
      for (const outcome of wanted) expect([...outcomes.keys()]).toContain(outcome)
      expect(fs.readdirSync(outside)).toEqual(['deep'])
      expect(fs.readFileSync(join(outside, 'deep'), 'utf8')).toBe('secret')
    } finally {
      racer.kill('SIGKILL')
    }
  })

  it('through a directory that was moved out after it was reached', () => {
    const deep = fidOf(ROOT, 'sub', 'deep')
    fs.renameSync(join(dir, 'sub'), join(temp.path, 'gone'))
    const up = gofer.client.newFid()
    const { wqid } = call('walk', { fid: deep, newfid: up, wname: ['..', '..', '..', '..'] })
    expect(wqid.at(-1)!.path).toBe(fs.statSync(dir).ino)
    expect(code(() => walk(up, 'secret'))).toBe(ENOENT)
  })
})

describe('read-only exports', () => {
  it('refuse every change, also through descriptors', () => {
    attach(2000, 'ro')
    const file = fidOf(2000, 'file')
    expect(content(file)).toBe('hello')
    const times = { sec: 0, nsec: 0 }
    const attempts = [
      () => openFd(file, 1),
      () => openFd(file, O_RDWR),
      () => openFd(file, 0o1000),
      () => call('lopen', { fid: file, flags: O_RDWR }),
      () => call('createfd', { ...make(2000, 'n'), flags: 2, mode: 0o644 }),
      () => call('lcreate', { fid: 2000, name: 'n', flags: 0, mode: 0o644, gid: 0 }),
      () => call('mkdirattr', { ...make(2000, 'n'), mode: 0o755 }),
      () => call('symlinkattr', { ...make(2000, 'n'), target: 'x' }),
      () => call('mknodattr', { ...make(2000, 'n'), mode: 0o100644, major: 0, minor: 0 }),
      () => call('mkdir', { dfid: 2000, name: 'n', mode: 0o755, gid: 0 }),
      () => call('link', { dfid: 2000, fid: file, name: 'n' }),
      () => call('unlinkat', { dfid: 2000, name: 'file', flags: 0 }),
      () => call('unlinkat', { dfid: 2000, name: 'sub', flags: 0x200 }),
      () => call('renameat', { olddfid: 2000, oldname: 'file', newdfid: 2000, newname: 'n' }),
      () => call('exchange', { olddfid: 2000, oldname: 'file', newdfid: 2000, newname: 'sub' }),
      () => call('tmpfilefd', { ...make(2000, 'n'), flags: 2, mode: 0o644 }),
      () =>
        call('setattr', {
          fid: file,
          valid: 1,
          mode: 0o777,
          uid: 0,
          gid: 0,
          size: 0,
          atime: times,
          mtime: times,
        }),
      () => call('setxattr', { fid: file, name: 'user.a', value: new Uint8Array(1), flags: 0 }),
      () => call('removexattr', { fid: file, name: 'user.a' }),
    ]
    for (const attempt of attempts) expect(code(attempt)).toBe(EROFS)
    // A writable fid of the same file under another attach does not help.
    const writable = fidOf(ROOT, 'file')
    expect(code(() => call('link', { dfid: 2000, fid: writable, name: 'n' }))).toBe(EROFS)
    expect(fs.readdirSync(dir).sort()).toEqual(['file', 'sub'])
    expect(code(() => call('remove', { fid: file }))).toBe(EROFS)
  })
})

describe('files are as on the host', () => {
  it('attributes, times in nanoseconds', () => {
    const path = join(dir, 'file')
    execFileSync('touch', ['-d', '1969-12-31 23:59:58.123456789 UTC', path])
    fs.chmodSync(path, 0o6741)
    const attr = walk(ROOT, 'file').entries[0]!
    const host = fs.lstatSync(path, { bigint: true })
    expect(attr.mtime).toEqual({ sec: -2, nsec: 123456789 })
    expect(attr.mode).toBe(Number(host.mode))
    expect([attr.size, attr.nlink, attr.blocks]).toEqual([5, 1, Number(host.blocks)])
    expect(attr.qid.path).toBe(Number(host.ino))
  })

  it('a single file can be attached', () => {
    attach(2000, 'one')
    expect(content(2000)).toBe('hello')
    expect(code(() => attach(2001, 'none'))).toBe(ENOENT)
    expect(code(() => walk(2000, 'x'))).toBe(ENOTDIR)
    expect(code(() => call('remove', { fid: 2000 }))).toBe(16)
  })

  it('creates with mode, owner and a descriptor that writes', () => {
    const request = { ...make(ROOT, 'new'), flags: O_RDWR, mode: 0o4606 }
    const { attr } = call('createfd', request)
    const fd = gofer.passed.pop()!
    fs.writeSync(fd, 'data')
    close(fd)
    expect(fs.readFileSync(join(dir, 'new'), 'utf8')).toBe('data')
    expect(attr.mode).toBe(0o104606)
    expect(attr.qid.path).toBe(fs.statSync(join(dir, 'new')).ino)
    expect(content(request.newfid)).toBe('data')
    expect(code(() => call('createfd', { ...make(ROOT, 'new'), flags: 2, mode: 0 }))).toBe(EEXIST)
  })

  asRoot('gives new files their owner, set-user-id bits included (needs root)', () => {
    const who = { uid: 1234, gid: 4321 }
    call('createfd', { ...make(ROOT, 'f'), ...who, flags: O_RDWR, mode: 0o6755 })
    close(gofer.passed.pop()!)
    call('mkdirattr', { ...make(ROOT, 'd'), ...who, mode: 0o1777 })
    call('symlinkattr', { ...make(ROOT, 'l'), ...who, target: '\xff/where' })
    call('mknodattr', { ...make(ROOT, 'p'), ...who, mode: 0o010640, major: 0, minor: 0 })
    const modes = { f: 0o106755, d: 0o041777, l: 0o120777, p: 0o010640 }
    for (const [name, mode] of Object.entries(modes)) {
      const { uid, gid, mode: got } = fs.lstatSync(join(dir, name))
      expect([name, uid, gid, got]).toEqual([name, 1234, 4321, mode])
    }
    expect(fs.readlinkSync(join(dir, 'l'), 'latin1')).toBe('\xff/where')
    expect(call('readlink', { fid: fidOf(ROOT, 'l') }).target).toBe('\xff/where')
  })

  it('names that are no UTF-8 survive', () => {
    call('mkdirattr', { ...make(ROOT, '\xff\x80x'), mode: 0o755 })
    const names = fs.readdirSync(dir, { encoding: 'buffer' }).map(b => b.toString('latin1'))
    expect(names).toContain('\xff\x80x')
    const listed = call('list', { fid: ROOT, offset: 0, count: 60000 }).entries.map(e => e.name)
    expect(listed.sort()).toEqual(names.sort())
    expect(walk(ROOT, '\xff\x80x').reached).toBe(1)
  })

  it('setattr: size, mode, times, owner', () => {
    const fid = fidOf(ROOT, 'file')
    const atime = { sec: -5, nsec: 7 }
    const mtime = { sec: 2 ** 33, nsec: 999_999_999 }
    const none = { fid, mode: 0, uid: 0, gid: 0, size: 0, atime, mtime }
    call('setattr', {
      ...none,
      valid: 0x1 | 0x8 | 0x10 | 0x80 | 0x20 | 0x100,
      mode: 0o640,
      size: 3,
    })
    const attr = call('getattr', { fid, mask: 0x7ff })
    expect([attr.size, attr.mode, attr.atime, attr.mtime]).toEqual([3, 0o100640, atime, mtime])
    call('setattr', { ...none, valid: 0x20 })
    expect(
      Math.abs(Number(call('getattr', { fid, mask: 0 }).mtime.sec) - Date.now() / 1000),
    ).toBeLessThan(10)
    expect(
      code(() =>
        call('setattr', { ...none, valid: 0x180 | 0x30, mtime: { sec: 0, nsec: 2 ** 31 } }),
      ),
    ).toBe(22)
    expect(code(() => call('setattr', { ...none, fid: ROOT, valid: 8, size: 1 }))).toBe(EISDIR)
  })

  it('open and unopened fids outlive unlink and rename', () => {
    const fid = fidOf(ROOT, 'file')
    const sub = fidOf(ROOT, 'sub')
    const deep = fidOf(sub, 'deep')
    call('renameat', { olddfid: ROOT, oldname: 'sub', newdfid: ROOT, newname: 'other' })
    expect(call('getattr', { fid: deep, mask: 0 }).mode & 0o170000).toBe(0o040000)
    call('mkdirattr', { ...make(deep, 'x'), mode: 0o755 })
    expect(fs.existsSync(join(dir, 'other/deep/x'))).toBe(true)
    call('unlinkat', { dfid: ROOT, name: 'file', flags: 0 })
    expect(call('getattr', { fid, mask: 0 }).nlink).toBe(0)
    expect(content(fid)).toBe('hello')
    expect(code(() => call('remove', { fid }))).toBe(ENOENT)
  })

  it('names change places, and every fid goes with its file', () => {
    fs.writeFileSync(join(dir, 'sub/one'), 'one')
    const [one, deep] = [fidOf(ROOT, 'sub', 'one'), fidOf(ROOT, 'sub', 'deep')]
    const sub = fidOf(ROOT, 'sub')
    const swap = { olddfid: sub, oldname: 'one', newdfid: sub, newname: 'deep' }
    for (const name of ['', '.', '..', '/', '../file', 'a/b', 'a\0b']) {
      expect([EINVAL, ENOENT]).toContain(code(() => call('exchange', { ...swap, newname: name })))
      expect([EINVAL, ENOENT]).toContain(code(() => call('exchange', { ...swap, oldname: name })))
    }
    call('exchange', swap)
    expect(content(one)).toBe('one')
    call('mkdirattr', { ...make(deep, 'made'), mode: 0o755 })
    expect(fs.readdirSync(join(dir, 'sub/one'))).toEqual(['made'])
    // Each is known by its new name.
    call('remove', { fid: one })
    expect(fs.readdirSync(join(dir, 'sub'))).toEqual(['one'])
  })

  it('files without a name, which a link gives one', () => {
    const place = make(ROOT, '')
    const { attr } = call('tmpfilefd', { ...place, flags: 2, mode: 0o640 })
    expect(attr).toMatchObject({ nlink: 0, mode: 0o100640, size: 0 })
    const fd = gofer.passed.pop()!
    fs.writeSync(fd, 'text')
    close(fd)
    expect(content(place.newfid)).toBe('text')
    expect(fs.readdirSync(dir).sort()).toEqual(['file', 'sub'])
    call('link', { dfid: ROOT, fid: place.newfid, name: 'named' })
    expect(fs.readFileSync(join(dir, 'named'), 'utf8')).toBe('text')
    const never = make(ROOT, '')
    call('tmpfilefd', { ...never, flags: 0o202, mode: 0o640 })
    close(gofer.passed.pop()!)
    expect(code(() => call('link', { dfid: ROOT, fid: never.newfid, name: 'x' }))).toBe(ENOENT)
    const below = { ...make(fidOf(ROOT, 'file'), ''), flags: 2, mode: 0o640 }
    expect(code(() => call('tmpfilefd', below))).toBe(ENOTDIR)
  })

  it('hard links, also of symlinks', () => {
    const fid = fidOf(ROOT, 'file')
    call('link', { dfid: ROOT, fid, name: 'second' })
    expect(fs.statSync(join(dir, 'second')).nlink).toBe(2)
    fs.symlinkSync('nowhere', join(dir, 'l'))
    call('link', { dfid: ROOT, fid: fidOf(ROOT, 'l'), name: 'l2' })
    expect(fs.readlinkSync(join(dir, 'l2'))).toBe('nowhere')
    expect(code(() => call('link', { dfid: ROOT, fid: fidOf(ROOT, 'sub'), name: 'x' }))).toBe(EPERM)
  })

  it('extended attributes, but not those that steer the host', () => {
    const fid = fidOf(ROOT, 'file')
    const value = Uint8Array.of(0, 1, 255)
    call('setxattr', { fid, name: 'user.a\xff', value, flags: 1 })
    expect(code(() => call('setxattr', { fid, name: 'user.a\xff', value, flags: 1 }))).toBe(EEXIST)
    expect([...call('getxattr', { fid, name: 'user.a\xff' }).value]).toEqual([0, 1, 255])
    expect(call('listxattr', { fid }).names).toContain('user.a\xff')
    for (const name of ['trusted.x', 'security.selinux']) {
      expect(code(() => call('setxattr', { fid, name, value, flags: 0 }))).toBe(EPERM)
    }
    call('removexattr', { fid, name: 'user.a\xff' })
    expect(code(() => call('getxattr', { fid, name: 'user.a\xff' }))).toBe(61)
  })

  it('devices, FIFOs and sockets can be seen and not opened', () => {
    execFileSync('mkfifo', [join(dir, 'fifo')])
    const { fids, entries } = walk(ROOT, 'fifo')
    expect(entries[0]!.mode & 0o170000).toBe(0o010000)
    expect(code(() => openFd(fids[0]!))).toBe(ENXIO)
    expect(code(() => call('lopen', { fid: fids[0]!, flags: O_RDWR }))).toBe(ENXIO)
    expect(
      code(() => call('mknodattr', { ...make(ROOT, 'n'), mode: 0o020666, major: 1, minor: 3 })),
    ).toBe(EPERM)
    call('mknodattr', { ...make(ROOT, 's'), mode: 0o140755, major: 0, minor: 0 })
    expect(fs.lstatSync(join(dir, 's')).isSocket()).toBe(true)
  })

  it('statfs, fsync, reads and writes by message', () => {
    const host = fs.statfsSync(dir)
    expect(call('statfs', { fid: ROOT })).toMatchObject({
      type: host.type,
      bsize: host.bsize,
      blocks: host.blocks,
    })
    call('fsync', { fid: ROOT, datasync: 0 })
    expect(code(() => openFd(ROOT))).toBe(EISDIR)
    expect(code(() => openFd(ROOT, 0o200000))).toBe(EISDIR)
    const fid = fidOf(ROOT, 'file')
    call('lopen', { fid, flags: O_RDWR })
    expect(call('write', { fid, offset: 3, data: Uint8Array.of(65, 66, 67) }).count).toBe(3)
    expect(Buffer.from(call('read', { fid, offset: 1, count: 100 }).data).toString()).toBe('elABC')
    call('fsync', { fid, datasync: 1 })
    expect(gofer.passed).toEqual([])
  })
})

describe('many files', () => {
  it('a listing is complete at any size', () => {
    for (let i = 0; i < 5000; i++)
      fs.writeFileSync(join(dir, `sub/file-with-a-longer-name-${i}`), '')
    const sub = fidOf(ROOT, 'sub')
    const names = new Set<string>()
    for (let offset: number | bigint = 0; ; ) {
      const { entries } = call('list', { fid: sub, offset, count: 1 << 20 })
      if (entries.length === 0) break
      for (const { name } of entries) names.add(name)
      offset = entries.at(-1)!.offset
    }
    expect(names.size).toBe(5001)
  })

  it('fids beyond the descriptors keep working, through renames and unlinks', async () => {
    for (let i = 0; i < 300; i++) {
      fs.mkdirSync(join(dir, `d${i}`))
      fs.writeFileSync(join(dir, `d${i}/f`), `content ${i}`)
    }
    gofer = startGofer([{ attach: 'rw', path: dir, access: 'write' }], { maxOpen: 32 })
    attach(ROOT, 'rw')
    const files = Array.from({ length: 300 }, (_, i) => fidOf(ROOT, `d${i}`, 'f'))
    const open = fs.readdirSync(`/proc/${gofer.process.pid}/fd`).length
    expect(open).toBeLessThan(80)
    for (let i = 0; i < 300; i += 3) {
      call('renameat', { olddfid: ROOT, oldname: `d${i}`, newdfid: ROOT, newname: `moved${i}` })
    }
    for (let i = 1; i < 300; i += 3) {
      const d = fidOf(ROOT, `d${i}`)
      call('unlinkat', { dfid: d, name: 'f', flags: 0 })
    }
    for (let i = 0; i < 300; i++) expect(content(files[i]!)).toBe(`content ${i}`)
    // What the host put in the place of a closed name is not taken for it.
    fs.renameSync(join(dir, 'd2/f'), join(dir, 'd2/g'))
    fs.writeFileSync(join(dir, 'd2/f'), 'other')
    for (let i = 5; i < 300; i += 3) content(files[i]!)
    expect(code(() => content(files[2]!))).toBe(116)
  })
})

describe('the process', () => {
  it('closes what it inherited and was not given', () => {
    const secret = join(temp.path, 'secret')
    const fd = fs.openSync(secret, 'r')
    gofer = startGofer([{ attach: 'rw', path: dir, access: 'write' }], { inherited: fd })
    fs.closeSync(fd)
    const fds = `/proc/${gofer.process.pid}/fd`
    const open = fs.readdirSync(fds).map(number => fs.readlinkSync(`${fds}/${number}`))
    expect(open).toContain(dir)
    expect(open).not.toContain(secret)
  })

  asRoot('keeps only capabilities over files (needs root)', () => {
    const status = fs.readFileSync(`/proc/${gofer.process.pid}/status`, 'utf8')
    // CHOWN, DAC_OVERRIDE, DAC_READ_SEARCH, FOWNER, FSETID and SETFCAP at most.
    for (const set of ['Eff', 'Prm', 'Inh']) {
      const [, bits] = new RegExp(`Cap${set}:\\s*(\\w+)`).exec(status)!
      expect(BigInt(`0x${bits}`) & ~0x8000_001fn).toBe(0n)
    }
    expect(status).toMatch(/NoNewPrivs:\s*1/)
  })

  it('closes a connection that speaks no 9P', async () => {
    gofer = startGofer([{ attach: 'rw', path: dir, access: 'write' }])
    fs.writeSync(gofer.socket, Uint8Array.of(1, 0, 0, 0, 0, 0, 0))
    expect(await gofer.exited).toBe(0)
    expect(() => call('attach', { fid: 1, afid: 0, uname: '', aname: '', uid: 0 })).toThrow()
  })

  it('that is killed is noticed at the next call', async () => {
    const victim = startGofer([{ attach: 'rw', path: dir, access: 'write' }])
    victim.process.kill('SIGKILL')
    expect(await victim.stop()).toBe(null)
  })

  it('ends with a client in the middle of a message', async () => {
    const other = startGofer([{ attach: 'rw', path: dir, access: 'write' }])
    fs.writeSync(other.socket, Uint8Array.of(100, 0, 0, 0, 110))
    expect(await other.stop()).toBe(0)
  })
})
