// Loaded programs: how many a container keeps, and who may load any. (tests)

import { BPF_PROG_TYPE_CGROUP_DEVICE, ENOENT, ENOMEM, EPERM } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { Instructions } from '../../src/bpf/instructions.ts'
import { ProgramTable } from '../../src/bpf/program-table.ts'
import { programType } from '../../src/bpf/program-type.ts'
import { readFile, runWithProc, writeFile } from '../fs/proc/proc-guest.ts'

const options = {
  type: programType(BPF_PROG_TYPE_CGROUP_DEVICE, 0)!,
  instructions: new Instructions(new Uint8Array(8 * 4096)),
  name: '',
  license: 'GPL',
  uid: 0,
  loadTimeNs: 0,
}

test('so many instructions are kept, until somebody lets go of a program', () => {
  const table = new ProgramTable()
  const programs = Array.from({ length: 64 }, () => table.add(options))
  expect(() => table.add(options)).toThrow(ENOMEM)
  const [first] = programs
  first!.hold().release()
  expect(table.next(0)).toBe(first!.id)
  first!.release()
  expect(() => table.get(first!.id)).toThrow(ENOENT)
  expect(table.next(0)).toBe(first!.id + 1)
  expect(table.add(options).id).toBe(65)
  expect(() => table.next(65)).toThrow(ENOENT)
})

test('unprivileged_bpf_disabled stays 1 once it is', () => {
  runWithProc(function* (sys) {
    const path = '/proc/sys/kernel/unprivileged_bpf_disabled'
    expect(yield* readFile(sys, path)).toBe('2\n')
    expect(yield* writeFile(sys, path, '0')).toBe(1)
    expect(yield* readFile(sys, path)).toBe('0\n')
    expect(yield* writeFile(sys, path, '1')).toBe(1)
    expect(yield* writeFile(sys, path, '1')).toBe(1)
    expect(yield* writeFile(sys, path, '2')).toBe(-EPERM.code)
    expect(yield* readFile(sys, path)).toBe('1\n')
  })
})
