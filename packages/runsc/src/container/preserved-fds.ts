// Descriptors beside stdio that the program gets: --preserve-fds, and LISTEN_FDS of sd_listen_fds(3). (runsc)

import { constants, fstatSync } from 'node:fs'
import { Failure } from '../failure.ts'
import { parseCount } from '../session/count-argument.ts'

const FIRST = 3
/** With stdio and sockets of ours, as many as one message carries. */
const MAX = 240

/** How many of ours, from 3 on, are meant for the program. */
export interface PreservedFds {
  readonly listening: number
  readonly count: number
}

/** `flag` as given. LISTEN_FDS is for this process only if LISTEN_PID says so. Errors: Failure. */
export function preservedFds(flag: string | undefined, env: NodeJS.ProcessEnv): PreservedFds {
  const { LISTEN_FDS, LISTEN_PID } = env
  const isForUs = LISTEN_FDS !== undefined && Number(LISTEN_PID) === process.pid
  const listening = isForUs ? checked('LISTEN_FDS', LISTEN_FDS) : 0
  const asked = flag === undefined ? 0 : checked('--preserve-fds', flag)
  const count = listening + asked
  const place = asked > 0 ? `--preserve-fds ${flag}` : `LISTEN_FDS=${LISTEN_FDS}`
  for (let fd = FIRST; fd < FIRST + count; fd++) check(fd, place)
  return { listening, count }
}

type NumberedFds = Readonly<Record<`fd${number}`, number>>

/** By the names that requests have for them. */
export const passFds = (
  { count }: Pick<PreservedFds, 'count'>,
  from: number = FIRST,
): NumberedFds =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`fd${FIRST + n}`, from + n]))

/** What the program is told of them. */
export const listenEnv = ({ listening }: PreservedFds): string[] =>
  listening === 0 ? [] : [`LISTEN_FDS=${listening}`, 'LISTEN_PID=1']

function checked(name: string, text: string): number {
  const count = parseCount(name, text)
  if (count > MAX) throw new Failure(`${name} ${text}: expected a number, ${MAX} at most`)
  return count
}

const { S_IFMT, S_IFDIR } = constants

function check(fd: number, place: string): void {
  let type: number | undefined
  try {
    type = fstatSync(fd).mode & S_IFMT
  } catch {
    // Not open.
  }
  // What has no type is of the kind that Node opens for itself, in the first free places.
  if (!type) throw new Failure(`${place}: descriptor ${fd} was not passed to runsc`)
  if (type === S_IFDIR) {
    const why = 'a directory of the host, which a guest must not have'
    throw new Failure(`${place}: descriptor ${fd} is ${why}`)
  }
}
