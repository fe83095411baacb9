// What each control request does. (runsc)

import { Errno, SIGKILL } from '@tsvisor/abi'
import { close, dup3 } from '@tsvisor/host'
import {
  type Container,
  cgroupLimits,
  describeTasks,
  forgetFiles,
  type KernelLog,
  type ProcessSummary,
  processesOf,
  residentBytesOf,
  type ThreadGroup,
} from '@tsvisor/sentry-kernel'
import type { Debug } from '../debug.ts'
import { type ContainerLimits, SANDBOX_FDS } from './boot-config.ts'
import { type ControlEvent, type ControlRequest, MESSAGES, type ProcessInfo } from './control.ts'
import type { ControlPeer } from './control-peer.ts'
import type { ExecProcess, ToldEnd } from './exec.ts'
import { BootFailure } from './failure.ts'
import type { PassedFds } from './passed-fds.ts'
import { usersOf } from './passwd.ts'
import type { Member, Pod } from './pod.ts'
import { GoferGone } from './remote/files.ts'
import { RequestError } from './request-error.ts'
import { writeLogLine } from './sandbox-log.ts'
import { runStartHooks } from './start-hooks.ts'
import { exitCode, recordStatus } from './status.ts'

export interface RequestContext {
  readonly pod: Pod
  readonly log: KernelLog
  readonly peer: ControlPeer
  /** Takes over a descriptor: whoever is at its far end may speak for that container from now on. */
  readonly attend: (observer: number, container: string) => ControlPeer
  readonly debug: Debug | undefined
  /** The process that this connection started, or waits for. */
  exec: ExecProcess | undefined
  /** What becomes of it when nobody is at the other end any more. */
  ifAlone: 'kill' | undefined
  /** An `exited` is to come. */
  waits: boolean
}

type Reply = (event: ControlEvent) => void
type Handlers = {
  readonly [K in ControlRequest['type']]: (
    request: Extract<ControlRequest, { readonly type: K }>,
    context: RequestContext,
    passed: PassedFds,
    /** For what is answered later. */
    reply: Reply,
  ) => ControlEvent | undefined
}

const DONE: ControlEvent = { type: 'done' }

/** Carries a request out and replies. What was passed and not taken stays the caller's. */
export function obey(request: ControlRequest, context: RequestContext, passed: PassedFds): void {
  context.debug?.(`is asked ${JSON.stringify(request)}`)
  const reply: Reply = event => context.peer.reply(event)
  try {
    const handle = handlers[request.type] as Handlers['stacks']
    const event = handle(request as never, context, passed, reply)
    if (event !== undefined) reply(event)
  } catch (error) {
    reply(refusal(error, request.type, context.log))
  }
}

/**
 * For whoever stands for a container on the host, which is that container's gofer: signals and sizes,
 * for that one whatever it says.
 */
export const obeyFor =
  (container: string) =>
  (request: ControlRequest, context: RequestContext, passed: PassedFds): void => {
    if (request.type === 'signal' || request.type === 'winsize')
      obey({ ...request, container }, context, passed)
    else context.peer.reply({ type: 'error', message: `${request.type}: not an observer's to ask` })
  }

/** Nobody is at the other end any more. */
export function leave({ exec, ifAlone }: RequestContext): void {
  if (ifAlone === 'kill' && exec && !exec.ended) exec.group.kill(SIGKILL)
}

function refusal(error: unknown, request: string, log: KernelLog): ControlEvent {
  if (error instanceof RequestError || error instanceof GoferGone)
    return { type: 'error', message: error.message }
  if (error instanceof BootFailure)
    return { type: 'error', message: error.message, status: error.status }
  if (error instanceof Errno) return { type: 'error', message: error.message.toLowerCase() }
  log.error(`request ${request}: ${(error as Error).stack ?? error}`)
  return { type: 'error', message: `the sandbox failed: ${(error as Error).message}` }
}

const handlers: Handlers = {
  boot: () => {
    throw new RequestError('this sandbox runs already')
  },

  create({ config }, { pod, attend }, passed) {
    let gofer: number | undefined
    let member: Member | undefined
    // Its files are gone: so is whatever needs them. The other containers go on.
    const onGone = () => member?.container.kill()
    try {
      member = pod.add(config, () => {
        gofer = passed.take('gofer')
        return { gofer, onGone, stdio: passed.takeStdio(), further: passed.takeNumbered() }
      })
    } catch (error) {
      if (gofer !== undefined) close(gofer)
      throw error
    }
    const { container, closeFiles } = member
    const unwatch = pod.platform.watchHangup(gofer!, onGone)
    const fd = passed.takeIfThere('observer')
    const observer = fd === undefined ? undefined : attend(fd, config.id)
    const record = passed.takeIfThere('status')
    container.whenStopped(status => {
      unwatch()
      closeFiles()
      if (record !== undefined) recordStatus(record, exitCode(status))
      observer?.send({ type: 'exited', status: exitCode(status) })
      observer?.close()
    })
    return { type: 'created' }
  },

  start({ container: id, state = '{}' }, { pod }, _passed, reply) {
    const { container, config } = pod.find(id)
    if (container.status === 'stopped') throw new RequestError(MESSAGES.stopped)
    if (container.status !== 'created') throw new RequestError(MESSAGES.started)
    const hooks = config.startHooks ?? []
    // Between create and start its files are the host's to prepare.
    forgetFiles(container.mounts)
    runStartHooks(container, pod.platform, { hooks, state, tuning: config }, failure => {
      if (failure === undefined) {
        container.start()
        reply(DONE)
      } else {
        container.kill()
        reply({ type: 'error', message: failure })
      }
    })
    return undefined
  },

  exec({ container: id, process, ifPaused, ifAlone }, context, passed) {
    const { container, execs } = context.pod.find(id)
    if (container.status === 'stopped' || container.init?.exitStatus !== undefined)
      throw new RequestError(MESSAGES.stoppedExec)
    if (container.status === 'paused' && ifPaused === undefined)
      throw new RequestError(MESSAGES.paused)
    mayWait(context)
    const started = execs.start(process, {
      stdio: passed.takeStdio(),
      further: passed.takeNumbered(),
    })
    context.exec = started
    context.ifAlone = ifAlone
    context.peer.reply({ type: 'started', pid: started.pid })
    awaitEnd(context, notify => started.whenEnded(notify))
    return undefined
  },

  signal({ container: id, signo, target }, { pod, exec }) {
    const { container } = pod.find(id)
    const { kernel } = pod
    if (container.stopped) throw new RequestError(MESSAGES.notRunning)
    if (target === 'all') container.signalAll(signo)
    else if (target === 'foreground') kernel.foregroundSignal(container.init!, signo)
    else kernel.signalFromOutside(processOf(target, container, exec), signo)
    return DONE
  },

  winsize({ container: id, rows, columns, pid }, { pod, exec }) {
    const { terminal, execs } = pod.find(id)
    const process = pid === undefined ? exec : execs.find(pid)
    if (pid !== undefined && process === undefined) throw new RequestError(MESSAGES.noProcess)
    const bridge = process ? process.terminal?.bridge : terminal
    bridge?.resize(rows, columns)
    return DONE
  },

  wait({ container: id, pid }, context) {
    const { container, execs } = context.pod.find(id)
    mayWait(context)
    if (pid === undefined) {
      context.peer.reply(DONE)
      awaitEnd(context, notify => container.whenStopped(status => notify(exitCode(status))))
      return undefined
    }
    const process = execs.find(pid)
    if (process === undefined) throw new RequestError(MESSAGES.noProcess)
    if (process.ended) execs.forget(process)
    context.peer.reply(DONE)
    awaitEnd(context, notify => process.whenEnded(notify))
    return undefined
  },

  update({ container: id, limits }, { pod }) {
    setLimits(pod, pod.find(id).container, limits)
    return DONE
  },

  state({ container: id }, { pod }) {
    const { container } = pod.find(id)
    const state = container.status
    return {
      type: 'state',
      state,
      ...(state === 'stopped' && { status: exitCode(container.exitStatus) }),
    }
  },

  ps({ container: id }, { pod }) {
    const { container } = pod.find(id)
    const now = pod.kernel.clock.realtime()
    const nowMs = now.sec * 1000 + now.nsec / 1e6
    const names = userNames(container)
    const { memoryBytes } = pod.kernel
    const list = processesOf(container).map(each => infoOf(each, nowMs, names, memoryBytes))
    return { type: 'processes', list }
  },

  pause({ container: id }, { pod }, _passed, reply) {
    const { container } = pod.find(id)
    if (container.status !== 'running') throw new RequestError(MESSAGES.notRunning)
    container.pause(() => reply(DONE))
    return undefined
  },

  resume({ container: id }, { pod }) {
    const { container } = pod.find(id)
    if (container.status !== 'paused') throw new RequestError(MESSAGES.notPaused)
    container.resume()
    return DONE
  },

  stats({ container: id }, { pod }) {
    const { container } = pod.find(id)
    const { maxMemory, maxTasks } = container
    return {
      type: 'stats',
      stats: {
        cpuTimeNs: Math.round(container.cpuNs()),
        memory: { usageBytes: residentBytesOf(container), limitBytes: finite(maxMemory) },
        pids: { current: container.tasks.size, limit: finite(maxTasks) },
      },
    }
  },

  strace({ enabled }, { pod }, passed) {
    const log = passed.takeIfThere('log')
    if (log !== undefined) {
      dup3(log, SANDBOX_FDS.log, O_CLOEXEC)
      close(log)
    }
    pod.kernel.strace = enabled ? writeLogLine : undefined
    return DONE
  },

  stacks: (_request, { pod }) => ({ type: 'text', text: describeTasks(pod.kernel) }),

  terminate(_request, { pod }) {
    pod.kernel.powerOff()
    return DONE
  },

  destroy({ container: id }, { pod }) {
    pod.forget(id)
    return DONE
  },
}

const O_CLOEXEC = 0o2000000

function mayWait({ waits }: RequestContext): void {
  if (waits) throw new RequestError('this connection waits for a process already')
}

function awaitEnd(context: RequestContext, subscribe: (notify: ToldEnd) => void): void {
  const { peer } = context
  context.waits = true
  subscribe(status => {
    context.waits = false
    peer.send({ type: 'exited', status })
    return !peer.closed
  })
}

/** Errors: RequestError. */
function processOf(
  target: 'init' | 'exec' | number,
  container: Container,
  exec: ExecProcess | undefined,
): ThreadGroup {
  const group =
    target === 'init'
      ? container.init
      : target === 'exec'
        ? exec?.group
        : container.pidNamespace.group(target)
  if (group === undefined || group.ended || group.leader.container !== container)
    throw new RequestError(target === 'init' ? MESSAGES.notRunning : MESSAGES.noProcess)
  return group
}

function setLimits(pod: Pod, container: Container, { memoryBytes, pids }: ContainerLimits): void {
  if (memoryBytes !== undefined) container.maxMemory = memoryBytes ?? Number.POSITIVE_INFINITY
  if (pids !== undefined) container.maxTasks = pids ?? Number.POSITIVE_INFINITY
  // The guest has one set of these files, the sandbox's.
  if (container !== pod.first.container) return
  const shown = cgroupLimits(container.kernel)
  shown.memoryBytes = container.maxMemory
  shown.tasks = container.maxTasks
}

const finite = (limit: number): number | null => (Number.isFinite(limit) ? limit : null)

/** By uid, as the container's first process finds them. */
function userNames({ init }: Container): ReadonlyMap<string, string> {
  if (init === undefined || init.ended) return new Map()
  return new Map([...usersOf(init.leader)].map(({ uid, name }) => [uid, name]))
}

const infoOf = (
  { ageNs, cpuNs, ...process }: ProcessSummary,
  nowMs: number,
  names: ReadonlyMap<string, string>,
  totalBytes: number,
): ProcessInfo => ({
  ...process,
  user: names.get(String(process.uid)) || String(process.uid),
  startTimeMs: Math.round(nowMs - ageNs / 1e6),
  cpuTimeNs: Math.round(cpuNs),
  tty: process.tty ?? '?',
  command: process.command.replaceAll('\0', ' '),
  totalBytes,
})
