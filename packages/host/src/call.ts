// Checked system calls: the result, or the Errno thrown. (host)

import { Errno } from '@tsvisor/abi'
import { sys1, sys3, sys4, sys6 } from './native.ts'

/** Passes a kernel result through; throws its Errno where it is one. */
export const checked = (result: number): number => {
  if (result < 0 && result >= -4095) throw Errno.of(-result)
  return result
}

export const call1 = (nr: number, a: number): number => checked(sys1(nr, a))
export const call3 = (nr: number, a: number, b: number, c: number): number =>
  checked(sys3(nr, a, b, c))
export const call4 = (nr: number, a: number, b: number, c: number, d: number): number =>
  checked(sys4(nr, a, b, c, d))
export const call6 = (
  nr: number,
  a: number,
  b: number,
  c: number,
  d: number,
  e: number,
  f: number,
): number => checked(sys6(nr, a, b, c, d, e, f))
