// Programs that try to get out of the sandbox, in every way that we know of; none does. (runsc tests)

import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Bundles, type Change } from '../bundle.ts'
import { installed } from '../sandbox.ts'
import { type Given, Place } from './place.ts'

const GIVEN_SOCKETS = './attack/given-sockets.c'
const isRoot = process.getuid!() === 0
const hasCgroups = isRoot && existsSync('/sys/fs/cgroup')

const bundles = new Bundles()
afterAll(() => bundles.remove())
let place: Place
beforeEach(async () => {
  place = await Place.make()
})
afterEach(() => place.remove())

/** Attempts by what came of them. */
const grouped = (lines: readonly string[]): Record<string, string[]> => {
  const groups: Record<string, string[]> = {}
  for (const line of lines) {
    const [name = '', outcome = ''] = line.split(/: (?=\w+$)/)
    groups[outcome] ??= []
    groups[outcome].push(name)
  }
  return groups
}

describe.skipIf(!(installed('busybox') && installed('cc')))('a guest', () => {
  interface Attack {
    readonly source: string
    readonly args: () => readonly string[] | Promise<readonly string[]>
    readonly attempts: number
    readonly given?: (source: string) => Given
    /**
     * What may fail outside too: the first process of a machine may have another root, and its kernel no
     * ports for root or no 32-bit calls.
     */
    readonly unproven: readonly string[]
  }
  const attacks: Record<string, Attack> = {
    'host files by every call that takes a path': {
      source: './attack/paths.c',
      args: () => place.pathArguments,
      attempts: 51,
      unproven: ['/proc/1/root'],
    },
    'host processes, sockets and descriptors': {
      source: './attack/reach.c',
      args: () => place.reachArguments,
      attempts: 24,
      unproven: [],
    },
    'what it was given for reading, to change it': {
      source: './attack/readonly.c',
      args: () => place.readonlyArguments,
      attempts: 43,
      // Nobody else does these, either.
      unproven: [
        ...['shared mapping', 'mprotect', '/proc/self/mem', 'process_vm_writev'],
        ...['ptrace', 'an answer of the kernel'],
      ],
    },
    'what the host finds by a number': {
      source: './attack/numbers.c',
      args: () => place.plant('./attack/numbers.c'),
      attempts: 31,
      unproven: ['ioperm', 'iopl', 'int 0x80', 'int 0x80 of 32-bit code'],
    },
    'more than the sockets that it was given': {
      source: GIVEN_SOCKETS,
      args: () => place.tokenArguments,
      attempts: 13,
      given: source => place.givenSockets(source),
      // Newer than some kernels.
      unproven: ['a descriptor of that process'],
    },
  }

  for (const [name, { source, args, attempts, given, unproven }] of Object.entries(attacks)) {
    it(`does not reach ${name}`, async () => {
      const before = place.state
      const lines = await place.sandboxed(bundles, source, await args(), () => {}, given?.(source))
      const { held, ...others } = grouped(lines)
      expect(others).toEqual({})
      expect(held).toHaveLength(attempts)
      expect(place.state).toEqual(before)
    })

    // What fails here would fail in any sandbox, and prove nothing.
    it.skipIf(!isRoot)(`${name}: outside, each attempt succeeds`, async () => {
      const giver = given?.(source).giver
      const { escaped, held = [] } = grouped(await place.natively(source, await args(), giver))
      expect(held.filter(attempt => !unproven.includes(attempt))).toEqual([])
      expect(escaped!.length + held.length).toBe(attempts)
    })
  }

  it('finds the pages of the platform, and nothing to do with them', async () => {
    const before = place.state
    const lines = await place.sandboxed(
      bundles,
      './attack/stub.c',
      [join(place.home, 'made')],
      spec => {
        expect(spec.hostname).not.toBe(hostname())
      },
    )
    expect(lines).toEqual([
      'hidden pages',
      'writable: 0',
      'munmap -1, mprotect -1, mremap -1, map over it -1',
      "syscall instructions: some, answered by the guest's kernel: all",
      'alive',
    ])
    expect(place.state).toEqual(before)
  })

  it('gains nothing by changing memory while the kernel looks at it', async () => {
    const lines = await place.sandboxed(bundles, './attack/timing.c', [])
    const { legal, ...others } = grouped(lines)
    expect(others).toEqual({})
    expect(legal).toHaveLength(11)
  })

  describe('uses up', () => {
    const exhaust = (what: string, change: Change = () => {}) =>
      place.sandboxed(bundles, './attack/exhaust.c', [what], change)

    it.skipIf(!hasCgroups)('the memory that it may have, and dies of it alone', async () => {
      const lines = await exhaust('memory', spec => {
        spec.linux!.resources = { memory: { limit: 300 << 20, swap: 300 << 20 } }
      })
      expect(lines).toEqual(['Killed'])
    })

    it.skipIf(!hasCgroups)('(root, cgroups) the processes that it may have', async () => {
      const lines = await exhaust('processes', spec => {
        spec.linux!.resources = { pids: { limit: 64 } }
      })
      expect(lines).toEqual(['EAGAIN after fewer than 64', 'again: 1'])
    })

    it('the descriptors that there are', async () => {
      const lines = await exhaust('files', spec => {
        const many = { type: 'RLIMIT_NOFILE', soft: 1_000_000, hard: 1_000_000 } as const
        spec.process.rlimits = [many]
      })
      expect(lines).toEqual(['refused, again: 0'])
    })

    it('a quarter of them for what it accepts from outside, until it closes some', async () => {
      const given = place.givenSockets(GIVEN_SOCKETS)
      const lines = await place.sandboxed(bundles, GIVEN_SOCKETS, ['keep'], () => {}, given)
      expect(lines).toEqual(['accepted 375, ENFILE', 'one more: yes'])
    })

    it('the room of its file systems', async () => {
      const lines = await exhaust('disk', spec => {
        const small = { destination: '/small', type: 'tmpfs', source: 'small' }
        spec.mounts!.push({ ...small, options: ['size=1m'] })
      })
      expect(lines).toEqual(['ENOSPC, sparse ENOSPC, again: 1'])
    })
  })
})
