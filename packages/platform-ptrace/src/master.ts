// The master stub: an empty process with our pages and the vDSO, from which spaces are cloned. (platform-ptrace)

import {
  addressOf,
  allocate,
  at,
  Batch,
  kill,
  NR,
  PTRACE,
  PTRACE_O_EXITKILL,
  PTRACE_O_TRACESYSGOOD,
  ptrace,
  sys6,
} from '@tsvisor/host'
import { ownMaps } from './proc.ts'
import {
  AREA_SIZE,
  BATCH_OFFSET,
  BATCH_PAGES,
  CODE_OFFSET,
  POLLER_OFFSET,
  STUB,
  USER_END,
  VDSO_OFFSET,
} from './stub-code.ts'
import { stubFilter } from './stub-filter.ts'
import type { Tracer } from './tracer.ts'
import { PlatformUnsupportedError } from './unsupported.ts'

const PAGE = 4096
const CLONE_FILES = 0x400
const SIGCHLD = 17
const MREMAP_MOVE_FIXED = 3
const MAP_SHARED_FIXED = 0x11
const PROT_READ = 1
const PROT_READ_EXEC = 5
const PR_SET_NO_NEW_PRIVS = 38

export interface Vdso {
  readonly base: number
  readonly start: number
  readonly end: number
}

interface Mapping {
  readonly start: number
  readonly end: number
  readonly name: string
}

/** A line of /proc/PID/maps: the range and what is mapped. */
const MAPPING = /^([0-9a-f]+)-([0-9a-f]+) \S+ \S+ \S+ \S+ *(\S*)/gm

const ownMappings = (): Mapping[] => {
  let text: string
  try {
    text = ownMaps()
  } catch {
    throw new PlatformUnsupportedError('the ptrace platform needs /proc mounted when it starts')
  }
  const mappings: Mapping[] = []
  for (const [, from, to, name] of text.matchAll(MAPPING)) {
    const start = Number.parseInt(from!, 16)
    if (start < USER_END) mappings.push({ start, end: Number.parseInt(to!, 16), name: name! })
  }
  return mappings
}

/** The highest free place for the stub's area: the stack of this process may be in the way. */
const chooseArea = (mappings: readonly Mapping[]): number => {
  for (let base = USER_END - (USER_END % AREA_SIZE) - AREA_SIZE; ; base -= 16 * AREA_SIZE) {
    if (mappings.every(m => m.end <= base || m.start >= base + AREA_SIZE)) return base
  }
}

const EAGAIN = 11

const refuse = (what: string, result: number): never => {
  if (result === -EAGAIN)
    throw new PlatformUnsupportedError(
      `the host lets no more processes be made (${what}): raise the limit of its pids cgroup or RLIMIT_NPROC; ` +
        "the sandbox's own processes and threads, about 25, count too",
    )
  throw new PlatformUnsupportedError(
    `the host refuses ${what} (errno ${-result}): allow ptrace between own processes ` +
      '(kernel.yama.ptrace_scope below 3; in a container: --cap-add SYS_PTRACE and a seccomp ' +
      'profile that permits ptrace, clone and process_vm_readv)',
  )
}

const stackPage = allocate(PAGE)

/** Starts the master stub, stopped and stripped. Returns its pid and where its vDSO is. */
export const startMaster = (tracer: Tracer): { pid: number; vdso: Vdso | undefined } => {
  const mappings = ownMappings()
  if (tracer.areaBase === 0) tracer.areaBase = chooseArea(mappings)
  const area = tracer.areaBase

  const stack = new BigUint64Array(stackPage.bytes.buffer)
  stack[256] = BigInt(tracer.code + STUB.entry)
  const pid = sys6(NR.clone, CLONE_FILES | SIGCHLD, at(stackPage.address, 2048), 0, 0, 0, 0)
  if (pid < 0) refuse('clone', pid)
  try {
    const seized = ptrace(PTRACE.SEIZE, pid, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD)
    if (seized < 0) refuse('ptrace', seized)
    ptrace(PTRACE.INTERRUPT, pid, 0, 0)
    tracer.waitFor(pid)
    return { pid, vdso: strip(tracer, pid, area, mappings) }
  } catch (error) {
    kill(pid, 9)
    throw error
  }
}

const strip = (
  tracer: Tracer,
  pid: number,
  area: number,
  mappings: readonly Mapping[],
): Vdso | undefined => {
  const inherited = tracer.shared.address + BATCH_OFFSET
  const runThere = (batch: Batch, what: string): void => {
    const count = batch.copyTo(tracer.batchWords, 0)
    const done = tracer.runAt(pid, tracer.code, inherited, count)
    if (done < count) refuse(`${what} in a stub`, tracer.lastResult)
  }

  const pages = new Batch()
  const rseq = new BigUint64Array(3)
  // Linux 5.13; before it there is glibc without rseq, or a clear failure below.
  if (ptrace(PTRACE.GET_RSEQ_CONFIGURATION, pid, 24, addressOf(rseq)) > 0 && rseq[0] !== 0n) {
    const size = Number(rseq[1]! & 0xffff_ffffn)
    const signature = Number(rseq[1]! >> 32n)
    pages.push(NR.rseq, Number(rseq[0]), size, 1, signature, 0, 0)
  }
  pages.push(NR.setsid, 0, 0, 0, 0, 0, 0)
  pages.push(
    NR.mmap,
    area + CODE_OFFSET,
    PAGE,
    PROT_READ_EXEC,
    MAP_SHARED_FIXED,
    tracer.fd,
    CODE_OFFSET,
  )
  pages.push(
    NR.mmap,
    area + BATCH_OFFSET,
    BATCH_PAGES * PAGE,
    PROT_READ,
    MAP_SHARED_FIXED,
    tracer.fd,
    BATCH_OFFSET,
  )
  runThere(pages, 'preparing its pages')

  const vdso = moveVdso(tracer, pid, area, mappings)

  // The filter program travels in the page that later is the poller's.
  const program = stubFilter(area + CODE_OFFSET)
  const filterAt = tracer.shared.address + POLLER_OFFSET
  tracer.shared.bytes.set(program, POLLER_OFFSET + 16)
  const header = new BigUint64Array(tracer.shared.bytes.buffer, POLLER_OFFSET, 2)
  header[0] = BigInt(program.length / 8)
  header[1] = BigInt(filterAt + 16)
  const filter = new Batch()
  filter.push(NR.prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0, 0)
  filter.push(NR.seccomp, 1, 0, filterAt, 0, 0, 0)
  filter.copyTo(tracer.batchWords, 0)
  if (tracer.runCopied(pid, 2) < 2) refuse('seccomp filters in a stub', tracer.lastResult)

  const rest = new Batch()
  rest.push(NR.munmap, 0, area, 0, 0, 0, 0)
  rest.push(NR.munmap, area + AREA_SIZE, USER_END - area - AREA_SIZE, 0, 0, 0, 0)
  const gap = (from: number, to: number): void => {
    if (to > from) rest.push(NR.munmap, from, to - from, 0, 0, 0, 0)
  }
  gap(area + POLLER_OFFSET, vdso?.start ?? area + AREA_SIZE)
  if (vdso !== undefined) gap(vdso.end, area + AREA_SIZE)
  const failure = tracer.run(pid, rest)
  if (failure !== undefined) refuse('unmapping in a stub', -failure.code)
  return vdso
}

/** Moves [vvar…] and [vdso] into the area, where no guest can unmap them; undefined if it cannot. */
const moveVdso = (
  tracer: Tracer,
  pid: number,
  area: number,
  mappings: readonly Mapping[],
): Vdso | undefined => {
  const parts = mappings.filter(m => m.name === '[vdso]' || m.name.startsWith('[vvar'))
  const code = parts.find(m => m.name === '[vdso]')
  const first = parts[0]
  if (first === undefined || code === undefined) return undefined
  const shift = area + VDSO_OFFSET - first.start
  const moves = new Batch()
  for (const { start, end } of parts) {
    moves.push(NR.mremap, start, end - start, end - start, MREMAP_MOVE_FIXED, start + shift, 0)
  }
  const count = moves.copyTo(tracer.batchWords, 0)
  const entries = tracer.shared.address + BATCH_OFFSET
  if (tracer.runAt(pid, tracer.code, entries, count) < count) return undefined
  return {
    base: code.start + shift,
    start: first.start + shift,
    end: parts.at(-1)!.end + shift,
  }
}
