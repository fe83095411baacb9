// A run of a program that is trusted, for the code that V8 compiles in it. (runsc)

import { accessSync, constants } from 'node:fs'
import { isTrained, takeTrained } from './part.ts'
import { training } from './training.ts'

const TIMEOUT_MS = 10_000

/** Whether the processes of a sandbox have no compiled code yet, and it could be kept. */
export function needsTraining(): boolean {
  if (training !== undefined || isTrained('boot')) return false
  try {
    accessSync(__dirname, constants.W_OK)
    return true
  } catch {
    return false
  }
}

/** Runs this Node in a sandbox: it is trusted already, and a program like most. */
export function train(): void {
  const suffix = `${process.pid}.new`
  const self = [...process.execArgv, process.argv[1]!]
  const { spawnSync } = process.getBuiltinModule('node:child_process')
  const { status } = spawnSync(process.execPath, [...self, 'do', process.execPath, '--version'], {
    env: { ...process.env, RUNSC_TRAINING: suffix },
    stdio: 'ignore',
    timeout: TIMEOUT_MS,
  })
  for (const part of ['boot', 'gofer'] as const) {
    try {
      takeTrained(part, suffix, status === 0)
    } catch {
      // Only speed is lost.
    }
  }
}
