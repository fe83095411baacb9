// Was a page fault a read, a write or a fetch? ptrace does not tell, the instruction does. (platform-ptrace)

import type { Addr } from '@tsvisor/abi'
import { PAGE_SIZE, Reg } from '@tsvisor/sentry-kernel'
import type { HostThread } from './host-thread.ts'

const code = new Uint8Array(16)

const PREFIXES = new Set([0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65, 0x66, 0x67, 0xf0, 0xf2, 0xf3])

/**
 * The kind of access that faulted at `at`. Fetches are certain. Writes are told by opcode (the
 * common stores of integer, SSE and AVX code); another thread that rewrites the instruction at the
 * same time can only fool itself.
 */
export const accessOf = (thread: HostThread, at: Addr): 'read' | 'write' | 'execute' => {
  const ip = thread.registers.get(Reg.rip)
  const length = thread.space.read(ip as Addr, code)
  // A fetch faults at the instruction itself, or where it crosses into the next page.
  if (length === 0 || at === ip) return 'execute'
  if (at % PAGE_SIZE === 0 && at > ip && at < ip + code.length) return 'execute'
  let i = 0
  while (i < length && PREFIXES.has(code[i]!)) i++
  if ((code[i]! & 0xf0) === 0x40) i++
  return stores(i, at, thread) ? 'write' : 'read'
}

const stores = (i: number, at: number, thread: HostThread): boolean => {
  const op = code[i]!
  const modrm = code[i + 1]!
  const field = (modrm >> 3) & 7
  if (op === 0x0f) return storesTwoByte(code[i + 1]!)
  // VEX and EVEX: the opcode byte behind the prefix, in the 0F map for the stores of interest.
  if (op === 0xc5) return isVectorStore(code[i + 2]!)
  if (op === 0xc4) return isVectorStore(code[i + 3]!)
  if (op === 0x62) return isVectorStore(code[i + 4]!)
  // add, or, adc, sbb, and, sub, xor with memory as destination.
  if (op < 0x38 && (op & 7) < 2) return true
  if (op >= 0x50 && op <= 0x57) return true
  switch (op) {
    case 0x68:
    case 0x6a:
    case 0x86:
    case 0x87:
    case 0x88:
    case 0x89:
    case 0x8c:
    case 0x8f:
    case 0x9c:
    case 0xa2:
    case 0xa3:
    case 0xaa:
    case 0xab:
    case 0xc6:
    case 0xc7:
    case 0xe8:
    case 0xc0:
    case 0xc1:
    case 0xd0:
    case 0xd1:
    case 0xd2:
    case 0xd3:
      return true
    case 0x80:
    case 0x81:
    case 0x83:
      return field !== 7
    case 0xa4:
    case 0xa5:
      return at >= thread.registers.get(Reg.rdi) - 8 && at < thread.registers.get(Reg.rdi) + 8
    case 0xf6:
    case 0xf7:
      return field === 2 || field === 3
    case 0xfe:
      return true
    case 0xff: // inc and dec store; call and push store to the stack, but may also fault reading
      return field < 2 || ((field === 2 || field === 6) && nearStack(at, thread))
    case 0xd9:
    case 0xdd:
    case 0xdf:
    case 0xdb:
      return field === 2 || field === 3 || field === 6 || field === 7
    default:
      return false
  }
}

const nearStack = (at: number, thread: HostThread): boolean => {
  const sp = thread.registers.get(Reg.rsp)
  return at < sp && at >= sp - 16
}

const isVectorStore = (op: number): boolean =>
  op === 0x11 ||
  op === 0x13 ||
  op === 0x17 ||
  op === 0x29 ||
  op === 0x2b ||
  op === 0x7e ||
  op === 0x7f ||
  op === 0xd6 ||
  op === 0xe7

const storesTwoByte = (op: number): boolean =>
  isVectorStore(op) ||
  (op >= 0x90 && op <= 0x9f) || // setcc
  op === 0xa4 ||
  op === 0xa5 ||
  op === 0xac ||
  op === 0xad || // shld, shrd
  op === 0xab ||
  op === 0xb3 ||
  op === 0xbb || // bts, btr, btc
  op === 0xb0 ||
  op === 0xb1 ||
  op === 0xc0 ||
  op === 0xc1 ||
  op === 0xc3 ||
  op === 0xc7
