// Control messages from strangers: what passes, and what is said about what does not. (runsc tests)

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Malformed } from '../src/boot/check.ts'
import type { ControlEvent, ControlRequest } from '../src/boot/control.ts'
import { checkEvent } from '../src/boot/event-check.ts'
import { checkRequest } from '../src/boot/request-check.ts'

const requests: ControlRequest[] = [
  { type: 'start', container: 'c', state: '{}' },
  { type: 'signal', signo: 64, target: 'all' },
  { type: 'signal', signo: 1, target: 7, container: 'c' },
  { type: 'winsize', rows: 0, columns: 65535 },
  { type: 'update', limits: { pids: null, memoryBytes: 2 ** 40 } },
  { type: 'strace', enabled: false },
  { type: 'destroy', container: 'c' },
]

const events: ControlEvent[] = [
  { type: 'exited', status: 255 },
  { type: 'error', message: 'no' },
  { type: 'state', state: 'stopped', status: 3 },
  {
    type: 'processes',
    list: [
      {
        ...{ pid: 1, ppid: 0, user: 'root', startTimeMs: 1e12, cpuTimeNs: 5, tty: '?' },
        ...{
          command: 'sh',
          name: 'sh',
          threads: 1,
          uid: 0,
          state: 'S',
          processGroup: 1,
          session: 1,
        },
        ...{ foreground: true, nice: -20, virtualBytes: 2, residentBytes: 1, totalBytes: 9 },
      },
    ],
  },
]

const refused: [unknown, string][] = [
  [null, 'request: an object expected'],
  [[], 'request: an object expected'],
  [{ type: 'toString' }, 'request: unknown type "toString"'],
  [{ type: '__proto__' }, 'request: unknown type "__proto__"'],
  [{}, 'request: unknown type undefined'],
  [{ type: 'signal', signo: 65, target: 'all' }, 'request.signo: an integer from 1 to 64 expected'],
  [
    { type: 'signal', signo: 1, target: 0 },
    'request.target: an integer from 1 to 2147483647 expected',
  ],
  [{ type: 'destroy' }, 'request.container: a string expected'],
  [{ type: 'destroy', container: null }, 'request.container: a string expected'],
  [{ type: 'exec', process: { args: [] } }, 'request.process.args: at least one expected'],
  [
    { type: 'exec', process: { args: ['a\0b'] } },
    'request.process.args[0]: a byte string expected',
  ],
  [{ type: 'start', passes: ['server'], container: 7 }, 'request.container: a string expected'],
]

describe('control messages', () => {
  it.each(requests.map(request => [request.type, request]))('passes %s', (_, request) => {
    expect(checkRequest(JSON.parse(JSON.stringify(request)), 'request')).toEqual(request)
  })

  it.each(events.map(event => [event.type, event]))('passes %s', (_, event) => {
    expect(checkEvent(JSON.parse(JSON.stringify(event)), 'event')).toEqual(event)
  })

  it.each(refused)('refuses %j', (message, text) => {
    expect(() => checkRequest(message, 'request')).toThrow(new Malformed(text))
  })

  it('leaves out what it does not know', () => {
    const message = { type: 'done', extra: 1, constructor: 2 }
    expect(Object.keys(checkEvent(message, 'event'))).toEqual(['type'])
  })

  it('answers any JSON with a message or Malformed', () => {
    const type = fc.constantFrom('boot', 'exec', 'signal', 'stats', 'processes', 'exited', 'x')
    const any = fc.oneof(
      fc.json(),
      fc.record({ type, container: fc.anything() }).map(o => o),
    )
    fc.assert(
      fc.property(any, value => {
        for (const check of [checkRequest, checkEvent]) {
          try {
            expect(check(value, '').type).toBeTypeOf('string')
          } catch (error) {
            expect(error).toBeInstanceOf(Malformed)
          }
        }
      }),
    )
  })
})
