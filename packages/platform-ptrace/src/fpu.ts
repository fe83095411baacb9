// FPU and vector state through PTRACE_GETREGSET(NT_X86_XSTATE). (platform-ptrace)

import { allocate, at, PTRACE, ptrace } from '@tsvisor/host'

const NT_X86_XSTATE = 0x202
const ROOM = 16384
/** Legacy area, then the XSAVE header (Intel SDM volume 1, 13.4). */
const LEGACY = 512
/** Bytes before those of the legacy area that are software's. */
const LEGACY_STATE = 464
const HEADER = 64
const X87_AND_SSE = 3
const MXCSR = 24
const MXCSR_MASK = 28
const MXCSR_DEFAULT = 0x1f80
const CONTROL_DEFAULT = 0x37f

const room = allocate(ROOM + 4096)
const area = room.bytes.subarray(0, ROOM)
/** The same: Node compares Buffers without a loop. */
const comparable = Buffer.from(room.bytes.buffer, 0, ROOM)
const view = new DataView(room.bytes.buffer)
const VECTOR = at(room.address, ROOM)
/** struct iovec: the area's address, and a length that the kernel shortens to what there is. */
const vector = new BigUint64Array(room.bytes.buffer, ROOM, 2)
const vectorLength = new Uint32Array(room.bytes.buffer, ROOM + 8, 2)
vector[0] = BigInt(room.address)
/** Bytes of the CPU's XSAVE area as the host gives it; known after the first read. */
let size = 0

const transfer = (request: number, tid: number, length: number): number => {
  vectorLength[0] = length
  return ptrace(request, tid, NT_X86_XSTATE, VECTOR)
}

const fetch = (tid: number): void => {
  if (transfer(PTRACE.GETREGSET, tid, ROOM) === 0) size = vectorLength[0]!
}

/** Bytes that readXstate gives: the same for every thread of this machine. */
export const xstateSize = (tid: number): number => {
  if (size === 0) fetch(tid)
  return size
}

/**
 * The area as PTRACE_GETREGSET gives it: XCR0 in the software bytes (464…471), no magic words.
 * Valid until the next call.
 */
export const readXstate = (tid: number): Uint8Array => {
  fetch(tid)
  return area.subarray(0, size)
}

/** Whether the thread's state, which `fetch` has put into the area, is what `source` says. */
const isLoaded = (source: Uint8Array): boolean =>
  source.length === size &&
  comparable.compare(source, 0, LEGACY_STATE, 0, LEGACY_STATE) === 0 &&
  comparable.compare(source, LEGACY, size, LEGACY, size) === 0

/**
 * Loads an area of that form, its software bytes ignored, or only the 512 legacy bytes (then other
 * components become initial). False if the CPU would refuse it.
 */
export const writeXstate = (tid: number, source: Uint8Array): boolean => {
  fetch(tid)
  if (source.length < LEGACY || size === 0) return false
  // Most signal handlers leave the state alone, and the host takes four times as long to load it.
  if (isLoaded(source)) return true
  // The CPU looks at these bits whatever is to be loaded, the host only if that is among it.
  const mxcsr = new DataView(source.buffer, source.byteOffset).getUint32(MXCSR, true)
  if ((mxcsr & ~view.getUint32(MXCSR_MASK, true)) !== 0) return false
  if (source.length < LEGACY + HEADER) {
    area.fill(0, LEGACY, size)
    area.set(source.subarray(0, LEGACY))
    area[LEGACY] = X87_AND_SSE
  } else {
    const length = Math.min(size, source.length)
    area.set(source.length === length ? source : source.subarray(0, length))
    if (length < size) area.fill(0, length, size)
  }
  return transfer(PTRACE.SETREGSET, tid, size) === 0
}

/** Initial state: every component in its reset configuration. */
export const resetXstate = (tid: number): void => {
  if (size === 0) fetch(tid)
  area.fill(0, 0, size)
  view.setUint16(0, CONTROL_DEFAULT, true)
  view.setUint32(MXCSR, MXCSR_DEFAULT, true)
  transfer(PTRACE.SETREGSET, tid, size)
}

/** Makes one thread's state equal to another's. */
export const copyXstate = (from: number, to: number): void => {
  fetch(from)
  transfer(PTRACE.SETREGSET, to, size)
}
