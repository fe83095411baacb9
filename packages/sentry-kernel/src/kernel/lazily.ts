// What is made only when somebody needs it. (kernel)

/** Gives what `make` made, at the first call. For what would cost a kernel that never uses it. */
export function lazily<T extends object>(make: () => T): () => T {
  let made: T | undefined
  return () => {
    made ??= make()
    return made
  }
}
