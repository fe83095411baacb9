// Each instruction by itself: known, its reserved fields empty, its operand one that it takes. (bpf)
// Linux kernel/bpf/verifier.c: resolve_pseudo_ldimm64, bpf_opcode_in_insntable, check_alu_op, check_cond_jmp_op.

import {
  BPF_ABS,
  BPF_ADD,
  BPF_ALU,
  BPF_ALU64,
  BPF_AND,
  BPF_ARSH,
  BPF_ATOMIC,
  BPF_B,
  BPF_CALL,
  BPF_DIV,
  BPF_DW,
  BPF_END,
  BPF_EXIT,
  BPF_H,
  BPF_IMM,
  BPF_IND,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JLE,
  BPF_JLT,
  BPF_JMP,
  BPF_JMP32,
  BPF_JNE,
  BPF_JSET,
  BPF_JSGE,
  BPF_JSGT,
  BPF_JSLE,
  BPF_JSLT,
  BPF_LD,
  BPF_LDX,
  BPF_LSH,
  BPF_MEM,
  BPF_MOD,
  BPF_MOV,
  BPF_MUL,
  BPF_NEG,
  BPF_OR,
  BPF_PSEUDO_MAP_FD,
  BPF_REG_10,
  BPF_RSH,
  BPF_ST,
  BPF_STX,
  BPF_SUB,
  BPF_W,
  BPF_X,
  BPF_XOR,
  EBADF,
  EINVAL,
} from '@tsvisor/abi'
import type { Instructions } from './instructions.ts'
import type { VerifierLog } from './verifier-log.ts'

export const CALL = BPF_JMP | BPF_CALL
export const EXIT = BPF_JMP | BPF_EXIT
export const GOTO = BPF_JMP | BPF_JA
/** The one that takes two. */
export const WIDE = BPF_LD | BPF_IMM | BPF_DW

const SHIFTS: readonly number[] = [BPF_LSH, BPF_RSH, BPF_ARSH]
const DIVISIONS: readonly number[] = [BPF_DIV, BPF_MOD]
const BINARY = [
  ...[BPF_ADD, BPF_SUB, BPF_MUL, BPF_DIV, BPF_OR, BPF_AND, BPF_LSH, BPF_RSH],
  ...[BPF_MOD, BPF_XOR, BPF_MOV, BPF_ARSH],
]
const CONDITIONS = [
  ...[BPF_JEQ, BPF_JGT, BPF_JGE, BPF_JSET, BPF_JNE, BPF_JSGT, BPF_JSGE, BPF_JLT, BPF_JLE],
  ...[BPF_JSLT, BPF_JSLE],
]
const ARITHMETIC = new Set([BPF_ALU, BPF_ALU64].flatMap(type => withBoth(type, BINARY)))
const NEGATIONS = new Set([BPF_ALU | BPF_NEG, BPF_ALU64 | BPF_NEG])
const SWAPS = new Set([BPF_ALU | BPF_END, BPF_ALU | BPF_END | BPF_X])
const BRANCHES = new Set([BPF_JMP, BPF_JMP32].flatMap(type => withBoth(type, CONDITIONS)))
const SIZES = [BPF_B, BPF_H, BPF_W, BPF_DW]
const LOADS = new Set(SIZES.map(size => BPF_LDX | BPF_MEM | size))
const STORES = new Set(SIZES.map(size => BPF_ST | BPF_MEM | size))
const REGISTER_STORES = new Set(SIZES.map(size => BPF_STX | BPF_MEM | size))
const ATOMICS = new Set([BPF_W, BPF_DW].map(size => BPF_STX | BPF_ATOMIC | size))
const PACKET_LOADS = new Set(
  [BPF_B, BPF_H, BPF_W].flatMap(size => [BPF_LD | BPF_ABS | size, BPF_LD | BPF_IND | size]),
)

function withBoth(type: number, operations: readonly number[]): number[] {
  return operations.flatMap(operation => [type | operation, type | operation | BPF_X])
}

/** Whether it goes on at its offset, perhaps. */
export const isJump = (code: number): boolean => code === GOTO || BRANCHES.has(code)

/** Which instructions they are; `isOpen` knows the caller's descriptors. Errors: EINVAL, EBADF. */
export function checkInstructions(
  program: Instructions,
  log: VerifierLog,
  isOpen: (fd: number) => boolean,
): void {
  for (let pc = 0; pc < program.length; pc++) {
    const code = program.code(pc)
    if (code === WIDE) {
      checkWide(program, pc, log, isOpen)
      pc++
    } else if (fieldsOf(code) === undefined)
      log.refuse(EINVAL, `unknown opcode ${code.toString(16).padStart(2, '0')}`)
    else if (code === CALL && program.source(pc) !== 0)
      log.refuse(EINVAL, 'call to a function of the program')
    else if (LOADS.has(code) && program.operand(pc) !== 0)
      log.refuse(EINVAL, 'BPF_LDX uses reserved fields')
  }
}

/** What a known one says, which counts only where a way leads to it. Errors: EINVAL. */
export function checkFields(program: Instructions, pc: number, log: VerifierLog): void {
  const code = program.code(pc)
  if (code === WIDE) return
  const fields = fieldsOf(code) ?? ''
  const [destination, source] = [program.destination(pc), program.source(pc)]
  const operand = program.operand(pc)
  if (
    (destination !== 0 && !fields.includes('d')) ||
    (source !== 0 && !fields.includes('s')) ||
    (program.offset(pc) !== 0 && !fields.includes('o')) ||
    (operand !== 0 && !fields.includes('i'))
  )
    log.refuse(EINVAL, `insn ${pc} (${code.toString(16)}) uses reserved fields`)
  for (const register of [destination, source])
    if (register > BPF_REG_10) log.refuse(EINVAL, `R${register} is invalid`)
  if (SWAPS.has(code) && operand !== 16 && operand !== 32 && operand !== 64)
    log.refuse(EINVAL, 'BPF_END uses reserved fields')
  if (ARITHMETIC.has(code) && !(code & BPF_X)) checkOperand(code, operand, log)
}

/** Of destination, source, offset and immediate number those that it has; undefined for none that is known. */
function fieldsOf(code: number): string | undefined {
  if (ARITHMETIC.has(code)) return code & BPF_X ? 'ds' : 'di'
  if (NEGATIONS.has(code)) return 'd'
  if (SWAPS.has(code)) return 'di'
  if (BRANCHES.has(code)) return code & BPF_X ? 'dso' : 'dio'
  if (code === GOTO) return 'o'
  // What Linux has there differs from version to version.
  if (code === EXIT) return 'o'
  if (code === CALL) return 'doi'
  if (LOADS.has(code) || REGISTER_STORES.has(code)) return 'dso'
  if (STORES.has(code)) return 'doi'
  if (ATOMICS.has(code)) return 'dsoi'
  if (PACKET_LOADS.has(code)) return 'dsoi'
  return undefined
}

/** Of an arithmetic operation. */
function checkOperand(code: number, operand: number, log: VerifierLog): void {
  const operation = code & 0xf0
  const width = (code & 7) === BPF_ALU64 ? 64 : 32
  if (DIVISIONS.includes(operation) && operand === 0) log.refuse(EINVAL, 'div by zero')
  if (SHIFTS.includes(operation) && (operand < 0 || operand >= width))
    log.refuse(EINVAL, `invalid shift ${operand}`)
}

/** There are no maps whose address could stand there. */
function checkWide(
  program: Instructions,
  pc: number,
  log: VerifierLog,
  isOpen: (fd: number) => boolean,
): void {
  const next = pc + 1
  const isWhole =
    next < program.length &&
    program.code(next) === 0 &&
    program.destination(next) === 0 &&
    program.source(next) === 0 &&
    program.offset(next) === 0
  if (!isWhole) log.refuse(EINVAL, 'invalid bpf_ld_imm64 insn')
  const fd = program.operand(pc)
  if (program.source(pc) === BPF_PSEUDO_MAP_FD && !isOpen(fd))
    log.refuse(EBADF, `fd ${fd} is not pointing to valid bpf_map`)
  if (program.source(pc) !== 0 || program.offset(pc) !== 0)
    log.refuse(EINVAL, 'unrecognized bpf_ld_imm64 insn')
  const destination = program.destination(pc)
  if (destination > BPF_REG_10) log.refuse(EINVAL, `R${destination} is invalid`)
}
