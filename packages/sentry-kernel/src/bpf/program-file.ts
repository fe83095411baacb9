// Descriptors of loaded programs. (bpf)
// Linux kernel/bpf/syscall.c: bpf_prog_fops, bpf_prog_show_fdinfo, bpf_prog_get.

import { EINVAL, O_RDWR } from '@tsvisor/abi'
import { anonInode } from '../fs/anon/anon-inode.ts'
import { installNew } from '../syscalls/install-fd.ts'
import type { Task } from '../task/task.ts'
import { FileDescription } from '../vfs/file-description.ts'
import type { LoadedProgram } from './loaded-program.ts'

class ProgramFile extends FileDescription {
  readonly program: LoadedProgram

  constructor(task: Task, program: LoadedProgram) {
    super(anonInode(task), undefined, O_RDWR)
    this.program = program
  }
  override get canPoll(): boolean {
    return false
  }
  override label(): string {
    return 'anon_inode:bpf-prog'
  }
  override fdinfo(): string {
    const { id, type, instructions } = this.program
    return `prog_type:\t${type.number}\nprog_jited:\t0\nprog_tag:\t${'0'.repeat(16)}\nmemlock:\t4096\nprog_id:\t${id}\nrun_time_ns:\t0\nrun_cnt:\t0\nrecursion_misses:\t0\nverified_insns:\t${instructions.length}\n`
  }
  protected override close(): void {
    this.program.release()
  }
}

/** A descriptor in the caller's table, which takes the reference over. Errors: EMFILE. */
export const installProgram = (task: Task, program: LoadedProgram): number =>
  installNew(task, new ProgramFile(task, program), true)

/** The program behind a descriptor. Errors: EBADF, EINVAL for other files. */
export function programOf(task: Task, fd: number): LoadedProgram {
  const file = task.fds.get(fd)
  if (!(file instanceof ProgramFile)) throw EINVAL
  return file.program
}
