// Wait statuses as a shell calls them. (runsc)

/** The exit code, or 128 + the signal that killed it. */
export const exitCode = (waitStatus: number): number =>
  (waitStatus & 0x7f) !== 0 ? 128 + (waitStatus & 0x7f) : (waitStatus >> 8) & 0xff
