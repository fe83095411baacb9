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

/** Undefined for a type that is not there, or is not attached like that. */
export function programType(number: number, expectedAttachType: number): ProgramType | undefined {
  if (number === BPF_PROG_TYPE_CGROUP_DEVICE) return DEVICE
  if (number !== BPF_PROG_TYPE_CGROUP_SKB || expectedAttachType > BPF_CGROUP_INET_EGRESS)
    return undefined
  return expectedAttachType === BPF_CGROUP_INET_EGRESS ? PACKET_OUT : PACKET_IN
}
