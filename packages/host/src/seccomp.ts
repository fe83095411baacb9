// Seccomp filters: a small BPF assembler and installation. (host)

import { Errno } from '@tsvisor/abi'
import { addressOf } from './memory.ts'
import { sys6 } from './native.ts'
import { NR } from './nr.ts'

/** What a filter answers (linux/seccomp.h). */
export const SECCOMP_RET = {
  KILL_PROCESS: 0x8000_0000,
  TRAP: 0x0003_0000,
  ERRNO: 0x0005_0000,
  ALLOW: 0x7fff_0000,
} as const

/** Offsets of struct seccomp_data. */
export const SECCOMP_DATA = { nr: 0, arch: 4, ipLow: 8, ipHigh: 12, arg: (i: number) => 16 + 8 * i }

export const AUDIT_ARCH_X86_64 = 0xc000_003e

/**
 * One BPF instruction. A conditional names its targets: an absent one falls through. Jumps go
 * forward only.
 */
export type BpfStep =
  | { readonly op: 'load'; readonly offset: number }
  | {
      readonly op: 'jeq' | 'jge' | 'jgt' | 'jset'
      readonly value: number
      readonly yes?: string
      readonly no?: string
    }
  | { readonly op: 'and'; readonly value: number }
  | { readonly op: 'return'; readonly value: number }
  | { readonly op: 'label'; readonly name: string }

const CODE = { load: 0x20, jeq: 0x15, jge: 0x35, jgt: 0x25, jset: 0x45, and: 0x54, return: 0x06 }

/** Encodes a filter as an array of struct sock_filter. Throws where a jump is out of range. */
export const assembleBpf = (steps: readonly BpfStep[]): Uint8Array => {
  const labels = new Map<string, number>()
  let count = 0
  for (const step of steps) {
    if (step.op === 'label') labels.set(step.name, count)
    else count++
  }
  const bytes = new Uint8Array(count * 8)
  const view = new DataView(bytes.buffer)
  let index = 0
  const jump = (label: string | undefined): number => {
    if (label === undefined) return 0
    const distance = labels.get(label)! - index - 1
    if (!(distance >= 0 && distance <= 255)) throw new RangeError(`BPF jump to ${label}`)
    return distance
  }
  for (const step of steps) {
    if (step.op === 'label') continue
    view.setUint16(index * 8, CODE[step.op], true)
    if ('yes' in step || 'no' in step) {
      view.setUint8(index * 8 + 2, jump(step.yes))
      view.setUint8(index * 8 + 3, jump(step.no))
    }
    view.setUint32(index * 8 + 4, step.op === 'load' ? step.offset : step.value >>> 0, true)
    index++
  }
  return bytes
}

const PR_SET_NO_NEW_PRIVS = 38
const SECCOMP_SET_MODE_FILTER = 1
const SECCOMP_FILTER_FLAG_TSYNC = 1

/** Installs a filter on all threads of this process, for good. Throws EACCES, EINVAL, ESRCH (a thread). */
export const installSeccomp = (program: Uint8Array): void => {
  sys6(NR.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
  const header = new BigUint64Array([BigInt(program.length / 8), BigInt(addressOf(program))])
  const result = sys6(
    NR.seccomp,
    SECCOMP_SET_MODE_FILTER,
    SECCOMP_FILTER_FLAG_TSYNC,
    addressOf(header),
    0,
    0,
    0,
  )
  if (result < 0) throw Errno.of(-result)
  if (result > 0) throw Errno.of(3)
}
