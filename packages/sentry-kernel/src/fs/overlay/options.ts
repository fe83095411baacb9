// The mount options of overlay. (fs/overlay)
// Linux fs/overlayfs/params.c; Documentation/filesystems/overlayfs.rst.

import { EINVAL } from '@tsvisor/abi'

/** Layers at most. */
const MAX_LOWERS = 500

export interface OverlayOptions {
  /** Paths, topmost first. */
  lowers: readonly string[]
  /** lowerdir as it was written; undefined where layers were given one by one (lowerdir+). */
  lowerText: string | undefined
  /** As written: escapes are in it. */
  upper: string | undefined
  work: string | undefined
  userXattr: boolean
  isVolatile: boolean
  uuid: 'auto' | 'on' | 'null' | 'off'
  xino: 'auto' | 'on' | 'off'
  /** Absent: as the kernel does unless told otherwise. */
  redirect?: 'follow' | 'nofollow' | 'on'
  defaultPermissions: boolean
}

/** Errors: EINVAL for what Linux refuses, and for what would change the layers in ways that are not built. */
export function parseOverlayOptions(data: string): OverlayOptions {
  const options: OverlayOptions = {
    lowers: [],
    lowerText: undefined,
    upper: undefined,
    work: undefined,
    userXattr: false,
    isVolatile: false,
    uuid: 'auto',
    xino: 'off',
    defaultPermissions: false,
  }
  for (const option of split(data, ','))
    if (option !== '') apply(options, option, option.indexOf('='))
  // What directories are redirected to is nothing that users may say.
  if (options.userXattr && options.redirect !== undefined && options.redirect !== 'nofollow')
    throw EINVAL
  return options
}

function apply(options: OverlayOptions, option: string, equals: number): void {
  const value = equals === -1 ? undefined : option.slice(equals + 1)
  const name = equals === -1 ? option : option.slice(0, equals)
  const set = OPTIONS.get(name)
  if (set === undefined) throw EINVAL
  set(options, value)
}

type Apply = (options: OverlayOptions, value: string | undefined) => void

/** An option that is one of some words. Errors: EINVAL. */
function oneOf<T extends string>(
  words: readonly T[],
  set: (options: OverlayOptions, word: T) => void = () => {},
): Apply {
  return (options, value) => {
    const word = words.find(each => each === value)
    if (word === undefined) throw EINVAL
    set(options, word)
  }
}
/** An option without a value. Errors: EINVAL. */
const flag =
  (set: (options: OverlayOptions) => void): Apply =>
  (options, value) => {
    if (value !== undefined) throw EINVAL
    set(options)
  }
/** Errors: EINVAL. */
function filled(value: string | undefined): string {
  if (value === undefined || value === '') throw EINVAL
  return value
}

const OPTIONS: ReadonlyMap<string, Apply> = new Map<string, Apply>([
  [
    'lowerdir',
    (options, value) => {
      if (value === undefined) throw EINVAL
      options.lowers = lowersOf(value)
      options.lowerText = value
    },
  ],
  [
    'lowerdir+',
    (options, value) => {
      if (options.lowerText || options.lowers.length >= MAX_LOWERS) throw EINVAL
      options.lowers = [...options.lowers, filled(value)]
    },
  ],
  [
    'upperdir',
    (options, value) => {
      options.upper = filled(value)
    },
  ],
  [
    'workdir',
    (options, value) => {
      options.work = filled(value)
    },
  ],
  [
    'userxattr',
    flag(options => {
      options.userXattr = true
    }),
  ],
  [
    'volatile',
    flag(options => {
      options.isVolatile = true
    }),
  ],
  [
    'fsync',
    oneOf(['volatile', 'auto', 'strict'], (options, how) => {
      options.isVolatile = how === 'volatile'
    }),
  ],
  [
    'default_permissions',
    flag(options => {
      options.defaultPermissions = true
    }),
  ],
  [
    'uuid',
    oneOf(['auto', 'on', 'null', 'off'], (options, uuid) => {
      options.uuid = uuid
    }),
  ],
  [
    'xino',
    oneOf(['auto', 'on', 'off'], (options, xino) => {
      options.xino = xino
    }),
  ],
  [
    'redirect_dir',
    oneOf(['off', 'follow', 'nofollow', 'on'], (options, redirect) => {
      options.redirect = redirect === 'off' ? 'follow' : redirect
    }),
  ],
  ['index', oneOf(['off'])],
  ['nfs_export', oneOf(['off'])],
  ['metacopy', oneOf(['off'])],
  ['verity', oneOf(['off'])],
])

/** The parts between separators that no backslash escapes; the escapes stay. */
function split(text: string, separator: string): string[] {
  const parts: string[] = []
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++
    else if (text[at] === separator) {
      parts.push(text.slice(start, at))
      start = at + 1
    }
  }
  parts.push(text.slice(start))
  return parts
}

/** Errors: EINVAL for empty ones ("::" begins layers of data alone), and for too many. */
function lowersOf(text: string): string[] {
  if (text === '') return []
  const parts = split(text, ':')
  if (parts.includes('') || parts.length > MAX_LOWERS) throw EINVAL
  return parts.map(unescaped)
}

/** A path without its escapes. */
export const unescaped = (text: string): string => text.replace(/\\(.?)/gs, '$1')

/** seq_show_option. */
const shown = (name: string, value: string): string =>
  `${name}=${value.replace(/[, \t\n\\]/g, char => `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`)}`

/** As /proc/mounts shows them; `hasOneFs`: all layers are on one file system. */
export function shownOptions(options: OverlayOptions, hasOneFs: boolean): string[] {
  const { lowerText, lowers, upper, work, uuid, xino } = options
  const redirect = options.userXattr ? 'nofollow' : options.redirect
  return [
    ...(lowerText === undefined
      ? lowers.map(path => shown('lowerdir+', path))
      : [shown('lowerdir', lowerText)]),
    ...(upper === undefined ? [] : [shown('upperdir', upper), shown('workdir', work!)]),
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    // Without an upper layer to write them to, "follow" is the same as "on".
    ...(redirect === 'nofollow'
      ? ['redirect_dir=nofollow']
      : upper === undefined || redirect === 'on'
        ? ['redirect_dir=on']
        : []),
    ...(uuid === 'auto' ? [] : [`uuid=${uuid}`]),
    ...(xino === 'off' || hasOneFs ? [] : [`xino=${xino}`]),
    ...(options.isVolatile ? ['fsync=volatile'] : []),
    ...(options.userXattr ? ['userxattr'] : []),
  ]
}
