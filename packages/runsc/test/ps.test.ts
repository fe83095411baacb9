// `runsc ps`: which options of ps(1) it knows, and what it prints. (runsc tests)

import { describe, expect, it } from 'vitest'
import type { ProcessInfo } from '../src/boot/control.ts'
import { psTable } from '../src/cli/ps-table.ts'
import { parsePsOptions } from '../src/container/ps-options.ts'

const NOW = Date.UTC(2026, 5, 5, 12)
const shell: ProcessInfo = {
  ...{ pid: 1, ppid: 0, user: 'root', uid: 0, startTimeMs: NOW - 90_000, cpuTimeNs: 45e9 },
  ...{ tty: 'pts/0', command: 'sh -c x\x1b[2J', name: 'sh', threads: 1, state: 'S' },
  ...{ processGroup: 1, session: 1, foreground: true, nice: 0 },
  ...{ virtualBytes: 2 ** 20, residentBytes: 2 ** 18, totalBytes: 2 ** 20 },
}
const worker: ProcessInfo = {
  ...{
    ...shell,
    pid: 12,
    ppid: 1,
    user: 'nobody',
    uid: 65534,
    tty: '?',
    command: '[w]',
    name: 'w',
  },
  ...{ threads: 3, state: 'R', foreground: false, nice: 5, processGroup: 12 },
  ...{ startTimeMs: NOW - 3 * 86_400_000 },
}
const lines = (...args: string[]) =>
  psTable(parsePsOptions(args), [shell, worker], NOW).trimEnd().split('\n')

describe('the options of ps', () => {
  it('choose columns as those of ps(1) do', () => {
    expect(lines()).toEqual(lines('-ef'))
    expect(lines('-e', '-f')[0]).toMatch(/^UID +PID +PPID +C +STIME +TTY +TIME +CMD$/)
    expect(lines('-e')[0]).toMatch(/^ +PID TTY +TIME CMD$/)
    expect(lines('aux')[0]).toBe(lines('-e', '-x', 'u')[0])
    expect(lines('aux')).toEqual([
      'USER         PID %CPU %MEM    VSZ   RSS TTY      STAT START   TIME COMMAND',
      expect.stringMatching(
        /^root +1 50\.0 25\.0 +1024 +256 pts\/0 +Ss\+ +\d\d:\d\d +0:45 sh -c x\?\[2J$/,
      ),
      expect.stringMatching(/^nobody +12 +0\.0 25\.0 +1024 +256 \? +RNl +Jun0\d +0:45 \[w\]$/),
    ])
    expect(lines('-e', '-x')).toEqual(lines('ax'))
  })

  it('name columns and their headers', () => {
    const chosen = ['      1     0 pts/0    sh', '     12 65534 ?        w']
    expect(lines('-o', 'pid,uid', '-otty=WHERE,comm')).toEqual([
      '    PID   UID WHERE    COMMAND',
      ...chosen,
    ])
    expect(lines('-eo', 'pid=,uid=', '--format=tty=', 'o', 'comm=')).toEqual(chosen)
    expect(lines('axho', 'pid uid tty comm')).toEqual(chosen)
    expect(lines('-eo', 'etime', '--no-headers')).toEqual(['      01:30', ' 3-00:00:00'])
  })

  it('that are unknown are refused by name', () => {
    const refused = (...args: string[]) => {
      try {
        parsePsOptions(args)
      } catch (error) {
        return (error as Error).message
      }
      throw new Error(`accepted ${args}`)
    }
    expect(refused('-Z')).toMatch(/^ps: unsupported option "-Z" \(known: -e /)
    expect(refused('axf')).toMatch(/^ps: unsupported option "f" /)
    expect(refused('--forest')).toMatch(/^ps: unsupported option "--forest" /)
    expect(refused('--no-headers=1')).toMatch(/^ps: unsupported option "--no-headers=1" /)
    expect(refused('-o')).toBe('ps: -o: expected columns, such as "pid,comm"')
    expect(refused('-o', 'pid,constructor')).toMatch(
      /^ps: -o: unknown column "constructor" \(known: user /,
    )
  })
})
