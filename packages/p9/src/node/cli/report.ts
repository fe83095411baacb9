// How commands fail: one line, status 1. (p9)

/** Says what went wrong, and ends the program unless a server still runs. */
export const report = (error: unknown): void => {
  process.stderr.write(`p9: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 1
}
