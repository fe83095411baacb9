// The machine code that every stub process holds, and where things lie in a stub. (platform-ptrace)

import { Assembler, ENTRY_SIZE, NR } from '@tsvisor/host'

const PAGE = 4096

/** End of user space with four-level page tables (Linux TASK_SIZE_MAX). */
export const USER_END = 0x7fff_ffff_f000

/** Bytes at the top of each address space that belong to the stub. */
export const AREA_SIZE = 0x20_0000

/** Offsets from the start of the area; the first pages are one shared memfd, in this order. */
export const CODE_OFFSET = 0
export const BATCH_OFFSET = PAGE
export const BATCH_PAGES = 4
/** Only the poller stub maps this page, writable. */
export const POLLER_OFFSET = BATCH_OFFSET + BATCH_PAGES * PAGE
export const SHARED_SIZE = POLLER_OFFSET + PAGE
/** Where the vDSO and its data are moved to. */
export const VDSO_OFFSET = 0x10_0000

export const BATCH_ENTRIES = (BATCH_PAGES * PAGE) / ENTRY_SIZE

const PR_SET_PDEATHSIG = 1
const PAUSE = 34

const assemble = () => {
  const a = new Assembler()
  // The master stub's first instructions: die with the sandbox process, then wait to be seized.
  a.label('entry')
  a.mov('rdi', PR_SET_PDEATHSIG).mov('rsi', 9).mov('rax', NR.prctl).syscall()
  a.label('pause').mov('rax', PAUSE).syscall().jump('pause')

  // rbx: first entry, r12: how many. Ends with the last result in rax and rbx at the entry that
  // failed, or past the last. Touches no memory but the batch, which no guest can write.
  a.label('batch')
  a.load('rax', 'rbx', 0).load('rdi', 'rbx', 8).load('rsi', 'rbx', 16).load('rdx', 'rbx', 24)
  a.load('r10', 'rbx', 32).load('r8', 'rbx', 40).load('r9', 'rbx', 48)
  a.syscall()
  a.compare('rax', -4095).jumpIf('ae', 'done')
  a.add('rbx', ENTRY_SIZE).add('r12', -1).jumpIf('ne', 'batch')
  a.label('done').int3()
  a.label('stopped')

  // rdi: address, eax: expected, edx: replacement. The word found is in eax.
  a.label('exchange').bytes(0xf0, 0x0f, 0xb1, 0x17).int3()
  a.label('exchanged')
  const code = a.finish()
  return {
    code,
    entry: a.offsetOf('entry'),
    batch: a.offsetOf('batch'),
    stopped: a.offsetOf('stopped'),
    exchange: a.offsetOf('exchange'),
    exchanged: a.offsetOf('exchanged'),
  }
}

/** The code, and the offsets of its entry points and of the addresses that its int3s stop at. */
export const STUB = assemble()
