import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeReply,
  decodeRequest,
  encodeReply,
  encodeRequest,
  type MessageName,
  messages,
  ProtocolError,
  Reader,
  readHeader,
  trace,
  traceMessage,
  Writer,
} from '../src/index.ts'
import { arbitrary } from './arbitrary.ts'

const names = Object.keys(messages) as MessageName[]
const writer = new Writer(new Uint8Array(1 << 20))
const reader = new Reader()
const sides = ['request', 'reply'] as const

const encode = (side: 'request' | 'reply', name: MessageName, tag: number, body: never) => {
  const size = (side === 'request' ? encodeRequest : encodeReply)(writer, name, tag, body)
  return writer.bytes.slice(0, size)
}
const decode = (side: 'request' | 'reply', name: MessageName, bytes: Uint8Array) => {
  const { type, tag } = readHeader(reader.reset(bytes, 0, bytes.length))
  const body = (side === 'request' ? decodeRequest : decodeReply)(reader, name)
  return { type, tag, body }
}

describe.each(names)('%s', name => {
  it.each(sides)('%s survives the wire', side => {
    fc.assert(
      fc.property(arbitrary(messages[name][side]), fc.nat(0xffff), (body, tag) => {
        const bytes = encode(side, name, tag, body as never)
        const got = decode(side, name, bytes)
        expect(got).toEqual({ type: messages[name].type + (side === 'reply' ? 1 : 0), tag, body })
        expect(trace(side === 'request' ? 'T' : 'R', name, tag, body)).toMatch(/^[TR][ -~]+$/)
      }),
      { numRuns: 30 },
    )
  })

  it.each(sides)('a cut %s is refused with the field, not read past', side => {
    fc.assert(
      fc.property(arbitrary(messages[name][side]), fc.nat(), (body, where) => {
        const bytes = encode(side, name, 1, body as never)
        if (bytes.length === 7) return
        const length = 7 + (where % (bytes.length - 7))
        const cut = bytes.slice(0, length)
        new DataView(cut.buffer).setUint32(0, length, true)
        // A list that fills its message may be cut between items; never otherwise.
        expect(() => decode(side, name, cut)).toThrow(ProtocolError)
      }),
      { numRuns: 20 },
    )
  })

  it.each(sides)('hostile %s: a value or a ProtocolError', side => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), junk => {
        const bytes = new Uint8Array(7 + junk.length)
        bytes.set(junk, 7)
        new DataView(bytes.buffer).setUint32(0, bytes.length, true)
        try {
          const { body } = decode(side, name, bytes)
          // What decodes is a message: it encodes to the same bytes.
          const again = encode(side, name, 0, body as never)
          expect(again.subarray(7)).toEqual(bytes.subarray(7))
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
      }),
      { numRuns: 100 },
    )
  })

  it.each(sides)('bytes after the last field of a %s are an error', side => {
    fc.assert(
      fc.property(arbitrary(messages[name][side]), body => {
        const bytes = encode(side, name, 1, body as never)
        const longer = new Uint8Array(bytes.length + 1)
        longer.set(bytes)
        new DataView(longer.buffer).setUint32(0, longer.length, true)
        expect(() => decode(side, name, longer)).toThrow('1 bytes after the last field')
      }),
      { numRuns: 5 },
    )
  })
})

describe('errors', () => {
  it('carry the path of the field', () => {
    const body = { fid: 1, newfid: 2, wname: ['a', 'b', 'cc'] }
    const bytes = encode('request', 'walk', 1, body as never).slice(0, -1)
    new DataView(bytes.buffer).setUint32(0, bytes.length, true)
    expect(() => decode('request', 'walk', bytes)).toThrow(
      'Twalk.wname[2]: needs 2 bytes, 1 are left',
    )
    const bad = { fid: 1, newfid: 2, wname: ['a', '\u0100'] }
    expect(() => encode('request', 'walk', 1, bad as never)).toThrow('Twalk.wname[1]: character 0')
    const negative = { fid: -1, newfid: 2, wname: [] }
    expect(() => encode('request', 'walk', 1, negative as never)).toThrow('Twalk.fid: -1 is no')
  })

  it('a count that the message cannot hold allocates nothing', () => {
    const bytes = encode('request', 'walk', 1, { fid: 1, newfid: 2, wname: [] } as never)
    new DataView(bytes.buffer).setUint16(15, 0xffff, true)
    expect(() => decode('request', 'walk', bytes)).toThrow('65535 items do not fit in 0 bytes')
  })

  it('refuse values that the wire cannot hold', () => {
    const clunk = (fid: unknown) => () => encode('request', 'clunk', 1, { fid } as never)
    for (const fid of [2 ** 32, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(clunk(fid)).toThrow(ProtocolError)
    }
    const offset = (value: unknown) => () =>
      encode('request', 'read', 1, { fid: 1, offset: value, count: 1 } as never)
    for (const value of [2 ** 53, -1, -1n, 1n << 64n]) expect(offset(value)).toThrow(ProtocolError)
  })
})

describe('the wire', () => {
  const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

  // As Wireshark shows a Twalk of v9fs.
  it('is that of 9P2000.L', () => {
    const walk = encode('request', 'walk', 2, { fid: 0, newfid: 1, wname: ['etc'] } as never)
    expect(hex(walk)).toBe('160000006e0200000000000100000001000300657463')
    const version = encode('request', 'version', 0xffff, {
      msize: 8192,
      version: '9P2000.L',
    } as never)
    expect(hex(version)).toBe('1500000064ffff0020000008003950323030302e4c')
    const error = encode('reply', 'lerror', 3, { ecode: 2 } as never)
    expect(hex(error)).toBe('0b00000007030002000000')
  })

  it('has fixed sizes where diod has them', () => {
    // struct sizes of 9P2000.L bodies.
    expect(messages.getattr.reply.min).toBe(153)
    expect(messages.statfs.reply.min).toBe(60)
    expect(messages.setattr.request.min).toBe(60)
    expect(messages.lopen.reply.min).toBe(17)
  })

  it('traces whole messages, broken ones too', () => {
    const bytes = encode('request', 'walk', 2, { fid: 0, newfid: 1, wname: ['e\xff"'] } as never)
    const line = traceMessage(reader.reset(bytes, 0, bytes.length))
    expect(line).toBe('Twalk 2 fid #0 newfid #1 wname ["e\\xff\\x22"]')
    expect(traceMessage(reader.reset(bytes, 0, 9))).toBe(
      'malformed: the message says 22 bytes and has 9',
    )
  })
})
