// Abort signals, as browsers and Node have them, without their type libraries. (p9)

/** What this package needs of an AbortSignal. */
export interface SignalLike {
  readonly aborted: boolean
  readonly reason?: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** The platform's own AbortSignal where its types are known, so that it can be passed on. */
export type Signal = typeof globalThis extends {
  AbortSignal: { readonly prototype: infer T extends SignalLike }
}
  ? T
  : SignalLike

interface Controller {
  readonly signal: Signal
  abort(reason?: unknown): void
}

declare const AbortController: { new (): Controller }

/** One request under way, as an operation sees it. */
export class Operation {
  #controller: Controller | undefined
  #aborted = false
  #reason: unknown

  /** Aborted when the client flushes the request or goes away: whatever waits should throw. */
  get signal(): Signal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#aborted) this.#controller.abort(this.#reason)
    }
    return this.#controller.signal
  }

  /** Whether somebody may hold its signal. */
  get isUsed(): boolean {
    return this.#controller !== undefined
  }

  get aborted(): boolean {
    return this.#aborted
  }

  abort(reason: unknown): void {
    if (this.#aborted) return
    this.#aborted = true
    this.#reason = reason
    this.#controller?.abort(reason)
  }
}
