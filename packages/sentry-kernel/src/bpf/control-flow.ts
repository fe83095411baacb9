// Where a program goes: it ends, and each instruction is on some way through it. (bpf)
// Linux kernel/bpf/verifier.c: check_subprogs, check_cfg; jumps lead forwards, as for callers without CAP_BPF.

import { EINVAL } from '@tsvisor/abi'
import { EXIT, GOTO, isJump, WIDE } from './check-instructions.ts'
import type { Instructions } from './instructions.ts'
import type { VerifierLog } from './verifier-log.ts'

/** Where a jump leads to. */
export const targetOf = (program: Instructions, pc: number): number => pc + 1 + program.offset(pc)

/** Of known instructions. Errors: EINVAL. */
export function checkControlFlow(program: Instructions, log: VerifierLog): void {
  const targets = new Set<number>()
  let isReached = true
  for (let pc = 0; pc < program.length; pc++) {
    isReached ||= targets.has(pc)
    if (!isReached) log.refuse(EINVAL, `unreachable insn ${pc}`)
    const code = program.code(pc)
    if (isJump(code)) targets.add(checkTarget(program, pc, log))
    isReached = code !== EXIT && code !== GOTO
    if (code === WIDE && targets.has(++pc))
      log.refuse(EINVAL, `jump into the middle of ldimm64 insn ${pc}`)
  }
  if (isReached) log.refuse(EINVAL, 'last insn is not an exit or jmp')
}

function checkTarget(program: Instructions, pc: number, log: VerifierLog): number {
  const target = targetOf(program, pc)
  if (target < 0 || target >= program.length)
    log.refuse(EINVAL, `jump out of range from insn ${pc} to ${target}`)
  if (target <= pc) log.refuse(EINVAL, `back-edge from insn ${pc} to ${target}`)
  return target
}
