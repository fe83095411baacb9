// What a container's processes are and do, for people outside of it. (kernel core)

import { syscallByNumber } from '@tsvisor/abi'
import { commandLine } from '../fs/proc/pid/memory-text.ts'
import { stateOf } from '../fs/proc/pid/state.ts'
import { Pty } from '../fs/pty/pty.ts'
import { byteString } from '../mm/user-memory.ts'
import { Reg } from '../platform/registers.ts'
import type { Task } from '../task/task.ts'
import type { ThreadGroup } from '../task/thread-group.ts'
import type { Container } from './container.ts'
import type { Kernel } from './kernel.ts'

export interface ProcessSummary {
  /** In the container's PID namespace; 0 for a parent that is not visible there. */
  readonly pid: number
  readonly ppid: number
  readonly uid: number
  /** How long it has run, ns. */
  readonly ageNs: number
  readonly cpuNs: number
  /** "pts/0"; undefined without a controlling terminal. */
  readonly tty: string | undefined
  /** Arguments with blanks between them; the name in brackets where there are none. */
  readonly command: string
  /** What the kernel calls it: 15 bytes at most. */
  readonly name: string
  readonly threads: number
  /** As in /proc/PID/stat. */
  readonly state: string
  /** Numbers of its job and session; 0 for what is not visible there. */
  readonly processGroup: number
  readonly session: number
  /** Whether its job is the one that its terminal listens to. */
  readonly foreground: boolean
  readonly nice: number
  readonly virtualBytes: number
  readonly residentBytes: number
}

/** Live processes by number. */
export const processesOf = (container: Container): ProcessSummary[] =>
  [...container.groups()].map(group => summaryOf(group, container)).sort((a, b) => a.pid - b.pid)

function summaryOf(group: ThreadGroup, { pidNamespace, kernel }: Container): ProcessSummary {
  const { leader, parent, session, processGroup, anyTask } = group
  return {
    pid: leader.pid.in(pidNamespace),
    ppid: parent?.leader.pid.in(pidNamespace) ?? 0,
    uid: leader.creds.euid,
    ageNs: kernel.clock.monotonicNs() - group.startNs,
    cpuNs: group.cpuNs(),
    tty: session.tty instanceof Pty ? `pts/${session.tty.index}` : undefined,
    command: commandOf(anyTask),
    name: leader.name,
    threads: group.tasks.size,
    state: stateOf(anyTask),
    processGroup: processGroup.pid.in(pidNamespace),
    session: session.pid.in(pidNamespace),
    foreground: session.tty?.foreground === processGroup,
    nice: anyTask.scheduling.nice,
    virtualBytes: anyTask.mm.usage.total,
    residentBytes: anyTask.mm.space.residentBytes(),
  }
}

function commandOf(task: Task): string {
  const line = byteString(commandLine(task.mm))
  return line === '' ? `[${task.name}]` : line.replace(/\0+$/, '').replaceAll('\0', ' ')
}

/** Bytes that a container's processes hold; what they share counts in each. */
export function residentBytesOf(container: Container): number {
  const spaces = new Set([...container.tasks].map(task => task.mm))
  let total = 0
  for (const mm of spaces) total += mm.space.residentBytes()
  return total
}

/** One line for each task: who it is, what it does, and what it waits for. */
export function describeTasks(kernel: Kernel): string {
  const lines: string[] = []
  for (const task of kernel.rootPidNamespace.tasks())
    if (task.state !== 'dead') lines.push(describeTask(task))
  return lines.map(line => `${line}\n`).join('')
}

function describeTask(task: Task): string {
  const { registers } = task.thread
  const where = task.container ? ` in ${task.container.id}` : ''
  const who = `[${task.tid}] ${task.name} (process ${task.group.pid}${where})`
  if (task.inUser) return `${who}: runs`
  const hex = (register: Reg) => `0x${registers.get(register).toString(16)}`
  const args = [Reg.rdi, Reg.rsi, Reg.rdx, Reg.r10, Reg.r8, Reg.r9].map(hex).join(', ')
  const call = syscallByNumber[task.syscall]?.name ?? `system call ${task.syscall}`
  const doing = task.syscall < 0 ? 'in no system call' : `in ${call}(${args})`
  const held = task.held ? ', held' : ''
  return `${who}: ${task.state}${held} ${doing}, rip ${hex(Reg.rip)}${task.sleepText}`
}
