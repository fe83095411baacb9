import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeRequest, Framer, ProtocolError, Writer } from '../src/index.ts'

const message = (fid: number) => {
  const w = new Writer(new Uint8Array(64))
  return w.bytes.slice(0, encodeRequest(w, 'clunk', 1, { fid }))
}

it('finds the same messages however the stream is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { maxLength: 60 }),
      fc.infiniteStream(fc.integer({ min: 1, max: 40 })),
      (fids, cuts) => {
        const stream = Buffer.concat(fids.map(message))
        const framer = new Framer(new Uint8Array(64))
        framer.limit = 32
        const got: number[] = []
        for (let at = 0; at < stream.length; ) {
          const room = framer.room()
          const { value: cut } = cuts.next()
          const piece = stream.subarray(at, at + Math.min(cut!, framer.buffer.length - room))
          expect(piece.length).toBeGreaterThan(0)
          framer.buffer.set(piece, room)
          framer.added(piece.length)
          at += piece.length
          for (let m = framer.next(); m; m = framer.next()) {
            got.push(new DataView(m.buffer, m.byteOffset).getUint32(7, true))
          }
        }
        expect(got).toEqual(fids)
      },
    ),
  )
})

it.each([0, 3, 6, 65, 0xffff_ffff])('refuses a message of %i bytes', size => {
  const framer = new Framer(new Uint8Array(64))
  new DataView(framer.buffer.buffer).setUint32(framer.room(), size, true)
  framer.added(8)
  expect(() => framer.next()).toThrow(ProtocolError)
})

it('takes time linear in the bytes for byte-by-byte delivery', () => {
  const framer = new Framer(new Uint8Array(128 * 1024))
  const whole = message(1)
  let found = 0
  for (let i = 0; i < 300_000; i++) {
    framer.buffer[framer.room()] = whole[i % whole.length]!
    framer.added(1)
    if (framer.next() !== undefined) found++
  }
  expect(found).toBe(Math.floor(300_000 / whole.length))
}, 2000)
