// linux.seccomp as a BPF program, run by the kernel's own interpreter. (runsc tests)

import { syscalls } from '@tsvisor/abi'
import { describe, expect, it } from 'vitest'
// The interpreter is no part of the kernel's surface.
import { BpfProgram } from '../../sentry-kernel/src/seccomp/bpf-program.ts'
import { compileSeccomp } from '../src/container/seccomp-program.ts'

type Seccomp = Parameters<typeof compileSeccomp>[0]

const X86_64 = 0xc000003e | 0
const [ALLOW, KILL_THREAD] = [0x7fff_0000, 0]
const errno = (code: number) => 0x5_0000 | code

/** What the filter answers; arguments are 64 bits. */
function answer(seccomp: Seccomp, nr: number, ...args: bigint[]): number {
  const data = new Int32Array(16)
  data.set([nr, X86_64])
  args.forEach((arg, n) => {
    data[4 + 2 * n] = Number(BigInt.asIntN(32, arg))
    data[5 + 2 * n] = Number(BigInt.asIntN(32, arg >> 32n))
  })
  return new BpfProgram(compileSeccomp(seccomp)).run(data)
}

const { getcwd, mkdir, openat, socket, personality } = syscalls

describe('linux.seccomp', () => {
  const denyList: Seccomp = {
    defaultAction: 'SCMP_ACT_ALLOW',
    syscalls: [
      { names: ['getcwd', 'no_such_call', 'socketcall'], action: 'SCMP_ACT_ERRNO' },
      { names: ['mkdir'], action: 'SCMP_ACT_ERRNO', errnoRet: 17 },
      { names: ['openat'], action: 'SCMP_ACT_KILL_PROCESS' },
    ],
  }
  it('answers by name, EPERM unless told otherwise; unknown names are skipped', () => {
    expect(answer(denyList, getcwd.nr)).toBe(errno(1))
    expect(answer(denyList, mkdir.nr)).toBe(errno(17))
    expect(answer(denyList, openat.nr)).toBe(0x8000_0000)
    expect(answer(denyList, socket.nr)).toBe(ALLOW)
    expect(answer(denyList, 5000)).toBe(ALLOW)
  })

  it('gives ENOSYS for calls newer than any of an allow list, the default action for the others', () => {
    const allowList: Seccomp = {
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 13,
      architectures: ['SCMP_ARCH_X86_64', 'SCMP_ARCH_X32'],
      syscalls: [{ names: ['getcwd', 'openat'], action: 'SCMP_ACT_ALLOW' }],
    }
    expect(answer(allowList, openat.nr)).toBe(ALLOW)
    expect(answer(allowList, mkdir.nr)).toBe(errno(13))
    expect(answer(allowList, openat.nr + 1)).toBe(errno(38))
    expect(answer(allowList, 0x4000_0000 | getcwd.nr)).toBe(errno(13))
    expect(answer(denyList, 0x4000_0000 | getcwd.nr)).toBe(KILL_THREAD)
  })

  const compared = (op: string, value: number, valueTwo = 0): Seccomp =>
    ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [
        {
          names: ['socket'],
          action: 'SCMP_ACT_ERRNO',
          args: [{ index: 1, value, valueTwo, op }],
        },
      ],
    }) as Seccomp
  const VALUES = [0n, 1n, 5n, 6n, 0xffff_ffffn, 1n << 32n, (1n << 32n) + 5n, (1n << 63n) + 1n]
  const HOLDS: Record<string, (arg: bigint, value: bigint) => boolean> = {
    SCMP_CMP_EQ: (arg, value) => arg === value,
    SCMP_CMP_NE: (arg, value) => arg !== value,
    SCMP_CMP_LT: (arg, value) => arg < value,
    SCMP_CMP_LE: (arg, value) => arg <= value,
    SCMP_CMP_GE: (arg, value) => arg >= value,
    SCMP_CMP_GT: (arg, value) => arg > value,
  }
  it.each(Object.entries(HOLDS))('%s compares 64 bits, unsigned', (op, holds) => {
    for (const value of [0n, 5n, 0xffff_ffffn, 1n << 32n, (1n << 32n) + 5n])
      for (const arg of VALUES)
        expect(answer(compared(op, Number(value)), socket.nr, 0n, arg), `${arg} ${value}`).toBe(
          holds(arg, value) ? errno(1) : ALLOW,
        )
  })

  it('SCMP_CMP_MASKED_EQ compares what the mask leaves', () => {
    const masked = compared('SCMP_CMP_MASKED_EQ', 0xff, 5)
    expect(answer(masked, socket.nr, 0n, 0x1_0000_0105n)).toBe(errno(1))
    expect(answer(masked, socket.nr, 0n, 0x106n)).toBe(ALLOW)
  })

  it('conditions on several arguments must all hold, several on one are alternatives', () => {
    const args = (...list: [index: number, value: number][]): Seccomp => ({
      defaultAction: 'SCMP_ACT_ERRNO',
      syscalls: [
        {
          names: ['personality', 'socket'],
          action: 'SCMP_ACT_ALLOW',
          args: list.map(([index, value]) => ({ index, value, op: 'SCMP_CMP_EQ' })),
        },
      ],
    })
    const both = args([0, 1], [1, 2])
    expect(answer(both, socket.nr, 1n, 2n)).toBe(ALLOW)
    expect(answer(both, socket.nr, 1n, 3n)).toBe(errno(1))
    const either = args([0, 0], [0, 8])
    const tried = [0n, 8n, 4n].map(arg => answer(either, personality.nr, arg))
    expect(tried).toEqual([ALLOW, ALLOW, errno(1)])
  })

  it('refuses to notify somebody', () => {
    const notify = { defaultAction: 'SCMP_ACT_NOTIFY' } as const
    expect(() => compileSeccomp(notify)).toThrow('SCMP_ACT_NOTIFY: not supported')
  })

  it('refuses what is too long for Linux', () => {
    const rule = compared('SCMP_CMP_EQ', 1).syscalls![0]!
    const long = { ...compared('SCMP_CMP_EQ', 1), syscalls: new Array(1000).fill(rule) }
    expect(() => compileSeccomp(long)).toThrow('more than the 4096 that Linux takes')
  })
})
