// The mount options of devpts: gid, mode, ptmxmode, max. (fs/pty)
// Linux fs/devpts/inode.c: parse_mount_options.

import { EINVAL } from '@tsvisor/abi'
import { NO_ID } from '../../task/id-map.ts'
import type { UserNamespace } from '../../task/user-namespace.ts'
import type { FileSystemType } from '../../vfs/filesystems.ts'
import { DevptsFs, type DevptsOptions } from './devpts.ts'

/** NR_UNIX98_PTY_MAX */
const MOST = 1 << 20

/** Ids are those of `userNamespace`. Errors: EINVAL. */
function parseDevptsOptions(data: string, userNamespace: UserNamespace): DevptsOptions {
  let options: DevptsOptions = {}
  for (const option of data.split(',')) {
    if (option === '' || option === 'newinstance') continue
    const [name, value = ''] = option.split(/=(.*)/s)
    if (name === 'uid')
      options = { ...options, uid: known(userNamespace.uids.toKernel(whole(value))) }
    else if (name === 'gid')
      options = { ...options, gid: known(userNamespace.gids.toKernel(whole(value))) }
    else if (name === 'mode') options = { ...options, mode: octal(value) & 0o7777 }
    else if (name === 'ptmxmode') options = { ...options, ptmxmode: octal(value) & 0o7777 }
    else if (name === 'max') options = { ...options, max: whole(value) }
    else throw EINVAL
  }
  if (options.max !== undefined && options.max > MOST) throw EINVAL
  return options
}

function known(id: number): number {
  if (id === NO_ID) throw EINVAL
  return id
}
function whole(text: string): number {
  if (!/^\d{1,10}$/.test(text)) throw EINVAL
  return Number(text)
}
function octal(text: string): number {
  if (!/^[0-7]{1,10}$/.test(text)) throw EINVAL
  return Number.parseInt(text, 8)
}

export const devptsType: FileSystemType = {
  owner: ({ creds }) => creds.userNamespace,
  check: (task, option) => {
    parseDevptsOptions(option, task.creds.userNamespace)
  },
  make: ({ kernel, creds }, _source, data) =>
    new DevptsFs(kernel, kernel.nextDev(), {
      ...parseDevptsOptions(data, creds.userNamespace),
      owner: creds,
    }),
}
