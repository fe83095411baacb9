// Byte strings as paths of a file system, and its names as byte strings. (p9)

import { fromByteString, toByteString } from '../text.ts'
import type { FsLike, FsPath } from './fs-like.ts'

/** `bytes`: paths may be byte arrays and names come as them (node:fs); `text`: strings only. */
export type FsNames = 'bytes' | 'text'

const BYTES = { encoding: 'buffer' }

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII is the same in both
const isAscii = (text: string): boolean => /^[\x00-\x7f]*$/.test(text)

export const toPath = (bytes: string, names: FsNames): FsPath => {
  if (isAscii(bytes)) return bytes
  if (names === 'text') return fromByteString(bytes)
  return Uint8Array.from(bytes, char => char.charCodeAt(0))
}

const toBytes = (name: unknown): string =>
  typeof name === 'string' ? toByteString(name) : String.fromCharCode(...(name as Uint8Array))

export const listNames = (fs: FsLike, path: FsPath, names: FsNames): string[] =>
  fs.readdirSync(path, names === 'bytes' ? BYTES : undefined).map(toBytes)

export const readTarget = (fs: FsLike, path: FsPath, names: FsNames): string =>
  toBytes(fs.readlinkSync(path, names === 'bytes' ? BYTES : undefined))
