// What a client may attach to: a directory or file of the host, readable or writable. (gofer)

import type { QidPaths } from './attributes.ts'

/** State that all files of one export share. */
export interface Export {
  readonly access: 'read' | 'write'
  readonly paths: QidPaths
}

/** A tree to serve. */
export interface ExportConfig {
  /** The attach name (aname) in Tattach. */
  readonly attach: string
  /** A host path (byte string) of a directory or file; symlinks in it are followed once, at the start. */
  readonly path: string
  /** `read` is enforced here, whatever the client asks. */
  readonly access: 'read' | 'write'
}
