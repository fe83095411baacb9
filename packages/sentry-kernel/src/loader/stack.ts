// The first stack of a program: strings, auxiliary vector, pointers, argc. (loader)
// Laid out as Linux does: fs/exec.c copy_strings, fs/binfmt_elf.c create_elf_tables.

import {
  AT_BASE,
  AT_CLKTCK,
  AT_EGID,
  AT_ENTRY,
  AT_EUID,
  AT_EXECFN,
  AT_FLAGS,
  AT_GID,
  AT_HWCAP,
  AT_HWCAP2,
  AT_MINSIGSTKSZ,
  AT_NULL,
  AT_PAGESZ,
  AT_PHDR,
  AT_PHENT,
  AT_PHNUM,
  AT_PLATFORM,
  AT_RANDOM,
  AT_SECURE,
  AT_SYSINFO_EHDR,
  AT_UID,
} from '@tsvisor/abi'
import { PAGE_SIZE } from '../platform/platform.ts'
import type { Credentials } from '../task/credentials.ts'

const TWO_32 = 0x1_0000_0000
/** USER_HZ */
const CLOCK_TICKS = 100
const PHDR_SIZE = 56
const PLATFORM = 'x86_64'

/** What the new program is told about itself. Strings are byte strings. */
export interface StackContents {
  readonly argv: readonly string[]
  readonly envp: readonly string[]
  /** AT_EXECFN */
  readonly filename: string
  /** AT_SYSINFO_EHDR, or undefined without a vDSO. */
  readonly vdso: number | undefined
  readonly headers: number
  readonly headerCount: number
  /** Where the interpreter is, or 0. */
  readonly base: number
  readonly entry: number
  readonly creds: Credentials
  readonly secure: 'secure' | 'plain'
  /** CPUID.1:EDX, and AT_HWCAP2. */
  readonly hwcap: number
  readonly hwcap2: number
  readonly minSignalStack: number
  /** AT_RANDOM: 16 bytes. */
  readonly random: Uint8Array
  /** A multiple of 16 that the stack starts lower by. */
  readonly shift: number
}

export interface BuiltStack {
  /** The stack pointer at entry, and the address of `bytes[0]`. */
  readonly sp: number
  /** Everything from `sp` to the top. */
  readonly bytes: Uint8Array
  readonly auxv: Uint8Array
  readonly argStart: number
  readonly argEnd: number
  readonly envStart: number
  readonly envEnd: number
}

/** Bytes that the strings and the vectors take at most, for sizing the stack. */
export function stackBytes(contents: Pick<StackContents, 'argv' | 'envp' | 'filename'>): number {
  let bytes = contents.filename.length + 1 + 8
  for (const text of contents.argv) bytes += text.length + 1 + 8
  for (const text of contents.envp) bytes += text.length + 1 + 8
  return bytes + 0x2000 + 1024
}

/** Builds the stack that ends at `top` (exclusive). */
export function buildStack(top: number, contents: StackContents): BuiltStack {
  const { argv, envp, filename } = contents
  let strings = filename.length + 1
  let argBytes = 0
  let envBytes = 0
  for (const text of argv) argBytes += text.length + 1
  for (const text of envp) envBytes += text.length + 1
  strings += argBytes + envBytes
  const argStart = top - 8 - strings
  const envStart = argStart + argBytes
  const execfn = envStart + envBytes

  let low = argStart - contents.shift
  low -= low % 16
  const platform = low - (PLATFORM.length + 1)
  const random = platform - 16
  const auxv = auxiliary(contents, { platform, random, execfn })
  const words = 1 + argv.length + 1 + envp.length + 1 + auxv.length
  const lowest = random - (random % 16) - words * 8
  const sp = lowest - (lowest % 16)

  const bytes = new Uint8Array(top - sp)
  const view = new DataView(bytes.buffer)
  let at = 0
  const word = (value: number) => {
    view.setUint32(at, value, true)
    view.setUint32(at + 4, Math.floor(value / TWO_32), true)
    at += 8
  }
  let string = argStart
  const place = (text: string) => {
    word(string)
    putString(bytes, string - sp, text)
    string += text.length + 1
  }
  word(argv.length)
  for (const text of argv) place(text)
  word(0)
  for (const text of envp) place(text)
  word(0)
  const auxvAt = at
  for (const value of auxv) word(value)
  const auxvEnd = at
  putString(bytes, execfn - sp, filename)
  putString(bytes, platform - sp, PLATFORM)
  bytes.set(contents.random.subarray(0, 16), random - sp)
  return {
    sp,
    bytes,
    auxv: bytes.slice(auxvAt, auxvEnd),
    argStart,
    argEnd: envStart,
    envStart,
    envEnd: execfn,
  }
}

function auxiliary(
  contents: StackContents,
  at: { platform: number; random: number; execfn: number },
): number[] {
  const { creds, vdso } = contents
  const { uids, gids } = creds.userNamespace
  const entries: number[] = vdso === undefined ? [] : [AT_SYSINFO_EHDR, vdso]
  entries.push(
    AT_MINSIGSTKSZ,
    contents.minSignalStack,
    AT_HWCAP,
    contents.hwcap,
    AT_PAGESZ,
    PAGE_SIZE,
    AT_CLKTCK,
    CLOCK_TICKS,
    AT_PHDR,
    contents.headers,
    AT_PHENT,
    PHDR_SIZE,
    AT_PHNUM,
    contents.headerCount,
    AT_BASE,
    contents.base,
    AT_FLAGS,
    0,
    AT_ENTRY,
    contents.entry,
    AT_UID,
    uids.shown(creds.uid),
    AT_EUID,
    uids.shown(creds.euid),
    AT_GID,
    gids.shown(creds.gid),
    AT_EGID,
    gids.shown(creds.egid),
    AT_SECURE,
    contents.secure === 'secure' ? 1 : 0,
    AT_RANDOM,
    at.random,
    AT_HWCAP2,
    contents.hwcap2,
    AT_EXECFN,
    at.execfn,
    AT_PLATFORM,
    at.platform,
    AT_NULL,
    0,
  )
  return entries
}

function putString(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i)
}
