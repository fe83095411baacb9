// A Linux kernel as an object: two processes, a pipe and a file, on virtual time.
// Run: npx tsx --conditions=tsvisor-source examples/embed-kernel.ts

import { O_CREAT, O_RDONLY, O_WRONLY } from '@tsvisor/abi'
import { type GuestFunction, Harness } from '@tsvisor/sentry-kernel/testing'

const bytes = (text: string) => Uint8Array.from(text, char => char.charCodeAt(0))
const text = (data: Uint8Array) => String.fromCharCode(...data)

/** The child: sleeps for a minute, then sends a line through the pipe. */
const child = (pipe: number): GuestFunction =>
  function* (sys) {
    yield* sys.nanosleep({ tv_sec: 60, tv_nsec: 0 }, null)
    const line = bytes(`from process ${yield* sys.getpid()}\n`)
    yield* sys.write(pipe, line, line.length)
    return 3
  }

/** The first process: forks the child and writes what it says to a file. */
const main: GuestFunction = function* (sys) {
  const ends = { value: [0, 0] }
  yield* sys.pipe2(ends, 0)
  const [reader, writer] = ends.value as [number, number]
  const pid = yield* sys.fork(child(writer))
  yield* sys.close(writer)

  const data = new Uint8Array(4096)
  const length = yield* sys.read(reader, data, data.length)
  const file = yield* sys.open('/log', O_CREAT | O_WRONLY, 0o644)
  yield* sys.write(file, data, length)

  const status = { value: 0 }
  yield* sys.wait4(pid, status, 0, null)
  console.log(`process ${pid} ended with ${status.value >> 8}`)

  const copy = new Uint8Array(length)
  yield* sys.read(yield* sys.open('/log', O_RDONLY), copy, length)
  console.log(`/log: ${text(copy).trim()}`)
}

const harness = new Harness()
harness.kernel.strace = line => console.log(line)
const { status } = harness.run(main)
const seconds = (harness.clock.monotonicNs() - harness.kernel.bootNs) / 1e9
console.log(`exit status ${status >> 8} after ${seconds.toFixed(6)} s`)
