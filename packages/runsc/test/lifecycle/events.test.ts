// events: figures for as long as somebody reads them. (runsc tests)

import { spawn } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Containers, LOOP, RUNSC } from './containers.ts'

let containers: Containers
beforeAll(() => void (containers = new Containers()))
afterAll(() => containers.remove())

it('ends when nobody reads any more', async () => {
  await containers.ok('run', '-d', '-b', containers.bundle(LOOP), 'a')
  const [command = '', ...before] = RUNSC
  const args = ['--root', containers.state, 'events', '--interval', '50ms', 'a']
  const child = spawn(command, [...before, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
  const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
  const first = await new Promise<Buffer>(resolve => child.stdout.once('data', resolve))
  expect(JSON.parse(first.toString())).toMatchObject({ type: 'stats', id: 'a' })
  child.stdout.destroy()
  expect(await ended).toBe(0)
}, 20_000)
