// What the kernel asks the gofer, and what it knows without: by counting messages.

import * as fs from 'node:fs'
import { join } from 'node:path'
import {
  EEXIST,
  EINVAL,
  ENAMETOOLONG,
  ENODATA,
  ENOENT,
  ENOTDIR,
  EPERM,
  RENAME_EXCHANGE,
} from '@tsvisor/abi'
import { GoferFs, type GoferOptions, OverlayFs, Tmpfs } from '@tsvisor/sentry-kernel'
import { type Guest, Harness, type Sys } from '@tsvisor/sentry-kernel/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Gofer, startGofer, tempDirectory } from '../../gofer/test/gofer.ts'
import { connectFiles } from '../src/boot/remote/files.ts'
import { passedFile } from './passed-file.ts'

const FILES = 200
const UID = process.getuid!()

let temp: ReturnType<typeof tempDirectory>
let gofer: Gofer
/** Names of the requests since somebody last looked. */
const requests: string[] = []

beforeEach(() => {
  temp = tempDirectory()
  fs.chmodSync(temp.path, 0o755)
  fs.mkdirSync(join(temp.path, 'a/b'), { recursive: true })
  for (let i = 0; i < FILES; i++) fs.writeFileSync(join(temp.path, 'a/b', `f${i}`), `text ${i}`)
  gofer = startGofer([{ attach: '', path: temp.path, access: 'write' }])
})
afterEach(async () => {
  await gofer.stop()
  temp.remove()
})

const run = (
  access: GoferOptions['access'],
  guest: (sys: Sys) => Guest<void>,
  place?: 'below an overlay',
): void => {
  const trace = (line: string) => {
    const name = /^T(\w+)/.exec(line)?.[1]
    if (name !== undefined && name !== 'clunkall') requests.push(name)
  }
  const files = connectFiles(gofer.socket, passedFile, { trace })
  let failure: unknown
  const harness = new Harness({
    rootFs: ({ platform, clock }) => {
      const lower = new GoferFs(files.tree(''), { access, dev: 1 })
      if (place === undefined) return lower
      const upper = new Tmpfs({ platform, clock, dev: 3, mode: 0o755 })
      return new OverlayFs({ lower, upper, dev: 2 })
    },
  })
  requests.length = 0
  harness.run(function* (sys) {
    try {
      yield* guest(sys)
    } catch (error) {
      failure = error
    }
  })
  if (failure !== undefined) throw failure
}
const asked = (): string[] => requests.splice(0)

function* sizeOf(sys: Sys, path: string): Guest<number> {
  const stat: Record<string, number> = {}
  const result = yield* sys.stat(path, stat)
  return result < 0 ? result : stat['st_size']!
}
function* contentOf(sys: Sys, path: string): Guest<string> {
  const fd = yield* sys.open(path, 0)
  expect(fd).toBeGreaterThanOrEqual(0)
  const data = new Uint8Array(100)
  const length = yield* sys.read(fd, data, data.length)
  yield* sys.close(fd)
  return String.fromCharCode(...data.subarray(0, length))
}

describe('an exclusive mount', () => {
  it('asks for all names of a path together', () => {
    fs.mkdirSync(join(temp.path, 'c/d/e'), { recursive: true })
    fs.symlinkSync('../c/d', join(temp.path, 'a/link'))
    fs.writeFileSync(join(temp.path, 'c/d/e/file'), 'text')
    run('exclusive', function* (sys) {
      expect(yield* sizeOf(sys, '/c//d/e/file')).toBe(4)
      expect(asked()).toEqual(['walkattr'])
      expect(yield* sizeOf(sys, '/c/d/none/deeper')).toBe(-ENOENT.code)
      expect(asked()).toEqual(['walkattr'])
      expect(yield* sizeOf(sys, '/c/d/none')).toBe(-ENOENT.code)
      expect(yield* sizeOf(sys, '/c/d/e/file/x')).toBe(-ENOTDIR.code)
      expect(asked()).toEqual([])
      expect(yield* sizeOf(sys, '/a/link/e/./../e/file')).toBe(4)
      expect(yield* sizeOf(sys, '/a/b/f1/x')).toBe(-ENOTDIR.code)
      expect(yield* sizeOf(sys, `/a/b/${'x'.repeat(256)}/y`)).toBe(-ENAMETOOLONG.code)
      expect(yield* sizeOf(sys, `/a/none/${'x'.repeat(256)}`)).toBe(-ENOENT.code)
    })
  })

  it('asks once for the capabilities of a file that has none', () => {
    run('exclusive', function* (sys) {
      const capabilities = function* () {
        return yield* sys.getxattr('/a/b/f1', 'security.capability', new Uint8Array(20), 20)
      }
      expect(yield* capabilities()).toBe(-ENODATA.code)
      expect(asked()).toContain('getxattr')
      expect(yield* capabilities()).toBe(-ENODATA.code)
      expect(asked()).toEqual([])
      // Only root may give it some.
      const none = Uint8Array.of(0, 0, 0, 2, ...new Array<number>(16).fill(0))
      const given = yield* sys.setxattr('/a/b/f1', 'security.capability', none, none.length, 0)
      expect(given).toBe(UID === 0 ? 0 : -EPERM.code)
      expect(yield* capabilities()).toBe(UID === 0 ? 20 : -ENODATA.code)
      expect(asked()).toContain('getxattr')
    })
  })

  it('below an overlay shows what became of the names of a path', () => {
    fs.mkdirSync(join(temp.path, 'c/d/e'), { recursive: true })
    fs.writeFileSync(join(temp.path, 'c/d/e/file'), 'text')
    fs.mkdirSync(join(temp.path, 'g/h'), { recursive: true })
    fs.writeFileSync(join(temp.path, 'g/h/file'), 'longer text')
    fs.mkdirSync(join(temp.path, 'm/n'), { recursive: true })
    fs.writeFileSync(join(temp.path, 'm/n/file'), '')
    run(
      'exclusive',
      function* (sys) {
        expect(yield* sys.rename('/c/d', '/moved')).toBe(0)
        expect(yield* sys.rename('/g/h', '/c/d')).toBe(0)
        expect(yield* sizeOf(sys, '/c/d/e/file')).toBe(-ENOENT.code)
        expect(yield* sizeOf(sys, '/c/d/file')).toBe(11)
        expect(yield* sizeOf(sys, '/moved/e/file')).toBe(4)
        expect(yield* sys.unlink('/m/n/file')).toBe(0)
        expect(yield* sys.rmdir('/m/n')).toBe(0)
        expect(yield* sys.mkdir('/m/n', 0o755)).toBe(0)
        expect(yield* sizeOf(sys, '/m/n/file')).toBe(-ENOENT.code)
        expect(yield* sys.mkdir('/g/h', 0o755)).toBe(0)
        expect(yield* sizeOf(sys, '/g/h/file')).toBe(-ENOENT.code)
      },
      'below an overlay',
    )
  })

  it('lists a directory once several of its names are looked up', () => {
    run('exclusive', function* (sys) {
      for (let i = 0; i < FILES; i++)
        expect(yield* sizeOf(sys, `/a/b/f${i}`)).toBe(`text ${i}`.length)
      const names = asked()
      expect(names.filter(name => name === 'walkattr').length).toBeLessThan(25)
      expect(names.filter(name => name === 'listattr').length).toBeLessThan(4)
      // What is not in the list is known not to be there.
      for (let i = 0; i < 50; i++) expect(yield* sizeOf(sys, `/a/b/none${i}`)).toBe(-ENOENT.code)
      expect(asked()).toEqual([])
    })
  })

  it('opens many files with few messages, and reads and closes them with none', () => {
    run('exclusive', function* (sys) {
      const sorted = Array.from({ length: FILES }, (_, i) => `f${i}`).sort()
      for (const name of sorted)
        expect(yield* contentOf(sys, `/a/b/${name}`)).toBe(`text ${name.slice(1)}`)
      const names = asked()
      expect(names.filter(name => name === 'openfds').length).toBeLessThan(32)
      expect(names.length).toBeLessThan(55)
      for (let i = 0; i < FILES; i++) yield* contentOf(sys, `/a/b/f${i}`)
      expect(asked()).toEqual([])
    })
  })

  it('chown to nobody changes the time of change', () => {
    run('exclusive', function* (sys) {
      const path = join(temp.path, 'a/b/f1')
      const before = fs.statSync(path, { bigint: true }).ctimeNs
      expect(yield* sys.chown('/a/b/f1', 0xffff_ffff, 0xffff_ffff)).toBe(0)
      expect(fs.statSync(path, { bigint: true }).ctimeNs).toBeGreaterThan(before)
    })
  })

  it('knows what it changed itself', () => {
    run('exclusive', function* (sys) {
      for (let i = 0; i < FILES; i++) yield* contentOf(sys, `/a/b/f${i}`)
      const fd = yield* sys.open('/a/b/f7', 0o1002)
      yield* sys.write(fd, new TextEncoder().encode('new content'), 11)
      yield* sys.close(fd)
      expect(yield* sizeOf(sys, '/a/b/f7')).toBe(11)
      // Opened ahead under a name that another file has by now.
      expect(yield* sys.rename('/a/b/f8', '/a/b/f9')).toBe(0)
      expect(yield* contentOf(sys, '/a/b/f9')).toBe('text 8')
      expect(yield* sizeOf(sys, '/a/b/f8')).toBe(-ENOENT.code)
      expect(yield* sys.unlink('/a/b/f10')).toBe(0)
      const again = yield* sys.open('/a/b/f10', 0o102, 0o600)
      yield* sys.close(again)
      expect(yield* contentOf(sys, '/a/b/f10')).toBe('')
      expect(yield* sys.renameat2(-100, '/a/b/f12', -100, '/a/b/f13', RENAME_EXCHANGE)).toBe(0)
      expect(yield* contentOf(sys, '/a/b/f12')).toBe('text 13')
      expect(yield* contentOf(sys, '/a/b/f13')).toBe('text 12')
      expect(yield* sys.renameat2(-100, '/a/b/f13', -100, '/a/b', RENAME_EXCHANGE)).toBe(
        -EINVAL.code,
      )
      expect(yield* sys.mkdir('/a/d', 0o755)).toBe(0)
      expect(yield* sys.renameat2(-100, '/a/b/f12', -100, '/a/d', RENAME_EXCHANGE)).toBe(0)
      expect(yield* contentOf(sys, '/a/d')).toBe('text 13')
      expect(yield* sys.rmdir('/a/b/f12')).toBe(0)
      expect(yield* sys.rename('/a/b', '/a/c')).toBe(0)
      expect(yield* contentOf(sys, '/a/c/f11')).toBe('text 11')
      expect(yield* sizeOf(sys, '/a/b/f11')).toBe(-ENOENT.code)
    })
  })

  it('opens what the host made all the same, when it is to be created', () => {
    run('exclusive', function* (sys) {
      for (let i = 0; i < 5; i++) yield* sizeOf(sys, `/a/b/f${i}`)
      expect(yield* sizeOf(sys, '/a/b/late')).toBe(-ENOENT.code)
      fs.writeFileSync(join(temp.path, 'a/b/late'), "the host's")
      expect(yield* sys.open('/a/b/late', 0o302, 0o600)).toBe(-EEXIST.code)
      const fd = yield* sys.open('/a/b/late', 0o102, 0o600)
      expect(fd).toBeGreaterThanOrEqual(0)
      const data = new Uint8Array(20)
      expect(yield* sys.read(fd, data, data.length)).toBe(10)
      expect(yield* sizeOf(sys, '/a/b/late')).toBe(10)
    })
  })
})

describe('a shared mount', () => {
  it('sees what the host does, at once', () => {
    run('shared', function* (sys) {
      const path = join(temp.path, 'a/b')
      expect(yield* sizeOf(sys, '/a/b/f1')).toBe(6)
      fs.writeFileSync(join(path, 'f1'), 'changed by the host')
      expect(yield* sizeOf(sys, '/a/b/f1')).toBe(19)
      expect(yield* contentOf(sys, '/a/b/f1')).toBe('changed by the host')
      expect(yield* sizeOf(sys, '/a/b/late')).toBe(-ENOENT.code)
      fs.writeFileSync(join(path, 'late'), 'x')
      expect(yield* sizeOf(sys, '/a/b/late')).toBe(1)
      fs.rmSync(join(path, 'f2'))
      expect(yield* sizeOf(sys, '/a/b/f2')).toBe(-ENOENT.code)
      fs.renameSync(join(path, 'f3'), join(path, 'f4'))
      expect(yield* contentOf(sys, '/a/b/f4')).toBe('text 3')
      fs.renameSync(path, join(temp.path, 'a/moved'))
      expect(yield* sizeOf(sys, '/a/b/f5')).toBe(-ENOENT.code)
      expect(yield* contentOf(sys, '/a/moved/f5')).toBe('text 5')
      expect(yield* sys.chmod('/a/moved/f5', 0o640)).toBe(0)
      expect(fs.statSync(join(temp.path, 'a/moved/f5')).mode & 0o777).toBe(0o640)
      expect(fs.statSync(join(temp.path, 'a/moved/f5')).uid).toBe(UID)
    })
  })
})
