// Names of containers. (runsc)

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

/** A name that no other container of this machine has: the id of this process and the time. */
export const makeId = (): string => `runsc-${process.pid.toString(36)}-${Date.now().toString(36)}`
