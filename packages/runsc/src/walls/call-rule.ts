// What a process may ask of the host's kernel: rules, as text and as a seccomp filter. (runsc)

import {
  AUDIT_ARCH_X86_64,
  assembleBpf,
  type BpfStep,
  NR,
  SECCOMP_DATA,
  SECCOMP_RET,
} from '@tsvisor/host'

export type CallName = keyof typeof NR

/** A test of one argument: some of its low 32 bits, or all 64. */
export interface Condition {
  readonly argument: number
  /** As a person reads it. */
  readonly text: string
  /** The bits that are looked at; 'wide' is all 64, `values` then being below 2^32. */
  readonly bits: number | 'wide'
  readonly values: readonly number[]
}

/** A call with these arguments is allowed; or answered with an errno, when `errno` is there. */
export interface CallRule {
  readonly call: CallName
  readonly when: readonly Condition[]
  readonly errno?: number
  /** What it is needed for. */
  readonly why: string
}

const ALL = 0xffff_ffff

/** The argument, an int, is one of these. */
export const is = (argument: number, name: string, ...values: readonly number[]): Condition => ({
  argument,
  text: `${name} ${values.map(show).join(' or ')}`,
  bits: ALL,
  values,
})

/** The same where numbers have names. */
export const isOneOf = (
  argument: number,
  name: string,
  values: Readonly<Record<string, number>>,
): Condition => ({
  argument,
  text: `${name} ${Object.keys(values).join(' ')}`,
  bits: ALL,
  values: Object.values(values),
})

/** Of the bits in `mask`, exactly those of `value` are set. */
export const bits = (argument: number, text: string, mask: number, value: number): Condition => ({
  argument,
  text,
  bits: mask,
  values: [value],
})

/** A pointer that points nowhere. */
export const isNull = (argument: number, name: string): Condition => ({
  argument,
  text: `${name} NULL`,
  bits: 'wide',
  values: [0],
})

export const allow = (
  calls: CallName | readonly CallName[],
  why: string,
  ...when: readonly Condition[]
): CallRule[] => [calls].flat().map(call => ({ call, when, why }))

export const answer = (
  errno: number,
  calls: CallName | readonly CallName[],
  why: string,
): CallRule[] => [calls].flat().map(call => ({ call, when: [], errno, why }))

/** One line a rule, for people. */
export const printRules = (rules: readonly CallRule[]): string =>
  rules
    .map(({ call, when, errno, why }) => {
      const what = [call, ...when.map(({ text }) => text)].join(', ')
      return `${errno === undefined ? 'allow ' : 'refuse'} ${what.padEnd(48)} ${why}`
    })
    .join('\n')

/** The filter: the first rule that fits decides, and a call that none fits ends the process. */
export function compileRules(rules: readonly CallRule[]): Uint8Array {
  const byCall = new Map<CallName, CallRule[]>()
  for (const rule of rules) {
    const others = byCall.get(rule.call)
    if (others === undefined) byCall.set(rule.call, [rule])
    else others.push(rule)
  }
  const steps: BpfStep[] = [
    { op: 'load', offset: SECCOMP_DATA.arch },
    { op: 'jeq', value: AUDIT_ARCH_X86_64, yes: 'native' },
    { op: 'return', value: SECCOMP_RET.KILL_PROCESS },
    { op: 'label', name: 'native' },
    { op: 'load', offset: SECCOMP_DATA.nr },
  ]
  byCall.forEach((about, call) => {
    pushCall(steps, call, about)
  })
  steps.push({ op: 'return', value: SECCOMP_RET.KILL_PROCESS })
  return assembleBpf(steps)
}

function pushCall(steps: BpfStep[], call: CallName, rules: readonly CallRule[]): void {
  const no = `not ${call}`
  steps.push({ op: 'jeq', value: NR[call], no })
  rules.forEach((rule, i) => {
    pushRule(steps, `${call} ${i}`, rule)
  })
  if (rules.every(({ when }) => when.length > 0))
    steps.push({ op: 'return', value: SECCOMP_RET.KILL_PROCESS })
  steps.push({ op: 'label', name: no })
}

function pushRule(steps: BpfStep[], name: string, { when, errno }: CallRule): void {
  const verdict = errno === undefined ? SECCOMP_RET.ALLOW : SECCOMP_RET.ERRNO | errno
  when.forEach((condition, i) => {
    pushCondition(steps, `${name} ${i}`, condition, `${name} unfit`)
  })
  steps.push({ op: 'return', value: verdict })
  if (when.length > 0) steps.push({ op: 'label', name: `${name} unfit` })
}

function pushCondition(
  steps: BpfStep[],
  name: string,
  { argument, bits, values }: Condition,
  no: string,
): void {
  const offset = SECCOMP_DATA.arg(argument)
  if (bits === 'wide') {
    steps.push({ op: 'load', offset: offset + 4 }, { op: 'jeq', value: 0, no })
  }
  steps.push({ op: 'load', offset })
  if (bits !== 'wide' && bits !== ALL) steps.push({ op: 'and', value: bits })
  values.forEach((value, i) => {
    const last = i === values.length - 1
    steps.push({ op: 'jeq', value: value >>> 0, yes: `${name} fits`, ...(last && { no }) })
  })
  steps.push({ op: 'label', name: `${name} fits` })
}

const show = (value: number): string =>
  value < 0 || value > 9999 ? `0x${(value >>> 0).toString(16)}` : String(value)
