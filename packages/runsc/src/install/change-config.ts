// Changes an engine's configuration file: atomically, only where needed, with a copy of the old. (runsc)

import { copyFileSync, mkdirSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Failure, reasonOf } from '../failure.ts'
import { writeFileAtomically } from '../state/atomic-file.ts'

export type Outcome = 'changed' | 'unchanged'

/** What the file was before the first change. */
export const backupOf = (path: string): string => `${path}.before-runsc`

/**
 * Replaces what is in the file by what `change` makes of it; undefined stands for no file.
 * Errors: Failure, which names the file, and it is as it was.
 */
export function changeConfig(
  path: string,
  change: (text: string | undefined) => string | undefined,
): Outcome {
  try {
    const text = read(path)
    const changed = change(text)
    if (changed === text) return 'unchanged'
    if (text === undefined) mkdirSync(dirname(path), { recursive: true })
    else copyFileSync(path, backupOf(path))
    if (changed === undefined) rmSync(path)
    // A link stays one: it is what it leads to that changes.
    else if (text === undefined) writeFileAtomically(path, changed, 0o644)
    else writeFileAtomically(realpathSync(path), changed, statSync(path).mode & 0o777)
    return 'changed'
  } catch (error) {
    const reason = error instanceof Failure ? error.message : reasonOf(error)
    throw new Failure(`${path}: ${reason}`)
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}
