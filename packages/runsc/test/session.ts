// A session for tests that look at the command line alone. (runsc tests)

import { Log } from '../src/session/log.ts'
import type { Session } from '../src/session/session.ts'

const unused = () => {
  throw new Error('not for a command line alone')
}

export const idleSession: Session = {
  log: new Log(),
  globals: unused,
  store: unused,
  loadKernel: unused,
  loadSchemas: unused,
  exit: unused,
  failWith: () => {},
  warn: unused,
  takeEarly: unused,
  earlyPid: unused,
}
