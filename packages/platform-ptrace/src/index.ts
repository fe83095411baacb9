// @tsvisor/platform-ptrace: the public surface.
export { hostClock, hostRandom } from './clock.ts'
export { prepareStreams } from './host-file.ts'
export { PtracePlatform } from './platform.ts'
export { openProc } from './proc.ts'
export { PlatformUnsupportedError } from './unsupported.ts'
