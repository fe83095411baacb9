// A file system that is being configured: what fsopen(2) and fspick(2) open. (vfs)
// Linux fs/fsopen.c, fs/fs_context.c.

import {
  CAP_SYS_ADMIN,
  EBUSY,
  EINVAL,
  EMSGSIZE,
  ENODATA,
  EPERM,
  type Errno,
  MS_DIRSYNC,
  MS_RDONLY,
  MS_SYNCHRONOUS,
  O_RDWR,
} from '@tsvisor/abi'
import type { IoTarget } from '../mm/io.ts'
import { hasCapabilityIn } from '../task/credentials.ts'
import type { Task } from '../task/task.ts'
import { UserNamespace } from '../task/user-namespace.ts'
import { FileDescription } from './file-description.ts'
import type { FileSystemType } from './filesystems.ts'
import type { FileSystem, Inode } from './inode.ts'
import { isMounted } from './mount-copy.ts'
import { newFileSystem } from './new-file-system.ts'
import { changeSuperFlags } from './remount.ts'

/** Takes parameters; has a file system to mount; has mounted it; went wrong. */
type Phase = 'parameters' | 'made' | 'used' | 'failed'

export class FsContext extends FileDescription {
  readonly #name: string
  readonly type: FileSystemType
  #phase: Phase = 'parameters'
  readonly #options: string[] = []
  #source: string | undefined
  /** MS_* of the file system, and which of them are among the parameters. */
  #superFlags = 0
  #superMask = 0
  /** Of an instance that there is already. */
  #fs: FileSystem | undefined
  #start = '/'
  readonly #isNew: boolean
  readonly #messages: string[] = []

  /** `fs`: the one to change (fspick); else a new one is made. */
  constructor(inode: Inode, name: string, type: FileSystemType, fs?: FileSystem) {
    super(inode, undefined, O_RDWR)
    this.#name = name
    this.type = type
    this.#fs = fs
    this.#isNew = fs === undefined
  }

  /** FSCONFIG_SET_FLAG, FSCONFIG_SET_STRING. Errors: EINVAL, EBUSY, those of FileSystemType.check. */
  set(task: Task, key: string, value: string | undefined): void {
    if (this.#phase === 'used') this.#phase = 'parameters'
    if (this.#phase !== 'parameters') throw EBUSY
    const superFlag = SUPER_FLAGS.get(key)
    if (superFlag !== undefined) {
      const [set, clear] = superFlag
      this.#superFlags = (this.#superFlags & ~clear) | set
      this.#superMask |= set | clear
      return
    }
    if (WITHOUT_EFFECT.has(key)) return
    if (key === 'source') {
      if (value === undefined) throw this.#refused('Non-string source')
      if (this.#source !== undefined) throw this.#refused('Multiple sources')
      this.#source = value
      return
    }
    const option = value === undefined ? key : `${key}=${value}`
    try {
      if (key === '' || option.includes(',')) throw EINVAL
      this.type.check?.(task, option)
    } catch (error) {
      if (error !== EINVAL) throw error
      throw this.#refused(`${this.#name}: Unknown parameter '${key}'`)
    }
    this.#options.push(option)
  }
  #refused(message: string): Errno {
    if (this.#messages.length < MOST_MESSAGES) this.#messages.push(`e ${message}\n`)
    return EINVAL
  }

  /** FSCONFIG_CMD_CREATE. Errors: EBUSY, EPERM, those of FileSystemType.make. */
  create(task: Task): void {
    if (!this.#isNew || this.#phase !== 'parameters' || this.#fs !== undefined) throw EBUSY
    this.#phase = 'failed'
    this.#fs = newFileSystem(task, this.type, this.#source ?? 'none', this.#options.join(','))
    if (!isMounted(this.#fs)) this.#fs.superFlags = this.#superFlags
    this.#start = this.type.start?.(task, this.#fs) ?? '/'
    this.#phase = 'made'
  }
  /** FSCONFIG_CMD_RECONFIGURE. Errors: EBUSY, EINVAL, EPERM. */
  reconfigure({ creds, kernel }: Task): void {
    if (this.#phase === 'used') this.#phase = 'parameters'
    if (this.#phase !== 'parameters' || this.#fs === undefined) throw EBUSY
    const owner = this.#fs.userNamespace ?? UserNamespace.FIRST
    if (!hasCapabilityIn(creds, owner, CAP_SYS_ADMIN)) throw EPERM
    this.#phase = 'failed'
    const options = this.#options.splice(0)
    changeSuperFlags(kernel, this.#fs, this.#superFlags, this.#superMask)
    if (options.length > 0) this.type.remount?.(this.#fs, options.join(','))
    this.#phase = 'used'
  }
  /** What fsmount(2) mounts, once. Errors: EINVAL (nothing made), EBUSY (mounted already). */
  take(): {
    readonly fs: FileSystem
    readonly source: string
    /** Which directory of it a mount shows. */
    readonly start: string
  } {
    const fs = this.#fs
    if (fs === undefined) throw EINVAL
    if (this.#phase !== 'made') throw EBUSY
    this.#phase = 'used'
    this.#options.length = 0
    return { fs, source: this.#source ?? 'none', start: this.#start }
  }

  /** The oldest message about what was refused. Errors: ENODATA, EMSGSIZE. */
  override read(_task: Task, target: IoTarget): number {
    const message = this.#messages.shift()
    if (message === undefined) throw ENODATA
    if (message.length > target.remaining) throw EMSGSIZE
    return target.put(Uint8Array.from(message, char => char.charCodeAt(0)))
  }
  override label(): string {
    return 'anon_inode:[fscontext]'
  }
  /** A file system that nobody mounted goes. */
  protected override close(): void {
    if (this.#phase === 'made') this.#fs?.release()
  }
}

/** Of every file system (fs/fs_context.c:common_set_sb_flag, common_clear_sb_flag). */
const SUPER_FLAGS: ReadonlyMap<string, readonly [set: number, clear: number]> = new Map([
  ['ro', [MS_RDONLY, 0]],
  ['rw', [0, MS_RDONLY]],
  ['sync', [MS_SYNCHRONOUS, 0]],
  ['async', [0, MS_SYNCHRONOUS]],
  ['dirsync', [MS_DIRSYNC, 0]],
])
/** Nothing is written later in any case. */
const WITHOUT_EFFECT = new Set(['lazytime', 'mand', 'nolazytime', 'nomand'])

/** As Linux: what is not read in time is lost. */
const MOST_MESSAGES = 8
