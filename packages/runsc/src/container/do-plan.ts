// What `runsc do` starts: no bundle, this machine's files under an overlay. (runsc)

import { readFileSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import { resolve } from 'node:path'
import { capabilities } from '@tsvisor/abi'
import type { BootMount, BootProcess } from '../boot/boot-config.ts'
import { toBytes } from '../bundle/byte-string.ts'
import { requireDirectory } from '../bundle/require-directory.ts'
import { Failure, reasonOf } from '../failure.ts'
import type { GoferTree } from '../gofer/gofer-config.ts'
import type { GlobalOptions } from '../session/global-options.ts'
import { DEFAULT_PATH, fromGlobals, ownersOfUser, type Plan, ROOT_ATTACH } from './plan.ts'

export interface DoOptions {
  readonly root: string
  readonly cwd?: string
  readonly env?: readonly string[]
  readonly volume?: readonly string[]
  readonly user: { readonly uid: number; readonly gid: number }
  readonly hostname?: string
}

export interface DoPlanOptions {
  readonly id: string
  readonly command: readonly string[]
  readonly options: DoOptions
  readonly globals: GlobalOptions
  /** Set when the guest gets a terminal. */
  readonly consoleSize: BootProcess['consoleSize'] | undefined
}

const MOUNTS: readonly BootMount[] = [
  { type: 'proc', source: 'proc', destination: '/proc', options: [] },
  { type: 'tmpfs', source: 'tmpfs', destination: '/dev', options: ['nosuid', 'mode=755'] },
  { type: 'devpts', source: 'devpts', destination: '/dev/pts', options: ['ptmxmode=0666'] },
  { type: 'tmpfs', source: 'shm', destination: '/dev/shm', options: ['nosuid', 'mode=1777'] },
  { type: 'sysfs', source: 'sysfs', destination: '/sys', options: ['ro'] },
]

/** Errors: Failure. */
export function planFromCommand({
  id,
  command,
  options,
  globals,
  consoleSize,
}: DoPlanOptions): Plan {
  const root = resolve(options.root)
  requireDirectory(root, '--root')
  const overlay = globals.overlay ?? 'memory'
  const trees: GoferTree[] = [
    { attach: ROOT_ATTACH, path: toBytes(root), access: overlay === 'memory' ? 'read' : 'write' },
  ]
  const volumes = (options.volume ?? []).map((volume, index) => planVolume(volume, index, trees))
  const all = Object.keys(capabilities())
  return {
    gofer: { version: 1, lifetime: 'attached', trees, walls: globals.walls ?? 'available' },
    boot: {
      ...fromGlobals(globals),
      ...ownersOfUser(),
      id,
      lifetime: 'attached',
      startMode: 'run',
      // The command is meant to behave as if it had been started without us.
      initSignals: 'ordinary',
      process: {
        args: exactArguments(command),
        env: planEnvironment(options.env ?? []).map(toBytes),
        cwd: toBytes(planCwd(root, options.cwd)),
        user: { ...options.user, additionalGids: [], umask: process.umask() },
        capabilities: {
          bounding: all,
          effective: options.user.uid === 0 ? all : [],
          inheritable: [],
          permitted: options.user.uid === 0 ? all : [],
          ambient: [],
        },
        rlimits: [],
        noNewPrivileges: false,
        terminal: consoleSize !== undefined,
        consoleSize: consoleSize ?? { rows: 0, columns: 0 },
        oomScoreAdj: 0,
      },
      root: { attach: ROOT_ATTACH, readonly: false, overlay, fileAccess: globals.fileAccess },
      mounts: [...MOUNTS, ...volumes],
      hostname: toBytes(options.hostname ?? hostname()),
      domainname: '',
      maskedPaths: [],
      readonlyPaths: [],
      sysctl: {},
      annotations: {},
    },
  }
}

/** This process's environment, with `extra` on top. */
function planEnvironment(extra: readonly string[]): string[] {
  const env = new Map<string, string>()
  env.set('PATH', DEFAULT_PATH.slice('PATH='.length))
  for (const [name, value] of Object.entries(process.env)) env.set(name, value ?? '')
  for (const entry of extra) {
    const equals = entry.indexOf('=')
    if (equals < 1) throw new Failure(`--env ${entry}: expected NAME=value`)
    env.set(entry.slice(0, equals), entry.slice(equals + 1))
  }
  return Array.from(env, ([name, value]) => `${name}=${value}`)
}

/** The current directory as the guest sees it; `/` when it is outside of the guest's root. */
function planCwd(root: string, wanted: string | undefined): string {
  if (wanted !== undefined) {
    if (!wanted.startsWith('/')) throw new Failure(`--cwd ${wanted}: expected an absolute path`)
    return wanted
  }
  const here = process.cwd()
  if (root === '/') return here
  return here.startsWith(`${root}/`) ? here.slice(root.length) : '/'
}

function planVolume(volume: string, index: number, trees: GoferTree[]): BootMount {
  const [source = '', target = source, ...rest] = volume.split(':')
  if (rest.length > 0 || source === '') {
    throw new Failure(`--volume ${volume}: expected HOST or HOST:GUEST`)
  }
  const path = resolve(source)
  try {
    statSync(path)
  } catch (error) {
    throw new Failure(`--volume ${volume}: ${reasonOf(error)}`)
  }
  const attach = `volume${index}`
  trees.push({ attach, path: toBytes(path), access: 'write' })
  return {
    type: 'bind',
    source: toBytes(path),
    destination: toBytes(resolve('/', target)),
    options: ['bind'],
    attach,
    fileAccess: 'shared',
  }
}

/**
 * The arguments as bytes. Node has decoded them as UTF-8 and lost what is none; the kernel still
 * has them as they were.
 */
export function exactArguments(args: readonly string[]): string[] {
  if (args.some(arg => arg.includes('\ufffd'))) {
    const exact = readFileSync('/proc/self/cmdline', 'latin1').split('\0').slice(0, -1)
    return exact.slice(-args.length)
  }
  return args.map(toBytes)
}
