// The signals that a process which stands for guest processes hands on to them. (runsc)

import { SIGALRM, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGURG, SIGUSR1, SIGUSR2 } from '@tsvisor/abi'

/** Their numbers by their names. */
export const FORWARDED = {
  SIGINT,
  SIGTERM,
  SIGHUP,
  SIGQUIT,
  SIGUSR1,
  SIGUSR2,
  SIGALRM,
  SIGURG,
} as const
