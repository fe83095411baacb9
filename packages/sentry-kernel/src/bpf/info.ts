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

type Info = ReturnType<typeof bpf_prog_info.decode>

/** Of machine code, maps and BTF there are none, nor counts of runs. */
const NOTHING = {
  tag: new Uint8Array(8),
  jited_prog_len: 0,
  nr_map_ids: 0,
  nr_jited_ksyms: 0,
  nr_jited_func_lens: 0,
  nr_func_info: 0,
  nr_line_info: 0,
  nr_jited_line_info: 0,
  run_time_ns: 0,
  run_cnt: 0,
  recursion_misses: 0,
  attach_btf_id: 0,
}
/** sizeof(struct bpf_func_info), (struct bpf_line_info), and of an address. */
const RECORD_SIZES = {
  func_info_rec_size: 8,
  line_info_rec_size: 16,
  jited_line_info_rec_size: 8,
}
/** What callers without CAP_BPF see. */
const NO_ARRAYS = { xlated_prog_len: 0 }

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
  const asked = bpf_prog_info.decode(given)
  checkRecordSizes(asked)
  const known = Math.min(info_len, bpf_prog_info.size)
  const shown = isBpfCapable(task) ? writeArrays(task, program, asked) : NO_ARRAYS
  const told = bpf_prog_info.encode({
    ...asked,
    ...NOTHING,
    ...RECORD_SIZES,
    ...shown,
    type: program.type.number,
    id: program.id,
    load_time: program.loadTimeNs,
    created_by_uid: task.creds.userNamespace.uids.shown(program.uid),
    name: program.name,
    gpl_compatible: program.gplCompatible ? 1 : 0,
    verified_insns: program.instructions.length,
  })
  task.mm.write(info as Addr, told.subarray(0, known))
  attributes.answer(bpf_attr_info.fields.info_len, known)
  return 0
}

/** Those that are asked for are of the size that there is. Errors: EINVAL (set_info_rec_size). */
function checkRecordSizes(asked: Info): void {
  const { func_info_rec_size, line_info_rec_size, jited_line_info_rec_size } = RECORD_SIZES
  if (asked.nr_func_info || asked.func_info_rec_size)
    if (asked.func_info_rec_size !== func_info_rec_size) throw EINVAL
  if (asked.nr_line_info || asked.line_info_rec_size)
    if (asked.line_info_rec_size !== line_info_rec_size) throw EINVAL
  if (asked.nr_jited_line_info || asked.jited_line_info_rec_size)
    if (asked.jited_line_info_rec_size !== jited_line_info_rec_size) throw EINVAL
}

/** What there is room for, at the addresses that are named; returns how much there is. Errors: EFAULT. */
function writeArrays(task: Task, { instructions: { bytes } }: LoadedProgram, asked: Info) {
  task.mm.write(asked.xlated_prog_insns as Addr, bytes.subarray(0, asked.xlated_prog_len))
  if (asked.nr_prog_tags > 0) task.mm.write(asked.prog_tags as Addr, NOTHING.tag)
  return { xlated_prog_len: bytes.length, nr_prog_tags: 1 }
}

function programToTell(task: Task, fd: number): LoadedProgram {
  try {
    return programOf(task, fd)
  } catch (error) {
    throw error === EBADF ? EBADFD : error
  }
}
