// Making a checked image the program of an empty address space. (loader)

import { type Addr, ENOMEM, PROT_EXEC, PROT_READ, PROT_WRITE, RLIMIT_STACK } from '@tsvisor/abi'
import { dynamicBase, LayoutRandom, mmapBase, type Randomisation } from '../mm/layout.ts'
import { ANONYMOUS, type MemoryManager, pageDown, pageUp } from '../mm/memory-manager.ts'
import { VM_GROWSDOWN, VM_MAYEXEC, VM_MAYREAD, VM_MAYWRITE } from '../mm/vma.ts'
import { PAGE_SIZE, type Platform, type Thread } from '../platform/platform.ts'
import { Reg } from '../platform/registers.ts'
import type { Credentials } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { type Clearing, clearTails, mapElf } from './elf-map.ts'
import { credentialsForExec } from './exec-credentials.ts'
import { type Image, type ImageRequest, prepareImage } from './image.ts'
import { buildStack, stackBytes } from './stack.ts'

/** stack_expand in setup_arg_pages: mapped beyond the arguments, bytes. */
const STACK_EXPAND = 128 * 1024
/** Of a signal frame without the FPU state: siginfo, ucontext, alignment (arch/x86/kernel/signal.c). */
const FRAME_BYTES = 1024
const CODE_SEGMENT = 0x33
const STACK_SEGMENT = 0x2b
/** EFLAGS.IF, and the bit that is always one. */
const INTERRUPTS = 0x202
/** CPUID.1:EDX of every amd64 CPU: FPU … SSE2. A kernel may say better (`hwcap`). */
const BASE_HWCAP = 0x078b_fbff

/** Who the program runs as, and how its memory is laid out. */
export interface InstallOptions {
  readonly creds: Credentials
  /** AT_SECURE */
  readonly secure: 'secure' | 'plain'
  readonly randomisation: Randomisation
}

/** Where the program starts. */
export interface Entry {
  readonly ip: Addr
  readonly sp: Addr
}

/**
 * Lays the image out in `mm`, which is empty, and writes its stack. Few host stops: all layout goes
 * in one batch. Errors: an Errno after which `mm` is unfit to run.
 */
export function installImage(
  task: Task,
  mm: MemoryManager,
  image: Image,
  options: InstallOptions,
): Entry {
  const { kernel } = task
  const random = new LayoutRandom(kernel.random, options.randomisation)
  const { maxAddr } = mm.space
  const { elf, interpreter } = image
  const limit = mm.limits.soft(RLIMIT_STACK)
  mm.mmapBase = Math.max(mm.space.minAddr, mmapBase(maxAddr, limit, random))

  const top = pageDown(maxAddr - random.stack())
  const stackLow = mapStack(mm, top, pageUp(stackBytes(image)), limit, elf.executableStack)

  const clearings: Clearing[] = []
  const base =
    elf.kind === 'movable' && interpreter !== undefined ? dynamicBase(maxAddr) + random.mmap() : 0
  const program = mapElf(task, mm, elf, image.file, base, clearings)
  const loader = interpreter && mapElf(task, mm, interpreter.elf, interpreter.file, 0, clearings)

  const randomBytes = new Uint8Array(16)
  kernel.random.fill(randomBytes)
  const stack = buildStack(top, {
    argv: image.argv,
    envp: image.envp,
    filename: image.filename,
    vdso: mm.space.vdso?.base,
    headers: program.headers,
    headerCount: elf.phnum,
    base: loader?.base ?? 0,
    entry: program.entry,
    creds: options.creds,
    secure: options.secure,
    hwcap: BASE_HWCAP,
    hwcap2: 0,
    minSignalStack: signalStack(kernel.platform, task.thread),
    random: randomBytes,
    shift: random.stackShift(),
  })
  if (stack.sp < stackLow) throw ENOMEM
  // A static position-independent program lies among the mappings: its heap goes elsewhere.
  const heap = elf.kind === 'movable' && loader === undefined ? dynamicBase(maxAddr) : program.brk
  const startBrk = pageUp(heap + random.brk())
  mm.program = {
    startCode: program.startCode,
    endCode: program.endCode,
    startData: program.startData,
    endData: program.endData,
    startBrk,
    brk: startBrk,
    startStack: stack.sp,
    argStart: stack.argStart,
    argEnd: stack.argEnd,
    envStart: stack.envStart,
    envEnd: stack.envEnd,
  }
  mm.auxv = stack.auxv
  mm.setExecutable(image.file)
  mm.space.flush()
  clearTails(mm, clearings)
  mm.write(stack.sp as Addr, stack.bytes)
  return { ip: (loader?.entry ?? program.entry) as Addr, sp: stack.sp as Addr }
}

/** Returns the lowest mapped address. Errors: ENOMEM when the limit has no room for the arguments. */
function mapStack(
  mm: MemoryManager,
  top: number,
  needed: number,
  limit: number,
  executable: boolean,
): number {
  const most = Math.max(PAGE_SIZE, pageDown(Math.min(limit, 2 ** 40)))
  const length = Math.min(needed + STACK_EXPAND, Math.max(most, needed))
  const prot = PROT_READ | PROT_WRITE | (executable ? PROT_EXEC : 0)
  const flags = VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC | VM_GROWSDOWN
  if (!mm.usage.mayExpand(mm.limits, length, prot, flags)) throw ENOMEM
  mm.map(top - length, length, prot, flags, ANONYMOUS, undefined, 0)
  return top - length
}

const signalStacks = new WeakMap<Platform, number>()
/** AT_MINSIGSTKSZ: what a signal frame takes at most on this CPU. */
function signalStack(platform: Platform, thread: Thread): number {
  let bytes = signalStacks.get(platform)
  if (bytes === undefined) {
    bytes = Math.ceil((thread.readFpu().length + FRAME_BYTES) / 16) * 16
    signalStacks.set(platform, bytes)
  }
  return bytes
}

/** Registers as the kernel leaves them at a program's first instruction. */
export function enterProgram(thread: Thread, entry: Entry): void {
  const { registers } = thread
  registers.words.fill(0)
  registers.set(Reg.orig_rax, -1)
  registers.set(Reg.cs, CODE_SEGMENT)
  registers.set(Reg.ss, STACK_SEGMENT)
  registers.set(Reg.eflags, INTERRUPTS)
  registers.ip = entry.ip
  registers.sp = entry.sp
  thread.resetFpu()
}

/**
 * Loads the first program of a task whose memory is still empty; what it may do is what execve makes of the
 * task's credentials. Errors: those of prepareImage, installImage and credentialsForExec.
 */
export function loadImage(task: Task, request: ImageRequest): void {
  const image = prepareImage(task, request)
  try {
    task.mm.limits = task.group.limits
    const { creds, secure } = credentialsForExec(task.creds, image.file, undefined)
    task.creds = creds
    const entry = installImage(task, task.mm, image, { creds, secure, randomisation: 'random' })
    task.name = commOf(image.filename)
    enterProgram(task.thread, entry)
  } finally {
    image.release()
  }
}

/** A task's name after executing `filename`: its last component, 15 bytes. */
export const commOf = (filename: string): string =>
  filename.slice(filename.lastIndexOf('/') + 1).slice(0, 15)
