// What a device program is given: struct bpf_cgroup_dev_ctx. (bpf)
// Linux kernel/bpf/cgroup.c: cgroup_dev_is_valid_access.

import { BPF_B, BPF_DW, BPF_H } from '@tsvisor/abi'

/** access_type, major, minor: 32 bits each. */
const WORD = 4
const CONTEXT_SIZE = 3 * WORD

/** Bytes that a load of that code reads. */
export function sizeOf(code: number): number {
  const size = code & BPF_DW
  return size === BPF_B ? 1 : size === BPF_H ? 2 : size === BPF_DW ? 8 : 4
}

/** Whether so many bytes may be read there: a whole field, or an aligned part of the first one. */
export function isInContext(offset: number, size: number): boolean {
  if (offset < 0 || offset + size > CONTEXT_SIZE || offset % size !== 0) return false
  return size === WORD || (size < WORD && offset < WORD)
}
