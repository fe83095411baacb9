// Where the kernel says what went wrong: an injected sink. (kernel core)

/** Receives one line a call, without a newline. */
export interface KernelLog {
  debug(message: string): void
  warn(message: string): void
  error(message: string): void
}

/** Drops everything. */
export const silentLog: KernelLog = {
  debug() {},
  warn() {},
  error() {},
}
