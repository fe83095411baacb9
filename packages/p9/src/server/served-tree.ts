// The operations of a tree whose answers may come later. (p9)

import type { Awaitable } from '../awaitable.ts'
import type { Operation } from '../signal.ts'
import type { FileTree } from './file-tree.ts'

/** Bookkeeping that must be immediate: no request waits for it. */
type Immediate = 'qid' | 'parent' | 'retain' | 'release'

type Later<F> = F extends (...args: infer A) => infer R
  ? (...args: [...args: A, operation: Operation]) => Awaitable<R>
  : never

/**
 * A FileTree whose operations may return promises and get the request as their last argument:
 * `operation.signal` aborts when the client flushes it. Every FileTree is one. `read`'s target and
 * `write`'s source stay valid until the promise settles.
 */
export type ServedTree<N, H> = {
  readonly [K in keyof FileTree<N, H>]: K extends Immediate
    ? FileTree<N, H>[K]
    : Later<NonNullable<FileTree<N, H>[K]>>
}
