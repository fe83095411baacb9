// A memfs volume as a guest's root.

import { EEXIST, ENOENT, ENOTEMPTY, O_CREAT, O_RDWR } from '@tsvisor/abi'
import { memfs } from 'memfs'
import { describe, expect, it } from 'vitest'
import type { FsLike } from '../../src/fs/node/fs-like.ts'
import { NodeFs } from '../../src/fs/node/node-fs.ts'
import { userCredentials } from '../../src/task/credentials.ts'
import { Harness } from '../../src/testing/harness.ts'

describe('NodeFs over memfs', () => {
  it('shows the volume to the guest and the guest’s changes to the volume', () => {
    const { fs, vol } = memfs({ '/etc/hello': 'hello\n', '/ünï/x': '' })
    // memfs checks permissions for the user of this process: the guest is the same one.
    const [uid, gid] = [process.getuid!(), process.getgid!()]
    const harness = new Harness({
      creds: userCredentials(uid, gid, 0n),
      rootFs: ({ platform }) =>
        new NodeFs({ fs: fs as unknown as FsLike, root: '/', platform, dev: 1 }),
    })
    const seen: unknown[] = []
    harness.run(function* (sys) {
      const data = new Uint8Array(10)
      const fd = yield* sys.open('/etc/hello', O_RDWR, 0)
      seen.push(yield* sys.read(fd, data, 10), String.fromCharCode(...data.subarray(0, 6)))
      seen.push(yield* sys.pwrite64(fd, new Uint8Array([0x4a]), 1, 0))
      // UTF-8 names are byte strings in the guest.
      seen.push(yield* sys.access('/\xc3\xbcn\xc3\xaf/x', 0), yield* sys.access('/\xfc', 0))
      seen.push(yield* sys.mkdir('/d', 0o755), yield* sys.mkdir('/d', 0o755))
      seen.push(yield* sys.open('/d/f', O_CREAT | O_RDWR, 0o600), yield* sys.rmdir('/d'))
      seen.push(yield* sys.rename('/d/f', '/etc/f'), yield* sys.rmdir('/d'))
      seen.push(yield* sys.unlink('/etc/hello'))
      // Unlinked but open.
      seen.push(yield* sys.pread64(fd, data, 10, 0), String.fromCharCode(...data.subarray(0, 6)))
      const stat: Record<string, number> = {}
      seen.push(yield* sys.fstat(fd, stat), stat['st_nlink'], stat['st_size'])
    })
    expect(seen).toEqual([
      ...[6, 'hello\n', 1, 0, -84, 0, -EEXIST.code, 1, -ENOTEMPTY.code, 0, 0, 0],
      ...[6, 'Jello\n', 0, 0, 6],
    ])
    expect(-ENOENT.code).toBe(-2)
    expect(vol.toJSON()).toEqual({ '/etc/f': '', '/ünï/x': '' })
  })
})
