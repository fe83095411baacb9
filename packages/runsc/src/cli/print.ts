// Output of a verb: synchronous, so that nothing is lost when the command ends. (runsc)

import { writeSync } from 'node:fs'
import { Failure, reasonOf } from '../failure.ts'

/** Errors: Failure, unless whoever read has seen enough. */
export const print = (text: string): void => void printTo(text)

/** Whether anybody reads. Errors: Failure. */
export function printTo(text: string): boolean {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(1, bytes, at)
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code === 'EPIPE') return false
      // Somebody made the pipe non-blocking, and it is full.
      if (code === 'EAGAIN') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      else throw new Failure(`stdout: ${reasonOf(error)}`)
    }
  }
  return true
}

/** As runc indents it. */
export const printJson = (value: unknown): void => print(`${JSON.stringify(value, null, 2)}\n`)
