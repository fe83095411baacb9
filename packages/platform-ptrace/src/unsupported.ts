// The error for a machine that cannot run guests this way. (platform-ptrace)

/** The host does not let us trace; the message says what to change, in one line. */
export class PlatformUnsupportedError extends Error {
  override readonly name = 'PlatformUnsupportedError'
}
