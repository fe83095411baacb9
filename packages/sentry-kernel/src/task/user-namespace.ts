// User namespaces: in which ids and capabilities are what they are. (task)
// Linux kernel/user_namespace.c; user_namespaces(7).

import { IdMap } from './id-map.ts'

/** Linux's user_namespace. */
export class UserNamespace {
  readonly parent: UserNamespace | undefined
  /** 0 for the first one. */
  readonly level: number
  /** Who made it, in the kernel's numbers: holds all capabilities in it while in the parent. */
  readonly owner: number
  readonly group: number
  uids: IdMap
  gids: IdMap
  projects: IdMap
  setgroups: 'allow' | 'deny'
  /** Whether its maker could set file capabilities: who writes its own map may then include the parent's root. */
  readonly makerSetsCapabilities: boolean
  /** Its own in /proc/sys/user, by path below /proc/sys. */
  readonly limits = new Map<string, number>()
  /** Open files of it. */
  openFiles = 0
  /** Set by its file in nsfs: whether that is mounted. */
  isMounted = (): boolean => false

  private constructor(
    parent: UserNamespace | undefined,
    owner: number,
    group: number,
    makerSetsCapabilities: boolean,
  ) {
    const map = parent === undefined ? IdMap.IDENTITY : IdMap.EMPTY
    this.parent = parent
    this.level = parent === undefined ? 0 : parent.level + 1
    this.owner = owner
    this.group = group
    this.uids = map
    this.gids = map
    this.projects = map
    this.setgroups = parent?.setgroups ?? 'allow'
    this.makerSetsCapabilities = makerSetsCapabilities
  }
  /** The one that all kernels start in; it never changes. */
  static readonly FIRST = new UserNamespace(undefined, 0, 0, true)

  fork(owner: number, group: number, makerSetsCapabilities: boolean): UserNamespace {
    return new UserNamespace(this, owner, group, makerSetsCapabilities)
  }

  /** Kept by a file, whoever is in it. */
  get isOpen(): boolean {
    return this.openFiles > 0 || this.isMounted()
  }
  /** Whether it is `outer` or lies in it (in_userns). */
  isWithin(outer: UserNamespace): boolean {
    let at: UserNamespace | undefined = this
    while (at !== undefined && at.level > outer.level) at = at.parent
    return at === outer
  }
  /** Whether owner and group of a file have numbers in it (privileged_wrt_inode_uidgid). */
  knows({ uid, gid }: { readonly uid: number; readonly gid: number }): boolean {
    return this.level === 0 || (this.uids.has(uid) && this.gids.has(gid))
  }
  /** The kernel's number of its user 0; root's where it has none. */
  get rootUid(): number {
    const root = this.uids.toKernel(0)
    return this.uids.has(root) ? root : 0
  }
  get rootGid(): number {
    const root = this.gids.toKernel(0)
    return this.gids.has(root) ? root : 0
  }
}
