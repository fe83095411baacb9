// What the platform's operations cost: run with node --conditions=tsvisor-source --import tsx. (platform-ptrace)

import { PtracePlatform } from '../src/index.ts'
import { startGuest } from '../test/guest.ts'

const platform = new PtracePlatform()
const report = (name: string, count: number, run: () => void): void => {
  for (let i = 0; i < Math.min(count, 50); i++) run()
  const start = performance.now()
  for (let i = 0; i < count; i++) run()
  const each = ((performance.now() - start) / count) * 1000
  console.log(`${name.padEnd(24)} ${each.toFixed(2).padStart(9)} us`)
}

const { space, thread } = startGuest(platform, a => {
  a.label('again').mov('rax', 110).syscall().jump('again')
})
const roundTrip = () => {
  thread.resume('run')
  platform.wait(undefined)
  thread.registers.setResult(1)
}
report('getppid', 20_000, roundTrip)
report('getppid, full registers', 20_000, () => {
  thread.registers.dirty = 'all'
  roundTrip()
})
const big = 0x7000_0000 as never
report('mmap + getppid', 5000, () => {
  space.map(big, 65536, 3, { kind: 'anonymous' })
  roundTrip()
})
space.unmap(big, 65536)
roundTrip()
report('fork + release', 300, () => space.fork(thread).space.release())
report('fork, run, release', 300, () => {
  const child = space.fork(thread)
  child.thread.resume('run')
  platform.wait(undefined)
  child.space.release()
})
report('thread, run, release', 2000, () => {
  const other = space.newThread(thread)
  other.resume('run')
  platform.wait(undefined)
  other.release()
})
report('new space + release', 300, () => {
  const fresh = platform.newAddressSpace()
  fresh.newThread(undefined)
  fresh.release()
})
const page = new Uint8Array(4096)
report('read 4 KiB', 20_000, () => space.read(0x50_0000 as never, page))
report('write 4 KiB', 20_000, () => space.write(0x50_0000 as never, page))
const file = platform.newMemoryFile('bench')
file.resize(1 << 20)
space.map(0x7000_0000 as never, 1 << 20, 3, { kind: 'anonymous' })
space.write(0x7000_0000 as never, new Uint8Array(1 << 20).fill(1))
report('guest to file, 1 MiB', 2000, () => file.copyFrom(space, 0x7000_0000 as never, 0, 1 << 20))
report('file to guest, 1 MiB', 2000, () => file.copyTo(space, 0x7000_0000 as never, 0, 1 << 20))
const bytes = new Uint8Array(64)
report('read 64 bytes', 20_000, () => space.read(0x50_0000 as never, bytes))
report('memory file 64 KiB + 1', 2000, () => {
  const large = platform.newMemoryFile('large')
  large.resize(65537)
  large.release()
})
report('file, 1 KiB', 20_000, () => {
  const small = platform.newMemoryFile('small')
  small.resize(1024)
  small.copyFrom(space, 0x50_0000 as never, 0, 1024)
  small.release()
})
platform.shutdown()
