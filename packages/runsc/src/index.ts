// @tsvisor/runsc: the command is the public surface; this is what its processes say to each other.
export type * from './boot/boot-config.ts'
export type * from './boot/control.ts'
export { encodeFrame, FrameReader } from './boot/frames.ts'
export type { GoferConfig, GoferTree } from './gofer/gofer-config.ts'
export { VERSION } from './version.ts'
