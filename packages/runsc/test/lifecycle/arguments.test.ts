// Arguments of verbs: signals, durations, early start's view of flags. (runsc tests)

import { describe, expect, it } from 'vitest'
import { makeProgram } from '../../src/cli/program.ts'
import { parseSignal } from '../../src/cli/signal-argument.ts'
import { VERBS } from '../../src/cli/verbs.ts'
import { parseBytes } from '../../src/session/count-argument.ts'
import { parseDuration } from '../../src/session/duration-argument.ts'
import { VALUED_FLAGS } from '../../src/start/command-line.ts'
import { idleSession } from '../session.ts'

describe('signals', () => {
  it.each([
    ['9', 9],
    ['KILL', 9],
    ['SIGKILL', 9],
    ['sigterm', 15],
    ['0', 0],
    ['64', 64],
    ['RTMIN', 34],
    ['SIGRTMIN+3', 37],
    ['RTMAX-1', 63],
  ])('%s', (text, signo) => expect(parseSignal(text)).toBe(signo))
  it.each(['', '65', '-1', 'NOPE', 'RTMIN-1', 'RTMAX+1', '9x'])('%j is none', text =>
    expect(() => parseSignal(text)).toThrow('unknown signal'),
  )
})

describe('bytes', () => {
  it.each([
    ['-1', -1],
    ['0', 0],
    ['4096', 4096],
    ['64k', 65_536],
    ['50M', 52_428_800],
    ['1.5 GiB', 1_610_612_736],
    ['2TB', 2_199_023_255_552],
  ])('%s', (text, bytes) => expect(parseBytes('--memory', text)).toBe(bytes))
  it.each(['', '-2', 'M', '1x', '1.', '99999999P', '1 2'])('%j is none', text =>
    expect(() => parseBytes('--memory', text)).toThrow('expected bytes'),
  )
})

describe('durations', () => {
  it.each([
    ['5s', 5000],
    ['250ms', 250],
    ['1m30s', 90_000],
    ['1.5s', 1500],
  ])('%s', (text, ms) => expect(parseDuration('--interval', text)).toBe(ms))
  it.each(['', '5', '0s', '-1s', 's', '5s ', '999999h'])('%j is none', text =>
    expect(() => parseDuration('--interval', text)).toThrow('expected a duration'),
  )
})

it('the early start knows which global flags have values', () => {
  const program = makeProgram(idleSession, VERBS)
  const valued = program.options.filter(option => option.required).map(option => option.long)
  expect([...VALUED_FLAGS].sort()).toEqual(valued.sort())
})
