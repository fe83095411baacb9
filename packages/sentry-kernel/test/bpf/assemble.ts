// Programs of extended BPF from a list of instructions. (tests)

import { Instructions } from '../../src/bpf/instructions.ts'

export interface Instruction {
  readonly code: number
  readonly destination?: number
  readonly source?: number
  readonly offset?: number
  readonly operand?: number
}

export function assemble(instructions: readonly Instruction[]): Instructions {
  const view = new DataView(new ArrayBuffer(8 * instructions.length))
  instructions.forEach(({ code, destination = 0, source = 0, offset = 0, operand = 0 }, i) => {
    view.setUint8(8 * i, code)
    view.setUint8(8 * i + 1, destination | (source << 4))
    view.setInt16(8 * i + 2, offset, true)
    view.setInt32(8 * i + 4, operand, true)
  })
  return new Instructions(new Uint8Array(view.buffer))
}
