// Whether programs can be started by others than who runs the tests. (runsc tests)

import { statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Whether others may enter every directory on the way to a file. */
export function isReachable(path: string): boolean {
  for (let at = dirname(path); at !== '/'; at = dirname(at))
    if ((statSync(at).mode & 1) === 0) return false
  return true
}
