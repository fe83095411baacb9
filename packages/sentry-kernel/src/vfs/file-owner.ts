// Who is told by a signal that a file is ready: F_SETOWN, F_SETSIG. (vfs)

/** Linux's struct fown_struct. */
export interface FileOwner {
  /** F_OWNER_TID 0, F_OWNER_PID 1, F_OWNER_PGRP 2 */
  readonly type: number
  /** 0: nobody. */
  readonly id: number
  /** 0: SIGIO. */
  readonly signo: number
}

export const NO_OWNER: FileOwner = { type: 1, id: 0, signo: 0 }
