// State that a subsystem keeps once per kernel, without a field on Kernel. (kernel core)

import type { Kernel } from './kernel.ts'

/** A getter that makes its value on first use for each kernel, and forgets it with the kernel. */
export function kernelLocal<T>(make: (kernel: Kernel) => T): (kernel: Kernel) => T {
  const values = new WeakMap<Kernel, T>()
  return kernel => {
    let value = values.get(kernel)
    if (value === undefined) {
      value = make(kernel)
      values.set(kernel, value)
    }
    return value
  }
}
