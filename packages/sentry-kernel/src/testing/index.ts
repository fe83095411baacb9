// @tsvisor/sentry-kernel/testing: a deterministic kernel for harnesses. (testing)
export * from './byte-file.ts'
export * from './byte-space.ts'
export * from './guest.ts'
export * from './guest-memory.ts'
export * from './harness.ts'
export * from './in-process.ts'
export * from './seeded-random.ts'
export * from './virtual-clock.ts'
