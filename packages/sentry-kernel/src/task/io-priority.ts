// Which I/O priorities there are, and who may have them. (task)
// Linux block/ioprio.c: ioprio_check_cap.

import {
  CAP_SYS_ADMIN,
  CAP_SYS_NICE,
  EINVAL,
  EPERM,
  IOPRIO_CLASS_BE,
  IOPRIO_CLASS_IDLE,
  IOPRIO_CLASS_NONE,
  IOPRIO_CLASS_RT,
  IOPRIO_CLASS_SHIFT,
} from '@tsvisor/abi'
import { type Credentials, hasCapability } from './credentials.ts'

const LEVELS = 8

/** Errors: EINVAL, EPERM (the real-time class). */
export function checkIoPriority(creds: Credentials, priority: number): void {
  const level = priority & 7
  switch (priority >> IOPRIO_CLASS_SHIFT) {
    case IOPRIO_CLASS_RT:
      if (!hasCapability(creds, CAP_SYS_ADMIN) && !hasCapability(creds, CAP_SYS_NICE)) throw EPERM
      break
    case IOPRIO_CLASS_BE:
      if (level >= LEVELS) throw EINVAL
      break
    case IOPRIO_CLASS_IDLE:
      break
    case IOPRIO_CLASS_NONE:
      if (level !== 0) throw EINVAL
      break
    default:
      throw EINVAL
  }
}
