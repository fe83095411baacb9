// What an engine is told about this runtime: a name, a program, flags for it. (runsc)

export interface RuntimeEntry {
  /** As in `docker run --runtime NAME`. */
  readonly name: string
  /** Absolute path of the program. */
  readonly path: string
  /** Global flags that the engine puts before its own. */
  readonly args: readonly string[]
}

/** How one engine's configuration file names a runtime. */
export interface EngineConfig {
  /** Where it is when nothing is said. */
  readonly path: string
  /** What makes the engine read it again. */
  readonly reload: string
  /**
   * The text with the runtime in it; `text` is undefined where there is no file yet.
   * Errors: Failure for a text that is not the engine's.
   */
  readonly add: (text: string | undefined, entry: RuntimeEntry) => string
  /** The text without it; undefined when nothing is left to keep. Errors: Failure. */
  readonly remove: (text: string, name: string) => string | undefined
}
