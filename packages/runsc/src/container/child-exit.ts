// How a child of Node's ends, in the words of the processes that we start ourselves. (runsc)

import type { ChildProcess } from 'node:child_process'
import type { Exit } from '../sandbox/host-process.ts'

/** Resolves when it has ended, or could not be started. Never rejects. */
export const childExit = (child: ChildProcess): Promise<Exit> =>
  new Promise(resolve => {
    child.once('exit', (code, signal) => resolve({ code, signal }))
    child.once('error', error => resolve({ code: null, signal: null, error }))
  })
