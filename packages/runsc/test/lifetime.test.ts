// A real sandbox that is cut short: what the user sees, and that no process is left. (runsc tests)

import { type ChildProcess, spawn } from 'node:child_process'
import { expect, it } from 'vitest'
import { descendants, kill, part, pause, survivors } from './processes.ts'
import { CLI } from './sandbox.ts'

const cases: [string, (command: ChildProcess) => unknown, number | string, string][] = [
  ['the command is killed', it => it.kill('SIGKILL'), 'SIGKILL', ''],
  [
    'the sandbox process is killed',
    it => kill(part(it.pid!, 'boot'), 'SIGKILL'),
    128,
    'runsc: the sandbox process died unexpectedly (killed by SIGKILL)\n',
  ],
  [
    'the gofer is killed',
    it => kill(part(it.pid!, 'gofer'), 'SIGKILL'),
    128,
    'runsc: the gofer process died unexpectedly (killed by SIGKILL)\n',
  ],
  [
    'the user asks three times for the end',
    async it => {
      for (let i = 0; i < 3; i++) {
        it.kill('SIGINT')
        await pause(50)
      }
    },
    137,
    '',
  ],
]

it.each(cases)('%s', async (_, act, status, message) => {
  const script = 'trap "" INT; echo ready; sleep 60; echo no'
  const command = spawn(process.execPath, [CLI, 'do', 'sh', '-c', script], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  command.stderr.on('data', data => void (stderr += data))
  const end = new Promise(resolve => command.on('close', (code, signal) => resolve(code ?? signal)))
  await new Promise(resolve => command.stdout.once('data', resolve))
  const family = descendants(command.pid!)
  expect(family.length).toBeGreaterThanOrEqual(3)
  await act(command)
  expect(await end).toBe(status)
  expect(stderr).toBe(message)
  expect(await survivors(family)).toEqual([])
})
