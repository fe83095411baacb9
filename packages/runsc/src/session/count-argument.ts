// A number of things: a pid, a limit, descriptors. (runsc)

import { Failure } from '../failure.ts'

/** Errors: Failure. */
export function parseCount(flag: string, text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Failure(`${flag} ${text}: expected a number`)
  return Number(text)
}

/** The same where -1 means no limit. Errors: Failure. */
export function parseLimit(flag: string, text: string): number {
  if (text === '-1') return -1
  if (!/^\d{1,15}$/.test(text)) throw new Failure(`${flag} ${text}: expected a number, or -1`)
  return Number(text)
}

const UNITS = ['', 'k', 'm', 'g', 't', 'p']

/** A limit in bytes, with the units of docker and runc: 512, 64k, 50M, 1.5GiB. Errors: Failure. */
export function parseBytes(flag: string, text: string): number {
  if (text === '-1') return -1
  const [, number, unit = ''] = /^(\d{1,15}(?:\.\d+)?) ?([kmgtp]?)i?b?$/i.exec(text) ?? []
  const bytes = Math.floor(Number(number) * 1024 ** UNITS.indexOf(unit.toLowerCase()))
  if (Number.isSafeInteger(bytes)) return bytes
  throw new Failure(`${flag} ${text}: expected bytes, as 50M, or -1`)
}
