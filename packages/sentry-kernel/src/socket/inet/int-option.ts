// What values an option that is an int may have. (socket/inet)

import { EINVAL } from '@tsvisor/abi'

export interface Option {
  readonly initial: number
  /** What the number that was given stands for. Errors: EINVAL, ENOPROTOOPT. */
  readonly check: (value: number, current: number, type: number) => number
}
export const switched = (initial: 0 | 1): Option => ({
  initial,
  check: value => (value === 0 ? 0 : 1),
})
export const exactly = (low: number, high: number, initial: number): Option => ({
  initial,
  check(value) {
    if (value < low || value > high) throw EINVAL
    return value
  },
})
/** -1 means the initial value again. */
export const numbered = (low: number, high: number, initial: number): Option => {
  const { check } = exactly(low, high, initial)
  return { initial, check: (value, ...rest) => (value === -1 ? initial : check(value, ...rest)) }
}
