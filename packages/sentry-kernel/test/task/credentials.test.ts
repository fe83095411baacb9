// Users, capabilities, and what execve makes of them.
// biome-ignore-all lint/correctness/useYield: a guest without system calls is a guest too.
import { CAP_CHOWN, CAP_NET_RAW, EPERM, SECBIT_KEEP_CAPS } from '@tsvisor/abi'
import { describe, expect, test } from 'vitest'
import { credentialsForExec, decodeFileCapabilities } from '../../src/task/credential-rules.ts'
import { ALL_CAPABILITIES, rootCredentials, userCredentials } from '../../src/task/credentials.ts'
import { Harness, runGuest } from '../../src/testing/index.ts'

const bit = (cap: number) => 1n << BigInt(cap)

describe('execve', () => {
  const user = userCredentials(1000, 1000, 0n)
  test('an ordinary file gives nothing', () => {
    const { creds, secure } = credentialsForExec(user, {})
    expect(secure).toBe('plain')
    expect(creds.capabilities.permitted).toBe(0n)
  })
  test('set-user-ID root gives everything in the bounding set, securely', () => {
    const { creds, secure } = credentialsForExec(user, { setUid: 0 })
    expect([creds.uid, creds.euid, creds.suid, creds.fsuid]).toEqual([1000, 0, 0, 0])
    expect(creds.capabilities.effective).toBe(ALL_CAPABILITIES)
    expect(secure).toBe('secure')
  })
  test('no_new_privs: neither set-user-ID nor file capabilities', () => {
    const bound = { ...user, noNewPrivileges: true }
    const capabilities = { permitted: bit(CAP_NET_RAW), inheritable: 0n, effective: true }
    const { creds, secure } = credentialsForExec(bound, { setUid: 0, capabilities })
    expect(creds.euid).toBe(1000)
    expect(creds.capabilities.effective).toBe(0n)
    expect(secure).toBe('plain')
  })
  test('file capabilities, cut by the bounding set', () => {
    const bounding = ALL_CAPABILITIES & ~bit(CAP_CHOWN)
    const old = { ...user, capabilities: { ...user.capabilities, bounding } }
    const permitted = bit(CAP_NET_RAW) | bit(CAP_CHOWN)
    const file = { capabilities: { permitted, inheritable: 0n, effective: false } }
    const { creds, secure } = credentialsForExec(old, file)
    expect(creds.capabilities.permitted).toBe(bit(CAP_NET_RAW))
    expect(creds.capabilities.effective).toBe(0n)
    expect(secure).toBe('secure')
    const needed = { capabilities: { ...file.capabilities, effective: true } }
    expect(() => credentialsForExec(old, needed)).toThrow(EPERM)
    expect(credentialsForExec(user, needed).creds.capabilities.effective).toBe(permitted)
  })
  test('ambient capabilities stay, without being secure', () => {
    const ambient = bit(CAP_NET_RAW)
    const capabilities = {
      ...user.capabilities,
      permitted: ambient,
      effective: ambient,
      inheritable: ambient,
      ambient,
    }
    const { creds, secure } = credentialsForExec({ ...user, capabilities }, {})
    expect(creds.capabilities.effective).toBe(ambient)
    expect(secure).toBe('plain')
  })
  test('root keeps what the bounding set allows; keep-caps ends', () => {
    const old = { ...rootCredentials(), securebits: SECBIT_KEEP_CAPS, keepCapabilities: true }
    const bounded = { ...old, capabilities: { ...old.capabilities, bounding: bit(CAP_CHOWN) } }
    const { creds } = credentialsForExec(bounded, {})
    expect(creds.capabilities.permitted).toBe(bit(CAP_CHOWN))
    expect([creds.securebits, creds.keepCapabilities]).toEqual([0, false])
  })
  test('the extended attribute', () => {
    const data = new Uint8Array(20)
    const view = new DataView(data.buffer)
    view.setUint32(0, 0x0200_0001, true)
    view.setUint32(4, Number(bit(CAP_NET_RAW)), true)
    expect(decodeFileCapabilities(data)).toEqual({
      permitted: bit(CAP_NET_RAW),
      inheritable: 0n,
      effective: true,
    })
    expect(decodeFileCapabilities(data.subarray(0, 19))).toBeUndefined()
    expect(decodeFileCapabilities(new Uint8Array(20))).toBeUndefined()
  })
})

describe('users', () => {
  test('setuid drops capabilities for good; seteuid only for a while', () => {
    const result = runGuest(function* (sys) {
      const effective = function* () {
        const data = [{ effective: 0 }, { effective: 0 }]
        yield* sys.capget({ version: 0x2008_0522, pid: 0 }, sys.alloc(0))
        const at = sys.alloc(24)
        yield* sys.capget({ version: 0x2008_0522, pid: 0 }, at)
        data[0]!.effective = sys.memory.u32(at)
        return data[0]!.effective
      }
      expect(yield* effective()).toBe(0xffff_ffff)
      yield* sys.setresuid(-1, 1000, -1)
      expect(yield* effective()).toBe(0)
      expect(yield* sys.sethostname('x', 1)).toBe(-EPERM.code)
      yield* sys.setresuid(-1, 0, -1)
      expect(yield* sys.sethostname('x', 1)).toBe(0)
      yield* sys.setuid(1000)
      expect(yield* sys.setuid(0)).toBe(-EPERM.code)
      return yield* sys.geteuid()
    })
    expect(result.status).toBe((1000 & 0xff) << 8)
  })
  test('kill needs the same user or CAP_KILL', () => {
    const harness = new Harness()
    harness.run(function* (sys) {
      const victim = yield* sys.fork(function* (child) {
        yield* child.pause()
      })
      const other = yield* sys.fork(function* (child) {
        yield* child.setuid(1000)
        return (yield* child.kill(victim, 9)) === -EPERM.code ? 1 : 2
      })
      const status = { value: 0 }
      yield* sys.wait4(other, status, 0, null)
      expect(status.value).toBe(1 << 8)
      yield* sys.kill(victim, 9)
      yield* sys.wait4(victim, status, 0, null)
    })
  })
})

describe('determinism', () => {
  const interleaving = (scheduleSeed: number) => {
    const order: number[] = []
    new Harness({ scheduleSeed }).run(function* (sys) {
      for (let i = 0; i < 4; i++)
        yield* sys.thread(function* (thread) {
          for (let step = 0; step < 3; step++) {
            order.push(i)
            yield* thread.sched_yield()
          }
        })
      yield* sys.nanosleep({ tv_sec: 1 }, null)
    })
    return order.join('')
  }
  test('a seed replays its interleaving; another gives another', () => {
    expect(interleaving(1)).toBe(interleaving(1))
    expect(new Set([1, 2, 3, 4].map(interleaving)).size).toBeGreaterThan(1)
  })
  test('dmesg always has the line', () => {
    for (const seed of [1, 2, 3]) {
      const { text } = new Harness({ seed }).kernel.printk
      expect(text).toContain('Rewriting operating system in JavaScript...')
      expect(text.trimEnd().endsWith('Ready!')).toBe(true)
    }
  })
})
