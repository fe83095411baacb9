// The rules of the filters: what is printed of them, and what the filters decide. (runsc tests)

import { readFileSync } from 'node:fs'
import { AUDIT_ARCH_X86_64, NR, SECCOMP_RET } from '@tsvisor/host'
import { describe, expect, it } from 'vitest'
import { type CallRule, compileRules, printRules } from '../src/walls/call-rule.ts'
import { goferCalls } from '../src/walls/gofer-calls.ts'
import { sandboxCalls } from '../src/walls/sandbox-calls.ts'

const lists = {
  'the sandbox process': sandboxCalls({ pid: 1, proc: 17 }),
  'the gofer': goferCalls(1),
}

/** As the kernel runs it. */
function decide(program: Uint8Array, nr: number, args: readonly number[], arch: number): number {
  const data = new DataView(new ArrayBuffer(64))
  data.setUint32(0, nr, true)
  data.setUint32(4, arch, true)
  args.forEach(
    (arg, i) => void data.setBigUint64(16 + 8 * i, BigInt.asUintN(64, BigInt(arg)), true),
  )
  const code = new DataView(program.buffer, program.byteOffset, program.length)
  let a = 0
  for (let at = 0; ; at++) {
    const [op, yes, no, k] = [
      code.getUint16(at * 8, true),
      code.getUint8(at * 8 + 2),
      code.getUint8(at * 8 + 3),
      code.getUint32(at * 8 + 4, true),
    ]
    if (op === 0x06) return k
    if (op === 0x20) a = data.getUint32(k, true)
    else if (op === 0x54) a = (a & k) >>> 0
    else if (op === 0x15) at += a === k ? yes : no
    else throw new Error(`instruction ${op}`)
  }
}

const fits = ({ when }: CallRule, args: readonly number[]): boolean =>
  when.every(({ argument, bits, values }) => {
    const value = BigInt.asUintN(64, BigInt(args[argument] ?? 0))
    const seen = bits === 'wide' ? value : value & BigInt(bits)
    return values.some(expected => seen === BigInt(expected >>> 0))
  })

const expected = (rules: readonly CallRule[], nr: number, args: readonly number[]): number => {
  const rule = rules.find(({ call, ...rest }) => NR[call] === nr && fits({ call, ...rest }, args))
  if (rule === undefined) return SECCOMP_RET.KILL_PROCESS
  return rule.errno === undefined ? SECCOMP_RET.ALLOW : SECCOMP_RET.ERRNO | rule.errno
}

describe.each(Object.entries(lists))('the filter of %s', (_, rules) => {
  const program = compileRules(rules)
  const values = [...new Set(rules.flatMap(({ when }) => when.flatMap(c => c.values)))]

  it('decides as its list says, for every call and every argument in it', () => {
    for (let nr = 0; nr < 512; nr++) {
      for (const value of [...values, 0, 7, 1 << 20, -1, 2 ** 32, 2 ** 40 + 1]) {
        const args = [value, value, value, value, value, value]
        expect(decide(program, nr, args, AUDIT_ARCH_X86_64), `${nr}(${value})`).toBe(
          expected(rules, nr, args),
        )
      }
    }
  })

  it('ends a process that calls by another table', () => {
    const i386 = 0x4000_0003
    const x32 = 0x4000_0000
    expect(decide(program, NR.read, [], i386)).toBe(SECCOMP_RET.KILL_PROCESS)
    expect(decide(program, NR.read + x32, [], AUDIT_ARCH_X86_64)).toBe(SECCOMP_RET.KILL_PROCESS)
  })

  it('allows nothing that opens, executes, connects or escapes', () => {
    const never = ['execve', 'socket', 'connect', 'bind', 'listen', 'mount', 'umount2', 'unshare']
    const others = ['setns', 'chroot', 'pivot_root', 'setresuid', 'capset', 'seccomp', 'openat2']
    for (const name of [...never, ...others] as (keyof typeof NR)[]) {
      expect(decide(program, NR[name], [], AUDIT_ARCH_X86_64), name).toBe(SECCOMP_RET.KILL_PROCESS)
    }
  })
})

it.each(Object.entries(lists))('docs/security.md has the list of %s', (name, rules) => {
  const docs = readFileSync(new URL('../../../docs/security.md', import.meta.url), 'utf8')
  const start = docs.indexOf('```text', docs.indexOf(`### Calls of ${name}`))
  const shown = docs.slice(start, docs.indexOf('\n```\n', start)).replace(/^.*\n/, '')
  expect(shown).toBe(printRules(rules))
})
