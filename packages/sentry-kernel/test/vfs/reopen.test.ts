// Opening again what is open already, through /proc/self/fd.

import { ENXIO, MS_BIND, O_CREAT, O_RDONLY, O_RDWR, O_WRONLY } from '@tsvisor/abi'
import { describe, expect, it } from 'vitest'
import { newProcfs } from '../../src/fs/proc/procfs.ts'
import { Harness } from '../../src/testing/harness.ts'

describe('/proc/self/fd', () => {
  it('reopens files and pipes, keeps O_CREAT on the same file, and follows no socket', () => {
    const harness = new Harness()
    const { kernel } = harness
    const seen: unknown[] = []
    harness.rootFs.root.mkdir('proc', 0o755, { uid: 0, gid: 0 })
    const pidNamespace = kernel.rootPidNamespace
    harness.mounts.mount('/proc', newProcfs({ kernel, pidNamespace, dev: 7 }), 0, 'proc')
    harness.run(function* (sys) {
      const data = new Uint8Array(8)
      const fd = yield* sys.open('/f', O_CREAT | O_RDWR, 0o600)
      yield* sys.write(fd, new Uint8Array([65, 66]), 2)
      yield* sys.unlink('/f')
      const again = yield* sys.open(`/proc/self/fd/${fd}`, O_RDONLY | O_CREAT, 0o600)
      seen.push(yield* sys.read(again, data, 8), data[0])
      const length = yield* sys.readlink(`/proc/self/fd/${again}`, data, 8)
      seen.push(String.fromCharCode(...data.subarray(0, length)))
      const ends = { value: [0, 0] }
      yield* sys.pipe(ends)
      const writer = yield* sys.open(`/proc/self/fd/${ends.value[0]}`, O_WRONLY, 0)
      seen.push(yield* sys.write(writer, new Uint8Array([67]), 1))
      seen.push(yield* sys.read(ends.value[0]!, data, 8), data[0])
      yield* sys.socketpair(1, 1, 0, ends)
      seen.push(yield* sys.open(`/proc/self/fd/${ends.value[0]}`, O_RDWR, 0))
    })
    expect(seen).toEqual([2, 65, '/f (dele', 1, 1, 67, -ENXIO.code])
  })

  it('keeps mounts on files that are looked up anew each time', () => {
    const harness = new Harness()
    const { kernel } = harness
    const seen: unknown[] = []
    harness.rootFs.root.mkdir('proc', 0o755, { uid: 0, gid: 0 })
    const pidNamespace = kernel.rootPidNamespace
    harness.mounts.mount('/proc', newProcfs({ kernel, pidNamespace, dev: 7 }), 0, 'proc')
    harness.run(function* (sys) {
      const fd = yield* sys.open('/mine', O_CREAT | O_RDWR, 0o600)
      yield* sys.write(fd, new Uint8Array([65]), 1)
      for (const name of ['hostname', 'osrelease'])
        seen.push(yield* sys.mount('/mine', `/proc/sys/kernel/${name}`, null, MS_BIND, null))
      const data = new Uint8Array(8)
      for (const name of ['hostname', 'osrelease', 'ostype']) {
        const file = yield* sys.open(`/proc/sys/kernel/${name}`, O_RDONLY, 0)
        yield* sys.read(file, data, 8)
        yield* sys.close(file)
        seen.push(data[0])
      }
      seen.push(yield* sys.umount2('/proc/sys/kernel/hostname', 0))
      const file = yield* sys.open('/proc/sys/kernel/hostname', O_RDONLY, 0)
      yield* sys.read(file, data, 8)
      seen.push(data[0])
    })
    // "L" of Linux, "t" of tsvisor.
    expect(seen).toEqual([0, 0, 65, 65, 0x4c, 0, 0x74])
  })
})
