// Two kernels in one process: neither sees what the other counts.

import { MS_SHARED, O_CREAT, O_RDONLY, O_RDWR } from '@tsvisor/abi'
import { expect, it } from 'vitest'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/harness.ts'

const text = (bytes: Uint8Array) => String.fromCharCode(...bytes)

/** Mounts, peer groups and renames, and what the guest can read of their numbers. */
function* numbers(sys: Sys, seen: string[]): Guest<void> {
  yield* sys.mkdir('/proc', 0o755)
  yield* sys.mkdir('/a', 0o755)
  yield* sys.mount('none', '/proc', 'proc', 0, 0)
  yield* sys.mount('none', '/a', 'tmpfs', 0, 0)
  yield* sys.mount('none', '/a', 0, MS_SHARED, 0)
  const table = new Uint8Array(4096)
  const mounts = yield* sys.open('/proc/self/mountinfo', O_RDONLY, 0)
  seen.push(text(table.subarray(0, yield* sys.read(mounts, table, table.length))))
  const inotify = yield* sys.inotify_init1(0)
  yield* sys.inotify_add_watch(inotify, '/a', 0xfff)
  yield* sys.close(yield* sys.open('/a/one', O_CREAT | O_RDWR, 0o644))
  yield* sys.rename('/a/one', '/a/two')
  const events = new Uint8Array(4096)
  seen.push(text(events.subarray(0, yield* sys.read(inotify, events, events.length))))
}

function run(): string[] {
  const seen: string[] = []
  new Harness().run(sys => numbers(sys, seen))
  return seen
}

it('gives the same numbers to a second kernel', () => {
  const first = run()
  expect(first[0]).toMatch(/ \/a .* shared:1 - tmpfs/)
  expect(run()).toEqual(first)
})
