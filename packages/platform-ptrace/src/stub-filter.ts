// The seccomp filter of stub processes: what we inject, from our code page, and nothing else. (platform-ptrace)

import {
  AUDIT_ARCH_X86_64,
  assembleBpf,
  type BpfStep,
  NR,
  SECCOMP_DATA,
  SECCOMP_RET,
} from '@tsvisor/host'
import { BARRIER } from './barrier.ts'

const INJECTED = [
  NR.mmap,
  NR.munmap,
  NR.mprotect,
  NR.mremap,
  NR.madvise,
  NR.clone,
  NR.exit,
  NR.epoll_wait,
]
// The vsyscall page cannot be unmapped; the kernel emulates these three of its own accord.
const VSYSCALLS = [96, 201, 309]
const VSYSCALL_HIGH = 0xffff_ffff

const TWO_32 = 0x1_0000_0000

/** A filter for stubs whose code page is at `codeAddress`. Guests run under SYSEMU and never meet it. */
export const stubFilter = (codeAddress: number): Uint8Array => {
  const oneOf = (values: readonly number[]): BpfStep[] => [
    ...values.map((value): BpfStep => ({ op: 'jeq', value, yes: 'allow' })),
    { op: 'return', value: SECCOMP_RET.KILL_PROCESS },
  ]
  return assembleBpf([
    { op: 'load', offset: SECCOMP_DATA.arch },
    { op: 'jeq', value: AUDIT_ARCH_X86_64, no: 'kill' },
    { op: 'load', offset: SECCOMP_DATA.ipHigh },
    { op: 'jeq', value: VSYSCALL_HIGH, yes: 'vsyscall' },
    { op: 'jeq', value: Math.floor(codeAddress / TWO_32), no: 'kill' },
    { op: 'load', offset: SECCOMP_DATA.ipLow },
    { op: 'and', value: 0xffff_f000 },
    { op: 'jeq', value: codeAddress % TWO_32, no: 'kill' },
    { op: 'load', offset: SECCOMP_DATA.nr },
    { op: 'jeq', value: NR.membarrier, yes: 'barrier' },
    ...oneOf(INJECTED),
    { op: 'label', name: 'barrier' },
    { op: 'load', offset: SECCOMP_DATA.arg(0) },
    ...oneOf(Object.values(BARRIER).flatMap(({ pass, register }) => [pass, register])),
    { op: 'label', name: 'vsyscall' },
    { op: 'load', offset: SECCOMP_DATA.nr },
    ...oneOf(VSYSCALLS),
    { op: 'label', name: 'kill' },
    { op: 'return', value: SECCOMP_RET.KILL_PROCESS },
    { op: 'label', name: 'allow' },
    { op: 'return', value: SECCOMP_RET.ALLOW },
  ])
}
