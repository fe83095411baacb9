// @tsvisor/sentry-kernel: the public surface.
export * from './fs/gofer/remote.ts'
export * from './kernel/kernel.ts'
export * from './platform/host.ts'
export * from './platform/platform.ts'
export * from './platform/registers.ts'
