// @tsvisor/gofer: the public surface.
export type { ExportConfig } from './export.ts'
export { keepOnly } from './inherited-fds.ts'
export { type ServeOptions, type Source, serve } from './serve.ts'
