import { EACCES, ENOEXEC } from '@tsvisor/abi'
import { expect, test } from 'vitest'
import { HEAD_SIZE, parseScript } from '../../src/loader/script.ts'
import { bytesOf } from '../../src/mm/user-memory.ts'

const head = (text: string): Uint8Array => {
  const data = new Uint8Array(HEAD_SIZE)
  data.set(bytesOf(text).subarray(0, HEAD_SIZE))
  return data
}

// Each agrees with load_script of Linux fs/binfmt_script.c.
test.each([
  ['#!/bin/sh\necho', '/bin/sh', undefined],
  ['#! /bin/sh \n', '/bin/sh', undefined],
  ['#!\t/bin/sh\t-e -x \n', '/bin/sh', '-e -x'],
  ['#!/usr/bin/env python3\n', '/usr/bin/env', 'python3'],
  ['#!/bin/sh', '/bin/sh', undefined],
  ['#!/bin/sh -x', '/bin/sh', '-x'],
  ['#!/bin/sh\0 -x\n', '/bin/sh', undefined],
  ['#!/bin/sh\r\n', '/bin/sh\r', undefined],
  [`#!/bin/sh ${'y'.repeat(400)}\n`, '/bin/sh', 'y'.repeat(245)],
])('%j', (text, interpreter, argument) => {
  expect(parseScript(head(text))).toEqual({ interpreter, argument })
})

test('refuses a file that ends after its #!', () => {
  expect(() => parseScript(head('#!'))).toThrow(EACCES)
})

test.each(['#!\n', '#!  \t \n/bin/sh', `#!${'x'.repeat(300)}`, `#!${' '.repeat(300)}/bin/sh\n`])(
  'refuses %j',
  text => {
    expect(() => parseScript(head(text))).toThrow(ENOEXEC)
  },
)
