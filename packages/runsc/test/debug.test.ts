// DEBUG=tsvisor:…: what the processes of a sandbox say, and that it costs nobody else. (runsc tests)

import { expect, it } from 'vitest'
import { sandboxed } from './sandbox.ts'

const namespacesOf = (pattern: string): string[] => {
  const { stderr, status } = sandboxed(['true'], { env: { DEBUG: pattern } })
  expect(status).toBe(0)
  return [...new Set(stderr.match(/tsvisor:[a-z0-9]+/g) ?? [])].sort()
}

it('DEBUG names what is printed', () => {
  expect(namespacesOf('tsvisor:*')).toEqual(
    expect.arrayContaining([
      ...['tsvisor:9p', 'tsvisor:command', 'tsvisor:gofer', 'tsvisor:platform'],
    ]),
  )
  expect(namespacesOf('tsvisor:platform')).toEqual(['tsvisor:platform'])
  expect(namespacesOf('express:*')).toEqual([])
})
