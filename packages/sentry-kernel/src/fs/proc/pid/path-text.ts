// How /proc writes the names of files. (fs/proc)
// Linux fs/seq_file.c:mangle_path, fs/d_path.c.

import type { FileDescription } from '../../../vfs/file-description.ts'
import type { Path } from '../../../vfs/path.ts'
import { pathText } from '../../../vfs/path-text.ts'
import { isInternal } from '../internal-mount.ts'

/** Characters of `special` as octal escapes. */
export function escapePath(text: string, special: string): string {
  let escaped = ''
  for (const char of text) {
    escaped += special.includes(char)
      ? `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`
      : char
  }
  return escaped
}

/** An open file's name seen from `root`, or what it is where it has none: "pipe:[7]". */
export const fileText = (file: FileDescription, root: Path): string =>
  file.path === undefined || isInternal(file.path) ? file.label() : pathText(file.path, root)
