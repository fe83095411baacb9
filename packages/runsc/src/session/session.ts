// What the parts of one command line share: its flags, its log, the containers. (runsc)

import type * as bootPart from '../boot/main.ts'
import type { StartedSandbox } from '../sandbox/spawn.ts'
import type * as schemasPart from '../start/schemas.ts'
import type { StateStore } from '../state/store.ts'
import type { GlobalOptions } from './global-options.ts'
import type { Log } from './log.ts'

/** What verbs share while one command line runs. */
export interface Session {
  readonly log: Log
  readonly globals: () => GlobalOptions
  /** The containers below --root. */
  readonly store: () => Promise<StateStore>
  /** The kernel's declarations, without starting one. */
  readonly loadKernel: () => Promise<Pick<typeof bootPart, 'syscallSupport'>>
  /** What reads config.json, for who seldom needs it. */
  readonly loadSchemas: () => Promise<typeof schemasPart>
  /** Sets the exit code of the command; 0 if never called. */
  readonly exit: (code: number) => void
  /** Sets the exit code for a failure of this program. */
  readonly failWith: (code: number) => void
  /** Tells the user and the log what went wrong but stops nothing. */
  readonly warn: (message: string) => void
  /**
   * The process of a sandbox, if it was started already and nobody has taken it; without a debug
   * log. From then on it is the caller's.
   */
  readonly takeEarly: () => StartedSandbox | undefined
  /** Its id for as long as nobody has taken it. */
  readonly earlyPid: () => number | undefined
}
