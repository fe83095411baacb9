// Round trips to a real gofer process: node --conditions=tsvisor-source --import tsx packages/gofer/test/bench.ts
import { close } from '@tsvisor/host'
import { startGofer } from './gofer.ts'

const gofer = startGofer([{ attach: '0', path: '/usr', access: 'read' }])
const { client, passed } = gofer
const root = client.attach('0')
const call = client.call.bind(client) as typeof client.call

const time = (label: string, step: () => void, count = 20_000): void => {
  for (let i = 0; i < count / 10; i++) step()
  const start = process.hrtime.bigint()
  for (let i = 0; i < count; i++) step()
  const us = Number(process.hrtime.bigint() - start) / 1000 / count
  console.log(`${label.padEnd(28)} ${us.toFixed(1)} µs`)
}

const find = (...names: string[]): number => {
  const steps = names.map(name => ({ newfid: client.newFid(), name }))
  call('walkattr', { fid: root, steps })
  return steps.at(-1)!.newfid
}
const env = find('bin', 'env')
const bin = find('bin')
time('flush (no work)', () => call('flush', { oldtag: 9 }))
time('getattr', () => call('getattr', { fid: env, mask: 0x7ff }))
time('walk-getattr, clunk batched', () => {
  const newfid = client.newFid()
  call('walkattr', { fid: bin, steps: [{ newfid, name: 'env' }] })
  client.clunkLater(newfid)
})
time('open with descriptor, close', () => {
  call('openfd', { fid: env, flags: 0 })
  close(passed.pop()!)
})
let entries = 0
time(
  'list /usr/bin',
  () => {
    entries = 0
    for (let offset: number | bigint = 0; ; ) {
      const page = call('list', { fid: bin, offset, count: 1 << 20 }).entries
      if (page.length === 0) break
      entries += page.length
      offset = page.at(-1)!.offset
    }
  },
  200,
)
console.log(`(${entries} entries)`)
await gofer.stop()
