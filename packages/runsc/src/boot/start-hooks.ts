// The startContainer hooks: programs in the container that run before its first one. (runsc)

import { SIGKILL } from '@tsvisor/abi'
import { memfdCreate, pwrite } from '@tsvisor/host'
import type { PtracePlatform } from '@tsvisor/platform-ptrace'
import {
  type Container,
  type HostFile,
  openHostFile,
  rootCredentials,
} from '@tsvisor/sentry-kernel'
import type { BootHook } from './boot-config.ts'
import { type Tuning, tuneTask } from './process-options.ts'
import { describeStatus } from './status.ts'

const O_RDWR = 2
const MODE = 0o100600
/** What is kept of a hook's output, bytes. */
const MAX_OUTPUT = 1024

export interface StartHooks {
  readonly hooks: readonly BootHook[]
  /** Of the container, as JSON. */
  readonly state: string
  /** They are the container's: its filter is theirs. */
  readonly tuning: Tuning
}

/**
 * Runs the hooks one after the other, with the container's state on their stdin. Calls back when all
 * have ended well, or with why one did not.
 */
export function runStartHooks(
  container: Container,
  platform: PtracePlatform,
  { hooks, state, tuning }: StartHooks,
  done: (failure: string | undefined) => void,
): void {
  const [hook, ...rest] = hooks
  if (hook === undefined) {
    done(undefined)
    return
  }
  runHook(container, platform, hook, { state, tuning }, failure => {
    if (failure !== undefined) done(`error running hook: startContainer ${hook.path}: ${failure}`)
    else runStartHooks(container, platform, { hooks: rest, state, tuning }, done)
  })
}

function runHook(
  container: Container,
  platform: PtracePlatform,
  { path, args, env, timeout }: BootHook,
  { state, tuning }: Pick<StartHooks, 'state' | 'tuning'>,
  done: (failure: string | undefined) => void,
): void {
  const { kernel } = container
  const input = memfdCreate('hook input')
  pwrite(input, new TextEncoder().encode(state), 0)
  const output = platform.openHostFile(memfdCreate('hook output'), 'hook output')
  const open = (file: HostFile) =>
    openHostFile(kernel, file, { mode: MODE, rdev: 0, uid: 0, gid: 0 }, O_RDWR)
  const shared = open(output)
  // Read when it has ended, by which time its own descriptors are closed.
  shared.hold()
  let late = false
  const timer =
    timeout === undefined
      ? undefined
      : kernel.timers.add(kernel.clock.monotonicNs() + timeout * 1e9, () => {
          late = true
          group?.kill(SIGKILL)
        })
  const end = (failure: string | undefined) => {
    if (timer) kernel.timers.cancel(timer)
    const said = failure === undefined ? '' : textOf(output)
    shared.release()
    done(failure === undefined ? undefined : said === '' ? failure : `${failure}: ${said}`)
  }
  let group: ReturnType<Container['exec']> | undefined
  try {
    group = container.exec(
      {
        file: path,
        argv: args.length > 0 ? args : [path],
        env,
        cwd: '/',
        creds: rootCredentials(),
        prepare: task => tuneTask(task, {}, tuning),
        stdio: [open(platform.openHostFile(input, 'hook input')), shared, shared.hold()],
      },
      status => {
        if (late) end(`killed after ${timeout} seconds`)
        else end(status === 0 ? undefined : describeStatus(status))
      },
    )
  } catch (error) {
    end((error as Error).message.toLowerCase())
  }
}

function textOf(output: HostFile): string {
  const bytes = new Uint8Array(Math.min(output.size(), MAX_OUTPUT))
  const text = new TextDecoder().decode(bytes.subarray(0, output.read(bytes, 0)))
  return text.trim().replaceAll('\n', '; ')
}
