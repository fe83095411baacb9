// Files at a server by path, for programs. (p9)
// Paths are ordinary strings from the attached root; symlinks are not followed.

import { AT_REMOVEDIR, IO_HEADER_SIZE, MAX_WALK } from '../constants.ts'
import { EISDIR, ENOENT, EOPNOTSUPP, P9Error } from '../errno.ts'
import type { Reply, Request } from '../messages.ts'
import { fromByteString, toByteString } from '../text.ts'
import type { ByteTransport } from '../transport/byte-transport.ts'
import type { Wide } from '../wire.ts'
import { AsyncClient, type AsyncClientOptions } from './async-client.ts'
import { type CallOptions, OpenFile } from './open-file.ts'
import { type Stat, toStat } from './stat.ts'

export interface MountOptions extends AsyncClientOptions {
  /** Which tree of the server; default ''. */
  readonly tree?: string
  readonly user?: string
  readonly uid?: number
}

export interface DirectoryEntry {
  readonly name: string
  readonly kind: 'file' | 'directory' | 'symlink' | 'other'
  readonly ino: Wide
}

/** How a file is opened, as in fopen(3). */
export type OpenMode = 'r' | 'r+' | 'w' | 'w+' | 'wx' | 'a'

const O_WRONLY = 1
const O_RDWR = 2
const O_EXCL = 0o200
const O_TRUNC = 0o1000
const O_APPEND = 0o2000
const O_DIRECTORY = 0o200000
const FLAGS: Readonly<Record<OpenMode, { readonly flags: number; readonly create: boolean }>> = {
  r: { flags: 0, create: false },
  'r+': { flags: O_RDWR, create: false },
  w: { flags: O_WRONLY | O_TRUNC, create: true },
  'w+': { flags: O_RDWR | O_TRUNC, create: true },
  wx: { flags: O_WRONLY | O_EXCL, create: true },
  a: { flags: O_WRONLY | O_APPEND, create: true },
}
const GETATTR_BASIC = 0x7ff
const NO_CHANGE = { valid: 0, mode: 0, uid: 0, gid: 0, size: 0 }
const NO_TIME = { sec: 0, nsec: 0 }
const DT_KINDS: Readonly<Record<number, DirectoryEntry['kind']>> = {
  4: 'directory',
  8: 'file',
  10: 'symlink',
}

const namesOf = (path: string): string[] =>
  toByteString(path)
    .split('/')
    .filter(name => name !== '' && name !== '.')

/** Servers older than renameat and unlinkat, as diod 1.0, know their forerunners: so does Linux. */
const isUnsupported = (error: unknown): boolean =>
  error instanceof P9Error && error.code === EOPNOTSUPP

const timeOf = (ms: number) => {
  const sec = Math.floor(ms / 1000)
  return { sec, nsec: Math.round((ms - sec * 1000) * 1e6) }
}

/** A tree of a server. Methods reject with P9Error: `error.code` is 2 and `error.errno` 'ENOENT'. */
export class Files {
  readonly client: AsyncClient
  readonly #root: number

  private constructor(client: AsyncClient, root: number) {
    this.client = client
    this.#root = root
  }

  /** Connects and attaches. */
  static async mount(transport: ByteTransport, options: MountOptions = {}): Promise<Files> {
    const client = await AsyncClient.connect(transport, options)
    try {
      const { tree = '', user = '', uid = 0 } = options
      return new Files(client, await client.attach(toByteString(tree), toByteString(user), uid))
    } catch (error) {
      client.close()
      throw error
    }
  }

  /** A fid for the path, which the caller clunks: for messages that have no method here. */
  async walk(path: string, options?: CallOptions): Promise<number> {
    return this.#walk(namesOf(path), path, options)
  }

  async #walk(names: readonly string[], path: string, options?: CallOptions): Promise<number> {
    const { client } = this
    const newfid = client.newFid()
    let at = this.#root
    let start = 0
    try {
      do {
        const wname = names.slice(start, start + MAX_WALK)
        const { wqid } = await client.call('walk', { fid: at, newfid, wname }, options)
        if (wqid.length < wname.length) throw new P9Error(ENOENT, path)
        at = newfid
        start += MAX_WALK
      } while (start < names.length)
      return newfid
    } catch (error) {
      if (at === newfid) this.#forget(newfid)
      else client.dropFid(newfid)
      throw error instanceof P9Error ? new P9Error(error.code, path) : error
    }
  }

  /** Nobody waits for this clunk. */
  #forget(fid: number): void {
    this.client.clunk(fid).catch(() => {})
  }

  async #at<T>(
    path: string,
    options: CallOptions | undefined,
    use: (fid: number) => Promise<T>,
  ): Promise<T> {
    const fid = await this.walk(path, options)
    try {
      return await use(fid)
    } catch (error) {
      throw error instanceof P9Error ? new P9Error(error.code, path) : error
    } finally {
      this.#forget(fid)
    }
  }

  /** The directory of the path, and the name in it. */
  #inParent<T>(
    path: string,
    options: CallOptions | undefined,
    use: (dfid: number, name: string) => Promise<T>,
  ): Promise<T> {
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) return Promise.reject(new P9Error(EISDIR, path))
    const parent = names.length === 0 ? '/' : `/${fromByteString(names.join('/'))}`
    return this.#at(parent, options, dfid => use(dfid, name))
  }

  /** Opens, and creates where the mode says so; `permissions` of a new file. */
  async open(
    path: string,
    mode: OpenMode = 'r',
    options?: CallOptions & { readonly permissions?: number },
  ): Promise<OpenFile> {
    const { flags, create } = FLAGS[mode]
    if (mode !== 'wx') {
      try {
        return await this.#open(await this.walk(path, options), flags, path, options)
      } catch (error) {
        if (!create || !(error instanceof P9Error) || error.code !== ENOENT) throw error
      }
    }
    const names = namesOf(path)
    const name = names.pop()
    if (name === undefined) throw new P9Error(EISDIR, path)
    const fid = await this.#walk(names, path, options)
    const request = { fid, name, flags, mode: options?.permissions ?? 0o644, gid: 0 }
    return this.#opened(fid, path, this.client.call('lcreate', request, options))
  }

  #open(fid: number, flags: number, path: string, options?: CallOptions): Promise<OpenFile> {
    return this.#opened(fid, path, this.client.call('lopen', { fid, flags }, options))
  }

  async #opened(
    fid: number,
    path: string,
    opening: Promise<{ readonly iounit: number }>,
  ): Promise<OpenFile> {
    try {
      return new OpenFile(this.client, fid, (await opening).iounit)
    } catch (error) {
      this.#forget(fid)
      throw error instanceof P9Error ? new P9Error(error.code, path) : error
    }
  }

  async readFile(path: string, options?: CallOptions): Promise<Uint8Array> {
    const file = await this.open(path, 'r', options)
    try {
      return await file.readAll(options)
    } finally {
      await file.close()
    }
  }

  /** Replaces the content, or makes the file. Text is written as UTF-8. */
  async writeFile(path: string, data: Uint8Array | string, options?: CallOptions): Promise<void> {
    const file = await this.open(path, 'w', options)
    try {
      await file.write(data, 0, options)
    } finally {
      await file.close()
    }
  }

  /** What is in a directory, piece by piece, without "." and "..". */
  async *entries(path: string, options?: CallOptions): AsyncGenerator<DirectoryEntry, void> {
    const { client } = this
    const fid = await this.walk(path, options)
    try {
      await client.call('lopen', { fid, flags: O_DIRECTORY }, options)
      const count = client.msize - IO_HEADER_SIZE
      for (let offset: Wide = 0; ; ) {
        const request: Request<'readdir'> = { fid, offset, count }
        const { entries }: Reply<'readdir'> = await client.call('readdir', request, options)
        const last = entries.at(-1)
        if (last === undefined) return
        for (const { name, type, qid } of entries) {
          if (name === '.' || name === '..') continue
          yield { name: fromByteString(name), kind: DT_KINDS[type] ?? 'other', ino: qid.path }
        }
        offset = last.offset
      }
    } finally {
      this.#forget(fid)
    }
  }

  /** The names in a directory, in its order. */
  async readdir(path: string, options?: CallOptions): Promise<string[]> {
    const names: string[] = []
    for await (const { name } of this.entries(path, options)) names.push(name)
    return names
  }

  stat(path: string, options?: CallOptions): Promise<Stat> {
    return this.#at(path, options, async fid =>
      toStat(await this.client.call('getattr', { fid, mask: GETATTR_BASIC }, options)),
    )
  }

  statfs(path = '/', options?: CallOptions): Promise<Reply<'statfs'>> {
    return this.#at(path, options, fid => this.client.call('statfs', { fid }, options))
  }

  async mkdir(path: string, options?: CallOptions & { permissions?: number }): Promise<void> {
    const mode = options?.permissions ?? 0o755
    await this.#inParent(path, options, (dfid, name) =>
      this.client.call('mkdir', { dfid, name, mode, gid: 0 }, options),
    )
  }

  /** Makes a symlink at `path` that says `target`. */
  async symlink(target: string, path: string, options?: CallOptions): Promise<void> {
    await this.#inParent(path, options, (dfid, name) =>
      this.client.call('symlink', { dfid, name, target: toByteString(target), gid: 0 }, options),
    )
  }

  readlink(path: string, options?: CallOptions): Promise<string> {
    return this.#at(path, options, async fid =>
      fromByteString((await this.client.call('readlink', { fid }, options)).target),
    )
  }

  /** Another name for an existing file. */
  async link(existing: string, path: string, options?: CallOptions): Promise<void> {
    await this.#at(existing, options, fid =>
      this.#inParent(path, options, (dfid, name) =>
        this.client.call('link', { dfid, fid, name }, options),
      ),
    )
  }

  async unlink(path: string, options?: CallOptions): Promise<void> {
    await this.#unlinkat(path, 0, options)
  }

  async rmdir(path: string, options?: CallOptions): Promise<void> {
    await this.#unlinkat(path, AT_REMOVEDIR, options)
  }

  async #unlinkat(path: string, flags: number, options?: CallOptions): Promise<void> {
    try {
      await this.#inParent(path, options, (dfid, name) =>
        this.client.call('unlinkat', { dfid, name, flags }, options),
      )
    } catch (error) {
      if (!isUnsupported(error)) throw error
      const fid = await this.walk(path, options)
      // Takes the fid with it, even when it fails.
      await this.client.call('remove', { fid }, options).finally(() => this.client.dropFid(fid))
    }
  }

  async rename(from: string, to: string, options?: CallOptions): Promise<void> {
    try {
      await this.#inParent(from, options, (olddfid, oldname) =>
        this.#inParent(to, options, (newdfid, newname) =>
          this.client.call('renameat', { olddfid, oldname, newdfid, newname }, options),
        ),
      )
    } catch (error) {
      if (!isUnsupported(error)) throw error
      await this.#at(from, options, fid =>
        this.#inParent(to, options, (dfid, name) =>
          this.client.call('rename', { fid, dfid, name }, options),
        ),
      )
    }
  }

  async chmod(path: string, mode: number, options?: CallOptions): Promise<void> {
    await this.#setattr(path, { valid: 1, mode }, options)
  }
  async chown(path: string, uid: number, gid: number, options?: CallOptions): Promise<void> {
    await this.#setattr(path, { valid: 6, uid, gid }, options)
  }
  async truncate(path: string, size: number, options?: CallOptions): Promise<void> {
    await this.#setattr(path, { valid: 8, size }, options)
  }
  /** Times in milliseconds since 1970. */
  async utimes(
    path: string,
    atimeMs: number,
    mtimeMs: number,
    options?: CallOptions,
  ): Promise<void> {
    const change = { valid: 0x1b0, atime: timeOf(atimeMs), mtime: timeOf(mtimeMs) }
    await this.#setattr(path, change, options)
  }

  async #setattr(
    path: string,
    change: Partial<Request<'setattr'>>,
    options?: CallOptions,
  ): Promise<void> {
    await this.#at(path, options, fid =>
      this.client.call(
        'setattr',
        { fid, ...NO_CHANGE, atime: NO_TIME, mtime: NO_TIME, ...change },
        options,
      ),
    )
  }

  /** Ends the connection. */
  close(): void {
    this.client.close()
  }
}
