// A file that is there as a whole or not at all, whatever happens in between. (runsc)

import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs'

/**
 * Writes the new content beside the old and waits until it is on the disk: what can fail has then
 * been done. The old content holds until `commit`.
 * Errors: those of node:fs, and nothing is left.
 */
export function prepareFile(
  path: string,
  text: string,
  mode = 0o600,
): { readonly commit: () => void; readonly discard: () => void } {
  const beside = `${path}.${process.pid}.new`
  const discard = () => rmSync(beside, { force: true })
  try {
    const fd = openSync(beside, 'w', mode)
    try {
      const bytes = Buffer.from(text)
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at)
      fsyncSync(fd)
    } finally {
      closeSync(fd)
    }
  } catch (error) {
    discard()
    throw error
  }
  return { commit: () => renameSync(beside, path), discard }
}

/** Both steps at once. */
export const writeFileAtomically = (path: string, text: string, mode?: number): void =>
  prepareFile(path, text, mode).commit()
