// Whole messages: size[4] type[1] tag[2] body. (p9)

import { HEADER_SIZE } from './constants.ts'
import { type MessageName, messages, nameOfType, type Reply, type Request } from './messages.ts'
import { located, ProtocolError } from './protocol-error.ts'
import type { Reader, Writer } from './wire.ts'

const finish = (w: Writer, type: number, tag: number): number => {
  const { base } = w
  w.view.setUint32(base, w.at - base, true)
  w.view.setUint8(base + 4, type)
  w.view.setUint16(base + 5, tag, true)
  return w.at - base
}

/** Writes a request at the writer's base; returns its size. Throws ProtocolError. */
export const encodeRequest = <K extends MessageName>(
  w: Writer,
  name: K,
  tag: number,
  body: Request<K>,
): number => {
  w.at = w.base
  try {
    w.room(HEADER_SIZE)
    messages[name].request.write(w, body as never)
  } catch (error) {
    throw located(error, `T${name}`)
  }
  return finish(w, messages[name].type, tag)
}

/** Writes a reply at the writer's base; returns its size. Throws ProtocolError. */
export const encodeReply = <K extends MessageName>(
  w: Writer,
  name: K,
  tag: number,
  body: Reply<K>,
): number => {
  w.at = w.base
  try {
    w.room(HEADER_SIZE)
    messages[name].reply.write(w, body as never)
  } catch (error) {
    throw located(error, `R${name}`)
  }
  return finish(w, messages[name].type + 1, tag)
}

/** Type and tag of the message at the reader, which then stands at the body. Throws ProtocolError. */
export const readHeader = (r: Reader): { readonly type: number; readonly tag: number } => {
  const available = r.left
  const size = r.u32()
  if (size !== available) {
    throw new ProtocolError(`the message says ${size} bytes and has ${available}`)
  }
  return { type: r.u8(), tag: r.u16() }
}

const end = <T>(r: Reader, body: T): T => {
  if (r.left > 0) throw new ProtocolError(`${r.left} bytes after the last field`)
  return body
}

/** The body of a request, all of it. Throws ProtocolError. */
export const decodeRequest = <K extends MessageName>(r: Reader, name: K): Request<K> => {
  try {
    return end(r, messages[name].request.read(r)) as Request<K>
  } catch (error) {
    throw located(error, `T${name}`)
  }
}

/** The body of a reply, all of it. Throws ProtocolError. */
export const decodeReply = <K extends MessageName>(r: Reader, name: K): Reply<K> => {
  try {
    return end(r, messages[name].reply.read(r)) as Reply<K>
  } catch (error) {
    throw located(error, `R${name}`)
  }
}

/** One line of text for a request or reply: "Twalk 3 fid #0 newfid #1 wname ["etc"]". */
export const trace = (
  direction: 'T' | 'R',
  name: MessageName,
  tag: number,
  body: Request<MessageName> | Reply<MessageName>,
): string => {
  const { request, reply } = messages[name]
  const text = (direction === 'T' ? request : reply).show(body as never)
  return `${direction}${name} ${tag}${text === '' ? '' : ` ${text}`}`
}

/** One line of text for a whole message, however broken. */
export const traceMessage = (r: Reader): string => {
  try {
    const { type, tag } = readHeader(r)
    const name = nameOfType[type & ~1]
    if (name === undefined) return `type ${type} ${tag}, unknown`
    return type & 1
      ? trace('R', name, tag, decodeReply(r, name))
      : trace('T', name, tag, decodeRequest(r, name))
  } catch (error) {
    return `malformed: ${(error as Error).message}`
  }
}
