// Sets of CPUs as text. (fs/proc)
// Linux lib/bitmap-str.c: %*pb and %*pbl.

/** `affinity`: bit n is CPU n; empty for all. Only CPUs below `count` exist. */
function* allowed(affinity: Uint8Array, count: number): Generator<number> {
  for (let cpu = 0; cpu < count; cpu++)
    if (affinity.length === 0 || (affinity[cpu >> 3]! >> (cpu & 7)) & 1) yield cpu
}

/** "f", or groups of 32 bits: "1,00000000". */
export function cpuMask(affinity: Uint8Array, count: number): string {
  let mask = 0n
  for (const cpu of allowed(affinity, count)) mask |= 1n << BigInt(cpu)
  const words: string[] = []
  for (let left = count, at = 0n; left > 0; left -= 32, at += 32n) {
    const digits = Math.ceil(Math.min(left, 32) / 4)
    words.unshift(((mask >> at) & 0xffff_ffffn).toString(16).padStart(digits, '0'))
  }
  return words.join(',')
}

/** "0-3,5" */
export function cpuList(affinity: Uint8Array, count: number): string {
  const ranges: string[] = []
  let first = -1
  let last = -1
  const close = () => {
    if (first >= 0) ranges.push(first === last ? `${first}` : `${first}-${last}`)
  }
  for (const cpu of allowed(affinity, count)) {
    if (first >= 0 && cpu === last + 1) last = cpu
    else {
      close()
      first = last = cpu
    }
  }
  close()
  return ranges.join(',')
}
