// Linux AIO against a guest that means harm: its ring is its own to write to, and it asks for much.
import { IOCB_CMD_POLL, iocb, POLLOUT } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import type { Guest, Sys } from '../../src/testing/guest.ts'
import { Harness } from '../../src/testing/index.ts'

const HEAD = 8
const TAIL = 12

const run = (main: (sys: Sys) => Guest<void>): void => {
  const { status } = new Harness().run(function* (sys) {
    yield* main(sys)
  })
  expect(status).toBe(0)
}

/** A context for `requests`. */
function* setUp(sys: Sys, requests: number): Guest<number> {
  const at = sys.alloc(8)
  expect(yield* sys.io_setup(requests, at)).toBe(0)
  return Number(new DataView(sys.memory.read(at, 8).buffer).getBigUint64(0, true))
}

/** `count` times the same request, which is complete at once. */
function* requests(sys: Sys, count: number): Guest<number> {
  const file = yield* sys.eventfd2(0, 0)
  const at = sys.alloc(iocb.size)
  const request = {
    ...iocb.decode(new Uint8Array(iocb.size)),
    aio_lio_opcode: IOCB_CMD_POLL,
    aio_fildes: file,
    aio_buf: POLLOUT,
  }
  sys.memory.write(at, iocb.encode(request))
  const list = sys.alloc(count * 8)
  const pointers = new BigUint64Array(count).fill(BigInt(at))
  sys.memory.write(list, new Uint8Array(pointers.buffer))
  return list
}

test('a long submission lets other tasks have their turn', () => {
  run(function* (sys) {
    const context = yield* setUp(sys, 2000)
    const list = yield* requests(sys, 1000)
    let state = 'before'
    const seen = new Set<string>()
    yield* sys.thread(function* (other) {
      while (state !== 'after') {
        seen.add(state)
        yield* other.sched_yield()
      }
    })
    state = 'during'
    expect(yield* sys.io_submit(context, 1000, list)).toBe(1000)
    state = 'after'
    expect(seen).toContain('during')
    const events = sys.alloc(1000 * 32)
    expect(yield* sys.io_getevents(context, 1000, 1000, events, 0)).toBe(1000)
  })
})

test('whatever the guest writes to the ring, there is no more than a ring of events', () => {
  run(function* (sys) {
    const context = yield* setUp(sys, 4)
    const list = yield* requests(sys, 3)
    const events = sys.alloc(4096)
    for (const [offset, value] of [
      [HEAD, 0xffff_ffff],
      [TAIL, 0xffff_ffff],
      [0, 77],
      [4, 0],
    ] as const) {
      sys.memory.write(context + offset, new Uint8Array(Uint32Array.of(value).buffer))
      expect(yield* sys.io_submit(context, 3, list)).toBeGreaterThan(0)
      const got = yield* sys.io_getevents(context, 0, 127, events, 0)
      expect(got).toBeGreaterThan(0)
      expect(got).toBeLessThanOrEqual(127)
    }
    expect(yield* sys.io_destroy(context)).toBe(0)
  })
})
