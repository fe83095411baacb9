// All nodes in use: one for each inode, and no more open descriptors than the process may have. (gofer)

import { ESTALE, O_CLOEXEC, O_NOFOLLOW, O_PATH } from '@tsvisor/abi'
import { close, type FileStat, fstat, openat } from '@tsvisor/host'
import { S_IFMT } from '@tsvisor/p9'
import { QidPaths } from './attributes.ts'
import type { Export } from './export.ts'
import { HostNode } from './host-node.ts'

/**
 * Opens one component: `name` holds no "/" and is neither "." nor "..", and a symlink is opened
 * itself, so there is no way out of `dirFd`, whatever others rename meanwhile.
 */
export const openComponent = (dirFd: number, name: string): number =>
  openat(dirFd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0)

export class NodeTable {
  readonly #byInode = new Map<bigint, HostNode[]>()
  /** Nodes whose descriptor may be closed, in the order of a clock's hand. */
  readonly #evictable = new Set<HostNode>()
  readonly #maxOpen: number

  /** `maxOpen`: O_PATH descriptors kept open between requests at most, pinned ones aside. */
  constructor(maxOpen: number) {
    this.#maxOpen = maxOpen
  }

  get openCount(): number {
    return this.#evictable.size
  }

  /** The node of an inode, if a client holds it. No hold is taken. */
  find(exported: Export, stat: FileStat): HostNode | undefined {
    const nodes = this.#byInode.get(stat.ino)
    if (nodes === undefined) return undefined
    for (const node of nodes) {
      if (node.dev === stat.dev && node.export === exported) return node
    }
    return undefined
  }

  /** The root of a tree; takes over the descriptor. */
  addRoot(fd: number, access: 'read' | 'write'): HostNode {
    const stat = fstat(fd)
    const exported = { access, paths: new QidPaths(stat.dev) }
    // Not in the table by inode: a root keeps its place whatever else leads to the same file.
    return new HostNode(fd, stat, exported, undefined, '')
  }

  /** The node behind a fresh O_PATH descriptor, which it takes over; one hold for the caller. */
  adopt(fd: number, stat: FileStat, parent: HostNode, name: string): HostNode {
    const known = this.find(parent.export, stat)
    if (known !== undefined && known.type === (stat.mode & S_IFMT)) {
      known.holds++
      known.used = true
      if (known.fd === -1 || known.lost) {
        // Found by name again: this name can serve for reopening from now on.
        this.#place(known, parent, name)
      }
      if (known.fd === -1) this.#opened(known, fd)
      else close(fd)
      return known
    }
    parent.holds++
    const node = new HostNode(fd, stat, parent.export, parent, name)
    const nodes = this.#byInode.get(node.ino)
    if (nodes === undefined) this.#byInode.set(node.ino, [node])
    else nodes.push(node)
    this.#opened(node, fd)
    return node
  }

  /** An open descriptor of the node; valid until `trim`. Errors: ESTALE when the name leads elsewhere. */
  fd(node: HostNode): number {
    node.used = true
    if (node.fd !== -1) return node.fd
    // Directories above may be closed too: open from the top down.
    const chain: HostNode[] = []
    for (let at = node; at.fd === -1; at = at.parent) chain.push(at)
    for (let i = chain.length - 1; i >= 0; i--) this.#reopen(chain[i]!)
    return node.fd
  }

  #reopen(node: HostNode): void {
    const fd = openComponent(node.parent.fd, node.name)
    const stat = fstat(fd)
    if (stat.ino !== node.ino || stat.dev !== node.dev || (stat.mode & S_IFMT) !== node.type) {
      close(fd)
      throw ESTALE
    }
    this.#opened(node, fd)
  }

  /** The name the node has now leads to it from `parent`. */
  moved(node: HostNode, parent: HostNode, name: string): void {
    this.#place(node, parent, name)
  }

  /** Call before the name goes: opens the descriptor, which then stays. */
  losing(node: HostNode): void {
    this.fd(node)
    node.lost = true
    this.#evictable.delete(node)
  }

  /** The name did not go after all. */
  kept(node: HostNode): void {
    node.lost = false
    if (node.fd !== -1 && !node.isRoot) this.#evictable.add(node)
  }

  retain(node: HostNode): HostNode {
    node.holds++
    return node
  }

  /** Gives one hold up; the last one closes the node, and maybe directories above it. */
  release(node: HostNode): void {
    for (let at = node; --at.holds === 0; ) {
      if (at.fd !== -1) close(at.fd)
      at.fd = -1
      this.#evictable.delete(at)
      const nodes = this.#byInode.get(at.ino)
      if (nodes !== undefined) {
        if (nodes.length === 1 && nodes[0] === at) this.#byInode.delete(at.ino)
        else if (nodes.includes(at)) nodes.splice(nodes.indexOf(at), 1)
      }
      if (at.isRoot) return
      at = at.parent
    }
  }

  #place(node: HostNode, parent: HostNode, name: string): void {
    if (node.isRoot) return
    node.name = name
    if (node.lost) this.kept(node)
    if (node.parent === parent) return
    parent.holds++
    const old = node.parent
    node.parent = parent
    this.release(old)
  }

  #opened(node: HostNode, fd: number): void {
    node.fd = fd
    if (node.isRoot || node.lost) return
    this.#evictable.add(node)
  }

  /**
   * Call between requests: closes descriptors beyond the limit and one in sixteen more, those
   * unused for longest first. During a request none is closed, so that it can use several.
   */
  trim(): void {
    let excess = this.#evictable.size - this.#maxOpen
    if (excess <= 0) return
    excess += this.#maxOpen >> 4
    // Two rounds of the clock: the first clears the marks, the second finds somebody.
    for (let steps = this.#evictable.size * 2; excess > 0 && steps > 0; steps--) {
      const node = this.#evictable.values().next().value
      if (node === undefined) return
      this.#evictable.delete(node)
      if (node.used) {
        node.used = false
        this.#evictable.add(node)
        continue
      }
      close(node.fd)
      node.fd = -1
      excess--
    }
  }
}
