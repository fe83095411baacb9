// Running a device program that the verifier has let through. (bpf)
// Linux kernel/bpf/core.c: ___bpf_prog_run.

import { BPF_ALU, BPF_ALU64, BPF_END, BPF_JMP, BPF_LDX, BPF_REG_10, BPF_X } from '@tsvisor/abi'
import { compute, endian, isTaken, type Width } from './arithmetic.ts'
import { EXIT, GOTO, WIDE } from './check-instructions.ts'
import { sizeOf } from './context.ts'
import type { Instructions } from './instructions.ts'

/** What it is asked: struct bpf_cgroup_dev_ctx. */
export type Context = readonly [accessType: number, major: number, minor: number]

const registers = new BigUint64Array(BPF_REG_10 + 1)
const context = new DataView(new ArrayBuffer(12))

/** Its answer, the low half of register 0. */
export function interpret(program: Instructions, asked: Context): number {
  registers.fill(0n)
  for (let i = 0; i < asked.length; i++) context.setUint32(4 * i, asked[i]!, true)
  for (let pc = 0; ; pc++) {
    const code = program.code(pc)
    if (code === EXIT) return Number(registers[0]! & 0xffff_ffffn)
    if (code === WIDE) {
      registers[program.destination(pc)] = program.wide(pc)
      pc++
    } else if ((code & 7) === BPF_LDX)
      registers[program.destination(pc)] = load(program.offset(pc), sizeOf(code))
    else if ((code & 7) === BPF_ALU || (code & 7) === BPF_ALU64) calculate(program, pc, code)
    else if (code === GOTO || branches(program, pc, code)) pc += program.offset(pc)
  }
}

function load(offset: number, size: number): bigint {
  if (size === 1) return BigInt(context.getUint8(offset))
  return BigInt(size === 2 ? context.getUint16(offset, true) : context.getUint32(offset, true))
}

function calculate(program: Instructions, pc: number, code: number): void {
  const destination = program.destination(pc)
  const operation = code & 0xf0
  const left = registers[destination]!
  if (operation === BPF_END) {
    const order = code & BPF_X ? 'big' : 'little'
    registers[destination] = endian(left, program.operand(pc), order)
    return
  }
  const width = (code & 7) === BPF_ALU64 ? 64 : 32
  const a = BigInt.asUintN(width, left)
  registers[destination] = compute(operation, a, right(program, pc, code, width), width)
}

function branches(program: Instructions, pc: number, code: number): boolean {
  const width = (code & 7) === BPF_JMP ? 64 : 32
  const a = BigInt.asUintN(width, registers[program.destination(pc)]!)
  return isTaken(code & 0xf0, a, right(program, pc, code, width), width)
}

function right(program: Instructions, pc: number, code: number, width: Width): bigint {
  const value = code & BPF_X ? registers[program.source(pc)]! : BigInt(program.operand(pc))
  return BigInt.asUintN(width, value)
}
