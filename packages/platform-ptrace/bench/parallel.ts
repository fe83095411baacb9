// Do threads of a guest run in parallel, and what does that cost calls? (platform-ptrace)

import { Reg } from '@tsvisor/sentry-kernel'
import { PtracePlatform } from '../src/index.ts'
import { startGuest } from '../test/guest.ts'

const platform = new PtracePlatform()

/** Runs `count` threads that each compute `loops` and then call, `calls` times; ms until all are done. */
const run = (count: number, loops: number, calls: number): number => {
  const { space, thread } = startGuest(platform, a => {
    a.label('again').mov('rcx', loops)
    a.label('loop').add('rcx', -1).jumpIf('ne', 'loop')
    a.mov('rax', 110).syscall().jump('again')
  })
  const threads = [thread]
  while (threads.length < count) threads.push(space.newThread(thread) as typeof thread)
  const left = new Map(threads.map(t => [t, calls]))
  const start = performance.now()
  for (const t of threads) t.resume('run')
  while (left.size > 0) {
    const event = platform.wait(undefined)
    if (event.kind !== 'syscall') continue
    const t = event.thread as typeof thread
    t.registers.setResult(t.registers.get(Reg.rcx))
    const more = left.get(t)! - 1
    if (more > 0) {
      left.set(t, more)
      t.resume('run')
    } else left.delete(t)
  }
  const took = performance.now() - start
  space.release()
  return took
}

for (const [loops, calls] of [
  [1e9, 1],
  [1e7, 40],
  [1e6, 400],
  [1e5, 3000],
  [1e4, 8000],
  [1, 8000],
] as const) {
  const one = run(1, loops, calls)
  const two = run(2, loops, calls)
  console.log(
    `${String(loops).padStart(10)} loops a call: one thread ${one.toFixed(0).padStart(5)} ms,`,
    `two ${two.toFixed(0).padStart(5)} ms (${(two / one).toFixed(2)}; 1 is ideal, 2 serial)`,
  )
}
platform.shutdown()
