// Texts that are no JSON, and JSON that is hostile. (oci-spec test)

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { defaultSpec, parseConfig, SpecError, validateConfig } from '../src/index.ts'
import { findJsonMistake } from '../src/json-position.ts'
import { issuesOf } from './samples.ts'

describe('a text that is no JSON', () => {
  const cases: [string, string][] = [
    ['', 'line 1, column 1: expected a value, found the end'],
    ['{', 'line 1, column 2: expected a member name in double quotes, found the end'],
    ['{"a": 1,}', 'line 1, column 9: expected a member name in double quotes, found "}"'],
    ['{\n  "a": 1\n  "b": 2\n}', "line 3, column 3: expected ',' or '}', found \"\\\"\""],
    ['{\n  "a" 1}', 'line 2, column 7: expected \':\', found "1"'],
    ['[1, 2', "line 1, column 6: expected ',' or ']', found the end"],
    ['{"a": "x\ny"}', 'line 1, column 7: expected a well-formed string, found "\\""'],
    ['{"a": "\\q"}', 'line 1, column 7: expected a well-formed string, found "\\""'],
    ['{"a": 01}', "line 1, column 8: expected ',' or '}', found \"1\""],
    ["{'a': 1}", 'line 1, column 2: expected a member name in double quotes, found "\'"'],
    ['{} {}', 'line 1, column 4: expected nothing after the value, found "{"'],
    ['// no\n{}', 'line 1, column 1: expected a value, found "/"'],
    ['[NaN]', 'line 1, column 2: expected a value, found "N"'],
  ]
  for (const [text, message] of cases) {
    it(JSON.stringify(text), () => {
      expect(issuesOf(() => parseConfig(text))).toEqual([`not valid JSON: ${message}`])
    })
  }

  it('the position finder agrees with JSON.parse on what is JSON', () => {
    const agree = (text: string) => {
      let valid = true
      try {
        JSON.parse(text)
      } catch {
        valid = false
      }
      expect(findJsonMistake(text) === undefined).toBe(valid)
    }
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 2 }), (json, at, splice) => {
        agree(json)
        const place = at % (json.length + 1)
        agree(json.slice(0, place) + splice + json.slice(place))
        agree(json.slice(0, place) + json.slice(place + 1))
      }),
      { numRuns: 2000 },
    )
  })
})

describe('hostile JSON', () => {
  it('deep nesting is an error, not a crash', () => {
    const deep = '['.repeat(200_000) + ']'.repeat(200_000)
    expect(issuesOf(() => parseConfig(deep))[0]).toContain('nested more than 64 deep')
    expect(issuesOf(() => parseConfig('['.repeat(200_000)))[0]).toContain('line 1, column 200001')
    expect(
      issuesOf(() => parseConfig(`{"annotations":${'{"a":'.repeat(5000)}1${'}'.repeat(5000)}}`))[0],
    ).toContain('nested more than 64 deep')
  })

  it('a cycle in data is an error', () => {
    const data: Record<string, unknown> = {}
    data['root'] = data
    expect(issuesOf(() => validateConfig(data))[0]).toContain('nested more than 64 deep')
  })

  it('a text that is too long is refused unparsed', () => {
    expect(issuesOf(() => parseConfig(' '.repeat((16 << 20) + 1)))[0]).toContain('expected at most')
  })

  it('a long string with a mistake after it', () => {
    expect(issuesOf(() => parseConfig(`["${'x'.repeat(5_000_000)}" 1]`))[0]).toContain(
      'line 1, column 5000005',
    )
  })

  it('__proto__ neither pollutes nor passes', () => {
    const text = JSON.stringify(defaultSpec()).replace(
      '"ociVersion"',
      '"__proto__":{"polluted":true},"annotations":{"__proto__":"x","constructor":"y"},"ociVersion"',
    )
    const { spec, warnings } = parseConfig(text)
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined()
    expect(Object.getPrototypeOf(spec)).toBe(Object.prototype)
    expect(spec.annotations).toEqual({ constructor: 'y' })
    expect(warnings.map(w => w.path)).toEqual(['__proto__', 'annotations.__proto__'])
  })

  it('names of Object.prototype as members are only unknown members', () => {
    const text = JSON.stringify(defaultSpec()).replace(
      '"ociVersion"',
      '"constructor":1,"toString":2,"hasOwnProperty":3,"ociVersion"',
    )
    expect(parseConfig(text).warnings).toHaveLength(3)
  })

  const anything = fc.anything({ withNullPrototype: true, withDate: true, withBigInt: true })
  const keys = fc.constantFrom(
    ...['ociVersion', 'process', 'root', 'mounts', 'linux', 'hooks', 'annotations', '__proto__'],
    ...['args', 'env', 'user', 'rlimits', 'namespaces', 'resources', 'seccomp', 'path', 'type'],
  )
  const shaped = fc.letrec(tie => ({
    value: fc.oneof(
      { depthSize: 'small' },
      anything,
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
    ),
  })).value

  it('nothing but SpecError is ever thrown', () => {
    const onlySpecError = (run: () => unknown) => {
      try {
        run()
      } catch (error) {
        expect(error).toBeInstanceOf(SpecError)
      }
    }
    fc.assert(
      fc.property(shaped, value => onlySpecError(() => validateConfig(value))),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.string(), text => onlySpecError(() => parseConfig(text))),
      { numRuns: 1000 },
    )
  })

  it('one random change to a valid document is accepted or refused, never worse', () => {
    const base = JSON.stringify(defaultSpec())
    fc.assert(
      fc.property(fc.nat(base.length - 1), fc.jsonValue(), (at, value) => {
        const text = base.slice(0, at) + JSON.stringify(value) + base.slice(at + 1)
        try {
          parseConfig(text)
        } catch (error) {
          expect(error).toBeInstanceOf(SpecError)
          expect((error as SpecError).issues.length).toBeGreaterThan(0)
        }
      }),
      { numRuns: 3000 },
    )
  })
})
