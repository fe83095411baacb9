// A program on its way to be executed: all that is checked before the old one is gone. (loader)

import {
  AT_FDCWD,
  E2BIG,
  EIO,
  ELIBBAD,
  ELOOP,
  ENOENT,
  ENOEXEC,
  IN_ACCESS,
  RLIMIT_STACK,
} from '@tsvisor/abi'
import { byteString, MAX_ARG_STRLEN, PATH_MAX } from '../mm/user-memory.ts'
import type { Task } from '../task/task.ts'
import type { FileDescription } from '../vfs/file-description.ts'
import { notifyUse } from '../vfs/notify.ts'
import { type ElfFile, type FileHead, hasElfMagic, readElf } from './elf-file.ts'
import { openExecutable, readFully } from './executable.ts'
import { HEAD_SIZE, isScript, parseScript } from './script.ts'

/** Interpreters of interpreters: ELOOP beyond. */
const MAX_SCRIPTS = 5
/** Bytes read at first. */
const HEAD_READ = 1024
const ARG_MAX = 131072
/** sizeof(Elf64_Ehdr), sizeof(Elf64_Phdr) */
const FILE_HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56
/** 3/4 of _STK_LIM. */
const MOST_ARGUMENTS = 6 * 1024 * 1024

export interface ImageRequest {
  /** The file named by the caller; the image takes over the reference, also when it throws. */
  readonly file: FileDescription
  /** As the new program will see it (AT_EXECFN), and as a script's interpreter will be told. */
  readonly filename: string
  readonly argv: readonly string[]
  readonly envp: readonly string[]
  /** The name leads through a close-on-exec descriptor: an interpreter could not open it. */
  readonly reachable: 'reachable' | 'unreachable'
}

/** All files are held until `release`. */
export class Image {
  file: FileDescription
  /** What named it as their interpreter. */
  readonly scripts: FileDescription[] = []
  readonly filename: string
  argv: readonly string[]
  readonly envp: readonly string[]
  elf!: ElfFile
  interpreter: { readonly file: FileDescription; readonly elf: ElfFile } | undefined

  constructor(request: ImageRequest) {
    this.file = request.file
    this.filename = request.filename
    this.argv = request.argv.length === 0 ? [''] : request.argv
    this.envp = request.envp
  }
  release(): void {
    for (const script of this.scripts) script.release()
    this.file.release()
    this.interpreter?.file.release()
  }
}

/** Bytes that arguments and environment may take: a quarter of the stack limit, within bounds. */
export const argumentLimit = (task: Task): number =>
  Math.max(ARG_MAX, Math.min(MOST_ARGUMENTS, Math.floor(task.group.limits.soft(RLIMIT_STACK) / 4)))

/**
 * Follows scripts to an ELF file, reads its headers and those of its interpreter.
 * Errors: ENOEXEC, ELIBBAD, ELOOP, E2BIG, EIO, ENOENT and others of opening files.
 */
export function prepareImage(task: Task, request: ImageRequest): Image {
  const image = new Image(request)
  try {
    let name = request.filename
    let head = readHead(task, image.file)
    noteRead(task, image.file, Math.min(head.length, HEAD_SIZE))
    for (let scripts = 1; isScript(head.bytes); scripts++) {
      const { interpreter, argument } = parseScript(head.bytes.subarray(0, HEAD_SIZE))
      if (request.reachable === 'unreachable') throw ENOENT
      const inserted = argument === undefined ? [interpreter, name] : [interpreter, argument, name]
      image.argv = [...inserted, ...image.argv.slice(1)]
      const next = openExecutable(task, AT_FDCWD, interpreter)
      image.scripts.push(image.file)
      image.file = next
      name = interpreter
      if (scripts > MAX_SCRIPTS) throw ELOOP
      head = readHead(task, image.file)
      noteRead(task, image.file, Math.min(head.length, HEAD_SIZE))
    }
    checkSize(task, image)
    image.elf = readElf(
      head,
      (target, offset) => readFully(task, image.file, target, offset),
      ENOEXEC,
    )
    noteRead(task, image.file, image.elf.phnum * PROGRAM_HEADER_BYTES)
    if (image.elf.interpreter !== undefined) openInterpreter(task, image)
    return image
  } catch (error) {
    image.release()
    throw error
  }
}

/** The first bytes, zero padded: mostly with all program headers, so that one read is enough. */
function readHead(task: Task, file: FileDescription): FileHead {
  const bytes = new Uint8Array(HEAD_READ)
  return { bytes, length: readFully(task, file, bytes, 0) }
}

/** In /proc/PID/io, and to who watches: Linux reads programs in other pieces than we do, in the name of the caller. */
function noteRead(task: Task, file: FileDescription, bytes: number): void {
  task.io.reads++
  task.io.readBytes += bytes
  if (bytes > 0) notifyUse(file, IN_ACCESS)
}

/** Errors: E2BIG. */
function checkSize(task: Task, image: Image): void {
  let bytes = image.filename.length + 1
  for (const list of [image.argv, image.envp])
    for (const text of list) {
      if (text.length + 1 > MAX_ARG_STRLEN) throw E2BIG
      bytes += text.length + 1 + 8
    }
  if (bytes > argumentLimit(task)) throw E2BIG
}

function openInterpreter(task: Task, image: Image): void {
  const { offset, size } = image.elf.interpreter!
  if (size > PATH_MAX || size < 2) throw ENOEXEC
  const path = new Uint8Array(size)
  if (offset >= 2 ** 53 || readFully(task, image.file, path, offset) !== size) throw EIO
  if (path[size - 1] !== 0) throw ENOEXEC
  noteRead(task, image.file, size)
  const file = openExecutable(task, AT_FDCWD, byteString(path.subarray(0, path.indexOf(0))))
  try {
    const head = readHead(task, file)
    if (!hasElfMagic(head.bytes)) throw ELIBBAD
    const elf = readElf(head, (target, at) => readFully(task, file, target, at), ELIBBAD)
    noteRead(task, file, FILE_HEADER_BYTES)
    noteRead(task, file, elf.phnum * PROGRAM_HEADER_BYTES)
    image.interpreter = { file, elf }
  } catch (error) {
    file.release()
    throw error
  }
}
