// Names of containers. (runsc)

import { randomBytes } from 'node:crypto'
import { Failure } from '../failure.ts'

const MAX_ID = 1024

/** The rule that runc has, so that engines' names pass. Errors: Failure. */
export function checkId(id: string): void {
  if (id.length > MAX_ID || id === '.' || id === '..' || !/^[\w+.-]+$/.test(id)) {
    throw new Failure(
      `invalid container id ${JSON.stringify(id.slice(0, 80))}: expected letters, digits and "_+-." only`,
    )
  }
}

export const makeId = (): string => `runsc-${randomBytes(6).toString('hex')}`
