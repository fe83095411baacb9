// A sandbox whose kernel hangs says where; one that only waits says nothing. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, it } from 'vitest'
import { buildBrokenCli } from './broken-cli.ts'
import { Containers, LOOP } from './lifecycle/containers.ts'
import { kill, part, pause, survivors } from './processes.ts'
import { CLI, installed } from './sandbox.ts'

const directory = mkdtempSync(fileURLToPath(new URL('../.lead-watchdog-', import.meta.url)))
afterAll(() => rmSync(directory, { recursive: true }))

let count = 0
function start(cli: string, flags: readonly string[], command: readonly string[]) {
  const log = `${directory}/log-${count++}`
  const child = spawn(process.execPath, [cli, '--debug-log', log, ...flags, 'do', ...command], {
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', data => void (output.stdout += data))
  child.stderr.on('data', data => void (output.stderr += data))
  const end = new Promise(resolve =>
    child.on('close', (code, signal) => resolve({ ...output, status: code ?? signal })),
  )
  return { child, log: () => readFileSync(log, 'utf8'), end }
}

const line = (child: ChildProcess) => new Promise(resolve => child.stdout!.once('data', resolve))

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 300 && !condition(); i++) await pause(50)
  expect(condition()).toBe(true)
}

const PATIENT = ['--watchdog-timeout=2s']

it.skipIf(!installed('python3'))(
  'a loop in the kernel: its stack, its tasks, the end',
  async () => {
    const { log, end } = start(
      buildBrokenCli(directory),
      ['--watchdog-action=panic', '--watchdog-timeout=5s'],
      ['python3', '-c', 'import os; os.sync()'],
    )
    expect(await end).toEqual({
      stdout: '',
      stderr:
        'runsc: the sandbox hangs: nothing has been answered for 5 s (--watchdog-action=panic)\n',
      status: 128,
    })
    expect(log()).toMatch(
      /^watchdog: the sandbox hangs: .*\. The kernel is\n {4}at .*loopForEver [\s\S]*Its tasks:\n\[1\] python3 .*: running in sync\(/m,
    )
  },
)

it('a gofer that does not answer: who waits for it, and that it goes on', async () => {
  const { child, log, end } = start(CLI, PATIENT, [
    ...[
      'sh',
      '-c',
      'echo ready; read go; cat /proc/../etc/hostname >/dev/null; sleep 2; echo done',
    ],
  ])
  await line(child)
  const gofer = part(child.pid!, 'gofer')
  kill(gofer, 'SIGSTOP')
  child.stdin.write('\n')
  try {
    await until(() => log().includes('Its tasks:'))
  } finally {
    kill(gofer, 'SIGCONT')
  }
  expect(await end).toEqual({ stdout: 'ready\ndone\n', stderr: '', status: 0 })
  expect(log()).toMatch(/^ {4}at .*GoferTransport\.exchange/m)
  expect(log()).toMatch(/^\[\d+\] \w+ .*: running in \w+\(/m)
  expect(log()).toContain('watchdog: the sandbox goes on\n')
  expect(await survivors([gofer])).toEqual([])
})

it('guests that compute or sleep are no hang', async () => {
  const script = 'sleep 3 & i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; wait; echo $i'
  const { log, end } = start(CLI, PATIENT, ['sh', '-c', script])
  expect(await end).toEqual({ stdout: '300000\n', stderr: '', status: 0 })
  expect(log()).not.toContain('watchdog')
})

it.skipIf(!installed('busybox'))('nor is a container that is held', async () => {
  const containers = new Containers()
  const log = `${directory}/held`
  const globals = ['--debug', '--debug-log', log, ...PATIENT]
  try {
    await containers.runWith({ globals }, 'run', '-d', '-b', containers.bundle(LOOP), 'c1')
    await containers.ok('pause', 'c1')
    await pause(3000)
    await containers.ok('resume', 'c1')
    await containers.ok('kill', 'c1')
    await containers.until('c1', 'stopped')
    expect(readFileSync(log, 'utf8')).not.toContain('watchdog')
  } finally {
    await containers.remove()
  }
})
