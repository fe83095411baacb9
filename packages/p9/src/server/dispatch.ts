// From a request's bytes to a handler, from a thrown value to an errno. (p9)

import type { Awaitable } from '../awaitable.ts'
import { decodeRequest, trace } from '../codec.ts'
import { EINTR, EINVAL, EIO, EOPNOTSUPP, errnoOf, P9Error } from '../errno.ts'
import { FIRST_EXTENSION_TYPE, type MessageName, nameOfType, type Reply } from '../messages.ts'
import { ProtocolError } from '../protocol-error.ts'
import type { Operation } from '../signal.ts'
import type { Reader } from '../wire.ts'
import type { Handler } from './handler.ts'
import { handlers } from './handlers.ts'
import { isExtended, type ServerOptions, type Session } from './session.ts'

const VERSION_TYPE = 100
const UNKNOWN_TYPE = new P9Error(EOPNOTSUPP, 'unknown message')

/** The request that the type stands for in this session. Throws EOPNOTSUPP. */
export const requestName = <N, H>(s: Session<N, H>, type: number): MessageName => {
  const name = nameOfType[type]
  const known =
    type === VERSION_TYPE || (s.msize > 0 && (type < FIRST_EXTENSION_TYPE || isExtended(s.version)))
  if (name === undefined || !known) throw UNKNOWN_TYPE
  return name
}

/** Decodes the body that the reader stands at and calls the handler. */
export const dispatch = <N, H>(
  s: Session<N, H>,
  name: MessageName,
  tag: number,
  r: Reader,
  operation: Operation,
  options: ServerOptions,
): Awaitable<Reply<MessageName>> => {
  const request = decodeRequest(r, name)
  options.trace?.(trace('T', name, tag, request))
  s.fids.begin()
  return (handlers[name] as Handler<MessageName>)(s, request, operation)
}

/** What a thrown value is answered with; one that carries no errno is told to `onBug`. */
export const errnoFor = (thrown: unknown, options: ServerOptions, operation: Operation): number => {
  if (thrown instanceof ProtocolError) {
    options.trace?.(`malformed: ${thrown.message}`)
    return EINVAL
  }
  const code = errnoOf(thrown)
  if (code !== undefined) return code
  if (operation.aborted) return EINTR
  options.onBug?.(thrown)
  return EIO
}
