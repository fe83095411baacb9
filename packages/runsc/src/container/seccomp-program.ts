// linux.seccomp as a program for the guest's kernel: classic BPF, as libseccomp and runc would have it. (runsc)

import {
  AUDIT_ARCH_X86_64,
  BPF_ABS,
  BPF_ALU,
  BPF_AND,
  BPF_JA,
  BPF_JEQ,
  BPF_JGE,
  BPF_JGT,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_MAXINSNS,
  BPF_RET,
  BPF_W,
  ENOSYS,
  EPERM,
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_KILL_THREAD,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
  type SyscallDecl,
  syscalls,
} from '@tsvisor/abi'
import type { SpecLinux } from '@tsvisor/oci-spec'
import { Failure } from '../failure.ts'

type SpecSeccomp = NonNullable<SpecLinux['seccomp']>
type SpecRule = NonNullable<SpecSeccomp['syscalls']>[number]
type Argument = NonNullable<SpecRule['args']>[number]

/** struct sock_filter. */
interface Instruction {
  readonly code: number
  readonly jt: number
  readonly jf: number
  readonly k: number
}

interface Rule {
  readonly args: readonly Argument[]
  readonly action: number
}

const ACTIONS: Readonly<Record<Exclude<SpecRule['action'], 'SCMP_ACT_NOTIFY'>, number>> = {
  SCMP_ACT_KILL: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_THREAD: SECCOMP_RET_KILL_THREAD,
  SCMP_ACT_KILL_PROCESS: SECCOMP_RET_KILL_PROCESS,
  SCMP_ACT_TRAP: SECCOMP_RET_TRAP,
  SCMP_ACT_ERRNO: SECCOMP_RET_ERRNO,
  SCMP_ACT_TRACE: SECCOMP_RET_TRACE,
  SCMP_ACT_ALLOW: SECCOMP_RET_ALLOW,
  SCMP_ACT_LOG: SECCOMP_RET_LOG,
}
/** Actions that are followed by a number. */
const WITH_DATA: ReadonlySet<string> = new Set(['SCMP_ACT_ERRNO', 'SCMP_ACT_TRACE'])

/** __X32_SYSCALL_BIT */
const X32 = 0x4000_0000
/** Where struct seccomp_data has what. */
const DATA = { nr: 0, arch: 4, args: 16 } as const

/** An array of struct sock_filter. Errors: Failure for a program that no kernel takes. */
export function compileSeccomp(seccomp: SpecSeccomp): Uint8Array {
  const otherwise = actionOf(seccomp.defaultAction, seccomp.defaultErrnoRet)
  const rules = rulesByNumber(seccomp, otherwise)
  const program: Instruction[] = [
    load(DATA.arch),
    jump(BPF_JEQ, AUDIT_ARCH_X86_64, 1, 0),
    ret(SECCOMP_RET_KILL_THREAD),
    load(DATA.nr),
    jump(BPF_JGE, X32, 0, 1),
    ret(seccomp.architectures?.includes('SCMP_ARCH_X32') ? otherwise : SECCOMP_RET_KILL_THREAD),
  ]
  for (const [nr, list] of rules) {
    const body = list.flatMap(compileRule)
    program.push(jump(BPF_JEQ, nr, 1, 0), ahead(body.length + 1), ...body, load(DATA.nr))
  }
  // A profile cannot mean calls that came after it: programs then try older ones (runc: patchbpf).
  if (!isPermissive(otherwise) && rules.size > 0)
    program.push(jump(BPF_JGT, Math.max(...rules.keys()), 0, 1), ret(errno(ENOSYS.code)))
  program.push(ret(otherwise))
  if (program.length > BPF_MAXINSNS)
    throw new Failure(
      `config.json: linux.seccomp: its rules make ${program.length} instructions, more than the ${BPF_MAXINSNS} that Linux takes`,
    )
  return encode(program)
}

/** Rules with conditions come before those without, which would hide them. */
function rulesByNumber(seccomp: SpecSeccomp, otherwise: number): Map<number, Rule[]> {
  const rules = new Map<number, Rule[]>()
  for (const { names, action, errnoRet, args = [] } of seccomp.syscalls ?? []) {
    const answer = actionOf(action, errnoRet)
    if (answer === otherwise && args.length === 0) continue
    for (const name of names) {
      const nr = numberOf(name)
      if (nr === undefined) continue
      const list = rules.get(nr) ?? []
      rules.set(nr, list)
      // Several conditions on one argument are alternatives.
      const alternatives = new Set(args.map(arg => arg.index)).size < args.length
      if (alternatives) for (const arg of args) list.push({ args: [arg], action: answer })
      else list.push({ args, action: answer })
    }
  }
  for (const list of rules.values())
    list.sort((a, b) => Math.sign(b.args.length) - Math.sign(a.args.length))
  return rules
}

const declarations: Readonly<Record<string, SyscallDecl>> = syscalls
const numberOf = (name: string): number | undefined =>
  Object.hasOwn(declarations, name) ? declarations[name]!.nr : undefined

function actionOf(name: SpecRule['action'], data: number | undefined): number {
  if (name === 'SCMP_ACT_NOTIFY')
    throw new Failure(
      `config.json: linux.seccomp: ${name}: not supported: there is no user notification`,
    )
  const action = ACTIONS[name]
  return WITH_DATA.has(name) ? (action | ((data ?? EPERM.code) & SECCOMP_RET_DATA)) >>> 0 : action
}
const errno = (code: number): number => SECCOMP_RET_ERRNO | code
const isPermissive = (action: number): boolean =>
  action === SECCOMP_RET_ALLOW || action === SECCOMP_RET_LOG || action === errno(ENOSYS.code)

/** Returns the action, or goes on behind itself. */
function compileRule({ args, action }: Rule): Instruction[] {
  const checks = args.map(compileCheck)
  const end = ret(action)
  let rest = 1
  // From the last one on, so that each knows how far it is to the end.
  for (const check of checks.toReversed()) {
    for (let i = check.length - 1; i >= 0; i--) {
      if (check[i] === FAIL) check[i] = ahead(rest)
      rest++
    }
  }
  return [...checks.flat(), end]
}

/** Stands for a jump behind the rule. */
const FAIL: Instruction = { code: 0, jt: 0, jf: 0, k: 0 }

/** Goes on behind itself if the condition holds. */
function compileCheck({ index, value, valueTwo = 0, op }: Argument): Instruction[] {
  const low = load(DATA.args + 8 * index)
  const high = load(DATA.args + 8 * index + 4)
  const [l, h] = halves(value)
  const [l2, h2] = halves(valueTwo)
  switch (op) {
    case 'SCMP_CMP_EQ':
      return [high, jump(BPF_JEQ, h, 1, 0), FAIL, low, jump(BPF_JEQ, l, 1, 0), FAIL]
    case 'SCMP_CMP_NE':
      return [high, jump(BPF_JEQ, h, 0, 3), low, jump(BPF_JEQ, l, 0, 1), FAIL]
    case 'SCMP_CMP_GT':
      return [high, jump(BPF_JGT, h, 5, 0), ...equal(h), low, jump(BPF_JGT, l, 1, 0), FAIL]
    case 'SCMP_CMP_GE':
      return [high, jump(BPF_JGT, h, 5, 0), ...equal(h), low, jump(BPF_JGE, l, 1, 0), FAIL]
    case 'SCMP_CMP_LT':
      return [high, jump(BPF_JGE, h, 0, 5), ...equal(h), low, jump(BPF_JGE, l, 0, 1), FAIL]
    case 'SCMP_CMP_LE':
      return [high, jump(BPF_JGE, h, 0, 5), ...equal(h), low, jump(BPF_JGT, l, 0, 1), FAIL]
    case 'SCMP_CMP_MASKED_EQ':
      return [high, and(h), ...equal(h2), low, and(l), ...equal(l2)]
  }
}

const equal = (value: number): Instruction[] => [jump(BPF_JEQ, value, 1, 0), FAIL]

/** JSON numbers are doubles: the greatest 64-bit numbers are read as 2^64. */
function halves(value: number): [low: number, high: number] {
  const wide = value >= 2 ** 64 ? 0xffff_ffff_ffff_ffffn : BigInt(value)
  return [Number(wide & 0xffff_ffffn), Number(wide >> 32n)]
}

const load = (k: number): Instruction => ({ code: BPF_LD | BPF_W | BPF_ABS, jt: 0, jf: 0, k })
const and = (k: number): Instruction => ({ code: BPF_ALU | BPF_AND | BPF_K, jt: 0, jf: 0, k })
const ret = (k: number): Instruction => ({ code: BPF_RET | BPF_K, jt: 0, jf: 0, k })
const ahead = (k: number): Instruction => ({ code: BPF_JMP | BPF_JA, jt: 0, jf: 0, k })
const jump = (condition: number, k: number, jt: number, jf: number): Instruction => ({
  code: BPF_JMP | condition | BPF_K,
  jt,
  jf,
  k,
})

function encode(program: readonly Instruction[]): Uint8Array {
  const bytes = new Uint8Array(program.length * 8)
  const view = new DataView(bytes.buffer)
  program.forEach(({ code, jt, jf, k }, index) => {
    view.setUint16(index * 8, code, true)
    view.setUint8(index * 8 + 2, jt)
    view.setUint8(index * 8 + 3, jf)
    view.setUint32(index * 8 + 4, k, true)
  })
  return bytes
}
