// /proc/pressure: how long tasks wait for resources. Nobody measures that here: never. (fs/proc)
// Linux kernel/sched/psi.c; Documentation/accounting/psi.rst.

import { CAP_SYS_RESOURCE, EBUSY, EINVAL } from '@tsvisor/abi'
import { noteMissing } from '../../../kernel/missing.ts'
import { hasCapabilityIn } from '../../../task/credentials.ts'
import type { Task } from '../../../task/task.ts'
import { UserNamespace } from '../../../task/user-namespace.ts'
import { directory, type FileNode, textWrite } from '../../kernfs/node.ts'

const NEVER = 'avg10=0.00 avg60=0.00 avg300=0.00 total=0'
const TRIGGER = /^(?:some|full)\s+(\d{1,10})\s+(\d{1,10})/
const LONGEST_US = 10_000_000
/** The windows of who has no privilege are multiples of this. */
const USUAL_US = 2_000_000

/** One trigger for each open file, which never fires. */
const pressure = (): FileNode => ({
  kind: 'file',
  mode: 0o666,
  open: () => {
    let hasTrigger = false
    return {
      read: () => `some ${NEVER}\nfull ${NEVER}\n`,
      write: textWrite((task, text) => {
        if (hasTrigger) throw EBUSY
        checkTrigger(task, text)
        noteMissing(task, 'a trigger of /proc/pressure')
        hasTrigger = true
      }),
    }
  },
})

/** psi_trigger_create. Errors: EINVAL. */
function checkTrigger({ creds }: Task, text: string): void {
  const match = TRIGGER.exec(text)
  if (match === null) throw EINVAL
  const thresholdUs = Number(match[1])
  const windowUs = Number(match[2])
  if (windowUs === 0 || windowUs > LONGEST_US) throw EINVAL
  const isPrivileged = hasCapabilityIn(creds, UserNamespace.FIRST, CAP_SYS_RESOURCE)
  if (!isPrivileged && windowUs % USUAL_US !== 0) throw EINVAL
  if (thresholdUs === 0 || thresholdUs > windowUs) throw EINVAL
}

export const pressures = () => directory({ cpu: pressure(), io: pressure(), memory: pressure() })
