// tmpfs through our VFS against the host kernel: random file operations must answer the same.

import * as fs from 'node:fs'
import * as os from 'node:os'
import * as path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OverlayFs } from '../../src/fs/memory-overlay/overlay.ts'
import { NodeFs } from '../../src/fs/node/node-fs.ts'
import { Tmpfs } from '../../src/fs/tmpfs/tmpfs.ts'
import type { TmpfsInode } from '../../src/fs/tmpfs/tmpfs-inode.ts'
import { BufferIo } from '../../src/mm/io.ts'
import { Harness, type HarnessOptions, type RecordingLog } from '../../src/testing/harness.ts'
import {
  becomeOnHost,
  Dice,
  type Operation,
  randomOperation,
  runInGuest,
  runOnHost,
  usesTmpfile,
} from './random-files.ts'

const SEQUENCES = Number(process.env['TSVISOR_FUZZ'] ?? 25)
const LENGTH = 120
/** ".." in symbolic links may climb: both sides have the same depth above. */
const BASE = '/1/2/3/4/5/6'

/** What this kernel always does, the host does when it is told so. */
const SYSCTL = '/proc/sys/fs/protected_'
const protectsLinks =
  fs.existsSync(`${SYSCTL}hardlinks`) &&
  Number(fs.readFileSync(`${SYSCTL}hardlinks`)) === 1 &&
  Number(fs.readFileSync(`${SYSCTL}symlinks`)) === 0 &&
  Number(fs.readFileSync(`${SYSCTL}regular`)) === 0

/** Several where the host guards links as this kernel does, which it may be told not to. */
const users = protectsLinks ? 'several' : 'root'

/** The host as root does as the guest does as root; otherwise permissions would differ. */
const isRoot = process.getuid?.() === 0

describe.skipIf(!isRoot)('random file operations (needs root)', () => {
  let top = ''
  const savedMask = process.umask(0o022)
  const savedGroups = process.getgroups?.() ?? []
  beforeAll(() => {
    const parent = fs.existsSync('/dev/shm') ? '/dev/shm' : os.tmpdir()
    top = fs.mkdtempSync(path.join(parent, 'tsvisor-'))
    fs.chmodSync(top, 0o755)
    process.setgroups?.([])
  })
  afterAll(() => {
    fs.rmSync(top, { recursive: true, force: true })
    process.umask(savedMask)
    process.setgroups?.(savedGroups)
  })

  const compare = (
    seed: number,
    base: string,
    options: HarnessOptions,
    keep: (operation: Operation) => boolean = () => true,
    users: 'root' | 'several' = 'root',
  ): void => {
    const dice = new Dice(seed)
    const operations: Operation[] = []
    for (let i = 0; i < LENGTH; i++) {
      const operation = randomOperation(dice, users)
      if (keep(operation)) operations.push(operation)
    }
    const found: string[] = []
    const harness = new Harness(options)
    const expected = operations.map(operation => runOnHost(base, operation))
    becomeOnHost(0)
    harness.run(function* (sys) {
      let at = ''
      for (const name of BASE.split('/').slice(1)) {
        at += `/${name}`
        yield* sys.mkdir(at, 0o755)
      }
      for (const operation of operations) found.push(yield* runInGuest(sys, BASE, operation))
    })
    // An overlay shows one link for merged directories, as overlayfs does.
    const plain = (result: string) =>
      options.rootFs ? result.replace(/^(4\d{4}) \d+ -$/, '$1 -') : result
    const show = (results: string[]) =>
      operations.map((o, i) => `${o.name} ${o.path} ${o.other} ${o.number} = ${plain(results[i]!)}`)
    expect(show(found)).toEqual(show(expected))
    expect((harness.log as RecordingLog).lines).toEqual([])
  }

  for (let seed = 1; seed <= SEQUENCES; seed++) {
    it(`tmpfs, sequence ${seed}`, () => {
      const base = `${top}/${seed}${BASE}`
      fs.mkdirSync(base, { recursive: true })
      compare(seed, base, {})
    })
    it(`tmpfs, ${users === 'several' ? 'several users' : 'root again'}, sequence ${seed}`, () => {
      const base = `${top}/users-${seed}${BASE}`
      fs.mkdirSync(base, { recursive: true })
      compare(seed + SEQUENCES, base, {}, () => true, users)
    })
    it(`node:fs, sequence ${seed}`, () => {
      const base = `${top}/expected-${seed}${BASE}`
      const served = `${top}/served-${seed}`
      fs.mkdirSync(base, { recursive: true })
      fs.mkdirSync(served + BASE, { recursive: true })
      compare(
        seed,
        base,
        { rootFs: ({ platform }) => new NodeFs({ fs, root: served, platform, dev: 1 }) },
        // NodeFs has no O_TMPFILE.
        operation => !usesTmpfile(operation),
      )
    })
    it(`overlay over node:fs, sequence ${seed}`, () => {
      const base = `${top}/over-${seed}${BASE}`
      const served = `${top}/under-${seed}`
      for (const each of [base, served + BASE]) {
        fs.mkdirSync(each, { recursive: true })
        populateHost(each)
      }
      const before = snapshot(served)
      compare(seed, base, {
        rootFs: ({ platform, clock }) =>
          new OverlayFs({
            lower: new NodeFs({ fs, root: served, platform, dev: 1 }),
            upper: new Tmpfs({ platform, clock, dev: 2 }),
            dev: 3,
          }),
      })
      expect(snapshot(served)).toEqual(before)
    })
    it(`overlay, sequence ${seed}`, () => {
      const base = `${top}/overlay-${seed}${BASE}`
      fs.mkdirSync(base, { recursive: true })
      populateHost(base)
      let lower: Tmpfs | undefined
      let before = ''
      const options: HarnessOptions = {
        rootFs: ({ platform, clock }) => {
          lower = new Tmpfs({ platform, clock, dev: 1, mode: 0o755 })
          let at = lower.root
          for (const name of BASE.split('/').slice(1)) at = at.mkdir(name, 0o755, ROOT)
          populate(at)
          before = dump(lower.root)
          const upper = new Tmpfs({ platform, clock, dev: 2 })
          return new OverlayFs({ lower, upper, dev: 3 })
        },
      }
      compare(seed, base, options, () => true, seed % 2 ? users : 'root')
      expect(dump(lower!.root)).toBe(before)
    })
  }
})

/** Every file of a host tree with what a write would change. */
function snapshot(directory: string): unknown[] {
  return fs.readdirSync(directory, { recursive: true }).map(name => {
    const { mode, nlink, size, mtimeMs, ctimeMs } = fs.lstatSync(`${directory}/${name}`)
    return [name, mode, nlink, size, mtimeMs, ctimeMs]
  })
}

const ROOT = { uid: 0, gid: 0 }

/** The same small tree in a tmpfs and on the host. */
function populate(directory: TmpfsInode): void {
  for (const name of ['a', 'b']) {
    const child = directory.mkdir(name, 0o755, ROOT)
    const file = child.create('c', 0o644, ROOT)
    file.data!.write(new BufferIo(new Uint8Array(5000).fill(7)), 0)
    child.link('d', file)
    child.mkdir('a', 0o700, ROOT)
  }
  directory.symlink('c', 'a/c', ROOT)
}
function populateHost(base: string): void {
  for (const name of ['a', 'b']) {
    fs.mkdirSync(`${base}/${name}`)
    fs.writeFileSync(`${base}/${name}/c`, new Uint8Array(5000).fill(7))
    fs.linkSync(`${base}/${name}/c`, `${base}/${name}/d`)
    fs.mkdirSync(`${base}/${name}/a`, 0o700)
  }
  fs.symlinkSync('a/c', `${base}/c`)
}

/** Everything in a tree, to see that nobody wrote to it. */
function dump(inode: TmpfsInode): string {
  const { mode, nlink, uid, gid, size } = inode.attr()
  const entries = inode.entries ? [...inode.entries] : []
  const inside = entries.map(([name, { inode: child }]) => `${name}: ${dump(child)}`)
  const data = new Uint8Array(inode.data ? size : 0)
  inode.data?.read(new BufferIo(data), 0)
  return `${mode} ${nlink} ${uid} ${gid} ${size} ${data.join('')} {${inside.join(', ')}}`
}
