// Attaching device programs to control groups, and those that are asked. (bpf)
// Linux kernel/bpf/cgroup.c: __cgroup_bpf_attach, __cgroup_bpf_detach, compute_effective_progs.

import {
  BPF_F_ALLOW_MULTI,
  BPF_F_ALLOW_OVERRIDE,
  BPF_F_REPLACE,
  E2BIG,
  EINVAL,
  ENOENT,
  EPERM,
} from '@tsvisor/abi'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { AttachedPrograms } from './attached-programs.ts'
import type { LoadedProgram } from './loaded-program.ts'

/** BPF_CGROUP_MAX_PROGS */
const MAX_PROGRAMS = 64

/**
 * `flags` BPF_F_*; `replaced` with BPF_F_REPLACE. Errors: EINVAL (flags that do not go together, attached already),
 * EPERM (a group above or what is there forbids it), ENOENT (`replaced` is not there), E2BIG.
 */
export function attach(
  group: Cgroup,
  program: LoadedProgram,
  flags: number,
  replaced: LoadedProgram | undefined,
): void {
  const kept = flags & (BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI)
  const isMulti = (flags & BPF_F_ALLOW_MULTI) !== 0
  if (isMulti ? flags & BPF_F_ALLOW_OVERRIDE : flags & BPF_F_REPLACE) throw EINVAL
  if (!mayAttach(group)) throw EPERM
  group.attached ??= new AttachedPrograms()
  const { attached } = group
  const { programs } = attached
  if (programs.length > 0 && attached.flags !== kept) throw EPERM
  if (programs.length >= MAX_PROGRAMS) throw E2BIG
  let at = isMulti ? programs.length : 0
  if (isMulti) {
    if (program !== replaced && programs.includes(program)) throw EINVAL
    if (replaced !== undefined && (at = programs.indexOf(replaced)) < 0) throw ENOENT
  }
  attached.flags = kept
  const former = programs[at]
  programs[at] = program.hold()
  if (former === undefined) group.hierarchy.groups.attachedPrograms++
  else former.release()
}

/** `program` undefined: whichever there is, of a group that has no more than one. Errors: EINVAL, ENOENT. */
export function detach(group: Cgroup, program: LoadedProgram | undefined): void {
  const { attached } = group
  const programs = attached?.programs ?? []
  const isMulti = attached !== undefined && (attached.flags & BPF_F_ALLOW_MULTI) !== 0
  if (isMulti && program === undefined) throw EINVAL
  const at = isMulti ? programs.indexOf(program!) : 0
  const former = programs[at]
  if (attached === undefined || former === undefined) throw ENOENT
  programs.splice(at, 1)
  if (programs.length === 0) attached.flags = 0
  group.hierarchy.groups.attachedPrograms--
  former.release()
}

/** Those that are asked for a task of the group: its own first, then those of the groups above. */
export function* effective(group: Cgroup): Generator<LoadedProgram> {
  let found = false
  for (const { attached } of group.upward()) {
    if (attached === undefined || (found && !(attached.flags & BPF_F_ALLOW_MULTI))) continue
    found ||= attached.programs.length > 0
    yield* attached.programs
  }
}

/** The nearest group above with a program decides (hierarchy_allows_attach). */
function mayAttach({ parent }: Cgroup): boolean {
  if (parent === undefined) return true
  for (const { attached } of parent.upward()) {
    if (attached === undefined || attached.programs.length === 0) continue
    return (attached.flags & (BPF_F_ALLOW_MULTI | BPF_F_ALLOW_OVERRIDE)) !== 0
  }
  return true
}
