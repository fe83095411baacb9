// What the gofer process is told before it starts: one frame on its control socket. (runsc)

/** File descriptors that the gofer process inherits. */
export const GOFER_FDS = {
  /** Stream socket to the sandbox process: 9P2000.L, file descriptors with SCM_RIGHTS. */
  connection: 3,
  /**
   * Stream socket from the command: the configuration, then nothing; closed when it dies. Of a gofer that
   * stands for its container the far end is passed on to the sandbox process: ./stand-in.ts.
   */
  control: 4,
} as const

/** A directory, or one file, that the gofer serves. */
export interface GoferTree {
  /** The attach name (aname) in Tattach. */
  readonly attach: string
  /** Absolute, on the host; one char for each byte. */
  readonly path: string
  readonly access: 'read' | 'write'
  /**
   * Of a mount that was found below another tree: its st_dev. Whoever can write to that tree could have put a
   * symbolic link or another directory in its way since.
   */
  readonly device?: number
}

export interface GoferConfig {
  readonly version: 1
  /** `attached`: die with the command. */
  readonly lifetime: 'attached' | 'detached'
  readonly trees: readonly GoferTree[]
  /** `required`: without all of them it does not serve. */
  readonly walls: 'available' | 'required'
  /**
   * Of a container in another one's sandbox: this process is the container on the host. A descriptor that
   * comes with the configuration is the container's terminal there.
   */
  readonly standsFor?: 'container'
}
