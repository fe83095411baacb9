// The processes of a sandbox: how they start, talk, die, and that none is left. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

const DRIVER = fileURLToPath(new URL('./fake/driver.ts', import.meta.url))

let home: string
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'runsc-test-'))))
afterEach(() => rmSync(home, { recursive: true }))

interface Run {
  readonly child: ChildProcess
  readonly out: { stdout: string; stderr: string }
  /** The exit code, or the name of the signal. */
  readonly end: Promise<number | string>
}

function start(scenario: string, ...command: string[]): Run {
  const args = [
    '--conditions=tsvisor-source',
    '--import',
    'tsx',
    DRIVER,
    scenario,
    'cmd',
    ...command,
  ]
  const child = spawn(process.execPath, args, {
    env: { ...process.env, HOME: home, LOG: join(home, 'log') },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const out = { stdout: '', stderr: '' }
  child.stdout.on('data', data => void (out.stdout += data))
  child.stderr.on('data', data => void (out.stderr += data))
  const end = new Promise<number | string>(resolve =>
    child.on('close', (code, signal) => resolve(code ?? signal!)),
  )
  return { child, out, end }
}

const until = async (condition: () => boolean) => {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise(r => setTimeout(r, 20))
  expect(condition()).toBe(true)
}

const isAlive = (pid: number): boolean => {
  try {
    // A zombie that init has not reaped yet has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}

const pids = () => readFileSync(join(home, 'pids'), 'utf8').trim().split('\n').map(Number)

async function expectNobodyLeft(): Promise<void> {
  expect(pids().length).toBeGreaterThan(0)
  await until(() => !pids().some(isAlive))
}

describe('the exit status', () => {
  for (const status of [0, 1, 42, 143, 255]) {
    it(`is the guest's: ${status}`, async () => {
      const run = start('status', String(status))
      expect(await run.end).toBe(status)
      expect(run.out.stderr).toBe('')
      await expectNobodyLeft()
    })
  }
})

describe('what the sandbox process is told', () => {
  it('is the whole configuration, arguments and environment as bytes', async () => {
    const run = start('config', 'grün', '-x', '--')
    expect(await run.end).toBe(0)
    const config = JSON.parse(run.out.stdout)
    expect(config.process.args).toEqual(['cmd', 'gr\xc3\xbcn', '-x', '--'])
    expect(config.process.env).toContain(`HOME=${home}`)
    expect(config.process.cwd).toBe(process.cwd())
    expect(config.process.terminal).toBe(false)
    expect(config.root).toEqual({
      attach: 'root',
      readonly: false,
      overlay: 'memory',
      fileAccess: 'exclusive',
    })
    expect(config.mounts.map((m: { destination: string }) => m.destination)).toContain('/proc')
  })

  it('its log lines reach the log', async () => {
    await start('status', '0').end
    const [line] = readFileSync(join(home, 'log'), 'utf8').split('\n')
    expect(JSON.parse(line!)).toMatchObject({ level: 'warning', msg: 'from the sandbox' })
  })
})

describe('signals', () => {
  it('go to the guest', async () => {
    const run = start('requests')
    await until(() => run.out.stdout.includes('ready'))
    run.child.kill('SIGUSR1')
    await until(() => run.out.stdout.includes('"signo":10'))
    run.child.kill('SIGHUP')
    await until(() => run.out.stdout.includes('"signo":1,'))
    run.child.kill('SIGTERM')
    expect(await run.end).toBe(143)
    await expectNobodyLeft()
  })

  it('a guest that ignores three requests to end is ended', async () => {
    const run = start('requests')
    await until(() => run.out.stdout.includes('ready'))
    for (let i = 1; i <= 3; i++) {
      run.child.kill('SIGINT')
      await until(() => run.out.stdout.trim().split('\n').length === i + 1)
    }
    expect(await run.end).toBe(137)
    expect(run.out.stdout).toContain('{"type":"terminate"}')
  })
})

describe('a process that dies', () => {
  const cases: [string, string, number][] = [
    ['killed', 'the sandbox process died unexpectedly (killed by SIGKILL)', 128],
    ['silent', 'the sandbox process died unexpectedly (exit status 9)', 128],
    ['garbage', 'the sandbox process died unexpectedly (it closed its control socket)', 128],
    ['gofer-dies', 'the gofer process died unexpectedly (killed by SIGKILL)', 128],
    ['gofer-fails', 'the gofer process died unexpectedly (exit status 3)', 128],
    ['fatal', 'exec: "nope": no such file or directory', 127],
    ['no-plan', 'the plan failed', 128],
    ['no-start', 'the pid file failed', 128],
  ]
  for (const [scenario, message, status] of cases) {
    it(`${scenario}: one line, and the other ends`, async () => {
      const run = start(scenario)
      expect(await run.end).toBe(status)
      expect(run.out.stderr).toBe(`runsc: ${message}\n`)
      if (scenario !== 'no-plan') await expectNobodyLeft()
    })
  }

  it('a sandbox process that hangs is killed on the third request to end', async () => {
    const run = start('stay')
    await until(
      () => existsSync(join(home, 'log')) && readFileSync(join(home, 'log'), 'utf8') !== '',
    )
    for (let i = 0; i < 3; i++) {
      run.child.kill('SIGTERM')
      await new Promise(resolve => setTimeout(resolve, 50))
    }
    expect(await run.end).toBe(128)
    await expectNobodyLeft()
  })

  it('nonsense on the control socket is the end', async () => {
    const run = start('nonsense')
    expect(await run.end).toBe(128)
    expect(run.out.stderr).toBe(
      'runsc: the sandbox process died unexpectedly (it closed its control socket)\n',
    )
  })

  it('processes that the sandbox process leaves behind are killed', async () => {
    expect(await start('family').end).toBe(0)
    expect(pids()).toHaveLength(3)
    await expectNobodyLeft()
  })

  it('a command that is killed takes all with it', async () => {
    const run = start('requests')
    await until(() => run.out.stdout.includes('ready'))
    run.child.kill('SIGKILL')
    expect(await run.end).toBe('SIGKILL')
    await expectNobodyLeft()
  })
})

it('the gofer and the sandbox process share a blocking socket', async () => {
  const run = start('connected')
  expect(await run.end).toBe(128)
  expect(run.out.stderr).toBe(
    'gofer got over 9P for /\nrunsc: the gofer process died unexpectedly (exit status 4)\n',
  )
})
