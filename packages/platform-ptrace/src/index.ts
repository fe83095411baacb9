// @tsvisor/platform-ptrace: the public surface.
export { hostClock, hostRandom } from './clock.ts'
export { PtracePlatform } from './platform.ts'
export { PlatformUnsupportedError } from './unsupported.ts'
