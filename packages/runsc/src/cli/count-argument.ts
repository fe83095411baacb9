// A number of things: a pid, a limit, descriptors. (runsc)

import { Failure } from '../failure.ts'

/** Errors: Failure. */
export function parseCount(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Failure(`${flag} ${text}: expected a number`)
  return Number(text)
}

/** The same where -1 means no limit. Errors: Failure. */
export function parseLimit(flag: string, text: string): number {
  if (text === '-1') return -1
  if (!/^\d{1,15}$/.test(text)) throw new Failure(`${flag} ${text}: expected a number, or -1`)
  return Number(text)
}
