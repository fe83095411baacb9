// Which names may name one file in a directory. (p9)

import { EEXIST, EINVAL, EISDIR, ENAMETOOLONG, ENOENT, P9Error } from '../errno.ts'

const NO_SUCH = new P9Error(ENOENT, 'no such name')
const INVALID = new P9Error(EINVAL, 'a name with "/" or NUL')
const LONG = new P9Error(ENAMETOOLONG, 'name too long')
const INVALID_TARGET = new P9Error(EINVAL, 'a target with NUL')
const EXISTS = new P9Error(EEXIST, '"." and ".." exist')
const DOT = new P9Error(EINVAL, '"." and ".." cannot be removed or renamed')
export const IS_DIRECTORY = new P9Error(EISDIR, 'is a directory')

/** Throws unless `name` is one component other than "." and "..". */
export const checkName = (name: string): void => {
  if (name === '') throw NO_SUCH
  if (name.length > 255) throw LONG
  if (name.includes('/') || name.includes('\0')) throw INVALID
}

/** For a name that a file is to be created under. */
export const checkNewName = (name: string): void => {
  checkName(name)
  if (name === '.' || name === '..') throw EXISTS
}

/** For a name that is removed or renamed, from or to. */
export const checkOldName = (name: string): void => {
  checkName(name)
  if (name === '.' || name === '..') throw DOT
}

const MAX_TARGET = 4095

/** Throws unless a symlink can lead to `target`, which may be any path. Source: symlink(2). */
export const checkTarget = (target: string): void => {
  if (target === '') throw NO_SUCH
  if (target.length > MAX_TARGET) throw LONG
  if (target.includes('\0')) throw INVALID_TARGET
}
