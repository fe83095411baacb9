// The descriptors that came with one request. (runsc)

import { close } from '@tsvisor/host'
import type { PassedName } from './control.ts'
import { RequestError } from './request-error.ts'

/** Whoever takes one owns it; the others are closed with `closeRest`. */
export class PassedFds {
  readonly #fds: Map<PassedName, number>

  constructor(names: readonly PassedName[], fds: readonly number[]) {
    this.#fds = new Map(names.map((name, index) => [name, fds[index]!]))
  }

  has(name: PassedName): boolean {
    return this.#fds.has(name)
  }

  /** Errors: RequestError when it was not sent. */
  take(name: PassedName): number {
    const fd = this.#fds.get(name)
    if (fd === undefined) throw new RequestError(`no descriptor ${name} came with the request`)
    this.#fds.delete(name)
    return fd
  }

  takeIfThere(name: PassedName): number | undefined {
    return this.has(name) ? this.take(name) : undefined
  }

  /** Errors: RequestError unless all three were sent. */
  takeStdio(): [number, number, number] {
    for (const name of STDIO)
      if (!this.has(name)) throw new RequestError(`no descriptor ${name} came with the request`)
    return [this.take('stdin'), this.take('stdout'), this.take('stderr')]
  }

  /** Those for the program, with the numbers that they are to have. */
  takeNumbered(): (readonly [number: number, fd: number])[] {
    return [...this.#fds.keys()]
      .filter(name => name.startsWith('fd'))
      .map(name => [Number(name.slice('fd'.length)), this.take(name)])
  }

  closeRest(): void {
    for (const fd of this.#fds.values()) close(fd)
    this.#fds.clear()
  }
}

const STDIO = ['stdin', 'stdout', 'stderr'] as const
