// Reading an ELF64 executable's headers, which are the guest's to forge. (loader)

import {
  ELF_MAGIC,
  EM_X86_64,
  type Errno,
  ET_DYN,
  ET_EXEC,
  PF_R,
  PF_W,
  PF_X,
  PROT_EXEC,
  PROT_READ,
  PROT_WRITE,
  PT_GNU_STACK,
  PT_INTERP,
  PT_LOAD,
} from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'

const EHDR_SIZE = 64
const PHDR_SIZE = 56
/** Linux refuses program headers beyond this (load_elf_phdrs). */
const MAX_PHDRS_BYTES = 65536
const TWO_32 = 0x1_0000_0000

/** A PT_LOAD header. Values are any 64-bit numbers, rounded to doubles above 2^53. */
export interface Segment {
  readonly offset: number
  readonly vaddr: number
  readonly fileSize: number
  readonly memorySize: number
  readonly align: number
  /** PROT_* */
  readonly prot: number
}

export interface ElfFile {
  /** ET_EXEC: at its own addresses; ET_DYN: anywhere. */
  readonly kind: 'fixed' | 'movable'
  readonly entry: number
  readonly phoff: number
  readonly phnum: number
  readonly segments: readonly Segment[]
  /** Where the PT_INTERP string is in the file. */
  readonly interpreter: { readonly offset: number; readonly size: number } | undefined
  /** PT_GNU_STACK asks for an executable stack. */
  readonly executableStack: boolean
}

/** The first bytes of a file, zero padded, and how many are really there. */
export interface FileHead {
  readonly bytes: Uint8Array
  readonly length: number
}

/** Fills `target` from the file; returns bytes read, short at the end. */
export type ReadAt = (target: Uint8Array, offset: number) => number

/** Whether the first bytes of a file have the ELF magic. */
export const hasElfMagic = (head: Uint8Array): boolean =>
  head[0] === (ELF_MAGIC & 0xff) && head[1] === 0x45 && head[2] === 0x4c && head[3] === 0x46

/**
 * Checks the header in the file's first bytes and reads the program headers.
 * Errors: `bad` for anything that is no amd64 executable (ENOEXEC, for an interpreter ELIBBAD).
 */
export function readElf({ bytes: head, length }: FileHead, read: ReadAt, bad: Errno): ElfFile {
  if (!hasElfMagic(head)) throw bad
  const header = new DataView(head.buffer, head.byteOffset, EHDR_SIZE)
  const type = header.getUint16(16, true)
  if (type !== ET_EXEC && type !== ET_DYN) throw bad
  // Linux, too, believes the machine and not EI_CLASS.
  if (header.getUint16(18, true) !== EM_X86_64) throw bad
  const phoff = u64(header, 32)
  const phnum = header.getUint16(56, true)
  const bytes = phnum * PHDR_SIZE
  if (header.getUint16(54, true) !== PHDR_SIZE) throw bad
  if (bytes === 0 || bytes > MAX_PHDRS_BYTES || phoff >= 2 ** 53) throw bad

  const table = new Uint8Array(bytes)
  if (phoff + bytes <= length) table.set(head.subarray(phoff, phoff + bytes))
  else if (read(table, phoff) !== bytes) throw bad

  const view = new DataView(table.buffer)
  const segments: Segment[] = []
  let interpreter: ElfFile['interpreter']
  let executableStack = false
  for (let at = 0; at < bytes; at += PHDR_SIZE) {
    const flags = view.getUint32(at + 4, true)
    switch (view.getUint32(at, true)) {
      case PT_LOAD:
        segments.push({
          offset: u64(view, at + 8),
          vaddr: u64(view, at + 16),
          fileSize: u64(view, at + 32),
          memorySize: u64(view, at + 40),
          align: u64(view, at + 48),
          prot:
            (flags & PF_R ? PROT_READ : 0) |
            (flags & PF_W ? PROT_WRITE : 0) |
            (flags & PF_X ? PROT_EXEC : 0),
        })
        break
      case PT_INTERP:
        interpreter ??= { offset: u64(view, at + 8), size: u64(view, at + 32) }
        break
      case PT_GNU_STACK:
        executableStack = (flags & PF_X) !== 0
        break
    }
  }
  return {
    kind: type === ET_EXEC ? 'fixed' : 'movable',
    entry: u64(header, 24),
    phoff,
    phnum,
    segments,
    interpreter,
    executableStack,
  }
}

const u64 = (view: DataView, at: number): number =>
  view.getUint32(at + 4, true) * TWO_32 + view.getUint32(at, true)

/** The largest power-of-two p_align of the segments, at least a page (maximum_alignment). */
export function alignmentOf(elf: ElfFile): number {
  let largest = PAGE_SIZE
  for (const { align } of elf.segments)
    if (align > largest && Number.isInteger(Math.log2(align))) largest = align
  return largest
}
