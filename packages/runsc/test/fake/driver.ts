// Runs `runsc do` with other processes in place of the sandbox and the gofer. (runsc tests)
// Arguments: scenario, then the guest's command. LOG names the log file.

import { existsSync, readFileSync, rmSync, writeSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { planFromCommand } from '../../src/container/do-plan.ts'
import { Failure } from '../../src/failure.ts'
import { runAttached } from '../../src/sandbox/run-attached.ts'
import { terminalSize } from '../../src/sandbox/terminal.ts'
import { Log } from '../../src/session/log.ts'
import { kill } from '../processes.ts'

const [scenario = '', ...command] = process.argv.slice(2)
const log = new Log()
if (process.env['LOG']) log.open(process.env['LOG'], 'json')
const globals = {
  root: '/run/runsc',
  logFormat: 'json',
  platform: 'ptrace',
  network: 'none',
  fileAccess: 'exclusive',
} as const
const victims = `${process.env['HOME']}/kill`
setInterval(() => {
  if (!existsSync(victims)) return
  kill(Number(readFileSync(victims, 'utf8')), 'SIGKILL')
  rmSync(victims)
}, 10).unref()
try {
  const status = await runAttached({
    globals,
    log,
    prepare: () => {
      if (scenario === 'no-plan') throw new Failure('the plan failed')
      const consoleSize = terminalSize()
      const options = { root: '/', user: { uid: 0, gid: 0 } }
      return {
        plan: planFromCommand({ id: 'c1', command, options, globals, consoleSize }),
        onStart: () => {
          if (scenario === 'no-start') throw new Failure('the pid file failed')
        },
      }
    },
    self: {
      file: process.execPath,
      args: [
        fileURLToPath(new URL('./parts.mjs', import.meta.url)),
        scenario === 'no-start' ? 'requests' : scenario,
      ],
    },
  })
  process.exit(status)
} catch (error) {
  writeSync(2, `runsc: ${(error as Error).message}\n`)
  process.exit(error instanceof Failure ? error.exitCode : 1)
}
