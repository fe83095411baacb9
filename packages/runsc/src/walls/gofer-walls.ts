// The walls around the gofer: a root that holds what it serves, or Landlock, and a filter. (runsc)

import { mkdirSync, readlinkSync, writeFileSync } from 'node:fs'
import {
  CAP_CHOWN,
  CAP_DAC_OVERRIDE,
  CAP_DAC_READ_SEARCH,
  CAP_FOWNER,
  CAP_FSETID,
  CAP_SETFCAP,
  O_CLOEXEC,
  O_PATH,
} from '@tsvisor/abi'
import {
  AT_FDCWD,
  attachMount,
  Batch,
  cloneTree,
  close,
  dupCloexec,
  fstat,
  inEveryThread,
  installSeccomp,
  landlockRuleset,
  MOUNT_ATTR,
  mount,
  NR,
  newFileSystem,
  openat,
  ownThreads,
  restrictTree,
  setDumpable,
} from '@tsvisor/host'
import type { GoferTree } from '../gofer/gofer-config.ts'
import { compileRules } from './call-rule.ts'
import { enterRoot, stopPropagation } from './empty-root.ts'
import { goferCalls } from './gofer-calls.ts'
import { heldOf, keepOnly } from './privileges.ts'

const MS_RDONLY = 1
const MS_NOSUID = 2
const MS_NODEV = 4
const MS_NOEXEC = 8
const MS_REMOUNT_BIND = 0x1020
const HARMLESS = MS_NOSUID | MS_NODEV | MS_NOEXEC
const S_IFMT = 0o170000
const S_IFDIR = 0o040000

const FILE_CAPABILITIES = [
  ...[CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER, CAP_FSETID, CAP_SETFCAP],
]

interface OpenTree extends GoferTree {
  readonly fd: number
  /** It is a copy already. */
  readonly isCopy: boolean
  readonly kind: 'directory' | 'file'
}

export interface EnclosedGofer {
  /** The same trees, by the paths that they have now. */
  readonly trees: readonly GoferTree[]
  /** To be called when they are open. */
  readonly seal: () => void
  /** Walls that could not be raised: one line each. */
  readonly missing: readonly string[]
}

/**
 * Leaves nothing to this process but the trees. `namespaces`: whether it has its own. `copies`: the trees as mounts
 * without a place, in their order; otherwise they are opened. Throws a plain Error for one that cannot be.
 */
export function encloseGofer(
  trees: readonly GoferTree[],
  namespaces: 'own' | 'none',
  copies: readonly number[] = [],
): EnclosedGofer {
  const threads = ownThreads()
  const capabilities = heldOf(FILE_CAPABILITIES)
  const open = trees.map((tree, i) => openTree(tree, copies[i]))
  const missing: string[] = []
  let served = trees
  try {
    if (namespaces === 'own') served = moveToNewRoot(open)
    else restrictFiles(open, threads)
  } catch (error) {
    const what = namespaces === 'own' ? 'change its root' : 'restrict itself with Landlock'
    missing.push(`the gofer cannot ${what}: ${String(error)}`)
  }
  for (const { fd } of open) close(fd)
  keepOnly(threads, { capabilities })
  setDumpable('no')
  const seal = () => installSeccomp(compileRules(goferCalls(process.pid)))
  return { trees: served, seal, missing }
}

function openTree(tree: GoferTree, copy: number | undefined): OpenTree {
  try {
    const fd = copy ?? openat(AT_FDCWD, tree.path, O_PATH | O_CLOEXEC, 0)
    const { mode, dev } = fstat(fd)
    const isMoved =
      tree.device !== undefined && (BigInt(tree.device) !== dev || isElsewhere(fd, tree.path))
    if (isMoved) throw new Error('it has been replaced')
    const kind = (mode & S_IFMT) === S_IFDIR ? 'directory' : 'file'
    return { ...tree, fd, kind, isCopy: copy !== undefined }
  } catch (error) {
    throw new Error(`cannot serve ${tree.path}: ${(error as Error).message}`)
  }
}

/** Paths are byte strings. */
const isElsewhere = (fd: number, path: string): boolean =>
  readlinkSync(`/proc/self/fd/${fd}`, 'latin1') !== path

/** A file system of ours with a place for each tree, and /proc, through which open files are opened anew. */
function moveToNewRoot(trees: readonly OpenTree[]): GoferTree[] {
  stopPropagation()
  const proc = ownProc()
  const copies = trees.map(copyOf)
  // Hides the host's /proc, which nobody needs any more.
  mount('none', ROOT, 'tmpfs', HARMLESS, 'size=64k,mode=0555')
  mkdirSync(`${ROOT}/proc`)
  attachMount(proc, `${ROOT}/proc`)
  const moved = trees.map((tree, i): GoferTree => {
    const path = `/${i}`
    if (tree.kind === 'directory') mkdirSync(ROOT + path)
    else writeFileSync(ROOT + path, '')
    attachMount(copies[i]!, ROOT + path)
    return { attach: tree.attach, access: tree.access, path }
  })
  for (const fd of [proc, ...copies]) close(fd)
  mount(undefined, ROOT, undefined, MS_REMOUNT_BIND | MS_RDONLY | HARMLESS, undefined)
  enterRoot(ROOT)
  return moved
}

const ROOT = '/proc'

/** With all that is mounted below. What is served for reading is not even writable to this process. */
function copyOf({ fd, access, isCopy }: OpenTree): number {
  const copy = isCopy ? dupCloexec(fd) : cloneTree(fd)
  const readonly = access === 'read' ? MOUNT_ATTR.readonly : 0
  restrictTree(copy, MOUNT_ATTR.nosuid | MOUNT_ATTR.nodev | readonly)
  return copy
}

function ownProc(): number {
  try {
    return newFileSystem('proc', { subset: 'pid' }, HARMLESS)
  } catch {
    // In a container whose /proc is partly covered, a new one would show too much.
    const fd = openat(AT_FDCWD, '/proc', O_PATH | O_CLOEXEC, 0)
    try {
      return cloneTree(fd)
    } finally {
      close(fd)
    }
  }
}

function restrictFiles(trees: readonly OpenTree[], threads: readonly number[]): void {
  const ruleset = landlockRuleset(trees)
  const batch = new Batch()
  batch.push(NR.landlock_restrict_self, ruleset, 0, 0, 0, 0, 0)
  inEveryThread(threads, batch)
  close(ruleset)
}
