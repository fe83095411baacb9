// A container in another one's sandbox: its gofer is what it has of its own on the host. (runsc)

import { close, getTermios, makeRaw, sendmsg, setTermios } from '@tsvisor/host'
import { encodeFrame } from '../boot/frames.ts'
import type { Bundle } from '../bundle/load-bundle.ts'
import { Failure } from '../failure.ts'
import type { HostProcess } from '../sandbox/host-process.ts'
import { signalNumber } from '../sandbox/processes-end.ts'
import { forwardSignals } from '../sandbox/signals.ts'
import { type LoneGofer, spawnGofer } from '../sandbox/spawn.ts'
import { holdRawMode, terminalSize } from '../sandbox/terminal.ts'
import type { ContainerRecord } from '../state/record.ts'
import { ask, connectLive } from './connect.ts'
import type { CreateOptions } from './create.ts'
import { deleteContainer } from './delete.ts'
import { abandon, type MadeContainer, makeContainer } from './make.ts'
import { writePidFile } from './pid-file.ts'
import { startContainer } from './start.ts'

/** How long the sandbox may take to build it. */
const BUILD_MS = 60_000
/** How long the sandbox may take to end what must end. */
const TERMINATE_GRACE_MS = 2000

/** Errors: Failure, and then nothing is left of it. */
export async function createMember(
  bundle: Bundle,
  sandbox: ContainerRecord,
  options: CreateOptions,
): Promise<void> {
  await build(bundle, sandbox, options, 'detached')
}

/** Returns its exit status. Errors: Failure. */
export async function runMember(
  bundle: Bundle,
  sandbox: ContainerRecord,
  options: CreateOptions & { readonly keep: boolean },
): Promise<number> {
  const { id, store, session, keep } = options
  const process = await build(bundle, sandbox, options, 'attached')
  const undo: (() => unknown)[] = []
  const end = () => process.killGroup()
  globalThis.process.on('exit', end)
  try {
    const connection = connectLive(store, { sandboxId: sandbox.id })
    undo.push(() => connection.close())
    const onImpatience = () => void setTimeout(end, TERMINATE_GRACE_MS).unref()
    const forwarding = { target: 'init', container: id, patience: 'limited', onImpatience } as const
    undo.push(forwardSignals(connection, forwarding))
    if (bundle.spec.process?.terminal) undo.push(holdRawMode())
    await startContainer(store, id, session, connection)
    const { code, signal } = await process.exit
    return code ?? 128 + signalNumber(signal!)
  } finally {
    for (const step of undo.reverse()) step()
    end()
    globalThis.process.off('exit', end)
    if (!keep && store.has(id))
      await deleteContainer(store, id, { ifRunning: 'kill', log: session.log })
  }
}

/** Returns the process that stands for it. Errors: Failure, and then nothing is left. */
async function build(
  bundle: Bundle,
  sandbox: ContainerRecord,
  options: CreateOptions,
  lifetime: 'attached' | 'detached',
): Promise<HostProcess> {
  const { store, session, consoleSocket, pidFile } = options
  session.takeEarly()?.abandon()
  const gofer = spawnGofer()
  const { process, connection, control } = gofer
  try {
    const made = await makeContainer(
      bundle,
      { process: process.pid },
      {
        ...{ ...options, consoleSocket, log: session.log, lifetime, sandbox },
        warn: session.warn,
        ...(lifetime === 'attached' && { consoleSize: terminalSize() }),
      },
    )
    const { container } = made
    try {
      tellGofer(gofer, made, options)
      const passed = { ...made.passed, gofer: connection, observer: control }
      const request = { type: 'create', config: made.plan.boot } as const
      ask(store, container.record, request, 'created', { passed, timeoutMs: BUILD_MS })
      if (pidFile !== undefined) writePidFile(pidFile, process.pid)
      container.save({ ...container.record, status: 'created' })
    } catch (error) {
      await abandon(store, container, session.log)
      throw error
    } finally {
      made.closePassed()
    }
    container.release()
    return process
  } catch (error) {
    process.killGroup()
    await process.exit
    throw error
  } finally {
    close(connection)
    close(control)
  }
}

/** Its configuration; and a terminal that it is to be in charge of, which no process reads as a person's. */
function tellGofer(
  { control }: LoneGofer,
  { plan, passed }: MadeContainer,
  { consoleSocket }: CreateOptions,
): void {
  let fds: readonly number[] = []
  if (consoleSocket !== undefined) {
    const slave = passed.stdin!
    setTermios(slave, makeRaw(getTermios(slave)), 'now')
    fds = [slave]
  }
  try {
    for (let frame = encodeFrame(plan.gofer); frame.length > 0; fds = [])
      frame = frame.subarray(sendmsg(control, frame, fds, 0))
  } catch {
    throw new Failure('the gofer process died unexpectedly')
  }
}
