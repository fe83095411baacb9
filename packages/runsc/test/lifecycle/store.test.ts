// The state of containers on disk: races, crashes, a full disk, corrupt files. (runsc tests)

import { execFileSync, spawn } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { identify, ownIdentity } from '../../src/state/process-identity.ts'
import { publicState, statusOf } from '../../src/state/record.ts'
import { StateStore } from '../../src/state/store.ts'
import { sampleRecord } from './record.ts'

const CHILD = fileURLToPath(new URL('./store-child.ts', import.meta.url))

let root: string
let store: StateStore
beforeEach(() => {
  root = join(mkdtempSync(join(tmpdir(), 'runsc-store-')), 'root')
  store = new StateStore(root)
})
afterEach(() => rmSync(join(root, '..'), { recursive: true }))

const make = async (id: string, change = {}) => {
  const container = await store.create(sampleRecord(id, change))
  container.release()
}

/** What it printed and how it ended. */
function child(task: string, times: number): Promise<{ out: string; end: string | number }> {
  const args = ['--conditions=tsvisor-source', '--import', 'tsx', CHILD, root, task, String(times)]
  const it = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let out = ''
  it.stdout.on('data', data => void (out += data))
  return new Promise(resolve =>
    it.on('close', (code, signal) => resolve({ out, end: code ?? signal! })),
  )
}

describe('a container', () => {
  it('is a directory with readable JSON, for its user only', async () => {
    await make('c1')
    expect(readdirSync(join(root, 'c1'))).toEqual(['state.json'])
    const text = readFileSync(join(root, 'c1/state.json'), 'utf8')
    expect(text).toContain('\n  "status": "running",\n')
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(sampleRecord('c1'))))
    expect(statSync(root).mode & 0o777).toBe(0o700)
    expect(statSync(join(root, 'c1')).mode & 0o777).toBe(0o700)
  })

  it('that is not there does not exist, whatever its name', async () => {
    for (const id of ['c1', 'x'.repeat(900)]) {
      expect(() => store.read(id)).toThrow(`container does not exist: "${id}"`)
      await expect(store.lock(id)).rejects.toThrow('container does not exist')
    }
    expect(store.list()).toEqual([])
  })

  it('cannot be made twice', async () => {
    await make('c1')
    await expect(make('c1')).rejects.toThrow('container with given ID already exists: "c1"')
    expect(readdirSync(root)).toEqual(['c1'])
  })

  it('is what its process says', async () => {
    const { pid, startTime } = ownIdentity()
    const running = sampleRecord('c1')
    expect(statusOf(running)).toBe('running')
    expect(publicState(running)).toMatchObject({ status: 'running', pid })
    // Another process that has got the number since.
    const reused = sampleRecord('c1', { process: { pid, startTime: startTime - 1 } })
    expect(statusOf(reused)).toBe('stopped')
    expect(publicState(reused)).toMatchObject({ status: 'stopped', pid: 0 })
    const zombie = spawn('true')
    const identity = identify(zombie.pid!)!
    await new Promise(resolve => zombie.on('exit', resolve))
    expect(statusOf(sampleRecord('c1', { process: identity }))).toBe('stopped')
    const orphaned = { status: 'creating', creator: { pid, startTime: 1 } } as const
    expect(statusOf(sampleRecord('c1', orphaned))).toBe('stopped')
    expect(statusOf(sampleRecord('c1', { status: 'creating' }))).toBe('creating')
  })

  it('is removed with all that is in its directory', async () => {
    await make('c1')
    writeFileSync(join(root, 'c1/more'), '')
    const container = await store.lock('c1')
    container.remove()
    container.release()
    expect(readdirSync(root)).toEqual([])
  })
})

describe('processes at the same time', () => {
  it('do not overwrite what another one saved', async () => {
    await make('counted')
    const ends = await Promise.all([1, 2, 3].map(() => child('count', 40)))
    expect(ends.map(({ end }) => end)).toEqual([0, 0, 0])
    expect(store.read('counted').config.annotations).toEqual({ count: '120' })
  })

  it('that make the same containers: each is made once', async () => {
    const ends = await Promise.all([1, 2, 3].map(() => child('create', 40)))
    expect(ends.map(({ end }) => end)).toEqual([0, 0, 0])
    const made = ends.flatMap(({ out }) => out.split('\n').filter(line => line !== ''))
    expect(made.sort()).toEqual(Array.from({ length: 40 }, (_, n) => `c${n}`).sort())
    expect(store.list().map(({ id }) => id)).toEqual(made)
  })

  it('that make and remove the same container leave none', async () => {
    const ends = await Promise.all([1, 2, 3].map(() => child('churn', 40)))
    expect(ends.map(({ end }) => end)).toEqual([0, 0, 0])
    expect(ends.some(({ out }) => out.includes('made'))).toBe(true)
    expect(readdirSync(root)).toEqual([])
  })

  it('one that is killed in the middle stops nobody, and the state holds', async () => {
    await make('counted')
    expect((await child('die', 1)).end).toBe('SIGKILL')
    expect(store.read('counted').config.annotations).toEqual({ count: '0' })
    expect((await child('count', 1)).end).toBe(0)
    expect(store.read('counted').config.annotations).toEqual({ count: '1' })
  })
})

describe('what a crash leaves', () => {
  it('is swept by the next one that makes something; what others are at stays', async () => {
    const { pid, startTime } = ownIdentity()
    mkdirSync(join(root, `~${pid}-${startTime - 1}-1`), { recursive: true })
    writeFileSync(join(root, `~${pid}-${startTime - 1}-1`, 'state.json'), '{')
    mkdirSync(join(root, `~${pid}-${startTime}-7`))
    expect(store.list()).toEqual([])
    await make('c1')
    expect(readdirSync(root).sort()).toEqual(['c1', `~${pid}-${startTime}-7`].sort())
  })

  it('a corrupt file is named, stops no list, and can be removed', async () => {
    await make('good')
    const cases = { a: '', b: '{"version": 1', c: '{"version": 2}', d: '[]', e: '{"version": 1}' }
    for (const [id, text] of Object.entries(cases)) {
      await make(id)
      writeFileSync(join(root, id, 'state.json'), text)
      expect(() => store.read(id)).toThrow(
        new RegExp(
          `^${root}/${id}/state.json: corrupt: .*; remove .*: runsc delete --force ${id}$`,
        ),
      )
    }
    mkdirSync(join(root, 'f'))
    expect(() => store.read('f')).toThrow('the file is missing')
    const listed = store.list()
    expect(listed.filter(entry => 'record' in entry).map(({ id }) => id)).toEqual(['good'])
    expect(listed.filter(entry => 'failure' in entry)).toHaveLength(6)
    const container = await store.lock('a')
    expect(() => container.record).toThrow('corrupt')
    container.remove()
    container.release()
    expect(store.has('a')).toBe(false)
  })

  it('a file of another program in the root is no container', async () => {
    await make('good')
    writeFileSync(join(root, 'other_sandbox:other.state'), '{}')
    expect(store.list().map(({ id }) => id)).toEqual(['good'])
  })
})

describe('where nothing can be written', () => {
  it.skipIf(process.getuid!() !== 0)('(root) on a full disk the old state holds', async () => {
    mkdirSync(root)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'runsc-test', root])
    try {
      await make('c1')
      const fill = () => {
        try {
          for (let n = 0; ; n++) writeFileSync(join(root, `fill${n}`), Buffer.alloc(4096))
        } catch {
          // Full.
        }
      }
      fill()
      const container = await store.lock('c1')
      expect(() => container.save({ ...container.record, status: 'paused' })).toThrow(
        `${root}/c1: cannot save the state of the container: no space left on device`,
      )
      container.release()
      expect(store.read('c1').status).toBe('running')
      expect(readdirSync(join(root, 'c1'))).toEqual(['state.json'])
      await expect(make('c2')).rejects.toThrow('no space left on device')
      expect(readdirSync(root).filter(name => !name.startsWith('fill'))).toEqual(['c1'])
    } finally {
      execFileSync('umount', [root])
    }
  })

  it('the message names the directory and says what to do', async () => {
    writeFileSync(root, '')
    await expect(make('c1')).rejects.toThrow(`--root ${root}: file exists`)
    expect(() => store.list()).toThrow(`--root ${root}: not a directory`)
    expect(existsSync(root)).toBe(true)
  })
})
