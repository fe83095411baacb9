// How Node is started for a command. (runsc)

/**
 * What the first line of cli.ts gives Node. V8 keeps the hash seed of its snapshot, where it would look for
 * primes for a fresh one (2.7 ms of 20), and has no second compiler for what runs once (0.3), no machine code
 * for expressions that are matched a few times (0.3). For commands alone, which read what their caller
 * wrote: names that a guest chooses must not be foreseen to collide.
 */
export const COMMAND_FLAGS: readonly string[] = [
  '--no-rehash-snapshot',
  '--no-sparkplug',
  '--regexp-interpret-all',
]

/** Whether this process has them and no others. */
export const hasCommandFlags = (): boolean => process.execArgv.join(' ') === COMMAND_FLAGS.join(' ')

/** The flags that processes of other kinds inherit. */
export const inheritedFlags = (): string[] =>
  process.execArgv.filter(flag => !COMMAND_FLAGS.includes(flag))
