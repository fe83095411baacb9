// The path walk: one for every system call that names a file. (vfs)
// Linux fs/namei.c: link_path_walk, walk_component, step_into, pick_link.

import {
  AT_FDCWD,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EXDEV,
  MS_NOSYMFOLLOW,
  RESOLVE_BENEATH,
  RESOLVE_IN_ROOT,
  RESOLVE_NO_MAGICLINKS,
  RESOLVE_NO_SYMLINKS,
  RESOLVE_NO_XDEV,
  S_IFDIR,
  S_IFLNK,
} from '@tsvisor/abi'
import type { Task } from '../task/task.ts'
import { Dentry } from './dentry.ts'
import type { Inode } from './inode.ts'
import type { Mount } from './mount.ts'
import type { Path } from './path.ts'
import { checkSearch } from './permission.ts'

/** Follow a symbolic link in the last place. */
export const FOLLOW = 1
/** "" names the directory descriptor itself (AT_EMPTY_PATH). */
export const EMPTY_PATH = 2
/** The result must be a directory. */
export const DIRECTORY = 4
/** The walk is no use of the mounts on its way (MNT_EXPIRE). */
export const KEEP_EXPIRED = 8
/** openat2's RESOLVE_* flags are lookup flags shifted by this. */
export const RESOLVE_SHIFT = 8

const NO_XDEV = RESOLVE_NO_XDEV << RESOLVE_SHIFT
const NO_MAGICLINKS = RESOLVE_NO_MAGICLINKS << RESOLVE_SHIFT
const NO_SYMLINKS = RESOLVE_NO_SYMLINKS << RESOLVE_SHIFT
const BENEATH = RESOLVE_BENEATH << RESOLVE_SHIFT
const IN_ROOT = RESOLVE_IN_ROOT << RESOLVE_SHIFT
const SCOPED = BENEATH | IN_ROOT

const NAME_MAX = 255
const MAX_LINKS = 40
/** Names of a path that are looked up together with the one before, at most. */
const LOOK_AHEAD = 15
const SLASH = 0x2f
const DOT = 0x2e

/** What a path ends in: a name; ".", ".."; or nothing ("/", or a magic link that was followed). */
export type LastKind = 'name' | 'dot' | 'dotdot' | 'none'

/**
 * The cached name in `directory`, looked up in the file system when it is not cached. Its `inode`
 * is undefined when there is no such file. What `path` has from `at` on comes next.
 * Errors: ENAMETOOLONG, those of Inode.lookup.
 */
export function lookupChild(directory: Dentry, name: string, path = '', at = path.length): Dentry {
  const cached = directory.child(name)
  if (cached !== undefined) {
    if (directory.cache.caching === 'always') {
      cached.referenced = true
      return cached
    }
    if (stillValid(directory, cached)) return cached
  }
  return lookupAnew(directory, name, path, at)
}

/** Whether a cached name of a file system that others change may be used. */
function stillValid(directory: Dentry, cached: Dentry): boolean {
  if (cached.cache.caching === 'revalidate' && cached.mountCount === 0) {
    if (cached.inode !== undefined && directory.inode!.lookup(cached.name) === cached.inode)
      return true
    cached.detach()
    return false
  }
  // Trees that are looked up anew each time (procfs) keep what mounts stand on or below.
  if (cached.mountCount === 0 && !cached.hasChildren) {
    cached.forget()
    return false
  }
  const inode = directory.inode!.lookup(cached.name)
  if (inode === undefined) {
    cached.detach()
    return false
  }
  cached.inode = inode
  return true
}

function lookupAnew(directory: Dentry, name: string, path: string, at: number): Dentry {
  if (name.length > NAME_MAX) throw ENAMETOOLONG
  if (at < path.length && directory.inode!.looksAhead && !directory.unlinked)
    return lookAhead(directory, [name, ...namesIn(path, at)])
  const inode = directory.inode!.lookup(name)
  const dentry = new Dentry(name, directory, inode)
  const { caching } = directory.cache
  if (caching === 'always' || (caching === 'revalidate' && inode !== undefined))
    if (!directory.unlinked) directory.add(dentry)
  return dentry
}

/** Looks up several names of a path together, and caches what they lead to. */
function lookAhead(directory: Dentry, names: readonly string[]): Dentry {
  let parent = directory
  for (const [i, inode] of directory.inode!.lookupPath(names).entries()) {
    const dentry = new Dentry(names[i]!, parent, inode)
    parent.add(dentry)
    parent = dentry
  }
  return directory.child(names[0]!)!
}

/** The names that a path goes on with, to the first that is none. */
function namesIn(path: string, at: number): string[] {
  const names = path.substring(at).split('/', LOOK_AHEAD)
  const end = names.findIndex(
    name => name.length > NAME_MAX || dots(name, 0, name.length) !== 'name',
  )
  return names.slice(0, end === -1 ? names.length : end).filter(name => name !== '')
}

/** The state of a walk. One object serves all: no walk starts another. */
class Walk {
  task!: Task
  mount!: Mount
  dentry!: Dentry
  #rootMount!: Mount
  #rootDentry!: Dentry
  #text = ''
  #at = 0
  #links = 0
  #flags = 0
  /** The last component, not walked into, after `toParent`. */
  name = ''
  last: LastKind = 'none'
  /** Slashes follow the last component. */
  slash = false
  directory: Dentry | undefined

  /** Errors: ENOENT (""), EBADF, ENOTDIR (the descriptor). */
  begin(task: Task, dirfd: number, path: string, flags: number): void {
    this.task = task
    this.#text = path
    this.#at = 0
    this.#links = 0
    this.#flags = flags
    const { root, cwd } = task.fs
    let start: Path
    if (path.length === 0 && !(flags & EMPTY_PATH)) throw ENOENT
    if (path.charCodeAt(0) === SLASH && !(flags & IN_ROOT)) {
      if (flags & BENEATH) throw EXDEV
      start = root
    } else if (dirfd === AT_FDCWD) start = cwd
    else {
      const file = task.fds.getAny(dirfd)
      if (file.path === undefined || (path.length > 0 && file.inode.type !== S_IFDIR)) throw ENOTDIR
      start = file.path
    }
    this.mount = start.mount
    this.dentry = start.dentry
    const top = flags & SCOPED ? start : root
    this.#rootMount = top.mount
    this.#rootDentry = top.dentry
  }

  /**
   * Walks everything; false when a name is missing, the one frequent failure, which costs no
   * exception that way. Errors: ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EXDEV.
   */
  toEnd(): boolean {
    return this.#walk(true)
  }
  /** Walks to the directory that holds the last component: `name`, `last`, `slash` describe it. */
  toParent(): void {
    if (!this.#walk(false)) throw ENOENT
  }

  /** See resolveToCreate: `dentry` becomes the child and `directory` holds it. */
  toCreate(): void {
    for (;;) {
      this.toParent()
      this.directory = undefined
      if (this.last === 'dotdot') this.#up()
      if (this.last !== 'name' || this.slash) return
      const child = lookupChild(this.dentry, this.name)
      const { inode } = child
      if (inode !== undefined && inode.type === S_IFLNK && this.#flags & FOLLOW) {
        this.follow(inode)
        continue
      }
      this.directory = this.dentry
      this.cross(child)
      return
    }
  }

  #walk(whole: boolean): boolean {
    for (;;) {
      const text = this.#text
      let at = afterSlashes(text, this.#at)
      const directory = this.dentry.inode!
      if (at >= text.length) {
        this.last = 'none'
        this.slash = text.length > 0
        if ((this.slash || this.#flags & DIRECTORY) && directory.type !== S_IFDIR) throw ENOTDIR
        return true
      }
      if (directory.type !== S_IFDIR) throw ENOTDIR
      checkSearch(this.task, directory)
      const start = at
      while (at < text.length && text.charCodeAt(at) !== SLASH) at++
      const end = at
      at = afterSlashes(text, end)
      const isLast = at >= text.length
      this.#at = at
      const kind = dots(text, start, end)
      if (isLast) {
        this.slash = at > end
        this.last = kind
        if (!whole) {
          this.name = text.substring(start, end)
          return true
        }
      }
      if (kind === 'name') {
        const child = lookupChild(this.dentry, text.substring(start, end), text, at)
        const inode = child.inode
        if (inode === undefined) return false
        if (inode.type === S_IFLNK && (!isLast || this.slash || this.#flags & FOLLOW)) {
          this.#at = end
          this.follow(inode)
          continue
        }
        if (child.mountCount > 0) this.cross(child)
        else this.dentry = child
        if (isLast) {
          if ((this.slash || this.#flags & DIRECTORY) && this.dentry.inode!.type !== S_IFDIR)
            throw ENOTDIR
          return true
        }
      } else {
        if (kind === 'dotdot') this.#up()
        if (isLast) return true
      }
    }
  }

  /** Steps to a child that may be a mount point. */
  cross(child: Dentry): void {
    this.dentry = child
    while (this.dentry.mountCount > 0) {
      const mounted = this.mount.children.get(this.dentry)
      if (mounted === undefined) return
      if (this.#flags & NO_XDEV) throw EXDEV
      if (!(this.#flags & KEEP_EXPIRED)) mounted.isExpired = false
      this.mount = mounted
      this.dentry = mounted.root
    }
  }

  #up(): void {
    for (;;) {
      if (this.dentry === this.#rootDentry && this.mount === this.#rootMount) {
        if (this.#flags & BENEATH) throw EXDEV
        return
      }
      if (this.dentry !== this.mount.root) break
      const { parent, mountPoint } = this.mount
      if (parent === undefined || mountPoint === undefined) return
      if (this.#flags & NO_XDEV) throw EXDEV
      this.mount = parent
      this.dentry = mountPoint
    }
    this.cross(this.dentry.parent)
  }

  /**
   * Follows a symbolic link found in `dentry`; what is left of the path comes after its target.
   * Errors: ELOOP, EXDEV, ENOENT.
   */
  follow(link: Inode): void {
    const flags = this.#flags
    if (++this.#links > MAX_LINKS || flags & NO_SYMLINKS) throw ELOOP
    if (this.mount.flags & MS_NOSYMFOLLOW) throw ELOOP
    const rest = this.#text.substring(this.#at)
    this.#at = 0
    const place = link.followLink(this.task)
    if (place !== undefined) {
      if (flags & NO_MAGICLINKS) throw ELOOP
      if (flags & SCOPED || (flags & NO_XDEV && place.mount !== this.mount)) throw EXDEV
      this.mount = place.mount
      this.dentry = place.dentry
      this.#text = rest
      return
    }
    const target = link.readlink(this.task)
    if (target.length === 0) throw ENOENT
    this.#text = rest.length === 0 ? target : target + rest
    if (target.charCodeAt(0) === SLASH) {
      if (flags & BENEATH || (flags & NO_XDEV && this.mount !== this.#rootMount)) throw EXDEV
      this.mount = this.#rootMount
      this.dentry = this.#rootDentry
    }
  }
}

// V8 gives up on charCodeAt for good where it once read past the end.
function afterSlashes(text: string, from: number): number {
  let at = from
  while (at < text.length && text.charCodeAt(at) === SLASH) at++
  return at
}

function dots(text: string, start: number, end: number): LastKind {
  if (text.charCodeAt(start) !== DOT) return 'name'
  if (end === start + 1) return 'dot'
  return end === start + 2 && text.charCodeAt(start + 1) === DOT ? 'dotdot' : 'name'
}

const walk = new Walk()

/**
 * The place that `path` names, from `dirfd` (or AT_FDCWD) when it is relative. `flags`: FOLLOW,
 * EMPTY_PATH, DIRECTORY, RESOLVE_* << RESOLVE_SHIFT.
 * Errors: ENOENT, ENOTDIR, EACCES, ELOOP, ENAMETOOLONG, EBADF, EXDEV.
 */
export function resolve(task: Task, dirfd: number, path: string, flags: number = FOLLOW): Path {
  walk.begin(task, dirfd, path, flags)
  if (!walk.toEnd()) throw ENOENT
  return { mount: walk.mount, dentry: walk.dentry }
}

/** As resolve, but undefined instead of ENOENT for a missing name ("" still throws). */
export function tryResolve(
  task: Task,
  dirfd: number,
  path: string,
  flags: number,
): Path | undefined {
  walk.begin(task, dirfd, path, flags)
  return walk.toEnd() ? { mount: walk.mount, dentry: walk.dentry } : undefined
}

/** A directory and a name in it, which may or may not exist. */
export interface Parent extends Path {
  readonly name: string
  readonly last: LastKind
  /** Slashes follow the name: it must be, or become, a directory. */
  readonly slash: boolean
}

/** The directory that `path`'s last component is in. Errors: as resolve, for the directory. */
export function resolveParent(task: Task, dirfd: number, path: string, flags = 0): Parent {
  walk.begin(task, dirfd, path, flags)
  walk.toParent()
  const { mount, dentry, name, last, slash } = walk
  return { mount, dentry, name, last, slash }
}

/** Where open(2) with O_CREAT may make a file. */
export interface Creation {
  /** The mount of the child, or of the place. */
  readonly mount: Mount
  /** The directory, or without `child` the place that was reached. */
  readonly dentry: Dentry
  /** What the directory holds under the name, perhaps nothing. */
  readonly child: Dentry | undefined
  /** The path ends in a name with slashes after it. */
  readonly slash: boolean
}

/**
 * The walk of open(2) with O_CREAT: to the parent, then on through symbolic links in the last
 * place if `flags` has FOLLOW. Errors: as resolve, but a missing last name is none.
 */
export function resolveToCreate(task: Task, dirfd: number, path: string, flags: number): Creation {
  walk.begin(task, dirfd, path, flags)
  walk.toCreate()
  const { mount, dentry, directory, slash } = walk
  if (directory === undefined)
    return { mount, dentry, child: undefined, slash: slash && walk.last === 'name' }
  return { mount, dentry: directory, child: dentry, slash }
}
