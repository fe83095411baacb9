import { defineConfig, mergeConfig } from 'vitest/config'
import base from './vitest.config.ts'

/**
 * What takes long, or programs that no package brings: `npm run test:engines`, `npm run test:soak`, and
 * `test:peers` of p9, which has ordinary tests as well.
 */
export default mergeConfig(
  { ...base, test: { ...base.test, include: [] } },
  defineConfig({
    test: {
      include: ['packages/*/test/**/*.suite.ts', 'packages/p9/test/peers/*.test.ts'],
      testTimeout: 600_000,
    },
  }),
)
