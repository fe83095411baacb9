// Finding loaded programs, and what is told of them. (bpf)
// Linux kernel/bpf/syscall.c: bpf_prog_get_fd_by_id, bpf_obj_get_next_id, bpf_prog_get_info_by_fd.

import {
  type Addr,
  bpf_attr_id,
  bpf_attr_info,
  bpf_prog_info,
  CAP_SYS_ADMIN,
  E2BIG,
  EBADF,
  EBADFD,
  EINVAL,
  EPERM,
} from '@tsvisor/abi'
import { hasCapability } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import type { Attributes } from './attributes.ts'
import { isBpfCapable } from './capable.ts'
import type { LoadedProgram } from './loaded-program.ts'
import { installProgram, programOf } from './program-file.ts'

const PAGE_SIZE = 4096
const INT_MAX = 0x7fff_ffff

/** A descriptor. Errors: EINVAL, EPERM, ENOENT, EMFILE. */
export function programById(task: Task, attributes: Attributes): number {
  const { id } = attributes.decode(bpf_attr_id, bpf_attr_id.fields.next_id.offset)
  if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw EPERM
  return installProgram(task, task.cgroups.groups.programs.get(id).hold())
}

/** Errors: EINVAL, EPERM, ENOENT, EFAULT. */
export function nextProgramId(task: Task, attributes: Attributes): number {
  const { id } = attributes.decode(bpf_attr_id, bpf_attr_id.fields.open_flags.offset)
  if (id >= INT_MAX) throw EINVAL
  if (!hasCapability(task.creds, CAP_SYS_ADMIN)) throw EPERM
  attributes.answer(bpf_attr_id.fields.next_id, task.cgroups.groups.programs.next(id))
  return 0
}

/** Errors: EINVAL, EBADFD, E2BIG, EFAULT. */
export function programInfo(task: Task, attributes: Attributes): number {
  const { bpf_fd, info_len, info } = attributes.decode(bpf_attr_info)
  const program = programToTell(task, bpf_fd)
  if (info_len > PAGE_SIZE) throw E2BIG
  const given = new Uint8Array(Math.max(info_len, bpf_prog_info.size))
  task.mm.read(info as Addr, given.subarray(0, info_len))
  if (given.subarray(bpf_prog_info.size).some(byte => byte !== 0)) throw E2BIG
  const { xlated_prog_insns, xlated_prog_len } = bpf_prog_info.decode(given)
  const { bytes } = program.instructions
  const isShown = isBpfCapable(task)
  if (isShown) task.mm.write(xlated_prog_insns as Addr, bytes.subarray(0, xlated_prog_len))
  const known = Math.min(info_len, bpf_prog_info.size)
  const told = bpf_prog_info.encode({
    ...bpf_prog_info.decode(new Uint8Array(bpf_prog_info.size)),
    type: program.type.number,
    id: program.id,
    xlated_prog_len: isShown ? bytes.length : 0,
    xlated_prog_insns,
    load_time: program.loadTimeNs,
    created_by_uid: program.uid,
    name: program.name,
    gpl_compatible: program.gplCompatible ? 1 : 0,
    verified_insns: program.instructions.length,
  })
  task.mm.write(info as Addr, told.subarray(0, known))
  attributes.answer(bpf_attr_info.fields.info_len, known)
  return 0
}

function programToTell(task: Task, fd: number): LoadedProgram {
  try {
    return programOf(task, fd)
  } catch (error) {
    throw error === EBADF ? EBADFD : error
  }
}
