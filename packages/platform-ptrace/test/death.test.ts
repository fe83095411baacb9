// However the sandbox process ends, no stub outlives it. (platform-ptrace test)

import { spawn } from 'node:child_process'
import * as fs from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it, onTestFinished } from 'vitest'
import { PtracePlatform } from '../src/index.ts'
import { startGuest } from './guest.ts'

const platform = new PtracePlatform()
afterAll(() => platform.shutdown())

const childrenOf = (pid: number): number[] =>
  fs
    .readdirSync('/proc')
    .filter(name => /^\d+$/.test(name))
    .map(Number)
    .filter(child => {
      try {
        const stat = fs.readFileSync(`/proc/${child}/stat`, 'latin1')
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
        return Number(parent) === pid && state !== 'Z'
      } catch {
        return false
      }
    })
const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(fs.readFileSync(`/proc/${pid}/status`, 'latin1'))
  } catch {
    return false
  }
}
const until = async (what: () => boolean): Promise<void> => {
  for (let i = 0; i < 500 && !what(); i++) await new Promise(done => setTimeout(done, 10))
  expect(what()).toBe(true)
}

it.each(['SIGKILL', 'SIGTERM', 'SIGSEGV'] as const)('%s leaves nothing', async signal => {
  const program = fileURLToPath(new URL('hold.ts', import.meta.url))
  const args = ['--conditions=tsvisor-source', '--import', 'tsx', program, 'ready']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  await new Promise<void>((ready, failed) => {
    child.stdout.on('data', () => ready())
    child.on('exit', code => failed(new Error(`exit ${code}`)))
  })
  const stubs = childrenOf(child.pid!)
  // master, poller, two guests, and what tsx started
  expect(stubs.length).toBeGreaterThanOrEqual(4)
  const gone = new Promise(done => child.on('exit', done))
  child.kill(signal)
  await gone
  await until(() => !stubs.some(alive))
})

it('release and shutdown leave nothing', async () => {
  const before = childrenOf(process.pid)
  const { space } = startGuest(platform, a => a.bytes(0x90))
  expect(childrenOf(process.pid).length).toBe(before.length + 1)
  space.release()
  await until(() => childrenOf(process.pid).length === before.length)
})
