// How the sandbox process and the gofer end. (runsc)

import { closeSync } from 'node:fs'

/**
 * Node gives standard files that are terminals the modes back that they had at its start. By now they are
 * the user's again, who may have set others; and a gofer's walls refuse the call, whereupon Node aborts, with
 * its stack on that terminal. What is closed is left alone.
 */
export function endProcess(status: number): never {
  for (const fd of [0, 1, 2]) {
    try {
      closeSync(fd)
    } catch {
      // It was not open.
    }
  }
  process.exit(status)
}
