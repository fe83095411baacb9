// Runs an example as its README says. (examples' tests)

import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

/** Runs `examples/NAME` from source. */
export function runExample(name: string, ...args: string[]): Outcome {
  const file = fileURLToPath(new URL(`../${name}`, import.meta.url))
  const node = ['--conditions=tsvisor-source', '--import', import.meta.resolve('tsx'), file]
  const { stdout, stderr, status } = spawnSync(process.execPath, [...node, ...args], {
    encoding: 'utf8',
  })
  return { stdout, stderr, status }
}
