// @tsvisor/runsc: the command is the public surface; this is what its processes say to each other, and what it does with config.json.
export type * from './boot/boot-config.ts'
export type * from './boot/control.ts'
export { encodeFrame, FrameReader } from './boot/frames.ts'
export { CONFIG_SUPPORT, type ConfigSupport, supportOf } from './bundle/support.ts'
export type { GoferConfig, GoferTree } from './gofer/gofer-config.ts'
export { VERSION } from './version.ts'
