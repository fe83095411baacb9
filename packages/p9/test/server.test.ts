import { beforeEach, describe, expect, it } from 'vitest'
import {
  Client,
  NOFID,
  type P9Error,
  Reader,
  type Reply,
  ServerConnection,
  type ServerOptions,
  traceMessage,
  VERSION_L,
} from '../src/index.ts'
import { type MemFile, type MemNode, MemTree } from './mem-tree.ts'

let tree: MemTree
let server: ServerConnection<MemNode, MemFile>
let client: Client
const bugs: unknown[] = []

const start = (options: ServerOptions = {}, dialect: 'plain' | 'extended' = 'plain') => {
  server?.close()
  server = new ServerConnection(tree, { onBug: e => bugs.push(e), ...options })
  client = new Client({ exchange: request => server.handle(request) }, { dialect })
}
const code = (step: () => unknown): number => {
  try {
    step()
  } catch (error) {
    return (error as P9Error).code
  }
  return 0
}
const raw = (type: number, tag: number, ...body: number[]) => {
  const bytes = Uint8Array.of(0, 0, 0, 0, type, tag & 255, tag >> 8, ...body)
  new DataView(bytes.buffer).setUint32(0, bytes.length, true)
  const reply = server.handle(bytes)
  return traceMessage(new Reader().reset(reply, 0, reply.length))
}
const holds = () => {
  let sum = 0
  const visit = (node: MemNode): void => {
    sum += node.holds + node.opens
    for (const child of node.children.values()) visit(child)
  }
  visit(tree.root)
  return sum
}

const ROOT = 100
const ENOENT = 2
const EBADF = 9
const EEXIST = 17
const ENOTDIR = 20
const EINVAL = 22
const EMFILE = 24
const EOPNOTSUPP = 95

beforeEach(() => {
  tree = new MemTree()
  tree.add('etc/passwd', 'root:x:0')
  tree.add('etc/dir/deep/')
  bugs.length = 0
  start()
  client.call('attach', { fid: ROOT, afid: NOFID, uname: '', aname: '', uid: 0 })
})

const walk = (fid: number, newfid: number, ...wname: string[]) =>
  client.call('walk', { fid, newfid, wname }).wqid

describe('version', () => {
  it('answers unknown to what it does not speak, and plain L to other extensions of it', () => {
    const ask = (version: string) => client.call('version', { msize: 9000, version })
    expect(ask('9P2000')).toEqual({ msize: 9000, version: 'unknown' })
    expect(ask('9P2000.u').version).toBe('unknown')
    expect(ask('9P2000.L.Google.7').version).toBe(VERSION_L)
    expect(ask('9P2000.L')).toEqual({ msize: 9000, version: VERSION_L })
    expect(client.call('version', { msize: 1 << 30, version: VERSION_L }).msize).toBe(128 * 1024)
  })
  it('drops every fid', () => {
    walk(ROOT, 1, 'etc', 'passwd')
    client.call('lopen', { fid: 1, flags: 0 })
    expect(holds()).toBe(3)
    client.call('version', { msize: 8192, version: VERSION_L })
    expect(holds()).toBe(0)
    expect(code(() => client.call('getattr', { fid: ROOT, mask: 0 }))).toBe(EBADF)
  })
  it('refuses an msize too small, and everything before an agreement', () => {
    expect(code(() => client.call('version', { msize: 100, version: VERSION_L }))).toBe(EINVAL)
    expect(code(() => client.call('getattr', { fid: ROOT, mask: 0 }))).toBe(EOPNOTSUPP)
  })
  it('a client falls back when the server answers the extension with an error, as diod does', () => {
    const bodies: Uint8Array[] = []
    const exchange = (request: Uint8Array) => {
      bodies.push(request.slice())
      if (bodies.length > 1) return server.handle(request)
      return Uint8Array.of(11, 0, 0, 0, 7, 255, 255, 5, 0, 0, 0)
    }
    expect(new Client({ exchange }).extended).toBe(false)
    expect(bodies).toHaveLength(2)
    const stubborn = () => Uint8Array.of(11, 0, 0, 0, 7, 255, 255, 5, 0, 0, 0)
    expect(() => new Client({ exchange: stubborn })).toThrow('does not speak 9P2000.L')
  })
  it('keeps the extension for those who negotiated it', () => {
    expect(client.extended).toBe(false)
    expect(code(() => client.call('walkattr', { fid: ROOT, steps: [] }))).toBe(EOPNOTSUPP)
    start({ dialect: 'plain' }, 'extended')
    expect(client.extended).toBe(false)
    start({}, 'extended')
    expect(client.extended).toBe(true)
  })
})

describe('requests', () => {
  it('auth is ENOENT', () => {
    expect(code(() => client.call('auth', { afid: 1, uname: '', aname: '', uid: 0 }))).toBe(ENOENT)
  })
  it('unknown types and those of other dialects are EOPNOTSUPP', () => {
    for (const type of [0, 6, 106, 112, 114, 124, 126, 199, 255]) {
      expect(raw(type, 7)).toBe('Rlerror 7 ecode 95')
    }
  })
  it('bodies that are none are EINVAL, and the connection lives', () => {
    expect(raw(120, 3, 1, 2)).toBe('Rlerror 3 ecode 22')
    // Twrite that says 100 bytes and has 2.
    expect(raw(118, 4, ROOT, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0, 1, 2)).toBe(
      'Rlerror 4 ecode 22',
    )
    expect(raw(120, 5, ROOT, 0, 0, 0)).toBe('Rclunk 5')
  })
  it('a wrong size is the end of the connection', () => {
    expect(() => server.handle(Uint8Array.of(9, 0, 0, 0, 120, 1, 0))).toThrow(
      'says 9 bytes and has 7',
    )
  })
  it('a bug of the tree is EIO and told', () => {
    tree.getattr = () => {
      throw new TypeError('oops')
    }
    expect(code(() => client.call('getattr', { fid: ROOT, mask: 0 }))).toBe(5)
    expect(String(bugs[0])).toContain('oops')
  })
})

describe('walk', () => {
  it('goes down and gives the new fid only when all names were found', () => {
    expect(walk(ROOT, 1, 'etc', 'passwd').map(q => q.type)).toEqual([0x80, 0])
    expect(walk(ROOT, 2, 'etc', 'none', 'x')).toHaveLength(1)
    expect(code(() => client.call('clunk', { fid: 2 }))).toBe(EBADF)
    expect(walk(ROOT, 2, 'etc', 'passwd', 'x')).toHaveLength(2)
    expect(code(() => client.call('clunk', { fid: 2 }))).toBe(EBADF)
    expect(code(() => walk(ROOT, 2, 'none'))).toBe(ENOENT)
    expect(code(() => walk(1, 2, 'x'))).toBe(ENOTDIR)
    expect(holds()).toBe(2)
  })
  it('never leaves the root', () => {
    for (const names of [['..'], ['..', '..'], ['etc', '..', '..']]) {
      const qids = walk(ROOT, 5, ...names)
      expect(qids.at(-1)!.path).toBe(tree.root.id)
      client.call('clunk', { fid: 5 })
    }
    for (const name of ['/etc/passwd', 'etc/passwd', '', 'a\0b', '../x']) {
      expect(code(() => walk(ROOT, 5, name))).not.toBe(0)
    }
    expect(walk(ROOT, 5, 'etc', 'dir', '..', 'passwd')).toHaveLength(4)
  })
  it('clones with no names, also onto itself', () => {
    expect(walk(ROOT, 1)).toEqual([])
    expect(walk(1, 1, 'etc')).toHaveLength(1)
    expect(client.call('getattr', { fid: 1, mask: 0 }).qid.type).toBe(0x80)
    expect(holds()).toBe(2)
  })
  it('refuses fids in use, open ones, NOFID and too many names', () => {
    walk(ROOT, 1, 'etc')
    expect(code(() => walk(ROOT, 1, 'etc'))).toBe(EINVAL)
    expect(code(() => walk(ROOT, NOFID))).toBe(EBADF)
    expect(code(() => walk(ROOT, 9, ...new Array(17).fill('.')))).toBe(EINVAL)
    client.call('lopen', { fid: 1, flags: 0 })
    expect(code(() => walk(1, 2, 'passwd'))).toBe(EINVAL)
    expect(code(() => client.call('lopen', { fid: 1, flags: 0 }))).toBe(EINVAL)
    expect(tree.root.children.get('etc')!.opens).toBe(1)
  })
  it('stops at the limit of fids', () => {
    start({ maxFids: 3 })
    client.call('attach', { fid: 0, afid: NOFID, uname: '', aname: '', uid: 0 })
    walk(0, 1)
    walk(0, 2)
    expect(code(() => walk(0, 3))).toBe(EMFILE)
    client.call('clunk', { fid: 2 })
    walk(0, 3)
  })
})

describe('names', () => {
  const bad = ['', '.', '..', '/', 'a/b', '../x', 'a\0', 'x'.repeat(256)]
  it.each(bad)('%j is refused wherever a name is made, moved or removed', name => {
    walk(ROOT, 1, 'etc')
    const calls = [
      () => client.call('mkdir', { dfid: ROOT, name, mode: 0o755, gid: 0 }),
      () => client.call('symlink', { dfid: ROOT, name, target: 'x', gid: 0 }),
      () => client.call('unlinkat', { dfid: ROOT, name, flags: 0 }),
      () => client.call('unlinkat', { dfid: ROOT, name, flags: 0x200 }),
      () => client.call('renameat', { olddfid: 1, oldname: 'dir', newdfid: 1, newname: name }),
      () => client.call('renameat', { olddfid: 1, oldname: name, newdfid: 1, newname: 'y' }),
      () => client.call('lcreate', { fid: 1, name, flags: 0, mode: 0, gid: 0 }),
    ]
    for (const call of calls) expect(code(call)).not.toBe(0)
    expect([...tree.root.children.keys()]).toEqual(['etc'])
  })
  it('are bytes', () => {
    client.call('mkdir', { dfid: ROOT, name: '\xff\xfe\x01', mode: 0o755, gid: 0 })
    expect(walk(ROOT, 1, '\xff\xfe\x01')).toHaveLength(1)
  })
})

describe('files', () => {
  it('lcreate turns the directory fid into the open file', () => {
    walk(ROOT, 1, 'etc')
    client.call('lcreate', { fid: 1, name: 'new', flags: 2, mode: 0o600, gid: 0 })
    const data = Uint8Array.of(1, 2, 3)
    expect(client.call('write', { fid: 1, offset: 2, data }).count).toBe(3)
    expect([...client.call('read', { fid: 1, offset: 1, count: 100 }).data]).toEqual([0, 1, 2, 3])
    expect(
      code(() => client.call('lcreate', { fid: 1, name: 'b', flags: 0, mode: 0, gid: 0 })),
    ).toBe(EINVAL)
  })
  it('reads and writes only what is open', () => {
    walk(ROOT, 1, 'etc', 'passwd')
    expect(code(() => client.call('read', { fid: 1, offset: 0, count: 1 }))).toBe(EBADF)
    expect(code(() => client.call('readdir', { fid: ROOT, offset: 0, count: 1 }))).toBe(EBADF)
  })
  it('clamps reads to msize', () => {
    tree.add('big', 'x'.repeat(10_000))
    client.call('version', { msize: 1000, version: VERSION_L })
    client.call('attach', { fid: 0, afid: NOFID, uname: '', aname: '', uid: 0 })
    walk(0, 1, 'big')
    expect(client.call('lopen', { fid: 1, flags: 0 }).iounit).toBe(976)
    expect(client.call('read', { fid: 1, offset: 0, count: 0xffff_ffff }).data.length).toBe(989)
  })
  it('lists with dots, in pieces that fit, from any offset', () => {
    for (let i = 0; i < 50; i++) tree.add(`many/file-${i}`)
    walk(ROOT, 1, 'many')
    client.call('lopen', { fid: 1, flags: 0 })
    const names: string[] = []
    for (let offset: number | bigint = 0; ; ) {
      const { entries }: Reply<'readdir'> = client.call('readdir', { fid: 1, offset, count: 200 })
      if (entries.length === 0) break
      expect(entries.length).toBeLessThan(9)
      names.push(...entries.map(e => e.name))
      offset = entries.at(-1)!.offset
    }
    expect(names).toHaveLength(52)
    expect(names.slice(0, 3)).toEqual(['.', '..', 'file-0'])
    expect(code(() => client.call('readdir', { fid: 1, offset: 0, count: 20 }))).toBe(EINVAL)
  })
  it('fids follow a renamed parent and outlive a removed name', () => {
    walk(ROOT, 1, 'etc', 'dir', 'deep')
    walk(ROOT, 2, 'etc', 'passwd')
    client.call('renameat', { olddfid: ROOT, oldname: 'etc', newdfid: ROOT, newname: 'moved' })
    expect(walk(1, 3, '..', '..', 'passwd')).toHaveLength(3)
    walk(ROOT, 4, 'moved')
    client.call('unlinkat', { dfid: 4, name: 'passwd', flags: 0 })
    expect(client.call('getattr', { fid: 2, mask: 0x7ff }).size).toBe(8)
  })
  it('remove clunks even when it fails', () => {
    walk(ROOT, 1, 'etc', 'dir')
    expect(code(() => client.call('remove', { fid: 1 }))).toBe(39)
    expect(code(() => client.call('getattr', { fid: 1, mask: 0 }))).toBe(EBADF)
    expect(holds()).toBe(1)
  })
  it('missing operations are EOPNOTSUPP', () => {
    Object.assign(tree, { statfs: undefined, link: undefined })
    expect(code(() => client.call('statfs', { fid: ROOT }))).toBe(38)
    expect(code(() => client.call('link', { dfid: ROOT, fid: ROOT, name: 'x' }))).toBe(EOPNOTSUPP)
  })
  it('carries times before 1970', () => {
    tree.root.mtimeMs = -995
    expect(client.call('getattr', { fid: ROOT, mask: 0 }).mtime).toEqual({ sec: -1, nsec: 5e6 })
  })
})

describe('extended attributes by fid', () => {
  const value = Uint8Array.of(1, 2, 3)
  const set = (name: string, data: Uint8Array, size: number, flags: number) => {
    walk(ROOT, 1, 'etc')
    client.call('xattrcreate', { fid: 1, name, size, flags })
    if (data.length > 0) client.call('write', { fid: 1, offset: 0, data })
    return code(() => client.call('clunk', { fid: 1 }))
  }
  it('are set at the clunk, read and listed', () => {
    expect(set('user.a', value, 3, 0)).toBe(0)
    walk(ROOT, 1, 'etc')
    expect(client.call('xattrwalk', { fid: 1, newfid: 2, name: 'user.a' }).size).toBe(3)
    expect([...client.call('read', { fid: 2, offset: 1, count: 9 }).data]).toEqual([2, 3])
    expect(client.call('xattrwalk', { fid: 1, newfid: 3, name: '' }).size).toBe(7)
    expect(code(() => client.call('xattrwalk', { fid: 1, newfid: 4, name: 'user.b' }))).toBe(61)
  })
  it('are refused incomplete or too long', () => {
    expect(set('user.a', value, 5, 0)).toBe(5)
    expect(code(() => set('user.a', value, 70_000, 0))).toBe(28)
    client.call('clunk', { fid: 1 })
    expect(code(() => set('user.a', value, 2, 0))).toBe(28)
    expect(tree.root.children.get('etc')!.xattrs.size).toBe(0)
  })
  it('of size 0: empty value, then removal', () => {
    const none = new Uint8Array(0)
    expect(set('user.a', none, 0, 0)).toBe(0)
    expect(tree.root.children.get('etc')!.xattrs.get('user.a')).toEqual(none)
    expect(set('user.a', none, 0, 2)).toBe(0)
    expect(tree.root.children.get('etc')!.xattrs.size).toBe(0)
  })
})

describe('the extension', () => {
  beforeEach(() => {
    start({}, 'extended')
    client.call('attach', { fid: ROOT, afid: NOFID, uname: '', aname: '', uid: 0 })
  })
  const steps = (...names: string[]) => names.map((name, i) => ({ newfid: i + 1, name }))

  it('walks with attributes and a fid for each name reached', () => {
    const walk = (...names: string[]) =>
      client.call('walkattr', { fid: ROOT, steps: steps(...names) })
    const { entries, ecode } = walk('etc', 'passwd', 'x')
    expect(entries.map(e => e.size)).toEqual([0, 8])
    expect(ecode).toBe(ENOTDIR)
    expect(server.fidCount).toBe(3)
    expect(code(() => client.call('walkattr', { fid: ROOT, steps: steps('etc') }))).toBe(EINVAL)
    expect(
      code(() => client.call('walkattr', { fid: 1, steps: [{ newfid: 7, name: 'no' }] })),
    ).toBe(ENOENT)
    for (const name of ['..', '.', '', 'a/b']) {
      expect(
        code(() => client.call('walkattr', { fid: 1, steps: [{ newfid: 7, name }] })),
      ).not.toBe(0)
    }
    const twice = [
      { newfid: 7, name: 'dir' },
      { newfid: 7, name: 'deep' },
    ]
    expect(code(() => client.call('walkattr', { fid: 1, steps: twice }))).toBe(EINVAL)
    expect(client.call('walkattr', { fid: 2, steps: [] }).entries[0]!.size).toBe(8)
    client.call('clunkall', { fids: [1, 2, 3, 99] })
    expect(walk('etc', 'no', 'x')).toMatchObject({ ecode: ENOENT, entries: [{ size: 0 }] })
    client.call('clunkall', { fids: [1] })
    expect(walk('etc', 'passwd')).toMatchObject({ ecode: 0, entries: [{}, {}] })
    client.call('clunkall', { fids: [1, 2] })
    expect(holds()).toBe(1)
  })
  it('makes things with their attributes', () => {
    const made = { dfid: ROOT, newfid: 5, name: 'new', uid: 3, gid: 4 }
    expect(client.call('mkdirattr', { ...made, mode: 0o700 }).attr.mode).toBe(0o040700)
    expect(code(() => client.call('mkdirattr', { ...made, newfid: 6, mode: 0 }))).toBe(EEXIST)
    expect(server.fidCount).toBe(2)
    const link = { ...made, newfid: 6, name: 'link', target: 'to' }
    expect(client.call('symlinkattr', link).attr.mode).toBe(0o120777)
    expect(client.call('readlink', { fid: 6 }).target).toBe('to')
  })
  it('passes no descriptors where the tree has none', () => {
    expect(code(() => client.call('openfd', { fid: ROOT, flags: 0 }))).toBe(EOPNOTSUPP)
    expect(server.takeDescriptors()).toEqual([])
  })
  it('lists and has attributes without opening', () => {
    expect(
      client.call('list', { fid: ROOT, offset: 0, count: 9000 }).entries.map(e => e.name),
    ).toEqual(['etc'])
    const value = Uint8Array.of(9)
    client.call('setxattr', { fid: ROOT, name: 'user.a', value, flags: 0 })
    expect(client.call('listxattr', { fid: ROOT }).names).toEqual(['user.a'])
    client.call('removexattr', { fid: ROOT, name: 'user.a' })
    expect(code(() => client.call('getxattr', { fid: ROOT, name: 'user.a' }))).toBe(61)
  })
  it('collects clunks', () => {
    for (let i = 0; i < 40; i++) {
      const fid = client.newFid()
      walk(ROOT, fid, 'etc')
      client.clunkLater(fid)
    }
    expect(server.fidCount).toBe(1 + 8)
    client.flushClunks()
    expect(server.fidCount).toBe(1)
  })
})
