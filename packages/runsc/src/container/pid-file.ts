// --pid-file: there as a whole or not at all, for engines that wait for it. (runsc)

import { Failure, reasonOf } from '../failure.ts'
import { writeFileAtomically } from '../state/atomic-file.ts'

/** Errors: Failure. */
export function writePidFile(path: string, pid: number): void {
  try {
    writeFileAtomically(path, String(pid), 0o644)
  } catch (error) {
    throw new Failure(`--pid-file ${path}: ${reasonOf(error)}`)
  }
}
