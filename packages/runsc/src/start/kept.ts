// What a process keeps of a part for the next one: its text, and what V8 made of it, in one file. (runsc)
//
// One file to open and to map: to ask for sizes and times first takes Node longer than to read it. The
// build that it is of stands at its front, so that no other program runs it.

import { closeSync, openSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { mapFile } from './mapped-file.ts'

/** A hash of the sources, in ASCII; the build puts it here. */
declare const BUILD: string

/** Then the length of the text, 32 bits. */
const LENGTH_AT = BUILD.length
const HEADER = LENGTH_AT + 4

export interface Kept {
  /** A character for each byte. */
  readonly text: string
  /** V8's, for as long as it is not released. */
  readonly code: Uint8Array
  release(): void
}

/** undefined when there is none of this build. */
export function findKept(path: string): Kept | undefined {
  try {
    const { bytes, release } = mapFile(path)
    if (bytes.length > HEADER && bytes.toString('latin1', 0, LENGTH_AT) === BUILD) {
      const code = HEADER + bytes.readUInt32LE(LENGTH_AT)
      if (code < bytes.length)
        return { text: bytes.toString('latin1', HEADER, code), code: bytes.subarray(code), release }
    }
    release()
  } catch {
    // None that can be read.
  }
  return undefined
}

/** Whether there is one of this build. */
export function hasKept(path: string): boolean {
  const kept = findKept(path)
  kept?.release()
  return kept !== undefined
}

/** Replaces the file as a whole. */
export function keep(path: string, text: string, code: () => Uint8Array): void {
  const fresh = `${path}.${process.pid}.new`
  try {
    // First, because it is cheap where it is not allowed.
    closeSync(openSync(fresh, 'wx', 0o644))
    writeFileSync(fresh, contentOf(text, code()))
    renameSync(fresh, path)
  } catch {
    // Only speed is lost.
    rmSync(fresh, { force: true })
  }
}

/** At the end of this process, when it can open nothing any more. */
export function keepAtExit(path: string, text: string, code: () => Uint8Array): void {
  const fd = openSync(path, 'wx', 0o644)
  process.on('exit', () => {
    writeSync(fd, contentOf(text, code()))
    closeSync(fd)
  })
}

function contentOf(text: string, code: Uint8Array): Uint8Array {
  const header = Buffer.alloc(HEADER)
  header.write(BUILD)
  header.writeUInt32LE(text.length, LENGTH_AT)
  return Buffer.concat([header, Buffer.from(text, 'latin1'), code])
}
