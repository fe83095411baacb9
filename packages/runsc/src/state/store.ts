// The state of all containers: one directory each below --root. (runsc)
//
//   ROOT/ID/state.json     the record; replaced as a whole
//   ROOT/ID/exit-status    written by the sandbox process, when the container has ended
//   ROOT/ID/control.sock   where its sandbox listens
//   ROOT/~PID-TIME-N/      being made or removed by that process; swept when that is gone
//
// "~" is in no id. Reading takes no lock; whoever changes a container holds its directory's.

import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Failure, reasonOf } from '../failure.ts'
import { prepareFile, writeFileAtomically } from './atomic-file.ts'
import { type Lock, lockDirectory, lockNewDirectory } from './lock.ts'
import { isRunning, ownIdentity } from './process-identity.ts'
import { type ContainerRecord, parseRecord } from './record.ts'
import { ensureRoot } from './root-directory.ts'

const RECORD = 'state.json'
export const EXIT_STATUS = 'exit-status'

/** What `list` found of a container: its record, or why it cannot be read. */
export type Listed =
  | { readonly id: string; readonly record: ContainerRecord }
  | { readonly id: string; readonly failure: Failure }

/** A container that this command alone may change, until it lets go. */
export interface LockedContainer {
  readonly id: string
  readonly directory: string
  /** As it was saved last. Errors: Failure when the file is corrupt. */
  readonly record: ContainerRecord
  /** Errors: Failure, and the old record holds. */
  readonly save: (record: ContainerRecord) => void
  /** Does what can fail of saving; the record holds from `commit` on. Errors: Failure. */
  readonly prepare: (record: ContainerRecord) => {
    readonly commit: () => void
    readonly discard: () => void
  }
  /** Removes all that is kept of it. Errors: Failure. */
  readonly remove: () => void
  readonly release: () => void
}

export class StateStore {
  readonly root: string
  #count = 0

  constructor(root: string) {
    this.root = root
  }

  directory(id: string): string {
    return join(this.root, id)
  }

  /** Whether the id is taken. */
  has(id: string): boolean {
    return existsSync(this.directory(id))
  }

  /** Errors: Failure when there is no such container, or its record is corrupt. */
  read(id: string): ContainerRecord {
    const path = join(this.directory(id), RECORD)
    let text: string
    try {
      text = readFileSync(path, 'utf8')
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException
      if (code !== 'ENOENT' && code !== 'ENOTDIR' && code !== 'ENAMETOOLONG')
        throw new Failure(`${path}: ${reasonOf(error)}`)
      if (existsSync(this.directory(id))) throw corrupt(id, path, 'the file is missing')
      throw noSuchContainer(id)
    }
    try {
      return parseRecord(text)
    } catch (error) {
      throw corrupt(id, path, (error as Error).message)
    }
  }

  /** How a container ended; undefined when its sandbox could not say, or it has not ended. */
  exitStatus(id: string): number | undefined {
    try {
      const text = readFileSync(join(this.directory(id), EXIT_STATUS), 'latin1')
      return /^\d{1,3}\n$/.test(text) ? Number(text) : undefined
    } catch {
      return undefined
    }
  }

  /** All containers, by name. Errors: Failure when the directory cannot be read. */
  list(): Listed[] {
    return this.#names()
      .filter(name => !name.startsWith('~'))
      .sort()
      .flatMap((id): Listed[] => {
        try {
          return [{ id, record: this.read(id) }]
        } catch (error) {
          if (!(error instanceof Failure)) throw error
          // Deleted since the directory was read.
          return existsSync(this.directory(id)) ? [{ id, failure: error }] : []
        }
      })
  }

  /**
   * Makes a container's directory with its first record in it, both at once.
   * Errors: Failure when the id is taken, or nothing can be written.
   */
  async create(record: ContainerRecord): Promise<LockedContainer> {
    const { id } = record
    const directory = this.directory(id)
    if (existsSync(directory)) throw idTaken(id)
    ensureRoot(this.root)
    this.#sweep()
    const fresh = this.#ownName()
    try {
      mkdirSync(fresh, { mode: 0o700 })
      writeFileAtomically(join(fresh, RECORD), serialize(record))
      const lock = await lockNewDirectory(fresh)
      // Never onto another container's directory: that is not empty.
      renameSync(fresh, directory)
      return this.#locked(id, lock, () => record)
    } catch (error) {
      rmSync(fresh, { recursive: true, force: true })
      const { code } = error as NodeJS.ErrnoException
      if (code === 'ENOTEMPTY' || code === 'EEXIST') throw idTaken(id)
      throw cannotSave(directory, error)
    }
  }

  /** Waits until no other command changes it. Errors: Failure when there is no such container. */
  async lock(id: string): Promise<LockedContainer> {
    const lock = await lockDirectory(this.directory(id))
    if (lock === undefined) throw noSuchContainer(id)
    return this.#locked(id, lock, () => this.read(id))
  }

  #locked(id: string, lock: Lock, read: () => ContainerRecord): LockedContainer {
    const directory = this.directory(id)
    let current: ContainerRecord | undefined
    const prepare = (record: ContainerRecord) => {
      try {
        const file = prepareFile(join(directory, RECORD), serialize(record))
        return {
          commit: () => {
            file.commit()
            current = record
          },
          discard: file.discard,
        }
      } catch (error) {
        throw cannotSave(directory, error)
      }
    }
    return {
      id,
      directory,
      get record() {
        return (current ??= read())
      },
      prepare,
      save: record => prepare(record).commit(),
      remove: () => this.#remove(directory),
      release: lock.release,
    }
  }

  /** Its name is free at once; what is in it goes after that. */
  #remove(directory: string): void {
    const doomed = this.#ownName()
    try {
      renameSync(directory, doomed)
      rmSync(doomed, { recursive: true, force: true })
    } catch (error) {
      throw new Failure(`${directory}: cannot be removed: ${reasonOf(error)}`)
    }
  }

  /** A name that says whose it is. */
  #ownName(): string {
    const { pid, startTime } = ownIdentity()
    return join(this.root, `~${pid}-${startTime}-${++this.#count}`)
  }

  /** Removes what commands left that ended in the middle. */
  #sweep(): void {
    for (const name of this.#names()) {
      const [, pid, startTime] = /^~(\d+)-(\d+)-\d+$/.exec(name) ?? []
      if (pid === undefined) continue
      if (isRunning({ pid: Number(pid), startTime: Number(startTime) })) continue
      rmSync(join(this.root, name), { recursive: true, force: true })
    }
  }

  /** Of directories: files beside them are not ours. Google's runsc keeps some in the same root. */
  #names(): string[] {
    try {
      return readdirSync(this.root, { withFileTypes: true })
        .filter(entry => entry.isDirectory())
        .map(entry => entry.name)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
      throw new Failure(`--root ${this.root}: ${reasonOf(error)}`)
    }
  }
}

const serialize = (record: ContainerRecord): string => `${JSON.stringify(record, null, 2)}\n`

export const noSuchContainer = (id: string): Failure =>
  new Failure(`container does not exist: ${JSON.stringify(id)}`)

const idTaken = (id: string): Failure =>
  new Failure(`container with given ID already exists: ${JSON.stringify(id)}`)

const corrupt = (id: string, path: string, why: string): Failure =>
  new Failure(`${path}: corrupt: ${why}; remove the container with: runsc delete --force ${id}`)

const cannotSave = (directory: string, error: unknown): Failure =>
  error instanceof Failure
    ? error
    : new Failure(`${directory}: cannot save the state of the container: ${reasonOf(error)}`)
