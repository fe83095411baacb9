// bpf(2). (syscalls)
// Linux kernel/bpf/syscall.c: __sys_bpf.

import {
  BPF_BTF_LOAD,
  BPF_MAP_CREATE,
  BPF_OBJ_GET_INFO_BY_FD,
  BPF_PROG_ATTACH,
  BPF_PROG_DETACH,
  BPF_PROG_GET_FD_BY_ID,
  BPF_PROG_GET_NEXT_ID,
  BPF_PROG_LOAD,
  BPF_PROG_QUERY,
  bpfCommands,
  EINVAL,
} from '@tsvisor/abi'
import { attachProgram, detachProgram, queryPrograms } from '../bpf/attach.ts'
import { Attributes } from '../bpf/attributes.ts'
import { checkMayMake } from '../bpf/capable.ts'
import { nextProgramId, programById, programInfo } from '../bpf/info.ts'
import { loadProgram } from '../bpf/load.ts'
import { noteMissing } from '../kernel/missing.ts'
import type { Task } from '../task/task.ts'
import type { Handler } from './handler.ts'

export const bpf: Handler<'bpf'> = (task, { cmd, attr, size }) => {
  const attributes = new Attributes(task, attr, size)
  switch (cmd) {
    case BPF_PROG_LOAD:
      return loadProgram(task, attributes)
    case BPF_PROG_ATTACH:
      return attachProgram(task, attributes)
    case BPF_PROG_DETACH:
      return detachProgram(task, attributes)
    case BPF_PROG_QUERY:
      return queryPrograms(task, attributes)
    case BPF_PROG_GET_FD_BY_ID:
      return programById(task, attributes)
    case BPF_PROG_GET_NEXT_ID:
      return nextProgramId(task, attributes)
    case BPF_OBJ_GET_INFO_BY_FD:
      return programInfo(task, attributes)
    case BPF_MAP_CREATE:
    case BPF_BTF_LOAD:
      checkMayMake(task)
  }
  return missing(task, cmd)
}

/** As a kernel from before it, or without that type of map. */
function missing(task: Task, cmd: number): never {
  const known = Object.entries(bpfCommands()).find(([, value]) => value === cmd)
  if (known !== undefined) noteMissing(task, `bpf: ${known[0]}`)
  throw EINVAL
}
