// Values that are there now or come later, and code that is written once for both. (p9)

export type Awaitable<T> = T | PromiseLike<T>

/** A generator that yields what must be waited for, and is resumed with what came. */
export type Steps<T> = Generator<PromiseLike<unknown>, T, unknown>

export const isLater = <T>(value: Awaitable<T>): value is PromiseLike<T> =>
  typeof value === 'object' &&
  value !== null &&
  typeof (value as { then?: unknown }).then === 'function'

/** Inside steps: `const x = yield* wait(operation())`. A value that is there costs no turn. */
export function* wait<T>(value: Awaitable<T>): Steps<T> {
  return isLater(value) ? ((yield value) as T) : value
}

/** Runs steps: to the end at once if nothing must be waited for, otherwise gives a promise. */
export const run = <T>(steps: Steps<T>): Awaitable<T> => {
  const step = steps.next()
  return step.done ? step.value : runLater(steps, step.value)
}

const runLater = async <T>(steps: Steps<T>, first: PromiseLike<unknown>): Promise<T> => {
  for (let awaited = first; ; ) {
    let value: unknown
    let outcome: 'came' | 'failed' = 'came'
    try {
      value = await awaited
    } catch (error) {
      value = error
      outcome = 'failed'
    }
    const step = outcome === 'came' ? steps.next(value) : steps.throw(value)
    if (step.done) return step.value
    awaited = step.value
  }
}

/** `value` seen through `f`, now or later. */
export const mapped = <T, U>(value: Awaitable<T>, f: (value: T) => U): Awaitable<U> =>
  isLater(value) ? value.then(f) : f(value)
