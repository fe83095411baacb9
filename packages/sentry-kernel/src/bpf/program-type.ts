// Types of programs: what they may read and answer. (bpf)
// Linux kernel/bpf/syscall.c: find_prog_type, bpf_prog_load_check_attach; verifier.c: return_retval_range.

import {
  BPF_CGROUP_INET_EGRESS,
  BPF_PROG_TYPE_CGROUP_DEVICE,
  BPF_PROG_TYPE_CGROUP_SKB,
} from '@tsvisor/abi'
import { isInContext } from './context.ts'

export interface ProgramType {
  readonly number: number
  /** Whether so many bytes of the context may be read there. */
  readonly mayRead: (offset: number, size: number) => boolean
  readonly maxAnswer: bigint
}

const DEVICE: ProgramType = {
  number: BPF_PROG_TYPE_CGROUP_DEVICE,
  mayRead: isInContext,
  maxAnswer: 1n,
}
/** These load, for by that runc finds out whether programs can be attached at all; they do not attach. */
const PACKET_IN: ProgramType = {
  number: BPF_PROG_TYPE_CGROUP_SKB,
  mayRead: () => false,
  maxAnswer: 1n,
}
const PACKET_OUT: ProgramType = { ...PACKET_IN, maxAnswer: 3n }

/** Whether programs of that type may be attached like that (bpf_prog_load_check_attach). */
export const mayExpect = (number: number, attachType: number): boolean =>
  number !== BPF_PROG_TYPE_CGROUP_SKB || attachType <= BPF_CGROUP_INET_EGRESS

/** Undefined for a type that is not there. */
export function programType(number: number, expectedAttachType: number): ProgramType | undefined {
  if (number === BPF_PROG_TYPE_CGROUP_DEVICE) return DEVICE
  if (number !== BPF_PROG_TYPE_CGROUP_SKB) return undefined
  return expectedAttachType === BPF_CGROUP_INET_EGRESS ? PACKET_OUT : PACKET_IN
}
