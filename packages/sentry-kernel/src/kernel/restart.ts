// Calls that may start again. (kernel core)

import { ERESTART_RESTARTBLOCK, ERESTARTSYS } from '@tsvisor/abi'

/** Linux's ENOIOCTLCMD, which is among them and is none. */
const NO_IOCTL = 515

/** Whether a result is one of the errnos that never reach user mode (include/linux/errno.h). */
export const isRestart = (result: number): boolean =>
  result <= -ERESTARTSYS.code && result >= -ERESTART_RESTARTBLOCK.code && result !== -NO_IOCTL
