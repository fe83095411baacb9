// What goes wrong inside: bugs of the kernel, processes that are killed, memory that ends. (runsc tests)

import { execFileSync, spawn, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildBrokenCli } from './broken-cli.ts'
import { children, descendants, kill, part, survivors } from './processes.ts'
import { CLI, installed } from './sandbox.ts'

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** What runs here may leave nothing in it. */
const temporary = mkdtempSync(join(tmpdir(), 'runsc-failures-'))
const built = mkdtempSync(join(here('..'), '.lead-broken-'))
const log = join(built, 'log')
afterEach(() => expect(readdirSync(temporary)).toEqual([]))
afterAll(() => {
  rmdirSync(temporary)
  rmSync(built, { recursive: true })
})

interface Running {
  readonly command: number
  /** Ends its input. */
  readonly go: () => void
  readonly line: string
  readonly end: Promise<{ stdout: string; stderr: string; status: number | string | null }>
}

/** Starts a command; returns once it has printed a line. */
async function start(cli: string, ...args: string[]): Promise<Running> {
  const command = spawn(process.execPath, [cli, ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: { ...process.env, TMPDIR: temporary },
  })
  let stdout = ''
  let stderr = ''
  command.stderr.on('data', data => void (stderr += data))
  const end: Running['end'] = new Promise(resolve =>
    command.on('close', (code, signal) => resolve({ stdout, stderr, status: code ?? signal })),
  )
  await new Promise<void>(resolve => {
    command.stdout.on('data', data => {
      stdout += data
      resolve()
    })
    command.on('close', resolve)
  })
  return { command: command.pid!, go: () => command.stdin.end(), line: stdout, end }
}

describe.skipIf(!installed('python3'))('a bug in the kernel', () => {
  const broken = join(built, 'cli.js')
  beforeAll(() => void buildBrokenCli(built))
  const BUG = 'import os; os.sched_yield()'

  it('ends the process that ran into it; the others go on', async () => {
    const script = 'python3 -c "$0"; echo $?; python3 -c "print(6*7)"'
    const args = ['--log', log, '--log-format', 'json', 'do', 'sh', '-c', script, BUG]
    const { end } = await start(broken, ...args)
    const { stdout, stderr, status } = await end
    expect({ stdout, status }).toEqual({ stdout: '137\n42\n', status: 0 })
    const message =
      /kernel bug in system call sched_yield of python3\[\d+\]: Error: broken on purpose/
    // Two processes write there, in any order.
    const [killed, said, ...rest] = stderr.split('\n').sort().slice(1)
    expect([killed, ...rest]).toEqual(['Killed'])
    expect(said).toMatch(new RegExp(`^runsc: ${message.source}$`))
    const [entry, ...more] = readFileSync(log, 'utf8').trimEnd().split('\n')
    expect(JSON.parse(entry!)).toMatchObject({
      level: 'error',
      msg: expect.stringMatching(message),
    })
    expect(entry).toContain('registers: ')
    expect(more).toEqual([])
  })

  it('ends the container when it was the first process', async () => {
    const { end } = await start(broken, 'do', 'python3', '-c', BUG)
    expect(await end).toEqual({
      stdout: '',
      stderr:
        'runsc: kernel bug in system call sched_yield of python3[1]: Error: broken on purpose\n',
      status: 128,
    })
  })
})

describe('a process of the sandbox is killed on the host', () => {
  // Which ones: those that wait for system calls of the guest, or serve the kernel itself.
  const SCRIPT =
    'exec 2>&-; sleep 100 & echo ready; read go; kill $!; wait $!; echo $?; /bin/echo more; sh -c "exit 3"'
  for (const index of [0, 1, 2, 3, 4]) {
    it(`its child ${index}`, async () => {
      const { command, end, go } = await start(CLI, 'do', 'sh', '-c', SCRIPT)
      const family = descendants(command)
      const stubs = children(part(command, 'boot'))
      expect(stubs).toHaveLength(5)
      kill(stubs[index]!, 'SIGKILL')
      go()
      const { stdout, stderr, status } = await end
      expect(stderr).toBe('')
      // The guest goes on to its end, or it was the shell that died.
      expect([3, 137]).toContain(status)
      expect(stdout).toMatch(/^ready\n/)
      expect(await survivors([command, ...family])).toEqual([])
    })
  }
})

describe('memory', () => {
  const cgroup = `/sys/fs/cgroup/memory/runsc-test-${process.pid}`
  let limited = true
  try {
    mkdirSync(cgroup)
    writeFileSync(`${cgroup}/memory.limit_in_bytes`, '400M')
  } catch {
    limited = false
  }
  afterAll(() => {
    if (limited) rmdirSync(cgroup)
  })

  it.skipIf(!limited)('ends on the host: the guest process that took it dies', async () => {
    const fill = 'python3 -c "x = bytearray(1 << 30)"; echo $?'
    const enter = `echo $$ > ${cgroup}/cgroup.procs; exec "$@"`
    const command = [process.execPath, CLI, 'do', 'sh', '-c', fill]
    const output = execFileSync('sh', ['-c', enter, 'sh', ...command], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
    expect(output).toBe('137\n')
  })

  it('ends in the guest: an error that programs can handle', async () => {
    const script = 'ulimit -v 300000; python3 -c "$0"'
    const fill = 'try: bytearray(1 << 30)\nexcept MemoryError: print("none")'
    const { end } = await start(CLI, 'do', 'sh', '-c', script, fill)
    expect(await end).toEqual({ stdout: 'none\n', stderr: '', status: 0 })
  })
})

it.each([21, 24])('%s open files are too few, which one line says', limit => {
  const script = `ulimit -n ${limit}; exec "$0" "$@"`
  const args = ['-c', script, process.execPath, CLI, 'do', 'true']
  const { status, stdout, stderr } = spawnSync('sh', args, { encoding: 'utf8' })
  expect({ status, stdout, stderr }).toEqual({
    status: 128,
    stdout: '',
    stderr: "runsc: too many open files: raise this shell's limit of open files (ulimit -n)\n",
  })
})
