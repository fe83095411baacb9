// One file of the gofer: each operation is one message. (runsc)

import { AT_REMOVEDIR, Errno } from '@tsvisor/abi'
import { ATTR_SIZE, type Attr, DIRENT_SIZE, isPacked, type Reply, type Wide } from '@tsvisor/p9'
import type {
  HostFile,
  RemoteAttr,
  RemoteEntry,
  RemoteListing,
  RemoteNode,
  RemoteSetAttr,
  RemoteStatFs,
  RemoteWay,
} from '@tsvisor/sentry-kernel'
import { ListedAttr, toRemoteAttr } from './attr.ts'
import type { Link } from './link.ts'
import { setattrRequest } from './setattr-request.ts'

/** Names in one message: the server's limit is higher, a message of 16 long names always fits. */
const WALK_BATCH = 16

/** Rlistattr without entries and attributes, bytes. */
const LIST_HEADER = 17
const NAME_MAX = 255
/** Some 150 entries: what a directory is first asked for when it may be a large one. */
const SMALL_LISTING = 32 * 1024

type Listing = ReturnType<RemoteNode['list']>

export class GoferNode implements RemoteNode {
  readonly #link: Link
  readonly #fid: number

  constructor(link: Link, fid: number) {
    this.#link = link
    this.#fid = fid
  }

  walk(names: readonly string[]): RemoteWay {
    const reached: RemoteEntry[] = []
    let from: GoferNode = this
    for (let start = 0; start < names.length; start += WALK_BATCH) {
      const stopped = from.#walkBatch(names.slice(start, start + WALK_BATCH), reached)
      if (stopped !== undefined) return { reached, stopped }
      from = reached[reached.length - 1]!.node as GoferNode
    }
    return { reached, stopped: undefined }
  }

  /** Appends what is found to `reached`. */
  #walkBatch(names: readonly string[], reached: RemoteEntry[]): Errno | undefined {
    const { client, transport } = this.#link
    const steps = names.map(name => ({ newfid: client.newFid(), name }))
    let count = 0
    try {
      const { entries, ecode } = this.#link.call('walkattr', { fid: this.#fid, steps })
      if (entries.length > steps.length || (entries.length < steps.length && ecode === 0))
        return transport.fail('the gofer sent no 9P: a walk that is longer or shorter than the way')
      for (const attr of entries) reached.push(this.#entry(steps[count++]!.newfid, attr))
      return count < steps.length ? Errno.of(ecode) : undefined
    } catch (error) {
      if (error instanceof Errno) return error
      throw error
    } finally {
      for (let i = count; i < steps.length; i++) client.dropFid(steps[i]!.newfid)
    }
  }

  #entry(fid: number, attr: Attr): RemoteEntry {
    return { node: new GoferNode(this.#link, fid), attr: toRemoteAttr(attr, this.#link) }
  }

  getattr(): RemoteAttr {
    const { entries } = this.#link.call('walkattr', { fid: this.#fid, steps: [] })
    return toRemoteAttr(entries[0]!, this.#link)
  }

  setattr(change: RemoteSetAttr): void {
    this.#link.call('setattr', setattrRequest(this.#fid, change, this.#link.ids))
  }

  open(flags: number): HostFile {
    this.#link.call('openfd', { fid: this.#fid, flags })
    return this.#link.openFile(this.#link.transport.takeDescriptor())
  }

  openChildren(names: readonly string[]): (HostFile | Errno)[] {
    const { transport } = this.#link
    const { results } = this.#link.call('openfds', { fid: this.#fid, flags: 0, names })
    if (results.length !== names.length)
      return transport.fail('the gofer sent no 9P: results and names differ in number')
    return results.map(ecode => (ecode === 0 ? this.#passed() : Errno.of(ecode)))
  }

  #passed(): HostFile | Errno {
    try {
      return this.#link.openFile(this.#link.transport.takeDescriptor())
    } catch (error) {
      if (error instanceof Errno) return error
      throw error
    }
  }

  create(
    name: string,
    flags: number,
    mode: number,
    uid: number,
    gid: number,
  ): RemoteEntry & { file: HostFile } {
    const made = this.#make(newfid => {
      const place = this.#place(newfid, name, uid, gid)
      return this.#link.call('createfd', { flags, mode, ...place }).attr
    })
    return this.#withFile(made)
  }

  createTemporary(
    flags: number,
    mode: number,
    uid: number,
    gid: number,
  ): RemoteEntry & { file: HostFile } {
    const { name: _, ...place } = this.#place(0, '', uid, gid)
    const made = this.#make(
      newfid => this.#link.call('tmpfilefd', { flags, mode, ...place, newfid }).attr,
    )
    return this.#withFile(made)
  }

  /** With the descriptor that came with its making. */
  #withFile(made: RemoteEntry): RemoteEntry & { file: HostFile } {
    try {
      return { file: this.#link.openFile(this.#link.transport.takeDescriptor()), ...made }
    } catch (error) {
      made.node.clunk()
      throw error
    }
  }

  mkdir(name: string, mode: number, uid: number, gid: number): RemoteEntry {
    return this.#make(newfid => {
      const place = this.#place(newfid, name, uid, gid)
      return this.#link.call('mkdirattr', { mode, ...place }).attr
    })
  }

  symlink(name: string, target: string, uid: number, gid: number): RemoteEntry {
    return this.#make(newfid => {
      const place = this.#place(newfid, name, uid, gid)
      return this.#link.call('symlinkattr', { target, ...place }).attr
    })
  }

  mknod(name: string, mode: number, rdev: number, uid: number, gid: number): RemoteEntry {
    // Linux include/linux/kdev_t.h, new_decode_dev.
    const major = (rdev >>> 8) & 0xfff
    const minor = (rdev & 0xff) | ((rdev >>> 12) & 0xfff00)
    return this.#make(newfid => {
      const place = this.#place(newfid, name, uid, gid)
      return this.#link.call('mknodattr', { mode, major, minor, ...place }).attr
    })
  }

  #place(newfid: number, name: string, uid: number, gid: number) {
    const { ids } = this.#link
    return {
      dfid: this.#fid,
      newfid,
      name,
      uid: ids.uid.toHost(uid),
      gid: ids.gid.toHost(gid),
    }
  }

  #make(step: (newfid: number) => Attr): RemoteEntry {
    const newfid = this.#link.client.newFid()
    try {
      return this.#entry(newfid, step(newfid))
    } catch (error) {
      this.#link.client.dropFid(newfid)
      throw error
    }
  }

  link(target: RemoteNode, name: string): void {
    this.#link.call('link', { dfid: this.#fid, fid: fidOf(target), name })
  }
  unlink(name: string): void {
    this.#link.call('unlinkat', { dfid: this.#fid, name, flags: 0 })
  }
  rmdir(name: string): void {
    this.#link.call('unlinkat', { dfid: this.#fid, name, flags: AT_REMOVEDIR })
  }
  rename(oldName: string, newDirectory: RemoteNode, newName: string): void {
    const newdfid = fidOf(newDirectory)
    this.#link.call('renameat', {
      olddfid: this.#fid,
      oldname: oldName,
      newdfid,
      newname: newName,
    })
  }
  exchange(oldName: string, newDirectory: RemoteNode, newName: string): void {
    const newdfid = fidOf(newDirectory)
    const names = { oldname: oldName, newname: newName }
    this.#link.call('exchange', { olddfid: this.#fid, newdfid, ...names })
  }
  readlink(): string {
    return this.#link.call('readlink', { fid: this.#fid }).target
  }

  list(
    names: readonly string[],
    offset: Wide,
    size: 'small' | 'large',
    attrs: 'all' | 'directories',
  ): Listing {
    if (names.length > WALK_BATCH) {
      const { reached } = this.walk(names)
      if (reached.length < names.length) return { reached, entries: [], last: false }
      return { ...reached[names.length - 1]!.node.list([], offset, size, attrs), reached }
    }
    const { client } = this.#link
    const steps = names.map(name => ({ newfid: client.newFid(), name }))
    const room = client.msize - LIST_HEADER - steps.length * ATTR_SIZE
    const count = size === 'small' ? Math.min(room, SMALL_LISTING) : room
    const reached: RemoteEntry[] = []
    try {
      const wanted = attrs === 'all' ? 0 : 1
      const reply = this.#link.call('listattr', { fid: this.#fid, steps, offset, count, wanted })
      for (const attr of reply.reached) {
        const step = steps[reached.length]
        if (step === undefined) break
        reached.push(this.#entry(step.newfid, attr))
      }
      return { reached, ...this.#listed(reply, count) }
    } finally {
      for (let i = reached.length; i < steps.length; i++) client.dropFid(steps[i]!.newfid)
    }
  }

  #listed({ entries, attrs }: Reply<'listattr'>, count: number): RemoteListing {
    const link = this.#link
    if (attrs.length !== entries.length * ATTR_SIZE)
      return link.transport.fail('the gofer sent no 9P: attributes and entries differ in number')
    // The reply's bytes are a view of the receive buffer.
    const packed = attrs.slice()
    let left = count
    for (const { name } of entries) left -= DIRENT_SIZE + name.length + ATTR_SIZE
    return {
      entries: entries.map(({ name, qid, type, offset }, i) => ({
        name,
        ino: qid.path,
        type,
        offset,
        attrs: isPacked(packed, i) ? new ListedAttr(packed, i, link) : undefined,
      })),
      last: left >= DIRENT_SIZE + NAME_MAX + ATTR_SIZE,
    }
  }

  statfs(): RemoteStatFs {
    const reply = this.#link.call('statfs', { fid: this.#fid })
    return {
      type: reply.type,
      bsize: reply.bsize,
      blocks: Number(reply.blocks),
      bfree: Number(reply.bfree),
      bavail: Number(reply.bavail),
      files: Number(reply.files),
      ffree: Number(reply.ffree),
      fsid: BigInt(reply.fsid),
      namelen: reply.namelen,
    }
  }

  getxattr(name: string): Uint8Array {
    // The reply's bytes are a view of the receive buffer.
    return this.#link.call('getxattr', { fid: this.#fid, name }).value.slice()
  }
  listxattr(): string[] {
    return [...this.#link.call('listxattr', { fid: this.#fid }).names]
  }
  setxattr(name: string, value: Uint8Array, flags: number): void {
    this.#link.call('setxattr', { fid: this.#fid, name, value, flags })
  }
  removexattr(name: string): void {
    this.#link.call('removexattr', { fid: this.#fid, name })
  }
  fsync(dataOnly: boolean): void {
    this.#link.call('fsync', { fid: this.#fid, datasync: dataOnly ? 1 : 0 })
  }
  clunk(): void {
    this.#link.client.clunkLater(this.#fid)
  }

  /** The handle of a node of this class. */
  static fid(node: GoferNode): number {
    return node.#fid
  }
}

const fidOf = (node: RemoteNode): number => GoferNode.fid(node as GoferNode)
