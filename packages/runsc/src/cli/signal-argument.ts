// A signal as people and engines write it: 9, KILL, SIGKILL, RTMIN+3. (runsc)

import { Failure } from '../failure.ts'

const MAX_SIGNAL = 64
const SIGRTMIN = 34
const SIGRTMAX = 64

/** Its number on Linux. Errors: Failure. */
export function parseSignal(text: string): number {
  if (/^\d{1,3}$/.test(text)) {
    const signo = Number(text)
    if (signo >= 0 && signo <= MAX_SIGNAL) return signo
  }
  const name = text.toUpperCase().replace(/^SIG/, '')
  const { constants } = process.getBuiltinModule('node:os')
  const signo = (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`]
  if (signo !== undefined) return signo
  const [, base, sign, offset = '0'] = /^(RTMIN|RTMAX)(?:([+-])(\d{1,2}))?$/.exec(name) ?? []
  if (base !== undefined) {
    const start = base === 'RTMIN' ? SIGRTMIN : SIGRTMAX
    const realTime = start + (sign === '-' ? -Number(offset) : Number(offset))
    if (realTime >= SIGRTMIN && realTime <= SIGRTMAX) return realTime
  }
  throw new Failure(`unknown signal ${JSON.stringify(text)}: expected a name as TERM, or a number`)
}
