// /proc/PID/{uid,gid,projid}_map and setgroups: there is one user namespace. (fs/proc)
// Linux kernel/user_namespace.c: m_show, map_write, proc_setgroups_write.

import { CAP_SYS_ADMIN, EINVAL, EPERM } from '@tsvisor/abi'
import { hasCapability } from '../../../task/credentials.ts'
import { type IdRange, idMaps } from '../../../task/id-maps.ts'
import { knob } from '../../kernfs/node.ts'
import type { Entry } from './subject.ts'

const column = (id: number): string => String(id).padStart(10)
const row = ({ inside, outside, size }: IdRange): string =>
  `${column(inside)} ${column(outside)} ${column(size)}\n`

/** The map was written when the namespace was made, and can be written only once. */
export const idMap =
  (which: 'uid' | 'gid'): Entry =>
  subject =>
    knob(
      () => idMaps(subject.task.kernel)[which].map(row).join(''),
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
