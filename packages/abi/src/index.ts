// @tsvisor/abi: the public surface.
export * from './errno.ts'
export * from './struct.ts'
export * from './syscall.ts'
export * from './syscalls.ts'
