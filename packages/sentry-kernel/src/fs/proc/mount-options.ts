// The mount options of proc: hidepid, gid, subset. (fs/proc)
// Linux fs/proc/root.c: proc_parse_param; proc(5).

import { EINVAL } from '@tsvisor/abi'
import { NO_ID } from '../../task/id-map.ts'
import { UserNamespace } from '../../task/user-namespace.ts'
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

/** Ids are those of `userNamespace`. Errors: EINVAL for what Linux refuses. */
export function parseProcOptions(data: string, userNamespace = UserNamespace.FIRST): ProcfsOptions {
  let options: ProcfsOptions = {}
  for (const option of data.split(',')) {
    if (option === '') continue
    const [name, value = ''] = option.split(/=(.*)/s)
    if (name === 'hidepid' && Object.hasOwn(HIDE_PID, value))
      options = { ...options, hidePid: HIDE_PID[value]! }
    else if (name === 'gid' && /^\d+$/.test(value)) {
      const gid = userNamespace.gids.toKernel(Number(value))
      if (gid === NO_ID) throw EINVAL
      options = { ...options, gid }
    } else if (name === 'subset' && value === 'pid') options = { ...options, subset: 'pid' }
    else throw EINVAL
  }
  return options
}

export const procType: FileSystemType = {
  owner: ({ pidNamespace }) => pidNamespace.userNamespace,
  shows: 'system',
  check: (task, option) => {
    parseProcOptions(option, task.creds.userNamespace)
  },
  make: (task, _source, data) =>
    newProcfs({
      kernel: task.kernel,
      pidNamespace: task.pidNamespace,
      dev: task.kernel.nextDev(),
      options: parseProcOptions(data, task.creds.userNamespace),
    }),
}
