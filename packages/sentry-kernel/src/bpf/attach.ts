// BPF_PROG_ATTACH, BPF_PROG_DETACH, BPF_PROG_QUERY: device programs and control groups. (bpf)
// Linux kernel/bpf/syscall.c: bpf_prog_attach, bpf_prog_detach, bpf_prog_query; kernel/bpf/cgroup.c.

import {
  type Addr,
  BPF_CGROUP_DEVICE,
  BPF_F_ALLOW_MULTI,
  BPF_F_ALLOW_OVERRIDE,
  BPF_F_QUERY_EFFECTIVE,
  BPF_F_REPLACE,
  BPF_PROG_TYPE_CGROUP_DEVICE,
  bpf_attr_attach,
  bpf_attr_query,
  EBADF,
  EINVAL,
  ENOSPC,
  EPERM,
  Errno,
} from '@tsvisor/abi'
import type { Cgroup } from '../cgroup/cgroup.ts'
import { cgroupOf } from '../fs/cgroup/cgroupfs.ts'
import { noteMissing } from '../kernel/missing.ts'
import type { Task } from '../task/task.ts'
import type { Attributes } from './attributes.ts'
import { mayNetwork } from './capable.ts'
import { attach, detach, effective } from './group-programs.ts'
import type { LoadedProgram } from './loaded-program.ts'
import { programOf } from './program-file.ts'

/** Errors: EINVAL, EBADF, ENOENT, those of `attach`. */
export function attachProgram(task: Task, attributes: Attributes): number {
  const wanted = attributes.decode(bpf_attr_attach)
  checkAttachType(task, wanted.attach_type)
  const flags = wanted.attach_flags
  if (flags & ~(BPF_F_ALLOW_OVERRIDE | BPF_F_ALLOW_MULTI | BPF_F_REPLACE)) throw EINVAL
  if (wanted.relative_fd !== 0 || wanted.expected_revision !== 0) throw EINVAL
  const program = deviceProgramOf(task, wanted.attach_bpf_fd)
  const group = groupOf(task, wanted.target_fd)
  const isReplacing = flags & BPF_F_ALLOW_MULTI && flags & BPF_F_REPLACE
  const replaced = isReplacing ? deviceProgramOf(task, wanted.replace_bpf_fd) : undefined
  attach(group, program, flags, replaced)
  return 0
}

/** Errors: EINVAL, EBADF, ENOENT. */
export function detachProgram(task: Task, attributes: Attributes): number {
  const wanted = attributes.decode(bpf_attr_attach)
  checkAttachType(task, wanted.attach_type)
  if (wanted.attach_flags !== 0 || wanted.relative_fd !== 0 || wanted.expected_revision !== 0)
    throw EINVAL
  const group = groupOf(task, wanted.target_fd)
  detach(group, tryDeviceProgramOf(task, wanted.attach_bpf_fd))
  return 0
}

/** Errors: EPERM, EINVAL, EBADF, ENOENT, EFAULT, ENOSPC with as many as fit. */
export function queryPrograms(task: Task, attributes: Attributes): number {
  if (!mayNetwork(task)) throw EPERM
  const wanted = attributes.decode(bpf_attr_query)
  if (wanted.query_flags & ~BPF_F_QUERY_EFFECTIVE) throw EINVAL
  checkAttachType(task, wanted.attach_type)
  const group = groupOf(task, wanted.target_fd)
  const isEffective = (wanted.query_flags & BPF_F_QUERY_EFFECTIVE) !== 0
  if (isEffective && wanted.prog_attach_flags !== 0) throw EINVAL
  const own = group.attached?.programs ?? []
  const programs = isEffective ? [...effective(group)] : own
  const flags = isEffective ? 0 : (group.attached?.flags ?? 0)
  attributes.answer(bpf_attr_query.fields.attach_flags, flags)
  attributes.answer(bpf_attr_query.fields.prog_cnt, programs.length)
  if (wanted.prog_cnt === 0 || wanted.prog_ids === 0) return 0
  const told = programs.slice(0, wanted.prog_cnt)
  writeNumbers(
    task,
    wanted.prog_ids,
    told.map(program => program.id),
  )
  if (wanted.prog_attach_flags !== 0)
    writeNumbers(
      task,
      wanted.prog_attach_flags,
      told.map(() => flags),
    )
  if (wanted.prog_cnt < programs.length) throw ENOSPC
  return 0
}

/** Errors: EFAULT. */
function writeNumbers(task: Task, address: number, numbers: readonly number[]): void {
  numbers.forEach((number, i) => {
    task.mm.writeU32((address + 4 * i) as Addr, number)
  })
}

/** Errors: EINVAL: to nothing else can anything be attached. */
function checkAttachType(task: Task, type: number): void {
  if (type === BPF_CGROUP_DEVICE) return
  noteMissing(task, `bpf: attach type ${type}`)
  throw EINVAL
}

/** The group of version 2 whose directory that is. Errors: EBADF, ENOENT once it is removed. */
function groupOf(task: Task, fd: number): Cgroup {
  const group = cgroupOf(task.fds.getAny(fd))
  if (group === undefined || group.hierarchy.version !== 2) throw EBADF
  return group
}

/** Errors: EBADF, EINVAL for other files and programs. */
function deviceProgramOf(task: Task, fd: number): LoadedProgram {
  const program = programOf(task, fd)
  if (program.type.number !== BPF_PROG_TYPE_CGROUP_DEVICE) throw EINVAL
  return program
}

function tryDeviceProgramOf(task: Task, fd: number): LoadedProgram | undefined {
  try {
    return deviceProgramOf(task, fd)
  } catch (error) {
    if (error instanceof Errno) return undefined
    throw error
  }
}
