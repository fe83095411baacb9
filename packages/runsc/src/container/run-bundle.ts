// `runsc run`, the part behind the flags. (runsc)

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { GlobalOptions } from '../cli/global-options.ts'
import type { Log } from '../cli/log.ts'
import type { RunOptions } from '../cli/run.ts'
import { Failure, reasonOf } from '../failure.ts'
import { runAttached } from '../sandbox/run-attached.ts'
import type { SandboxProcesses } from '../sandbox/spawn.ts'
import { terminalSize } from '../sandbox/terminal.ts'
import { checkId, makeId } from './id.ts'
import type { Plan } from './plan.ts'

export interface RunBundleOptions {
  readonly id: string
  readonly options: RunOptions
  readonly globals: GlobalOptions
  readonly log: Log
  readonly early?: SandboxProcesses
}

/** Returns the exit code of the container. Errors: Failure. */
export function runBundle({ id, options, globals, log, early }: RunBundleOptions): Promise<number> {
  if (options.detach) throw new Failure('run --detach: not supported yet')
  if (options.consoleSocket !== undefined) {
    throw new Failure('run --console-socket: not supported yet')
  }
  const target = findBundle(id, options.bundle)
  checkId(target.id)
  const { pidFile } = options
  return runAttached({
    globals,
    log,
    ...(early && { early }),
    plan: () => plan(target, globals, log),
    ...(pidFile !== undefined && { onStart: pid => writePidFile(pidFile, pid) }),
  })
}

async function plan(
  target: { id: string; bundle: string },
  globals: GlobalOptions,
  log: Log,
): Promise<Plan> {
  const { loadBundle } = await import('../bundle/load-bundle.ts')
  const { planFromBundle } = await import('./spec-plan.ts')
  const bundle = loadBundle(target.bundle)
  for (const warning of bundle.warnings) log.write('warning', `config.json: ${warning}`)
  const size = terminalSize()
  return planFromBundle(bundle, {
    id: target.id,
    globals,
    lifetime: 'attached',
    startMode: 'run',
    ...(size && { consoleSize: size }),
  })
}

/** A directory that is a bundle stands for itself, unless a bundle is named as well. */
function findBundle(id: string, bundle: string | undefined): { id: string; bundle: string } {
  if (bundle !== undefined) return { id, bundle }
  if (existsSync(join(id, 'config.json'))) return { id: makeId(), bundle: id }
  if (id.includes('/')) throw new Failure(`${id}: no bundle there: it has no config.json`)
  return { id, bundle: '.' }
}

function writePidFile(path: string, pid: number): void {
  try {
    writeFileSync(path, String(pid))
  } catch (error) {
    throw new Failure(`--pid-file ${path}: ${reasonOf(error)}`)
  }
}
