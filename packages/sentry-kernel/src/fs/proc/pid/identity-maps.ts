// /proc/PID/{uid,gid,projid}_map and setgroups: there is one user namespace, which maps every id to itself. (fs/proc)
// Linux kernel/user_namespace.c: m_show, map_write, proc_setgroups_write.

import { CAP_SYS_ADMIN, EINVAL, EPERM } from '@tsvisor/abi'
import { hasCapability } from '../../../task/credentials.ts'
import { knob } from '../../kernfs/node.ts'
import type { Entry } from './subject.ts'

const ALL_IDS = `${'0'.padStart(10)} ${'0'.padStart(10)} ${4_294_967_295}\n`

/** The map was written when the namespace was made, and can be written only once. */
export const identityMap: Entry = subject =>
  knob(
    () => {
      subject.task
      return ALL_IDS
    },
    () => {
      throw EPERM
    },
    0o644,
    { owner: subject.owner },
  )

export const setgroups: Entry = subject =>
  knob(
    () => {
      subject.task
      return 'allow\n'
    },
    (writer, text) => {
      if (!hasCapability(writer.creds, CAP_SYS_ADMIN)) throw EPERM
      if (text === 'deny') throw EPERM
      if (text !== 'allow') throw EINVAL
    },
    0o644,
    { owner: subject.owner },
  )
