// NUMA memory policies, on a machine with one node: checked, kept, read back. (mm)
// Linux mm/mempolicy.c.

import {
  type Addr,
  EINVAL,
  MPOL_BIND,
  MPOL_DEFAULT,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_LOCAL,
  MPOL_PREFERRED,
  MPOL_PREFERRED_MANY,
  MPOL_WEIGHTED_INTERLEAVE,
} from '@tsvisor/abi'
import type { UserMemory } from './user-memory.ts'

/** Nodes that masks have room for (MAX_NUMNODES of distributions' kernels). */
export const MAX_NODES = 1024
/** The set of all nodes that there are: node 0. */
export const ALL_NODES = 1n
const PAGE_BITS = 4096 * 8

const OF_USER = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES
const MODE_FLAGS = OF_USER | MPOL_F_NUMA_BALANCING

export interface MemoryPolicy {
  /** MPOL_* with MPOL_F_* flags, as get_mempolicy shows it. */
  readonly mode: number
  /** As get_mempolicy shows them: those in use, or with flags those that were asked for. */
  readonly nodes: bigint
}

/** A set of nodes, of which `maxNode` - 1 bits count (get_nodes). Errors: EINVAL, EFAULT. */
export function readNodes(memory: UserMemory, at: Addr, maxNode: number): bigint {
  const bits = maxNode - 1
  if (bits === 0 || at === 0) return 0n
  if (bits < 0 || bits > PAGE_BITS) throw EINVAL
  const bytes = memory.readBytes(at, Math.ceil(bits / 64) * 8)
  let nodes = 0n
  for (let i = bytes.length - 1; i >= 0; i--) nodes = (nodes << 8n) | BigInt(bytes[i]!)
  nodes &= (1n << BigInt(bits)) - 1n
  if (nodes >> BigInt(MAX_NODES) !== 0n) throw EINVAL
  return nodes
}

/**
 * The policy that `mode` (with flags) and `nodes` describe; undefined for the default one.
 * Errors: EINVAL.
 */
export function policyOf(modeAndFlags: number, nodes: bigint): MemoryPolicy | undefined {
  const flags = modeAndFlags & MODE_FLAGS
  const mode = checkMode(modeAndFlags)
  if (mode === MPOL_DEFAULT) {
    if (nodes !== 0n) throw EINVAL
    return undefined
  }
  if (mode === MPOL_LOCAL || (mode === MPOL_PREFERRED && nodes === 0n)) {
    if (nodes !== 0n || flags & OF_USER) throw EINVAL
    return { mode: MPOL_LOCAL | flags, nodes: 0n }
  }
  // Relative numbers wrap around: any of them is node 0.
  const used = flags & MPOL_F_RELATIVE_NODES && nodes !== 0n ? ALL_NODES : nodes & ALL_NODES
  if (used === 0n) throw EINVAL
  return { mode: mode | flags, nodes: flags ? nodes : used }
}

/** The mode without its flags. Errors: EINVAL (sanitize_mpol_flags). */
export function checkMode(modeAndFlags: number): number {
  const mode = modeAndFlags & ~MODE_FLAGS
  if (mode < 0 || mode > MPOL_WEIGHTED_INTERLEAVE) throw EINVAL
  if ((modeAndFlags & OF_USER) === OF_USER) throw EINVAL
  if (modeAndFlags & MPOL_F_NUMA_BALANCING && mode !== MPOL_BIND && mode !== MPOL_PREFERRED_MANY)
    throw EINVAL
  return mode
}

/** Whether two mappings with these could be one. */
export const samePolicy = (a: MemoryPolicy | undefined, b: MemoryPolicy | undefined): boolean =>
  a === b || (a !== undefined && b !== undefined && a.mode === b.mode && a.nodes === b.nodes)
