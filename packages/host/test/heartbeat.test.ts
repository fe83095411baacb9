// A loop that hangs is noticed: in JavaScript, in a host call, and not where it only waits. (host tests)

import { expect, it } from 'vitest'
import * as host from '../src/index.ts'

const POLLIN = 1
const [nothing] = host.pipeNonblocking()

it('a loop that hangs is interrupted and told where it is', async () => {
  const heartbeat = new host.Heartbeat()
  const told: { state: string; stack: readonly string[] }[] = []
  heartbeat.watch({
    periodMs: 50,
    periods: 3,
    onChange: (state, stack) => void told.push({ state, stack }),
  })
  const states = () => told.map(({ state }) => state)
  const end = performance.now() + 10_000
  const late = () => performance.now() > end

  function spinning(): void {
    while (told.length < 2 && !late());
  }
  spinning()
  expect(states()).toEqual(['hangs', 'hangs'])
  // Perhaps below it, where it looks at the time.
  expect(told[0]!.stack.join('\n')).toContain('at spinning ')

  heartbeat.beat()
  heartbeat.beat()
  while (told.length < 3 && !late());
  expect(states()).toEqual(['hangs', 'hangs', 'turns'])

  expect(host.poll1(nothing, POLLIN, 10_000)).toBe(0)
  while (told.length < 4 && !late());
  expect(states()[3]).toBe('hangs')
  // The call has ended before anybody could look.
  expect(told[3]!.stack.join()).toContain('heartbeat.test.ts')

  heartbeat.beat()
  while (told.length < 5 && !late());
  // Odd: it waits for what comes next, and may do so for ever.
  await new Promise(resolve => setTimeout(resolve, 400))
  expect(states().slice(4)).toEqual(['turns'])
})
