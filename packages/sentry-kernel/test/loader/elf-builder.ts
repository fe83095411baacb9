// Small ELF64 executables, made byte by byte for tests.

export interface SegmentSpec {
  readonly type?: number
  readonly flags?: number
  readonly offset?: number | bigint
  readonly vaddr?: number | bigint
  readonly fileSize?: number | bigint
  readonly memorySize?: number | bigint
  readonly align?: number | bigint
}

export interface ElfSpec {
  readonly type?: number
  readonly machine?: number
  readonly entry?: number
  readonly segments: readonly SegmentSpec[]
  /** Bytes of the whole file; contents after the headers are `fill`. */
  readonly size?: number
  readonly interpreter?: string
  readonly phentsize?: number
  readonly phnum?: number
}

export const PT_LOAD = 1
export const PT_INTERP = 3
export const PT_GNU_STACK = 0x6474e551

/** Where the interpreter's name is put. */
const INTERPRETER_AT = 0x800

export function buildElf(spec: ElfSpec): Uint8Array {
  const data = new Uint8Array(spec.size ?? 0x3000)
  for (let i = 0x1000; i < data.length; i++) data[i] = i & 0xff
  const view = new DataView(data.buffer)
  data.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
  const segments = [...spec.segments]
  if (spec.interpreter !== undefined) {
    const length = spec.interpreter.length + 1
    segments.push({ type: PT_INTERP, offset: INTERPRETER_AT, fileSize: length, memorySize: length })
    for (let i = 0; i < spec.interpreter.length; i++)
      data[INTERPRETER_AT + i] = spec.interpreter.charCodeAt(i)
  }
  view.setUint16(16, spec.type ?? 2, true)
  view.setUint16(18, spec.machine ?? 62, true)
  view.setUint32(20, 1, true)
  view.setBigUint64(24, BigInt(spec.entry ?? 0x40_1000), true)
  view.setBigUint64(32, 64n, true)
  view.setUint16(52, 64, true)
  view.setUint16(54, spec.phentsize ?? 56, true)
  view.setUint16(56, spec.phnum ?? segments.length, true)
  segments.forEach((segment, i) => {
    const at = 64 + i * 56
    view.setUint32(at, segment.type ?? PT_LOAD, true)
    view.setUint32(at + 4, segment.flags ?? 5, true)
    const fields = [
      segment.offset ?? 0,
      segment.vaddr ?? 0,
      segment.vaddr ?? 0,
      segment.fileSize ?? 0,
      segment.memorySize ?? segment.fileSize ?? 0,
      segment.align ?? 0x1000,
    ]
    fields.forEach((value, n) => {
      view.setBigUint64(at + 8 + n * 8, BigInt.asUintN(64, BigInt(value)), true)
    })
  })
  return data
}

/** Text, then data with a zeroed rest. */
export const staticProgram = (base = 0x40_0000, type = 2): Uint8Array =>
  buildElf({
    type,
    entry: base + 0x1000,
    segments: [
      { flags: 5, offset: 0, vaddr: base, fileSize: 0x2000 },
      { flags: 6, offset: 0x2000, vaddr: base + 0x3000, fileSize: 0x234, memorySize: 0x3000 },
      { type: PT_GNU_STACK, flags: 6 },
    ],
  })
