import fc from 'fast-check'
import { expect, it } from 'vitest'
import { fromByteString, P9Error, toByteString } from '../src/index.ts'

it('every byte string comes back as it was', () => {
  const bytes = fc.uint8Array({ maxLength: 40 }).map(array => String.fromCharCode(...array))
  fc.assert(fc.property(bytes, text => void expect(toByteString(fromByteString(text))).toBe(text)))
})

it('agrees with UTF-8 wherever it is valid', () => {
  const whole = fc.string({ unit: 'binary' })
  fc.assert(
    fc.property(whole, text => {
      const bytes = Buffer.from(text, 'utf8').toString('latin1')
      expect(toByteString(text)).toBe(bytes)
      expect(fromByteString(bytes)).toBe(text)
    }),
  )
})

it.each([
  ['\xff', '\udcff'],
  ['a\xc3', 'a\udcc3'],
  ['\xc0\x80', '\udcc0\udc80'],
  ['\xed\xa0\x80', '\udced\udca0\udc80'],
  ['\xf4\x90\x80\x80', '\udcf4\udc90\udc80\udc80'],
  ['\xe2\x98\x83', '☃'],
])('%j is %j', (bytes, text) => {
  expect(fromByteString(bytes)).toBe(text)
  expect(toByteString(text)).toBe(bytes)
})

it('refuses surrogates that stand for no byte', () => {
  expect(() => toByteString('a\ud800')).toThrow(P9Error)
  expect(() => toByteString('\udc00')).toThrow('EINVAL')
})
