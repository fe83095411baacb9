// The mount options of proc: hidepid, gid, subset. (fs/proc)
// Linux fs/proc/root.c: proc_parse_param; proc(5).

import { EINVAL } from '@tsvisor/abi'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import type { HidePid, ProcfsOptions } from './context.ts'
import { newProcfs } from './procfs.ts'

const HIDE_PID: Readonly<Record<string, HidePid>> = {
  '0': 'off',
  '1': 'noaccess',
  '2': 'invisible',
  '4': 'ptraceable',
  off: 'off',
  noaccess: 'noaccess',
  invisible: 'invisible',
  ptraceable: 'ptraceable',
}

/** Errors: EINVAL for what Linux refuses. */
export function parseProcOptions(data: string): ProcfsOptions {
  let options: ProcfsOptions = {}
  for (const option of data.split(',')) {
    if (option === '') continue
    const [name, value = ''] = option.split(/=(.*)/s)
    if (name === 'hidepid' && Object.hasOwn(HIDE_PID, value))
      options = { ...options, hidePid: HIDE_PID[value]! }
    else if (name === 'gid' && /^\d+$/.test(value)) options = { ...options, gid: Number(value) }
    else if (name === 'subset' && value === 'pid') options = { ...options, subset: 'pid' }
    else throw EINVAL
  }
  return options
}

export const procType: FileSystemType = {
  check: (_task, option) => {
    parseProcOptions(option)
  },
  make: (task, _source, data) =>
    newProcfs({
      kernel: task.kernel,
      pidNamespace: task.pidNamespace,
      dev: task.kernel.nextDev(),
      options: parseProcOptions(data),
    }),
}
