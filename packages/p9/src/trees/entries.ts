// What a synthetic file system is made of: objects, text and functions. (p9)

import type { Awaitable } from '../awaitable.ts'
import type { Signal } from '../signal.ts'

export type Content = string | Uint8Array

export interface FileRequest {
  /** Byte that it starts at. */
  readonly offset: number
  /** Aborted when the client gives up. */
  readonly signal: Signal
}

export interface FileFunctions {
  /** The content as of now: called once for each open file, at its first read. */
  readonly read?: (request: { readonly signal: Signal }) => Awaitable<Content>
  /** Some bytes at an offset, `count` at most; none is the end. Instead of `read`. */
  readonly readAt?: (count: number, request: FileRequest) => Awaitable<Content>
  /** Called with the bytes of each write. A file without it is read-only. */
  readonly write?: (data: Uint8Array, request: FileRequest) => Awaitable<void>
  /** Bytes that are shown as its size; default 0, as in /proc. */
  readonly size?: () => number
  /** Permission bits; default: what the functions allow. */
  readonly mode?: number
}

export interface DirectoryFunctions {
  readonly list: () => Awaitable<Iterable<string>>
  /** What has the name, if anything. */
  readonly get: (name: string) => Awaitable<Entry | undefined>
  /** Makes an empty file. */
  readonly create?: (name: string) => Awaitable<Entry>
  readonly mkdir?: (name: string) => Awaitable<Entry>
  readonly remove?: (name: string) => Awaitable<void>
}

export class FileEntry {
  readonly functions: FileFunctions
  constructor(functions: FileFunctions) {
    this.functions = functions
  }
}

export class DirectoryEntryFunctions {
  readonly functions: DirectoryFunctions
  constructor(functions: DirectoryFunctions) {
    this.functions = functions
  }
}

export class SymlinkEntry {
  readonly target: string
  constructor(target: string) {
    this.target = target
  }
}

/**
 * Text or bytes: a file that says this. A function: a file that says what it returns. An object or
 * Map: a directory, looked at when somebody does, so it may change. Names are ordinary strings.
 */
export type Entry =
  | Content
  | (() => Awaitable<Content>)
  | FileEntry
  | DirectoryEntryFunctions
  | SymlinkEntry
  | ReadonlyMap<string, Entry>
  | { readonly [name: string]: Entry }

/** A file made by functions. */
export const file = (functions: FileFunctions): FileEntry => new FileEntry(functions)

/** A directory made by functions. */
export const directory = (functions: DirectoryFunctions): DirectoryEntryFunctions =>
  new DirectoryEntryFunctions(functions)

export const symlink = (target: string): SymlinkEntry => new SymlinkEntry(target)

export const isFile = (entry: Entry): entry is Content | (() => Awaitable<Content>) | FileEntry =>
  typeof entry === 'string' ||
  typeof entry === 'function' ||
  entry instanceof Uint8Array ||
  entry instanceof FileEntry

/** A file of any kind by its functions. */
export const fileFunctions = (
  entry: Content | (() => Awaitable<Content>) | FileEntry,
): FileFunctions => {
  if (entry instanceof FileEntry) return entry.functions
  return { read: typeof entry === 'function' ? entry : () => entry }
}

/** A directory of any kind by its functions. */
export const directoryFunctions = (
  entry: Exclude<Entry, Content | (() => Awaitable<Content>) | FileEntry | SymlinkEntry>,
): DirectoryFunctions => {
  if (entry instanceof DirectoryEntryFunctions) return entry.functions
  if (entry instanceof Map) return { list: () => entry.keys(), get: name => entry.get(name) }
  const object = entry as { readonly [name: string]: Entry }
  return {
    list: () => Object.keys(object),
    get: name => (Object.hasOwn(object, name) ? object[name] : undefined),
  }
}
