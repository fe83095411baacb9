// A duration as Go writes it: 5s, 1m30s, 250ms. (runsc)

import { Failure } from '../failure.ts'

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** In milliseconds, at least 1. Errors: Failure. */
export function parseDuration(flag: string, text: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)]
  const whole = parts.map(([part]) => part).join('')
  const total = parts.reduce((sum, [, value, unit]) => sum + Number(value) * UNIT_MS[unit!]!, 0)
  if (whole !== text || total < 1 || total > 0x7fff_ffff) {
    throw new Failure(`${flag} ${text}: expected a duration as 5s, 500ms or 1m30s`)
  }
  return total
}
